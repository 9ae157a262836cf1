package apptest

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// List is a route that answers pages.
type List struct {
	Route string
	Fill  func(t *testing.T, w *World) Listed // makes at least 12 items, in a world of its own
}

// Listed is what is in a list, and how it can be ordered and narrowed.
type Listed struct {
	Path      string
	ID        string                       // the member by which items are told apart; "": "id"
	Default   string                       // of orderBy: "number", or "-createdAt"
	Orders    map[string]Ordering          // every one that there is
	Filters   map[string]func(Object) bool // by query; nil: nothing is found
	Elsewhere string                       // the same list beneath another parent, where a cursor of this one is no good
}

// Page is what a list answers.
type Page struct {
	Items      []Object
	NextCursor string
	Total      *int
}

// Ordering compares two items by a column; ties are broken by id.
type Ordering func(a, b Object) int

// ByNumber orders by a number.
func ByNumber(key string) Ordering {
	return func(a, b Object) int { return cmp.Compare(a[key].(float64), b[key].(float64)) }
}

// ByText orders by bytes.
func ByText(key string) Ordering {
	return func(a, b Object) int { return strings.Compare(a[key].(string), b[key].(string)) }
}

// ByTime orders by a time.
func ByTime(key string) Ordering {
	return func(a, b Object) int { return strings.Compare(Instant(a, key), Instant(b, key)) }
}

// Instant is a time with all its digits, so that it compares as text.
func Instant(o Object, key string) string {
	s := strings.TrimSuffix(o[key].(string), "Z")
	if !strings.Contains(s, ".") {
		s += "."
	}
	return s + strings.Repeat("0", 26-len(s))
}

// ByName orders the Names as people expect, whatever the locale of the cluster.
func ByName(a, b Object) int {
	rank := func(o Object) int { return slices.Index(collated, o["name"].(string)) }
	return cmp.Compare(rank(a), rank(b))
}

// Names are twelve that have equals, capitals, and what means something to a pattern.
var Names = []string{"apple", "Apple", "banana", "50% off", "50 percent", "a_b", "axb", `back\slash`, "zebra", "apple",
	"ÄPFEL", "äpfel"}

// collated is what the tests call things, in order.
var collated = []string{"50 percent", "50% off", "a_b", "äpfel", "ÄPFEL", "apple", "Apple", "axb", `back\slash`,
	"banana", "u1", "zebra"}

// Is finds the items whose member is so.
func Is(key string, want any) func(Object) bool {
	return func(o Object) bool { return fmt.Sprint(o[key]) == fmt.Sprint(want) }
}

// Named finds the items whose name has that part, in any case.
func Named(part string) func(Object) bool {
	return func(o Object) bool {
		return strings.Contains(strings.ToLower(o["name"].(string)), strings.ToLower(part))
	}
}

// listing is a list under test.
type listing struct {
	Listed
	*testing.T
	w     *World
	items []Object
}

func (l List) test(t *testing.T, w *World) {
	x := listing{l.Fill(t, w), t, w, nil}
	x.ID = cmp.Or(x.ID, "id")
	x.items = w.All(t, x.Path)
	if len(x.items) < 12 {
		t.Fatalf("%d items are too few to test with", len(x.items))
	}
	l.whole(t, x.Listed)
	x.walk("", x.Default, x.items)
	for name := range x.Orders {
		for _, by := range []string{name, "-" + name} {
			x.walk("orderBy="+by, by, x.items)
		}
	}
	turned := "-" + strings.TrimPrefix(x.Default, "-")
	for query, match := range x.Filters {
		want := slices.DeleteFunc(slices.Clone(x.items), func(o Object) bool { return match == nil || !match(o) })
		if match != nil && len(want) == 0 {
			t.Errorf("the filter %s finds nothing, so it shows nothing", query)
		}
		x.walk(query, x.Default, want)
		x.walk(query+"&orderBy="+turned, turned, want)
	}
	x.cursors()
}

// whole wants every order and filter of the document to be among those that are tried.
func (l List) whole(t *testing.T, x Listed) {
	t.Helper()
	c, err := TheContract()
	must(t, err)
	tried := url.Values{}
	for query := range x.Filters {
		q, err := url.ParseQuery(query)
		must(t, err)
		for name := range q {
			tried.Add(name, query)
		}
	}
	for name, schema := range c.parameters(l.Route) {
		switch {
		case name == "orderBy":
			enum, _ := schema["enum"].([]any)
			for _, by := range enum {
				if x.Orders[strings.TrimPrefix(by.(string), "-")] == nil {
					t.Errorf("the order %s is not tried: add it to Orders", by)
				}
			}
		case !slices.Contains(paging, name) && !tried.Has(name):
			t.Errorf("the filter %s is not tried: add it to Filters", name)
		}
	}
	if strings.Contains(l.Route, "{") && x.Elsewhere == "" {
		t.Error("name the same list beneath another parent: Elsewhere")
	}
}

// walk follows nextCursor, or the Link header, with pages of changing sizes and wants every item once, in order.
func (l listing) walk(query, by string, want []Object) {
	l.Helper()
	name, desc := strings.CutPrefix(by, "-")
	want = slices.Clone(want)
	slices.SortFunc(want, func(a, b Object) int {
		c := cmp.Or(l.Orders[name](a, b), strings.Compare(a[l.ID].(string), b[l.ID].(string)))
		if desc {
			return -c
		}
		return c
	})
	for _, sizes := range [][]int{{100}, {1, 2, 3, 5}, {4}} {
		var got []Object
		next := l.Path + "?total=true&" + query
		for i := 0; next != ""; i++ {
			if i > len(want) {
				l.Fatalf("?%s: the walk does not end", query)
			}
			var p Page
			a := l.w.OK(l, 200, &p, "GET", next+fmt.Sprintf("&limit=%d", sizes[i%len(sizes)]), l.w.Root.Token, nil)
			if p.Items == nil || p.Total == nil || *p.Total != len(want) {
				l.Errorf("?%s: %s, want items and a total of %d", query, a.Body, len(want))
			}
			got = append(got, p.Items...)
			next = l.next(a, p, query, i)
		}
		if g, w := pluck(got, l.ID), pluck(want, l.ID); !slices.Equal(g, w) {
			l.Errorf("?%s in pages of %v: got\n%v\nwant\n%v", query, sizes, pluck(got, name), pluck(want, name))
			return
		}
		for i := range got {
			if fmt.Sprint(got[i]) != fmt.Sprint(want[i]) {
				l.Errorf("?%s: item %v, want %v", query, got[i], want[i])
			}
		}
	}
}

// next is where the page after this one is: by turns what Link says and what the cursor says, which must agree.
func (l listing) next(a Answer, p Page, query string, i int) string {
	l.Helper()
	link := a.Header.Get("Link")
	if (link == "") != (p.NextCursor == "") || strings.Contains(string(a.Body), "nextCursor") != (p.NextCursor != "") {
		l.Fatalf("?%s: Link %q, nextCursor %q, want both or neither", query, link, p.NextCursor)
	}
	if link == "" {
		return ""
	}
	target, found := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	u, err := url.Parse(target)
	if err != nil || !found || u.Path != l.Path || u.Query().Get("cursor") != p.NextCursor {
		l.Fatalf("?%s: Link %q, want %s with the cursor %s", query, link, l.Path, p.NextCursor)
	}
	if i%2 == 0 {
		q := u.Query()
		q.Del("limit")
		return u.Path + "?" + q.Encode()
	}
	return l.Path + "?total=true&" + query + "&cursor=" + p.NextCursor
}

func pluck(items []Object, key string) []any {
	out := make([]any, len(items))
	for i, o := range items {
		out[i] = o[key]
	}
	return out
}

// cursors wants a cursor to be good for its own list, filters and order alone.
func (l listing) cursors() {
	l.Helper()
	var p Page
	get := func(query string) Answer {
		l.Helper()
		return l.w.Do(l, "GET", l.Path+"?"+query, l.w.Root.Token, nil)
	}
	l.w.OK(l, 200, &p, "GET", l.Path+"?limit=1", l.w.Root.Token, nil)
	refused := func(path string) {
		l.Helper()
		l.w.Refused(l, 400, "bad_cursor", "query.cursor", "GET", path, l.w.Root.Token, nil)
	}
	for name := range l.Orders {
		for _, by := range []string{name, "-" + name} {
			if by != l.Default {
				refused(l.Path + "?orderBy=" + by + "&cursor=" + p.NextCursor)
			}
		}
	}
	for query := range l.Filters {
		refused(l.Path + "?" + query + "&cursor=" + p.NextCursor)
	}
	// the default order, by its name
	if a := get("orderBy=" + l.Default + "&total=true&limit=3&cursor=" + p.NextCursor); a.Status != 200 {
		l.Errorf("the default order by its name: %d %s, want 200", a.Status, a.Body)
	}
	for i := range p.NextCursor {
		flipped := []byte(p.NextCursor)
		flipped[i] ^= 1
		if a := get("cursor=" + url.QueryEscape(string(flipped))); a.Status != 200 && a.Status != 400 {
			l.Errorf("cursor with a changed byte %d: %d %s, want 200 or 400", i, a.Status, a.Body)
		}
	}
	refused(l.Path + "?cursor=" + p.NextCursor[:len(p.NextCursor)/2])
	if l.Elsewhere != "" {
		refused(l.Elsewhere + "?cursor=" + p.NextCursor)
	}
	a := l.w.Refused(l, 422, "validation_failed", "query.orderBy", "GET", l.Path+"?orderBy=bogus", l.w.Root.Token, nil)
	for name := range l.Orders {
		if !strings.Contains(a.Problem(l).Errors[0].Message, name) {
			l.Errorf("the refusal of an order does not name %s: %s", name, a.Body)
		}
	}
}
