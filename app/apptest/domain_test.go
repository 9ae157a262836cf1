package apptest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/sdk/rest"
)

// TestGaps is the negative control of Domain: whatever a suite leaves out is named.
func TestGaps(t *testing.T) {
	t.Parallel()
	c, err := apptest.TheContract()
	if err != nil {
		t.Fatal(err)
	}
	const one, all = "/v1/markets/{marketID}", "/v1/markets"
	routes := []rest.Route{{Method: "GET", Path: all, Tag: "Markets"}, {Method: "POST", Path: all, Tag: "Markets"},
		{Method: "PATCH", Path: one, Tag: "Markets"}, {Method: "GET", Path: "/v1/users", Tag: "Accounts"}}
	whole := func() apptest.Suite {
		return apptest.Suite{
			Rights: []apptest.Row{{Route: "GET " + all}, {Route: "POST " + all}, {Route: "PATCH " + one}},
			Patches: []apptest.Patch{{Route: "PATCH " + one, Fields: []apptest.Field{{Name: "name"}, {Name: "place"},
				{Name: "startsAt"}, {Name: "endsAt"}, {Name: "currency"}, {Name: "commission"}, {Name: "status"},
				{Name: "priceSteps"}, {Name: "cashSessionRequired"}, {Name: "placeID"}}}},
			Lists: []apptest.List{{Route: "GET " + all}},
			Bad: []apptest.Bad{{Route: "GET " + all, Params: apptest.Params{"name": nil, "status": nil}},
				{Route: "POST " + all}, {Route: "PATCH " + one}},
			Examples: func(*apptest.Recorder) {},
		}
	}
	for what, test := range map[string]struct {
		spoil func(*apptest.Suite)
		want  string
	}{
		"nothing":  {func(*apptest.Suite) {}, ""},
		"rights":   {func(s *apptest.Suite) { s.Rights = s.Rights[1:] }, "GET /v1/markets has no row of rights"},
		"a PATCH":  {func(s *apptest.Suite) { s.Patches = nil }, "PATCH /v1/markets/{marketID} has no Patch"},
		"a member": {func(s *apptest.Suite) { s.Patches[0].Fields = s.Patches[0].Fields[1:] }, "takes the members"},
		"a list":   {func(s *apptest.Suite) { s.Lists = nil }, "GET /v1/markets has no List"},
		"a body":   {func(s *apptest.Suite) { s.Bad = s.Bad[:2] }, "PATCH /v1/markets/{marketID} has no Bad"},
		"filters":  {func(s *apptest.Suite) { s.Bad = s.Bad[1:] }, "GET /v1/markets has no Bad"},
		"a filter": {func(s *apptest.Suite) { delete(s.Bad[0].Params, "name") }, "takes the parameters [name status]"},
		"examples": {func(s *apptest.Suite) { s.Examples = nil }, "no Examples"},
		"a stranger": {func(s *apptest.Suite) {
			s.Rights = append(s.Rights, apptest.Row{Route: "GET /v1/users"})
		}, "GET /v1/users of a row of rights is no route under the tag Markets"},
	} {
		s := whole()
		test.spoil(&s)
		gaps := apptest.Gaps(routes, c, "Markets", s)
		if test.want == "" && gaps != nil || test.want != "" &&
			!slices.ContainsFunc(gaps, func(gap string) bool { return strings.Contains(gap, test.want) }) {
			t.Errorf("without %s: %q, want %q", what, gaps, test.want)
		}
	}
	if gaps := apptest.Gaps(routes, c, "Nowhere", apptest.Suite{}); len(gaps) != 1 {
		t.Errorf("a tag of no route: %q", gaps)
	}
}
