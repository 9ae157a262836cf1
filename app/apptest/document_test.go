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

// TestEventsCatch is the negative control of the check that every event which a test hears passes.
func TestEventsCatch(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	market := w.Market(t)
	s := w.Listen(t, apptest.At("markets", market)+"/events", "", "Last-Event-ID", "0")
	good := string(apptest.Marshal(t, s.Wait(t, 1)[0].Event))
	c, err := apptest.TheEvents()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, with, want string }{
		"nothing":                    {"", "", ""},
		"no JSON":                    {"}", "", "not JSON"},
		"another type":               {"market.created", "market.burnt", "not documented"},
		"the type of another":        {"market.created", "product.listed", "/data"},
		"a further member":           {`"specversion"`, `"more":1,"specversion"`, "more"},
		"a further member of data":   {`"currency"`, `"more":1,"currency"`, "more"},
		"a member of data is absent": {`"currency"`, `"status"`, "currency"},
		"the id is none":             {`"id":"`, `"id":"x`, "uuid"},
		"another subject":            {`"/v1/markets/`, `"/v1/products/`, "/subject"},
		"another version":            {`"1.0"`, `"0.3"`, "1.0"},
		"no trace":                   {`"traceparent"`, `"tracestate"`, "traceparent"},
	} {
		raw := strings.Replace(good, test.old, test.with, 1)
		if name == "another subject" {
			raw = strings.Replace(good, `"subject":`+test.old, `"subject":`+test.with, 1)
		}
		err := c.CheckEvent([]byte(raw))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func replace(old, with string) func(*apptest.Answer) {
	return func(a *apptest.Answer) { a.Body = []byte(strings.Replace(string(a.Body), old, with, 1)) }
}
