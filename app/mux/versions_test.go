package mux_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

// TestIfNoneMatch reads each resource with tags that it has and has not.
func TestIfNoneMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, row := range gets() {
		c := newCell(t, w, "ADMIN")
		path, _ := row.call(c)
		first := c.Do(t, "GET", path, c.who.Token, nil)
		tag := first.Header.Get("ETag")
		// lists have one too
		if single := strings.Contains(row.route, "ID}") && strings.HasSuffix(row.route, "}") ||
			row.route == "GET /v1/users/me"; single && tag == "" {
			t.Errorf("%s: ETag %q", row.route, tag)
		}
		if tag == "" {
			continue
		}
		for header, want := range map[string]int{
			tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, tag + `,"x"`: 304, `"a,b" ,W/` + tag + ` , "c"`: 304,
			`"x"`: 200, strings.Trim(tag, `"`): 200, "w/" + tag: 200, `"` + tag + `"`: 200, tag[:len(tag)-1] + `0"`: 200,
			`"`: 200, "garbage": 200, ",,,": 200,
		} {
			for _, method := range []string{"GET", "HEAD"} {
				a := c.Do(t, method, path, c.who.Token, nil, "If-None-Match", header)
				if a.Status != want || a.Header.Get("ETag") != tag || want == 304 &&
					(len(a.Body) > 0 || a.Header.Get("Content-Type") != "") {
					t.Errorf("%s %s, If-None-Match %s: %d, ETag %s, %q", method, row.route, header, a.Status, a.Header.Get("ETag"),
						a.Body)
				}
			}
		}
	}
}

// TestSeveralLines wants a list of tags to be one list, on however many header lines it stands.
func TestSeveralLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	path := at("markets", w.market(t))
	tag := w.OK(t, 200, nil, "GET", path, "", nil).Header.Get("ETag")
	for method, want := range map[string]int{"GET": 304, "PATCH": 200} {
		req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		header := map[string]string{"GET": "If-None-Match", "PATCH": "If-Match"}[method]
		req.Header = http.Header{"Authorization": {"Bearer " + w.root.Token}, "Content-Type": {"application/json"},
			header: {`"x"`, tag}}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != want {
			t.Errorf("%s: %d, want %d (%v)", method, res.StatusCode, want, err)
		}
	}
}

// TestIfMatch changes and deletes each resource with tags that it has and has not.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, res := range patches {
		for _, method := range []string{"PATCH", "DELETE"} {
			t.Run(method+" "+res.resource, func(t *testing.T) {
				t.Parallel()
				body := any(object{"name": "New"})
				if method == "DELETE" {
					body = nil
				}
				path, _ := res.make(t, w)
				tag := func() string { return w.OK(t, 200, nil, "GET", path, w.root.Token, nil).Header.Get("ETag") }
				first := tag()
				w.set(t, path, "name", "Changed")
				now := tag()
				for _, stale := range []string{first, "W/" + now, `"x"`, `"x", ` + first, strings.Trim(now, `"`), "garbage", `"`,
					`W/"x", W/` + now} {
					w.refused(t, 412, "version_mismatch", "", method, path, w.root.Token, body, "If-Match", stale)
				}
				if tag() != now {
					t.Error("a refused change changed something")
				}
				for i, good := range []string{"%s", "*", `"x", %s`, `W/"y",%s , "x"`, " * "} {
					if i > 0 && method == "DELETE" {
						path, _ = res.make(t, w)
					}
					if strings.Contains(good, "%s") {
						good = fmt.Sprintf(good, tag())
					}
					if a := w.Do(t, method, path, w.root.Token, body, "If-Match", good); a.Status >= 300 {
						t.Errorf("If-Match %s: %d %s", good, a.Status, a.Body)
					}
				}
				// 404 and 403 come before 412, and 412 before 409.
				unknown := anyID.ReplaceAllString(path, uuid.NewString())
				w.refused(t, 404, res.resource+"_not_found", "", method, unknown, w.root.Token, body, "If-Match", `"x"`)
			})
		}
	}
	owner := w.account(t, role.User)
	f := w.family(t, w.market(t), "ownerID", owner.ID)
	p := w.product(t, f)
	stranger := w.account(t, role.User)
	w.refused(t, 403, "forbidden", "", "PATCH", at("products", p), stranger.Token, object{"name": "x"}, "If-Match", `"x"`)
	w.refused(t, 403, "field_forbidden", "", "PATCH", at("families", f), owner.Token, object{"number": 9}, "If-Match",
		`"x"`)
	w.refused(t, 412, "version_mismatch", "", "PATCH", at("families", f), w.root.Token, object{"number": 9}, "If-Match",
		`"x"`)
	w.refused(t, 409, "number_fixed", "", "PATCH", at("families", f), w.root.Token, object{"number": 9}, "If-Match", "*")
	w.refused(t, 412, "version_mismatch", "", "DELETE", at("families", f), w.root.Token, nil, "If-Match", `"x"`)
	w.refused(t, 409, "family_not_empty", "", "DELETE", at("families", f), w.root.Token, nil, "If-Match", "*")
	w.refused(t, 422, "validation_failed", "body.name", "PATCH", at("families", f), stranger.Token, object{"name": ""},
		"If-Match", `"x"`)

	// A sale changes the products it takes from, so a count made before it is stale.
	tag := w.OK(t, 200, nil, "GET", at("products", p), "", nil).Header.Get("ETag")
	w.sale(t, p)
	w.refused(t, 412, "version_mismatch", "", "PATCH", at("products", p), w.root.Token, object{"quantity": 3}, "If-Match",
		tag)
}
