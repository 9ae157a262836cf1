package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// TestContractCatches is the negative control of the validation that every answer of every test passes: each way in
// which an answer can differ from the document is noticed.
func TestContractCatches(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	c, err := apptest.TheContract()
	if err != nil {
		t.Fatal(err)
	}
	const path = "/v1/readiness"
	good := s.Do(t, "GET", path, "", nil)
	refused := s.Do(t, "GET", "/v1/products/none", "", nil)
	tests := map[string]struct {
		path   string
		answer apptest.Answer
		change func(*apptest.Answer)
		want   string
	}{
		"nothing":            {path, good, func(*apptest.Answer) {}, ""},
		"another name":       {path, good, replace("status", "state"), "status"},
		"another type":       {path, good, replace(`"ready"`, "1"), "got number"},
		"a further property": {path, good, replace("{", `{"more":1,`), "more"},
		"no JSON":            {path, good, replace("}", ""), "not JSON"},
		"status":             {path, good, func(a *apptest.Answer) { a.Status = 201 }, "status is not documented"},
		"media type": {path, good, func(a *apptest.Answer) {
			a.Header.Set("Content-Type", "text/plain")
		}, "media type"},
		"header missing": {path, good, func(a *apptest.Answer) {
			a.Header.Del("Traceparent")
		}, "Traceparent is missing"},
		"header unannounced": {path, good, func(a *apptest.Answer) {
			a.Header.Set("ETag", `"x"`)
		}, "ETag is not documented"},
		"another code": {"/v1/products/none", refused, replace(`"code":"malformed_request"`, `"code":"bad_cursor"`),
			"malformed_request"},
		"an unregistered code": {"/v1/nothing", s.Do(t, "GET", "/v1/nothing", "", nil),
			replace(`"route_not_found"`, `"made_up"`), "made_up is not in the reference"},
		"an answer from nowhere": {"/v1/nothing", good, func(*apptest.Answer) {}, "no such operation"},
	}
	for name, test := range tests {
		a := test.answer
		a.Header = a.Header.Clone()
		test.change(&a)
		err := c.Check(http.MethodGet, test.path, a)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func replace(old, with string) func(*apptest.Answer) {
	return func(a *apptest.Answer) { a.Body = []byte(strings.Replace(string(a.Body), old, with, 1)) }
}
