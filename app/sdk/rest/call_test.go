package rest_test

import (
	"cmp"
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/role"
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

// TestMember: what an account is at a market is looked up once, where that can matter, and nowhere else.
func TestMember(t *testing.T) {
	t.Parallel()
	missing := &errs.Error{Kind: errs.NotFound, Code: "thing_not_found", Msg: "none"}
	account, market := request.Actor{ID: uuid.New()}, auth.Resource{MarketID: uuid.New()}
	for _, tt := range []struct {
		name   string
		who    request.Actor
		res    auth.Resource
		is     role.Member
		action string
		want   string
		looked int
	}{
		{"a member", account, market, role.Organiser, "thing.update", "OK", 1},
		{"a member of another kind", account, market, role.MemberCashier, "thing.update", "Forbidden forbidden", 1},
		{"no member", account, market, "", "thing.update", "Forbidden forbidden", 1},
		{"who may without", account, market, role.Organiser, "thing.read", "OK", 0},
		{"nobody", request.Actor{}, market, role.Organiser, "thing.update", "Forbidden forbidden", 0},
		{"at no market", account, auth.Resource{}, role.Organiser, "thing.update", "Forbidden forbidden", 0},
	} {
		a := newAPI(t)
		a.policy.members, a.is = "thing.update", tt.is
		a.handle = func(c rest.Call[*store]) (Thing, error) {
			c.Actor = tt.who
			err := c.Allow(tt.action, tt.res, missing)
			return Thing{}, cmp.Or(err, c.Allow(tt.action, tt.res, missing))
		}
		if got := problem(t, a.ask("GET", "/things/"+thingID.String(), "")); got != tt.want || a.looked != tt.looked {
			t.Errorf("%s: %s after %d looks, want %s after %d", tt.name, got, a.looked, tt.want, tt.looked)
		}
	}
}

// TestMustAsk: a read that never asked about a resource is not answered where the policy makes the action depend on it.
func TestMustAsk(t *testing.T) {
	t.Parallel()
	missing := &errs.Error{Kind: errs.NotFound, Code: "thing_not_found", Msg: "none"}
	for _, tt := range []struct {
		depends string
		asks    bool
		want    string
	}{
		{"", false, "OK"}, {"thing.read", true, "OK"}, {"thing.read", false, "Internal Server Error internal_error"},
	} {
		a := newAPI(t)
		a.policy.depends = tt.depends
		a.handle = func(c rest.Call[*store]) (Thing, error) {
			if tt.asks {
				return Thing{}, c.Allow("thing.read", auth.Resource{}, missing)
			}
			return Thing{}, nil
		}
		if got := problem(t, a.ask("GET", "/things/"+thingID.String(), "")); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
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
