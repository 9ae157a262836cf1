package rest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/garagesale/service/business/sdk/errs"
)

const invalid = "Unprocessable Entity validation_failed"

// TestBody: what is refused, and where.
func TestBody(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for body, want := range map[string]string{
		`{"name":"A"}`: "Created",
		`{"name":"A","password":"correct horse","owner":"0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d",` +
			`"code":"1-2","price":5,"count":1,"at":"2026-05-30T09:00:00+02:00","parts":[{"name":"b"}]}`: "Created",
		`{`:                       "Bad Request malformed_request body",
		`{"name":`:                "Bad Request malformed_request body.name",
		`{"name":"A"} x`:          "Bad Request malformed_request body",
		`{"name":"A"}{}`:          "Bad Request malformed_request body",
		"{\"name\":\"\xff\"}":     "Bad Request malformed_request body.name",
		`[]`:                      invalid + " body",
		`null`:                    invalid + " body",
		`{}`:                      invalid + " body.name",
		`{"name":null}`:           invalid + " body.name",
		`{"name":7}`:              invalid + " body.name",
		`{"name":"\u0000"}`:       invalid + " body.name",
		`{"Name":"A"}`:            invalid + " body.Name body.name",
		`{"name":"A","name":"B"}`: invalid + " body.name",
		`{"name":"A","parts":[{"name":"a","name":"b"}]}`:                             invalid + " body.parts[0].name",
		`{"name":"A","extra":1}`:                                                     invalid + " body.extra",
		`{"name":"A","parts":[{"name":"b"},{"name":"c","x":1}]}`:                     invalid + " body.parts[1].x",
		`{"name":"A","parts":[{}]}`:                                                  invalid + " body.parts[0].name",
		`{"name":"A","parts":[{"name":"b"},{"name":"b"},{"name":"b"},{"name":"b"}]}`: invalid + " body.parts",
		`{"name":"A","owner":"x"}`:                                                   invalid + " body.owner",
		`{"name":"A","owner":"{0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6}"}`:               invalid + " body.owner",
		`{"name":"A","code":"1"}`:                                                    invalid + " body.code",
		`{"name":"A","code":"0-1"}`:                                                  invalid + " body.code",
		`{"name":"A","price":-1}`:                                                    invalid + " body.price",
		`{"name":"A","price":101}`:                                                   invalid + " body.price",
		`{"name":"A","price":1.5}`:                                                   invalid + " body.price",
		`{"name":"A","price":1e1}`:                                                   invalid + " body.price",
		`{"name":"A","price":1e30}`:                                                  invalid + " body.price",
		`{"name":"A","price":9223372036854775808}`:                                   invalid + " body.price",
		`{"name":"A","count":0}`:                                                     invalid + " body.count",
		`{"name":"A","count":11}`:                                                    invalid + " body.count",
		`{"name":"A","count":"1"}`:                                                   invalid + " body.count",
		`{"name":"A","count":1e1000}`:                                                invalid + " body.count",
		`{"name":"A","at":"yesterday"}`:                                              invalid + " body.at",
		`{"name":"A","parts":[{"name":"b","price":9007199254740993}]}`:               invalid + " body.parts[0].price",
		`{"name":"","price":-1,"count":0}`: invalid +
			" body.count body.name body.price",
		`{"name":"A","password":"short"}`:     invalid + " body.password",
		`{"name":"A","password":"password1"}`: invalid + " body.password",
	} {
		if got := problem(t, a.ask("POST", "/things", body)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	if a.store.committed != 2 || a.store.handled != 2 {
		t.Errorf("%d handled, %d committed", a.store.handled, a.store.committed)
	}
}

// TestNoSecretComesBack: not the value of a body, not the text of an error that nobody classified.
func TestNoSecretComesBack(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, body := range []string{
		`{"name":"A","password":"hunter2"}`, `{"name":"A","password":{"hunter2":"hunter2"}}`,
		`{"name":"A","note":"hunter2","price":-1}`,
		`{"name":"A","password":"hunter2` + "\xff" + `"}`, `{"name":"A","owner":"hunter2"}`,
		`{"name":"A","password":["hunter2"]}`, `{"name":"A","password":"hunter2"`,
	} {
		if w := a.ask("POST", "/things", body); w.Code < 400 || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	a.store.commitErr = errors.New(`pq: duplicate key "hunter2"`)
	w := a.ask("POST", "/things", `{"name":"A"}`)
	if got := problem(t, w); got != "Internal Server Error internal_error" ||
		strings.Contains(w.Body.String(), "hunter2") {
		t.Errorf("%s %s", got, w.Body)
	}
	if a.info.Err == nil || !strings.Contains(a.info.Err.Error(), "hunter2") {
		t.Errorf("the log does not get it: %v", a.info.Err)
	}
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const unsupported = "Unsupported Media Type unsupported_media_type header.Content-Type"
	for mt, want := range map[string]string{
		"application/json": "Created", "application/json ; charset=utf-8": "Created", "Application/JSON": "Created",
		`application/json; charset="UTF-8"`: "Created",
		"":                                  unsupported, "text/plain": unsupported,
		"application/json; charset=latin1": unsupported,
		"application/merge-patch+json":     unsupported,
		"application/jsonx":                unsupported, ";": unsupported, "application/x-www-form-urlencoded": unsupported,
	} {
		if got := problem(t, a.ask("POST", "/things", `{"name":"A"}`, "Content-Type", mt)); got != want {
			t.Errorf("%q: %s, want %s", mt, got, want)
		}
	}
	for mt, want := range map[string]string{"application/json": "OK", "application/merge-patch+json": "OK",
		"application/json-patch+json": unsupported} {
		if got := problem(t, a.ask("PATCH", "/things/"+thingID.String(), `{}`, "Content-Type", mt)); got != want {
			t.Errorf("PATCH %q: %s, want %s", mt, got, want)
		}
	}
}

func TestBodySize(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	body := func(n int) string { return `{"name":"A"}` + strings.Repeat(" ", n-12) }
	for _, limit := range []int64{1 << 20, 100} {
		a.limit = limit
		if got := problem(t, a.ask("POST", "/things", body(int(limit)))); got != "Created" {
			t.Errorf("exactly %d bytes: %s", limit, got)
		}
		if got := problem(t, a.ask("POST", "/things", body(int(limit)+1))); got != "Request Entity Too Large "+
			"body_too_large body" {
			t.Errorf("a byte more than %d: %s", limit, got)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for target, want := range map[string]string{
		"/things/" + thingID.String():                               "OK",
		"/things/x":                                                 "Bad Request malformed_request path.id",
		"/things/" + thingID.String() + "0":                         "Bad Request malformed_request path.id",
		"/things/0193e2a56c1e7b0d9c6a2f1d3b4a5c6d":                  "Bad Request malformed_request path.id",
		"/things/%00":                                               "Bad Request malformed_request path.id",
		"/things/" + thingID.String() + "?x=1":                      invalid + " query.x",
		"/things?limit=1&cursor=c&orderBy=x&total=true":             "OK",
		"/things?min=5&flag=false&code=1-2&at=2026-05-30T09:00:00Z": "OK",
		"/things?unknown=1":                                         invalid + " query.unknown",
		"/things?Min=1":                                             invalid + " query.Min",
		"/things?min=1&min=2":                                       invalid + " query.min",
		"/things?limit=0":                                           invalid + " query.limit",
		"/things?limit=-1":                                          invalid + " query.limit",
		"/things?limit=x":                                           invalid + " query.limit",
		"/things?limit=99999999999999999999":                        invalid + " query.limit",
		"/things?total=1":                                           invalid + " query.total",
		"/things?flag=":                                             invalid + " query.flag",
		"/things?at=today":                                          invalid + " query.at",
		"/things?code=x&min=y":                                      invalid + " query.code query.min",
		"/things?cursor=%00":                                        invalid + " query.cursor",
		"/things?cursor=%ff":                                        invalid + " query.cursor",
		"/things?a;b":                                               "Bad Request malformed_request query",
		"/things?%zz":                                               "Bad Request malformed_request query",
	} {
		if got := problem(t, a.ask("GET", target, "")); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

// TestPatch tells absent, null and set apart.
func TestPatch(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for body, want := range map[string]string{
		`{}`:                       `{"nameSet":false,"noteNull":true,"noteSet":false}`,
		`{"name":"A"}`:             `{"nameSet":true,"noteNull":true,"noteSet":false}`,
		`{"note":null}`:            `{"nameSet":false,"noteNull":true,"noteSet":true}`,
		`{"note":""}`:              `{"nameSet":false,"noteNull":false,"noteSet":true}`,
		`{"name":null}`:            invalid + " body.name",
		`{"name":""}`:              invalid + " body.name",
		`{"note":1}`:               invalid + " body.note",
		`{"id":"` + "x" + `"}`:     invalid + " body.id",
		`null`:                     invalid + " body",
		`{"name":"A","name":null}`: invalid + " body.name",
	} {
		w := a.ask("PATCH", "/things/"+thingID.String(), body)
		if got := problem(t, w); got != want && !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s %s, want %s", body, got, w.Body, want)
		}
	}
}

// TestOrderOfRefusals has requests with everything wrong from some point on.
func TestOrderOfRefusals(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	patch := func(path, body string, headers ...string) string {
		return problem(t, a.ask("PATCH", path, body, headers...))
	}
	good, bad := "/things/"+thingID.String(), "/things/x"

	a.guard = errs.New(errs.Unauthenticated, "no_token", "x", "do something else")
	if got := patch(bad, "{", "If-Match", `"old"`); got != "Unauthorized no_token" {
		t.Error(got)
	}
	a.guard = errs.New(errs.Forbidden, "no_right", "x", "do something else")
	if got := patch(bad, "{", "If-Match", `"old"`); got != "Forbidden no_right" {
		t.Error(got)
	}
	a.guard = nil
	if got := patch(bad, "{", "If-Match", `"old"`); got != "Bad Request malformed_request path.id" {
		t.Error(got)
	}
	if got := patch(good, "{", "If-Match", `"old"`); !strings.HasPrefix(got, "Bad Request") {
		t.Error(got)
	}
	if got := patch(good, `{"x":1}`, "If-Match", `"old"`); got != invalid+" body.x" {
		t.Error(got)
	}
	if a.store.handled > 0 {
		t.Errorf("handled %d times, want never", a.store.handled)
	}
	if got := patch(good, `{"name":"A"}`, "If-Match", `"old"`); got != "Precondition Failed version_mismatch" {
		t.Error(got)
	}
	if a.store.committed > 0 {
		t.Errorf("committed %d times, want never", a.store.committed)
	}
}

// FuzzBody: whatever the body, the answer is a success or a 4xx, and a problem that is whole.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"name":"A","password":"correct horse","owner":"0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d",` +
			`"code":"1-2","price":5,"count":1,"at":"2026-05-30T09:00:00Z","parts":[{"name":"b"}]}`,
		`{"name":"A","name":"B"}`, `{"at":"-0001-01-01T00:00:00Z"}`, `[[[[`, `{"name":"\ud800"}`, "\x00",
		`{"price":1e999999999}`, `{"~1/":{"~0":[]}}`,
	} {
		f.Add(s)
	}
	a := newAPI(f)
	f.Fuzz(func(t *testing.T, body string) {
		for method, path := range map[string]string{"POST": "/things", "PATCH": "/things/" + thingID.String()} {
			if w := a.ask(method, path, body, "Content-Type", "application/json"); w.Code >= 500 {
				t.Errorf("%s %q: %d %s: %v", method, body, w.Code, w.Body, a.info.Err)
			} else {
				problem(t, w)
			}
		}
	})
}
