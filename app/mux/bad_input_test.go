package mux_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
)

// raw is JSON as it stands.
type raw = json.RawMessage

// leaks is what no answer may hold: texts of the driver, of SQL and of Go, and the password of the tests.
var leaks = regexp.MustCompile(
	`pq:|pgx|SQLSTATE|sql:|json:|jsontext|strconv|reflect|\.go:|goroutine|Go value|Go type|mail:|UUID length|parsing time|invalid syntax|SELECT |INSERT |violates|` + apptest.Password)

// refusedWell wants a problem of a status below 500 that says nothing it should not.
func refusedWell(t *testing.T, what string, a apptest.Answer) {
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

// placed wants 422 that names the place, or what stands beneath it.
func placed(t *testing.T, what string, a apptest.Answer, place string) {
	t.Helper()
	refusedWell(t, what, a)
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

// bodiless are the routes that take no body, and do not look at one.
var bodiless = []string{"POST /v1/auth/token", "POST /v1/families/{familyID}/payouts"}

// bodies are the rows of the matrix that have one, each once, asked as ADMIN: whoever is refused for its body is
// refused for nothing else.
func bodies() []matrixRow {
	rows := map[string]matrixRow{}
	for _, row := range matrix {
		if _, seen := rows[row.route]; !seen && !strings.HasPrefix(row.route, "GET") &&
			!strings.HasPrefix(row.route, "DELETE") && !slices.Contains(bodiless, row.route) {
			rows[row.route] = row
		}
	}
	return slices.Collect(maps.Values(rows))
}

// whole are bodies that are wrong as a whole, with the status that each gets.
var whole = map[string]struct {
	body   string
	status int
}{
	"nothing":            {"", 400},
	"space":              {" \n", 400},
	"no JSON":            {"name=Lamp", 400},
	"half":               {`{"name": "La`, 400},
	"two":                {`{} {}`, 400},
	"a comment":          {`{/* */}`, 400},
	"a comma too many":   {`{"name": "Lamp",}`, 400},
	"NaN":                {`{"price": NaN}`, 400},
	"single quotes":      {`{'name': 'Lamp'}`, 400},
	"a raw NUL":          {"{\"name\": \"a\x00b\"}", 400},
	"a BOM":              {"\ufeff{}", 400},
	"UTF-16":             {"{\x00}\x00", 400},
	"bad UTF-8":          {"{\"name\": \"\xff\xfe\"}", 400},
	"half a surrogate":   {`{"name": "\ud800"}`, 400},
	"a bad escape":       {`{"name": "\x41"}`, 400},
	"leading zero":       {`{"price": 007}`, 400},
	"too deep":           {strings.Repeat("[", 100_000), 400},
	"deep and whole":     {strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), 400},
	"deep members":       {strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), 400},
	"deep but allowed":   {`{"name": ` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + "}", 422},
	"null":               {"null", 422},
	"an array":           {"[]", 422},
	"a string":           {`"name"`, 422},
	"a number":           {"1e400", 422},
	"a member twice":     {`{"name": "a", "name": "b"}`, 422},
	"many members":       {manyMembers("m%d"), 422},
	"many with dots":     {manyMembers("m.%d"), 422},
	"many with brackets": {manyMembers("m[%d]"), 422},
	"many empty steps":   {manyMembers("......%d"), 422},
	"a long name":        {`{"` + strings.Repeat("n", 500_000) + `": 1}`, 422},
	"a long dotted name": {`{"` + strings.Repeat("n.", 250_000) + `": 1}`, 422},
	"a long string":      {`{"name": "` + strings.Repeat("n", 900_000) + `"}`, 422},
	"just over 1 MiB":    {`{"name": "` + strings.Repeat("n", 1<<20-11) + `"}`, 413},
	"2 MB":               {`{"name": "` + strings.Repeat("n", 2_000_000) + `"}`, 413},
}

func manyMembers(pattern string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range 40_000 {
		fmt.Fprintf(&b, `%q:1,`, fmt.Sprintf(pattern, i))
	}
	return b.String()[:b.Len()-1] + "}"
}

// TestBadBodies sends every route what is no body for it.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, row := range bodies() {
		t.Run(row.route, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, w, "ADMIN")
			path, _ := row.call(c)
			for what, b := range whole {
				a := row.ask(c, path, b.body)
				refusedWell(t, what, a)
				if a.Status != b.status {
					t.Errorf("%s: status %d, want %d: %.300s", what, a.Status, b.status, a.Body)
				}
				if p := a.Problem(t); b.status != 413 && (len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, "body")) {
					t.Errorf("%s: no place: %.300s", what, a.Body)
				}
			}
		})
	}
}

// wrong are values that are right for no field of any body, where a name, a number, a list or an object should stand;
// what may be right for some kind of field names the kind.
var wrong = []struct {
	value raw
	okFor string
}{
	{raw(`"\u0000"`), ""}, {raw(`"a\u0000b"`), "password"}, {raw(`"\u0007"`), ""}, {raw(`true`), "bool"}, {raw(`[]`), ""},
	{raw(`{}`), ""},
	{raw(`[null]`), ""}, {raw(`[[]]`), ""}, {raw(`[1]`), ""}, {raw(`[{}]`), ""}, {raw(`{"a": {}}`), ""},
	{raw(`-1`), ""}, {raw(`-0.5`), ""}, {raw(`1.5`), ""}, {raw(`1e30`), ""}, {raw(`1000000000000000000000000000000`), ""},
	{raw(`1e400`), ""},
	{raw(`9223372036854775807`), ""}, {raw(`9223372036854775808`), ""}, {raw(`-9223372036854775809`), ""},
	{raw(`18446744073709551616`), ""},
	{raw(`9007199254740992`), ""}, {raw(`9007199254740991.5`), ""}, {raw(`1e3`), ""}, {raw(`1.0`), ""},
	{raw(`-0`), "number"},
	{raw(`""`), ""}, {raw(`"  "`), ""}, {raw(`"12"`), "name"}, {raw(`"` + strings.Repeat("x", 129) + `"`), "text"},
	{raw(`"` + strings.Repeat("é", 2001) + `"`), ""},
}

// kindOf tells what a field takes, by its name.
func kindOf(name string) string {
	switch name {
	case "name", "place":
		return "name"
	case "description", "reason":
		return "text"
	case "password", "currentPassword":
		return "password"
	case "price", "quantity", "unitPrice", "amount", "commission", "number", "float", "counted":
		return "number"
	case "enabled":
		return "bool"
	}
	return ""
}

// everyMember are the members of a body that its row in the matrix leaves out, so that all are tried.
var everyMember = map[string]object{
	"PATCH /v1/users/{userID}": {"name": "N", "email": "n@x.org", "password": "new horse battery",
		"currentPassword": "x", "enabled": true},
	"PATCH /v1/markets/{marketID}":         newMarket(),
	"POST /v1/markets/{marketID}/families": {"name": "N", "ownerID": nil, "number": 5, "commission": 5},
	"PATCH /v1/families/{familyID}":        {"name": "N", "ownerID": nil, "number": 5, "commission": 5},
	"PATCH /v1/products/{productID}":       {"name": "N", "description": "D", "price": 1, "quantity": 1},
	"POST /v1/markets/{marketID}/products": {"description": "D"},
}

// TestBadMembers takes a body that is right, makes each of its members wrong in turn, at every depth, and wants 422 at
// the member's place.
func TestBadMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, row := range bodies() {
		t.Run(row.route, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, w, "ADMIN")
			path, body := row.call(c)
			right := decode(t, body)
			maps.Copy(right.(object), everyMember[row.route])
			if lines, ok := right.(object)["lines"].([]any); ok && row.route == "POST /v1/markets/{marketID}/sales" {
				lines[0].(object)["unitPrice"] = 1
				right.(object)["lines"] = append(lines,
					object{"code": "1-001", "quantity": 1}, object{"familyID": c.stranger.ID.String(), "name": "teapot", "quantity": 1,
						"unitPrice": 1})
			}
			mutate(right, "body", func(place, name string, replace func(any)) {
				for _, bad := range wrong {
					if bad.okFor != "" && (bad.okFor == kindOf(name) || bad.okFor == "name" && kindOf(name) == "text") {
						continue
					}
					if name == "refreshToken" && bad.value[0] == '"' || strings.HasSuffix(row.route, "/movements") &&
						name == "amount" && string(bad.value) == "-1" {
						continue // any text may be tried; cash may be taken out
					}
					if name == "description" && (string(bad.value) == `""` || string(bad.value) == `"  "`) ||
						name == "currentPassword" && bad.value[0] == '"' && len(bad.value) < 100 {
						continue
					}
					replace(bad.value)
					placed(t, place+" "+string(bad.value[:min(len(bad.value), 40)]), row.ask(c, path, marshal(t, right)), place)
				}
			}, func(place string, node object) {
				for _, name := range []string{"bogus", "Name", "lines.0", "a[0]", "", "\u0000", "__proto__", "id"} {
					if _, known := node[name]; known {
						continue
					}
					node[name] = 1
					placed(t, place+" with "+name, row.ask(c, path, marshal(t, right)), strings.TrimSuffix(place+"."+name, "."))
					delete(node, name)
				}
			})
		})
	}
}

// mutate calls member for every member and item beneath node, which may replace it for the time of the call, and
// object for every object.
func mutate(node any, place string, member func(place, name string, replace func(any)),
	object func(place string, node object)) {
	each := func(place, name string, old any, replace func(any)) {
		member(place, name, replace)
		replace(old)
		mutate(old, place, member, object)
	}
	switch node := node.(type) {
	case map[string]any:
		object(place, node)
		for name, old := range node {
			each(place+"."+name, name, old, func(v any) { node[name] = v })
		}
	case []any:
		for i, old := range node {
			each(fmt.Sprintf("%s[%d]", place, i), "", old, func(v any) { node[i] = v })
		}
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t *testing.T, v any) any {
	t.Helper()
	var out any
	if err := json.Unmarshal(marshal(t, v), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBadTimes gives a market times that nobody can keep.
func TestBadTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	path := at("markets", w.market(t))
	for _, bad := range []string{
		"0000-01-01T00:00:00Z", "0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
		"1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+00:01", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-05-30", "2026-05-30T09:00:00",
		"2026-05-30 09:00:00Z",
		"2026-05-30T24:00:00Z", "2026-05-30T9:00:00Z", "2026-05-30T09:00:00,5Z", "2026-05-30T09:00:00+24:00",
		"2026-05-30T23:59:60Z", "-2026-05-30T09:00:00Z", "now", "",
	} {
		for _, name := range []string{"startsAt", "endsAt"} {
			body := newMarket()
			body[name] = bad
			placed(t, "POST "+name+" "+bad, w.Do(t, "POST", "/v1/markets", w.root.Token, body), "body."+name)
			placed(t, "PATCH "+name+" "+bad, w.Do(t, "PATCH", path, w.root.Token, object{name: bad}), "body."+name)
		}
	}
}

// TestBadQueries gives every parameter of every route what it does not take.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	paging := []string{"limit", "cursor", "orderBy", "total"}
	texts := []string{"%00", "a%00b", "%FF", "%C3%28", "%0A", "%ED%A0%80"}
	bad := map[string][]string{
		"limit": {"", "0", "-1", "1.5", "1e3", "x", "%201", "0x10", "1000000000000000000000000000000",
			"9223372036854775808", "%2B"},
		"orderBy": {"x", "-", "--name", "name%20desc", "name%3Bdrop", "NAME", "id,name", "%27"},
		"total":   {"", "1", "TRUE", "yes"},

		"enabled": {"", "1", "TRUE"}, "available": {"", "1", "null"}, "role": {"", "admin", "ROOT"},
		"email":    {"", "x", "a@b@c", "a%20b@x.org"},
		"familyID": {"", "x", "1"}, "cashierID": {"", "x"}, "code": {"", "1", "1-", "-1", "0-1", "1-0", "1-1-1", "100000-1",
			"1-1000000", "1--1", "1-1000000000000000000000000000000", "٣-٣"},
		"minPrice": {"", "-1", "1.5", "x", "1e3", "9007199254740992", "1000000000000000000000000000000"},
		"maxPrice": {"", "-1", "9223372036854775808"},
		"tender":   {"", "cash", "GOLD"}, "from": {"", "now", "2026-05-30", "2026-02-30T00:00:00Z",
			"9999-12-31T23:59:59-14:00",
			"0000-01-01T00:00:00%2B14:00"}, "to": {"", "x"},
		"name": {},
	}
	bad["by"] = []string{"", "price", "Revenue"}
	for _, name := range []string{"actorID", "resourceID"} {
		bad[name] = []string{"", "x"}
	}
	bad["action"], bad["resource"] = nil, nil
	// What is no list, and has parameters all the same.
	others := map[string][]string{"GET /v1/markets/{marketID}/top-sellers": {"limit", "by"}}
	lists := map[string][]string{
		"GET /v1/audit": {"actorID", "action", "resource", "resourceID", "from", "to"},
		"GET /v1/markets/{marketID}/cash-sessions": {"cashierID"},
		"GET /v1/markets/{marketID}/payouts":       {},
		"GET /v1/sales/{saleID}/returns":           {},
		"GET /v1/users":                            {"name", "email", "role", "enabled"},
		"GET /v1/markets":                          {"status", "name"},
		"GET /v1/markets/{marketID}/families":      {},
		"GET /v1/markets/{marketID}/products":      {"familyID", "name", "code", "minPrice", "maxPrice", "available"},
		"GET /v1/markets/{marketID}/sales":         {"cashierID", "familyID", "status", "tender", "from", "to"},
	}
	bad["status"] = []string{"", "open", "SOLD"}
	done := map[string]bool{}
	for _, row := range matrix {
		if done[row.route] {
			continue
		}
		done[row.route] = true
		t.Run(row.route, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, w, "ADMIN")
			path, body := row.call(c)
			filters, isList := lists[row.route]
			known := slices.Concat(filters, others[row.route])
			if isList {
				known = append(slices.Clone(filters), paging...)
			}
			for _, name := range known {
				values := append(slices.Clone(texts), bad[name]...)
				for _, v := range values {
					a := row.ask(c, path+"?"+name+"="+v, body)
					if name == "cursor" && a.Status == 400 {
						refusedWell(t, name+"="+v, a)
						continue
					}
					placed(t, name+"="+v, a, "query."+name)
				}
			}
			for _, name := range append([]string{"bogus", "Limit", "limit[]", "a.b", "%00", "%FF", "$where"},
				slices.Collect(maps.Keys(bad))...) {
				if !slices.Contains(known, name) {
					placed(t, "unknown "+name, row.ask(c, path+"?"+name+"=1", body), "query.")
				}
			}
			if isList {
				placed(t, "limit twice", row.ask(c, path+"?limit=5&limit=5", body), "query.limit")
				for _, cursor := range []string{"x", "%20", "AAAA", "e30", "bnVsbA", "W10", "eyJiIjowfQ",
					strings.Repeat("A", 10_000)} {
					a := row.ask(c, path+"?cursor="+cursor, body)
					refusedWell(t, "cursor "+cursor[:min(20, len(cursor))], a)
					if p := a.Problem(t); a.Status != 400 || p.Code != "bad_cursor" || p.Errors[0].Location != "query.cursor" {
						t.Errorf("cursor %.20s: %.300s", cursor, a.Body)
					}
				}
			}
			for _, query := range []string{"%", "%zz=1", "a=%", "a;b"} {
				a := row.ask(c, path+"?"+query, body)
				refusedWell(t, query, a)
				if a.Status != 400 {
					t.Errorf("?%s: status %d, want 400: %.300s", query, a.Status, a.Body)
				}
			}
		})
	}
}
