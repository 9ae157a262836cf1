package rest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

// TestAllow: what the actor may see but not change is 403; what it may not even read does not exist for it.
func TestAllow(t *testing.T) {
	t.Parallel()
	missing := &errs.Error{Kind: errs.NotFound, Code: "thing_not_found", Msg: "none"}
	for _, tt := range []struct{ action, refuses, want string }{
		{"thing.update", "", "OK"},
		{"thing.update", "thing.update", "Forbidden forbidden"},
		{"thing.read", "thing.read", "Not Found thing_not_found"},
	} {
		a := newAPI(t)
		a.policy.refuses = tt.refuses
		a.handle = func(c rest.Call[*store]) (Thing, error) { return Thing{}, c.Allow(tt.action, auth.Resource{}, missing) }
		if got := problem(t, a.ask("GET", "/things/"+thingID.String(), "")); got != tt.want {
			t.Errorf("%s where %q is refused: %s, want %s", tt.action, tt.refuses, got, tt.want)
		}
	}
}

// TestGetAndLock: both load and ask about the route's own action; Lock compares If-Match too.
func TestGetAndLock(t *testing.T) {
	t.Parallel()
	missing := &errs.Error{Kind: errs.NotFound, Code: "thing_not_found", Msg: "none"}
	load := func(_ context.Context, id uuid.UUID) (Thing, error) {
		if id != thingID {
			return Thing{}, missing
		}
		return Thing{ID: id}, nil
	}
	about := func(th Thing) rest.Target { return rest.Target{ID: th.ID, Version: 3, NotFound: missing} }
	for _, tt := range []struct{ method, refuses, ifMatch, want string }{
		{"GET", "", "", "OK"},
		{"GET", "thing.read", "", "Not Found thing_not_found"},
		{"PATCH", "", tag, "OK"},
		{"PATCH", "", `"other"`, "Precondition Failed version_mismatch"},
		{"PATCH", "thing.update", `"other"`, "Forbidden forbidden"},
	} {
		a := newAPI(t)
		a.policy.refuses = tt.refuses
		a.handle = func(c rest.Call[*store]) (Thing, error) {
			if tt.method == "GET" {
				return rest.Get(c, load, thingID, about)
			}
			return rest.Lock(c, load, thingID, about)
		}
		body := ""
		if tt.method == "PATCH" {
			body = "{}"
		}
		if got := problem(t, a.ask(tt.method, "/things/"+thingID.String(), body, "If-Match", tt.ifMatch)); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
	a := newAPI(t)
	a.handle = func(c rest.Call[*store]) (Thing, error) {
		th, err := rest.Get(c, load, uuid.New(), about)
		if !errors.Is(err, missing) {
			t.Errorf("what is not there: %v, want %v", err, missing)
		}
		return th, err
	}
	a.ask("GET", "/things/"+thingID.String(), "")
}
