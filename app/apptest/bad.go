package apptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Bad is how a route's input can be wrong. What is wrong for every route, such as a body that is no JSON, a member or a
// parameter that is not known, is tried without saying.
type Bad struct {
	Route string
	// Body adds to the body of the first row of rights the members that it leaves out, so that each of them is made wrong;
	// see With.
	Body   func(c *Cell, body Object)
	Right  Right
	Params Params
	// Foreign says that another service writes the query: what is not known there is no mistake.
	Foreign bool
}

// Right are which of the wrong values a member takes all the same, by its name, or by "names[]" for the items of a
// list.
type Right map[string][]string

// Params are the query parameters of a route, but those of pages, each with what it refuses besides texts that are no
// text.
type Params map[string][]string

// With adds members to a body.
func With(more Object) func(*Cell, Object) {
	return func(_ *Cell, body Object) { maps.Copy(body, more) }
}

const long = 129 // more than a name has

// wrong are values that are right for no member of any body, where a name, a number, a list or an object should stand,
// unless Right says so.
var wrong = []string{
	`"\u0000"`, `"a\u0000b"`, `"\u0007"`, `true`, `[]`, `{}`, `[null]`, `[[]]`, `[1]`, `[{}]`, `{"a": {}}`,
	`-1`, `-0.5`, `1.5`, `1e30`, `1000000000000000000000000000000`, `1e400`, `9223372036854775807`,
	`9223372036854775808`, `-9223372036854775809`, `18446744073709551616`, `9007199254740992`, `9007199254740991.5`,
	`1e3`, `1.0`, `-0`, `""`, `"  "`, `"12"`, `"` + strings.Repeat("x", long) + `"`,
	`"` + strings.Repeat("é", 2001) + `"`,
}

// What is right as a member of some kinds.
var (
	AsName      = []string{`"12"`}
	AsText      = []string{`"12"`, `"` + strings.Repeat("x", long) + `"`}
	AsEmptyText = append([]string{`""`, `"  "`}, AsText...)
	AsPassword  = []string{`"a\u0000b"`}
	AsGuess     = textsBelow(100)     // of a password: any text as long as one
	AsToken     = textsBelow(1 << 20) // any text
	AsNumber    = []string{`-0`}
	AsSigned    = []string{`-0`, `-1`}
	AsBool      = []string{`true`}
)

func textsBelow(size int) []string {
	return slices.DeleteFunc(slices.Clone(wrong), func(v string) bool { return v[0] != '"' || len(v) >= size })
}

// BadIDs are no ids, BadBools no Booleans, BadTimes no times, and BadPrices no amounts, for Params.
var (
	BadIDs   = []string{"", "x", "1"}
	BadBools = []string{"", "1", "TRUE", "null"}
	BadTimes = []string{"", "x", "now", "2026-05-30", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-14:00",
		"0000-01-01T00:00:00%2B14:00"}
	BadPrices = []string{"", "-1", "1.5", "x", "1e3", "9007199254740992", "9223372036854775808",
		"1000000000000000000000000000000"}
)

// pages are what the parameters of every list refuse.
var pages = Params{
	"limit": {"", "0", "-1", "1.5", "1e3", "x", "%201", "0x10", "1000000000000000000000000000000", "9223372036854775808",
		"%2B"},
	"orderBy": {"x", "-", "--name", "name%20desc", "name%3Bdrop", "NAME", "id,name", "%27"},
	"total":   {"", "1", "TRUE", "yes"},
	"cursor":  nil,
}

var paging = slices.Sorted(maps.Keys(pages))

// leaks is what no answer may hold: texts of the driver, of SQL and of Go, and the password of the tests.
var leaks = regexp.MustCompile(`pq:|pgx|SQLSTATE|sql:|json:|jsontext|strconv|reflect|\.go:|goroutine|Go value|` +
	`Go type|mail:|UUID length|parsing time|invalid syntax|SELECT |INSERT |violates|` + Password)

// RefusedWell wants a problem of a status below 500 that says nothing it should not.
func RefusedWell(t testing.TB, what string, a Answer) {
	t.Helper()
	if a.Status < 400 || a.Status >= 500 {
		t.Errorf("%s: status %d: %.300s", what, a.Status, a.Body)
		return
	}
	a.Problem(t)
	if leak := leaks.Find(a.Body); leak != nil {
		t.Errorf("%s: the answer holds %q: %.500s", what, leak, a.Body)
	}
	if len(a.Body) > 200_000 {
		t.Errorf("%s: the answer is %d bytes long", what, len(a.Body))
	}
}

// Placed wants 422 that names the place, or what stands beneath it.
func Placed(t testing.TB, what string, a Answer, place string) {
	t.Helper()
	RefusedWell(t, what, a)
	if a.Status != 422 {
		t.Errorf("%s: status %d, want 422: %.300s", what, a.Status, a.Body)
		return
	}
	for _, e := range a.Problem(t).Errors {
		if strings.HasPrefix(e.Location, place) {
			if e.Value != "" && !strings.HasPrefix(e.Location, "query.") {
				t.Errorf("%s: the value came back: %.300s", what, a.Body)
			}
			return
		}
	}
	t.Errorf("%s: not located at %s: %.300s", what, place, a.Body)
}

// badBodies sends what is no body.
func (row Row) badBodies(t *testing.T, w *World) {
	c := asAdmin(t, w)
	path, _ := row.Call(c)
	for what, b := range wholes {
		a := row.ask(c, path, b.body)
		RefusedWell(t, what, a)
		if a.Status != b.status {
			t.Errorf("%s: status %d, want %d: %.300s", what, a.Status, b.status, a.Body)
		}
		if p := a.Problem(t); b.status != 413 && (len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, "body")) {
			t.Errorf("%s: no place: %.300s", what, a.Body)
		}
	}
}

// badMembers takes a body that is right, makes each of its members wrong in turn, at every depth, and wants 422 at the
// member's place.
func (b Bad) badMembers(t *testing.T, w *World, row Row) {
	c := asAdmin(t, w)
	path, body := row.Call(c)
	var right Object
	must(t, json.Unmarshal(Marshal(t, body), &right))
	if b.Body != nil {
		b.Body(c, right)
		must(t, json.Unmarshal(Marshal(t, right), &right))
	}
	b.whole(t, right)
	mutate(right, "body", func(place, name string, replace func(any)) {
		for _, bad := range wrong {
			if slices.Contains(b.Right[name], bad) {
				continue
			}
			replace(json.RawMessage(bad))
			Placed(t, place+" "+bad[:min(len(bad), 40)], row.ask(c, path, Marshal(t, right)), place)
		}
	}, func(place string, node Object) {
		for _, name := range []string{"bogus", "Name", "lines.0", "a[0]", "", "\u0000", "__proto__", "id"} {
			if _, known := node[name]; known {
				continue
			}
			node[name] = 1
			Placed(t, place+" with "+name, row.ask(c, path, Marshal(t, right)), strings.TrimSuffix(place+"."+name, "."))
			delete(node, name)
		}
	})
}

// whole wants every member of the document to be among those that are tried, and no value in Right that is not.
func (b Bad) whole(t *testing.T, body Object) {
	t.Helper()
	c, err := TheContract()
	must(t, err)
	for _, name := range c.members(b.Route) {
		if _, tried := body[name]; !tried {
			t.Errorf("the member %s is not tried: add it with Body", name)
		}
	}
	for name, values := range b.Right {
		for _, v := range values {
			if !slices.Contains(wrong, v) {
				t.Errorf("%s: Right has %s, which is no value that is tried", name, v)
			}
		}
	}
}

// mutate calls member for every member and item beneath node, which may replace it for the time of the call, and
// object for every object.
func mutate(node any, place string, member func(place, name string, replace func(any)),
	object func(place string, node Object)) {
	walk(node, place, "", member, object)
}

func walk(node any, place, name string, member func(place, name string, replace func(any)),
	object func(place string, node Object)) {
	each := func(place, name string, old any, replace func(any)) {
		member(place, name, replace)
		replace(old)
		walk(old, place, name, member, object)
	}
	switch node := node.(type) {
	case map[string]any:
		object(place, node)
		for name, old := range node {
			each(place+"."+name, name, old, func(v any) { node[name] = v })
		}
	case []any:
		for i, old := range node {
			each(fmt.Sprintf("%s[%d]", place, i), name+"[]", old, func(v any) { node[i] = v })
		}
	}
}

// badQuery gives every parameter what it does not take.
func (b Bad) badQuery(t *testing.T, w *World, row Row) {
	contract, err := TheContract()
	must(t, err)
	c := asAdmin(t, w)
	path, body := row.Call(c)
	known, isList := maps.Clone(b.Params), contract.isList(row.Route)
	if known == nil {
		known = Params{}
	}
	if isList {
		maps.Copy(known, pages)
	}
	for name, values := range known {
		for _, v := range append([]string{"%00", "a%00b", "%FF", "%C3%28", "%0A", "%ED%A0%80"}, values...) {
			a := row.ask(c, path+"?"+name+"="+v, body)
			if name == "cursor" && a.Status == 400 {
				RefusedWell(t, name+"="+v, a)
				continue
			}
			Placed(t, name+"="+v, a, "query."+name)
		}
	}
	for _, name := range slices.Concat(contract.queries(), []string{"bogus", "Limit", "limit[]", "a.b", "%00", "%FF",
		"$where"}) {
		if _, ok := known[name]; !ok && !b.Foreign {
			Placed(t, "unknown "+name, row.ask(c, path+"?"+name+"=1", body), "query.")
		}
	}
	if isList {
		Placed(t, "limit twice", row.ask(c, path+"?limit=5&limit=5", body), "query.limit")
		for _, cursor := range []string{"x", "%20", "AAAA", "e30", "bnVsbA", "W10", "eyJiIjowfQ",
			strings.Repeat("A", 10_000)} {
			a := row.ask(c, path+"?cursor="+cursor, body)
			RefusedWell(t, "cursor "+cursor[:min(20, len(cursor))], a)
			if p := a.Problem(t); a.Status != 400 || p.Code != "bad_cursor" || p.Errors[0].Location != "query.cursor" {
				t.Errorf("cursor %.20s: %.300s", cursor, a.Body)
			}
		}
	}
	for _, query := range []string{"%", "%zz=1", "a=%", "a;b"} {
		a := row.ask(c, path+"?"+query, body)
		RefusedWell(t, query, a)
		if a.Status != 400 {
			t.Errorf("?%s: status %d, want 400: %.300s", query, a.Status, a.Body)
		}
	}
}
