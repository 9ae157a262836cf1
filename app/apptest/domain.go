package apptest

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/app/sdk/rest"
)

// Suite is what a domain's test says about its routes.
type Suite struct {
	Rights   []Row   // of every route
	Patches  []Patch // of every PATCH
	Lists    []List  // of every list
	Bad      []Bad   // of every route with a body or with query parameters
	Examples func(r *Recorder)
	Mailed   bool // the examples are of a service that sends mails, and has addresses verified
}

// Domain tests the routes under a tag of the document. The test is called TestDomain, by which `make docs` finds it.
func Domain(t *testing.T, tag string, s Suite) {
	t.Helper()
	if t.Name() != "TestDomain" {
		t.Errorf("call the test TestDomain, not %s", t.Name())
	}
	_, file, _, _ := runtime.Caller(1)
	_, file, _ = strings.Cut(file, "/app/domain/")
	w := NewWorld(t, Options{})
	c, err := TheContract()
	must(t, err)
	for _, gap := range Gaps(w.Routes, c, tag, s) {
		t.Errorf("%s: add it to app/domain/%s", gap, file)
	}

	run := func(kind, name string, f func(t *testing.T, w *World)) {
		t.Run(strings.TrimSpace(kind+" "+name), func(t *testing.T) {
			t.Parallel()
			f(t, w)
		})
	}
	for _, row := range s.Rights {
		run("rights", strings.TrimSpace(row.Route+" "+row.About), row.rights)
		run("keys", strings.TrimSpace(row.Route+" "+row.About), row.keys)
	}
	for _, row := range s.first() {
		if strings.Contains(row.Route, "ID}") {
			run("ids", row.Route, row.ids)
		}
		if c.hasBody(row.Route) {
			run("bad bodies", row.Route, row.badBodies)
			run("bad members", row.Route, func(t *testing.T, w *World) { s.bad(row.Route).badMembers(t, w, row) })
		}
		run("bad query", row.Route, func(t *testing.T, w *World) { s.bad(row.Route).badQuery(t, w, row) })
		switch {
		case row.method() == "GET" && row.Want[Admin] != 200: // HEAD is no other then
		case row.method() == "GET":
			run("head", row.Route, quiet(row.Route, row.head))
			run("if-none-match", row.Route, quiet(row.Route, row.ifNoneMatch))
		case row.method() == "POST" && row.Want[Admin] == 201 && !row.NoLocation:
			run("location", row.Route, row.located)
		}
	}
	for _, p := range s.Patches {
		run("patch", p.Route, p.test)
		for _, method := range []string{"PATCH", "DELETE"} {
			if _, path, _ := strings.Cut(p.Route, " "); has(w.Routes, method+" "+path) {
				run("if-match", method+" "+path, func(t *testing.T, w *World) { p.ifMatch(t, w, method) })
			}
		}
	}
	for _, l := range s.Lists {
		run("list", l.Route, func(t *testing.T, _ *World) { l.test(t, NewWorld(t, Options{})) })
	}
	t.Run("examples", func(t *testing.T) {
		t.Parallel()
		s.record(t, c.operationIDs(tag))
	})
}

// quiet gives a test of a route that answers about the whole service a world of its own: in the shared one the answer
// changes with what the other tests make.
func quiet(route string, f func(*testing.T, *World)) func(*testing.T, *World) {
	if strings.Contains(route, "{") {
		return f
	}
	return func(t *testing.T, _ *World) { f(t, NewWorld(t, Options{})) }
}

// first are the rows of rights, each route once.
func (s Suite) first() (rows []Row) {
	for _, row := range s.Rights {
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.Route == row.Route }) {
			rows = append(rows, row)
		}
	}
	return rows
}

// bad are the rows of a route as one.
func (s Suite) bad(route string) Bad {
	for _, b := range s.Bad {
		if b.Route == route {
			return b
		}
	}
	return Bad{Route: route}
}

func has(routes []rest.Route, route string) bool {
	return slices.ContainsFunc(routes, func(r rest.Route) bool { return r.Method+" "+r.Path == route })
}

// Gaps names what a suite lacks of the routes under a tag, and what it has of routes that are not there.
func Gaps(routes []rest.Route, c *Contract, tag string, s Suite) (gaps []string) {
	rows := map[string][]string{}
	for _, r := range s.Rights {
		rows["row of rights"] = append(rows["row of rights"], r.Route)
	}
	for _, p := range s.Patches {
		rows["Patch"] = append(rows["Patch"], p.Route)
	}
	for _, l := range s.Lists {
		rows["List"] = append(rows["List"], l.Route)
	}
	for _, b := range s.Bad {
		rows["Bad"] = append(rows["Bad"], b.Route)
	}
	known := map[string]bool{}
	for _, r := range routes {
		if r.Tag != tag {
			continue
		}
		route := r.Method + " " + r.Path
		known[route] = true
		for kind, needed := range map[string]bool{
			"row of rights": true, "Patch": r.Method == http.MethodPatch, "List": c.isList(route),
			"Bad": c.hasBody(route) || len(c.filters(route)) > 0,
		} {
			if needed && !slices.Contains(rows[kind], route) {
				gaps = append(gaps, fmt.Sprintf("%s has no %s", route, kind))
			}
		}
		if want, got := c.filters(route), slices.Sorted(maps.Keys(s.bad(route).Params)); !slices.Equal(got, want) {
			gaps = append(gaps, fmt.Sprintf("%s takes the parameters %v, its Bad has %v", route, want, got))
		}
	}
	for _, p := range s.Patches {
		if want, got := c.members(p.Route), slices.Sorted(maps.Keys(p.members())); !slices.Equal(got, want) {
			gaps = append(gaps, fmt.Sprintf("%s takes the members %v, its Fields try %v", p.Route, want, got))
		}
	}
	for kind, list := range rows {
		for _, route := range list {
			if !known[route] {
				gaps = append(gaps, fmt.Sprintf("%s of a %s is no route under the tag %s", route, kind, tag))
			}
		}
	}
	if len(known) == 0 {
		gaps = append(gaps, "no route is under the tag "+tag)
	}
	if s.Examples == nil && len(c.operationIDs(tag)) > 0 {
		gaps = append(gaps, "the operations have no Examples")
	}
	slices.Sort(gaps)
	return gaps
}

// operation is what the document says about a route, nil for a page that it does not speak of.
func (c *Contract) operation(route string) map[string]any {
	method, path, _ := strings.Cut(route, " ")
	return at(c.Doc, "paths", path, strings.ToLower(method))
}

func (c *Contract) hasBody(route string) bool { return c.operation(route)["requestBody"] != nil }

// members are those of a route's body.
func (c *Contract) members(route string) []string {
	s := at(c.operation(route), "requestBody", "content", "application/json", "schema")
	ref, _ := s["$ref"].(string)
	_, name, _ := strings.Cut(ref, "#/components/schemas/")
	return slices.Sorted(maps.Keys(at(c.Doc, "components", "schemas", name, "properties")))
}

// parameters are the schemas of a route's query parameters.
func (c *Contract) parameters(route string) map[string]map[string]any {
	list, _ := c.operation(route)["parameters"].([]any)
	params := map[string]map[string]any{}
	for _, v := range list {
		p := v.(map[string]any)
		if ref, ok := p["$ref"].(string); ok {
			p = c.Lookup(ref)
		}
		if p["in"] == "query" {
			params[p["name"].(string)] = p["schema"].(map[string]any)
		}
	}
	return params
}

// isList tells whether a route answers pages of a list. A page of something more, a statement, has no other order.
func (c *Contract) isList(route string) bool {
	params := c.parameters(route)
	return params["cursor"] != nil && params["orderBy"] != nil
}

// filters are a route's query parameters, but those of pages.
func (c *Contract) filters(route string) []string {
	names := slices.Sorted(maps.Keys(c.parameters(route)))
	if c.isList(route) {
		names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(paging, n) })
	}
	return names
}

// queries are the query parameters of all routes.
func (c *Contract) queries() []string {
	names := map[string]bool{}
	for path, item := range at(c.Doc, "paths") {
		for method := range item.(map[string]any) {
			for name := range c.parameters(strings.ToUpper(method) + " " + path) {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// operationIDs are those of the operations under a tag.
func (c *Contract) operationIDs(tag string) (ids []string) {
	for _, item := range at(c.Doc, "paths") {
		for _, op := range item.(map[string]any) {
			op := op.(map[string]any)
			if tags, _ := op["tags"].([]any); slices.Contains(tags, any(tag)) {
				ids = append(ids, op["operationId"].(string))
			}
		}
	}
	slices.Sort(ids)
	return ids
}
