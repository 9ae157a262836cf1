package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

// TestAnswers is what a success looks like, to the byte.
func TestAnswers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	path := "/things/" + thingID.String()
	w := a.ask("POST", "/things", `{"name":"A"}`)
	h := w.Header()
	if w.Code != 201 || h.Get("Location") != path || h.Get("ETag") != tag || h.Get("Content-Type") != "application/json" ||
		h.Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
		t.Errorf("POST: %d %v", w.Code, h)
	}
	if strings.Contains(w.Body.String(), "$schema") {
		t.Errorf("POST: %s", w.Body)
	}
	w = a.ask("GET", path, "")
	whole := w.Body.String()
	if w.Code != 200 || w.Header().Get("ETag") != tag || w.Header().Get("Location") != "" ||
		whole != `{"got":"`+thingID.String()+`","id":"`+thingID.String()+`"}` {
		t.Errorf("GET: %d %v %s", w.Code, w.Header(), whole)
	}
	w = a.ask("HEAD", path, "")
	if w.Code != 200 || w.Header().Get("ETag") != tag || w.Body.Len() != 0 ||
		w.Header().Get("Content-Length") != fmt.Sprint(len(whole)) {
		t.Errorf("HEAD: %d %v %q", w.Code, w.Header(), w.Body)
	}
	w = a.ask("DELETE", path, "")
	if w.Code != 204 || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
		t.Errorf("DELETE: %d %v %q", w.Code, w.Header(), w.Body)
	}
	w = a.ask("GET", "/things?min=5&cursor=old", "")
	if link := w.Header().Get("Link"); w.Code != 200 || link != `</things?cursor=next%2Bcursor&min=5>; rel="next"` ||
		!strings.Contains(w.Body.String(), `"nextCursor":"next+cursor"`) {
		t.Errorf("list: %d %s %s", w.Code, link, w.Body)
	}
	// The cursor is bound to the path and the filters, and to nothing else.
	if !strings.Contains(w.Body.String(), `"got":"/things?min=5"`) {
		t.Errorf("scope: %s", w.Body)
	}
}

func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if got := problem(t, a.ask("GET", "/nothing", "")); got != "Not Found route_not_found" {
		t.Error(got)
	}
	for target, allow := range map[string]string{"/things": "GET, HEAD, POST", "/things/x": "GET, HEAD, PATCH, DELETE"} {
		w := a.ask("PUT", target, "{}")
		if got := problem(t, w); got != "Method Not Allowed method_not_allowed" || w.Header().Get("Allow") != allow {
			t.Errorf("%s: %s, Allow %q", target, got, w.Header().Get("Allow"))
		}
	}
}

func TestConditional(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	path := "/things/" + thingID.String()
	for header, changed := range map[string]bool{
		tag: false, "*": false, "W/" + tag: false, `"other", ` + tag: false, `"other" , W/` + tag + `,"x"`: false,
		`"a,b",` + tag: false,
		`"other"`:      true, strings.Trim(tag, `"`): true, `"`: true, "": true, "W/": true,
		`"x" ` + strings.Trim(tag, `"`): true,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := a.ask(method, path, "", "If-None-Match", header)
			want := map[bool]int{true: 200, false: 304}[changed]
			if w.Code != want || w.Header().Get("ETag") != tag || want == 304 && w.Body.Len() > 0 {
				t.Errorf("%s If-None-Match: %s: %d %v %s", method, header, w.Code, w.Header(), w.Body)
			}
		}
	}
	const stale = "Precondition Failed version_mismatch"
	for header, want := range map[string]string{
		"": "OK", tag: "OK", "*": "OK", ` "other", ` + tag: "OK",
		"W/" + tag: stale, `"other"`: stale, `"`: stale, strings.Trim(tag, `"`): stale,
		`"0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d-2"`: stale,
	} {
		w := a.ask("PATCH", path, `{}`, "If-Match", header)
		if got := problem(t, w); got != want || want == stale && w.Header().Get("ETag") != "" {
			t.Errorf("If-Match: %s: %s, want %s", header, got, want)
		}
	}
	// A list may stand on several lines (RFC 9110, 5.3).
	if w := a.ask("GET", path, "", "If-None-Match", `"other"`, "If-None-Match", tag); w.Code != 304 {
		t.Errorf("If-None-Match on two lines: %d", w.Code)
	}
	if w := a.ask("PATCH", path, `{}`, "If-Match", `"other"`, "If-Match", tag); w.Code != 200 {
		t.Errorf("If-Match on two lines: %d", w.Code)
	}
}

// TestForgottenMatch: a client's If-Match that the handler did not look at must not be passed over.
func TestForgottenMatch(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	w := a.ask("DELETE", "/things/"+thingID.String(), "", "If-Match", tag)
	if got := problem(t, w); got != "Internal Server Error internal_error" || a.store.committed != 0 {
		t.Errorf("%s, committed %d times", got, a.store.committed)
	}
	if !strings.Contains(fmt.Sprint(a.info.Err), "does not call Match") {
		t.Errorf("the log says %v", a.info.Err)
	}
}

// TestForgottenAllow: a write that never asked whether its actor may do this to this resource must not be committed
// where the policy makes that depend on the resource; nor one that asked about something else.
func TestForgottenAllow(t *testing.T) {
	t.Parallel()
	missing := &errs.Error{Kind: errs.NotFound, Code: "thing_not_found", Msg: "none"}
	ask := func(action string) func(rest.Call[*store]) (Thing, error) {
		return func(c rest.Call[*store]) (Thing, error) { return Thing{}, c.Allow(action, auth.Resource{}, missing) }
	}
	never := func(rest.Call[*store]) (Thing, error) { return Thing{}, nil }
	for _, tt := range []struct {
		name    string
		handle  func(rest.Call[*store]) (Thing, error)
		depends string // the action that does
		refuses string
		want    string
	}{
		{"never asks, need not", never, "", "", "Created"},
		{"never asks, must", never, "thing.create", "", "Internal Server Error internal_error"},
		{"asks", ask("thing.create"), "thing.create", "", "Created"},
		{"asks about another action", ask("thing.read"), "thing.create", "", "Internal Server Error internal_error"},
		{"asks and is refused", ask("thing.create"), "thing.create", "thing.create", "Forbidden forbidden"},
	} {
		a := newAPI(t)
		a.policy.depends, a.policy.refuses, a.handle = tt.depends, tt.refuses, tt.handle
		w := a.ask("POST", "/things", `{"name":"A"}`)
		got, committed := problem(t, w), a.store.committed == 1
		if got != tt.want || committed != (tt.want == "Created") {
			t.Errorf("%s: %s, committed %t; want %s", tt.name, got, committed, tt.want)
		}
		if forgot := "does not ask Allow"; w.Code == 500 && !strings.Contains(fmt.Sprint(a.info.Err), forgot) {
			t.Errorf("%s: the log says %v, want that it %s", tt.name, a.info.Err, forgot)
		}
	}
}

// TestNoCommitNoAnswer: what was not committed was not done, whatever the handler said.
func TestNoCommitNoAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		commit error
		want   string
	}{
		{"refused", errors.New("commit: refused"), "Internal Server Error internal_error"},
		{"lost", fmt.Errorf("commit: %w", errs.ErrOutcomeUnknown), "Service Unavailable outcome_unknown"},
		{"too late", context.DeadlineExceeded, "Service Unavailable unavailable"},
		{"conflict", errExists, "Conflict thing_exists"},
	} {
		a := newAPI(t)
		a.store.commitErr = tt.commit
		w := a.ask("POST", "/things", `{"name":"A"}`)
		if got := problem(t, w); got != tt.want || w.Header().Get("Location") != "" || w.Header().Get("ETag") != "" {
			t.Errorf("%s: %s %v, want %s", tt.name, got, w.Header(), tt.want)
		}
		if retry := w.Header().Get("Retry-After"); (retry != "") != (w.Code == 503) {
			t.Errorf("%s: Retry-After %q", tt.name, retry)
		}
	}
	a := newAPI(t)
	a.handle = func(rest.Call[*store]) (Thing, error) { return Thing{fail: true}, nil }
	if got := problem(t, a.ask("POST", "/things", `{"name":"A"}`)); got != "Internal Server Error internal_error" ||
		a.store.committed != 0 {
		t.Errorf("an answer that cannot be encoded: %s, committed %d times", got, a.store.committed)
	}
}

// TestOnCommit: what is left to be done happens once, after COMMIT, and not at all without.
func TestOnCommit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		attempts int
		commit   error
		want     int
	}{{1, nil, 1}, {3, nil, 1}, {1, errors.New("refused"), 0}} {
		a := newAPI(t)
		a.store.attempts, a.store.commitErr = tt.attempts, tt.commit
		done := 0
		a.handle = func(c rest.Call[*store]) (Thing, error) {
			c.OnCommit(func() {
				done++
				if a.store.committed != 1 {
					t.Error("before COMMIT")
				}
			})
			return Thing{}, nil
		}
		a.ask("POST", "/things", `{"name":"A"}`)
		if done != tt.want {
			t.Errorf("%d attempts, %v: done %d times", tt.attempts, tt.commit, done)
		}
	}
}

// TestStatusOf: each kind of error has its status, with what HTTP wants beside it.
func TestStatusOf(t *testing.T) {
	t.Parallel()
	for kind, status := range map[errs.Kind]int{
		errs.Internal: 500, errs.Malformed: 400, errs.Unauthenticated: 401, errs.Forbidden: 403, errs.NotFound: 404,
		errs.Conflict: 409, errs.Gone: 410, errs.Stale: 412,
		errs.TooLarge: 413, errs.Unsupported: 415, errs.Invalid: 422, errs.TooMany: 429, errs.Unavailable: 503,
	} {
		a := newAPI(t)
		a.handle = func(rest.Call[*store]) (Thing, error) {
			return Thing{}, fmt.Errorf("wrapped: %w", (&errs.Error{Kind: kind, Code: "some_code", Msg: "some text"}).At("name",
				"is so"))
		}
		w := a.ask("POST", "/things", `{"name":"A"}`)
		h := w.Header()
		if w.Code != status || (h.Get("WWW-Authenticate") != "") != (status == 401) ||
			(h.Get("Retry-After") != "") != (status == 429 || status == 503) {
			t.Errorf("kind %d: %d %v", kind, w.Code, h)
		}
		if got, want := problem(t, w), http.StatusText(status)+" some_code body.name"; status != 500 && got != want {
			t.Errorf("kind %d: %s, want %s", kind, got, want)
		}
	}
}

// TestManyFindings: what a client sends does not come back at any length.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, target := range []string{"/things?" + strings.Repeat("x", 100_000) + "=1",
		"/things?x=" + strings.Repeat("%ff", 30_000), "/things?" + manyParameters()} {
		if w := a.ask("GET", target, ""); w.Code != 422 || w.Body.Len() > 100_000 {
			t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
		}
	}
}

func manyParameters() string {
	var b strings.Builder
	for range 2000 {
		b.WriteString(uuid.NewString() + "=1&")
	}
	return b.String()
}

// TestMistakes of whoever writes a handler show when the program starts.
func TestMistakes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	defer func() {
		if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), "Forgotten") {
			t.Errorf("a field without a tag: %v", r)
		}
	}()
	rest.Read(a.API, rest.Op{Method: "GET", Path: "/x"}, func(rest.Call[*store], struct{ Forgotten string }) (Thing,
		error) {
		return Thing{}, nil
	})
}
