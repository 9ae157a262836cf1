package mux_test

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

// listed is a list under test: what is in it and how it can be ordered and narrowed.
type listed struct {
	path    string
	items   []object            // all that root sees, as the service shows each alone
	orders  map[string]ordering // the first is not the default; see def
	def     string
	filters map[string]func(object) bool // by query
}

// ordering compares two items by a column; ties are broken by id.
type ordering func(a, b object) int

func number(key string) ordering {
	return func(a, b object) int { return cmp.Compare(a[key].(float64), b[key].(float64)) }
}

func text(key string) ordering {
	return func(a, b object) int { return strings.Compare(a[key].(string), b[key].(string)) }
}

// title orders names as people expect, whatever the locale of the cluster.
func title(a, b object) int {
	rank := func(o object) int { return slices.Index(collated, o["name"].(string)) }
	return cmp.Compare(rank(a), rank(b))
}

func moment(key string) ordering {
	return func(a, b object) int { return strings.Compare(instant(a, key), instant(b, key)) }
}

// instant is a time with all its digits, so that it compares as text.
func instant(o object, key string) string {
	s := strings.TrimSuffix(o[key].(string), "Z")
	if !strings.Contains(s, ".") {
		s += "."
	}
	return s + strings.Repeat("0", 26-len(s))
}

func code(a, b object) int {
	parse := func(o object) (family, running int) {
		if _, err := fmt.Sscanf(o["code"].(string), "%d-%d", &family, &running); err != nil {
			panic(err)
		}
		return family, running
	}
	af, ar := parse(a)
	bf, br := parse(b)
	return cmp.Or(cmp.Compare(af, bf), cmp.Compare(ar, br))
}

func is(key string, want any) func(object) bool {
	return func(o object) bool { return fmt.Sprint(o[key]) == fmt.Sprint(want) }
}

func named(part string) func(object) bool {
	return func(o object) bool {
		return strings.Contains(strings.ToLower(o["name"].(string)), strings.ToLower(part))
	}
}

// names have equals, capitals, and what means something to a pattern.
var names = []string{"apple", "Apple", "banana", "50% off", "50 percent", "a_b", "axb", `back\slash`, "zebra", "apple",
	"ÄPFEL", "äpfel"}

// collated is what the tests call things, in order.
var collated = []string{"50 percent", "50% off", "a_b", "äpfel", "ÄPFEL", "apple", "Apple", "axb", `back\slash`,
	"banana", "u1", "zebra"}

// page is what a list answers.
type page struct {
	Items      []object
	NextCursor string
	Total      *int
}

func TestLists(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(*testing.T, *world) listed{
		"users": users, "markets": markets, "families": families, "products": products, "sales": sales,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, apptest.Options{})
			l := fill(t, w)
			l.test(t, w)
		})
	}
}

func users(t *testing.T, w *world) listed {
	var one, off object
	for i, n := range names {
		one = w.create(t, "/v1/users", object{"name": n, "email": fmt.Sprintf("l%02d@x.org", i*7%len(names)),
			"password": apptest.Password, "roles": []string{[]string{"USER", "CASHIER", "ADMIN"}[i%3]}})
	}
	off = w.set(t, "/v1/users/"+one["id"].(string), "enabled", false)
	return listed{
		path: "/v1/users", items: w.all(t, "/v1/users"), def: "createdAt",
		orders: map[string]ordering{"createdAt": moment("createdAt"), "name": title, "email": text("email")},
		filters: map[string]func(object) bool{
			"name=apple": named("apple"), "name=%25": named("%"), "name=_": named("_"), "name=%5C": named(`\`),
			"name=P": named("p"), "name=": named(""),
			"name=%C3%84": named("Ä"), "email=" + off["email"].(string): is("email", off["email"]),
			"email=" + strings.ToUpper(off["email"].(string)): is("email", off["email"]),
			"role=ADMIN": has("ADMIN"), "role=USER": has("USER"), "enabled=false": is("enabled", false),
			"enabled=true": is("enabled", true),
			"enabled=true&role=USER&name=a": func(o object) bool {
				return is("enabled", true)(o) && has("USER")(o) && named("a")(o)
			},
		},
	}
}

func has(role string) func(object) bool {
	return func(o object) bool { return slices.Contains(o["roles"].([]any), any(role)) }
}

func markets(t *testing.T, w *world) listed {
	for i, n := range names {
		w.market(t, "name", n, "startsAt", fmt.Sprintf("2026-05-%02dT09:00:00Z", 10+i%4), "status",
			[]string{"DRAFT", "OPEN", "CLOSED"}[i%3])
	}
	return listed{
		path: "/v1/markets", items: w.all(t, "/v1/markets"), def: "startsAt",
		orders: map[string]ordering{"startsAt": moment("startsAt"), "name": title, "createdAt": moment("createdAt")},
		filters: map[string]func(object) bool{
			"status=DRAFT": is("status", "DRAFT"), "status=OPEN": is("status", "OPEN"),
			"status=CLOSED&name=a": func(o object) bool {
				return is("status", "CLOSED")(o) && named("a")(o)
			},
			"name=%25": named("%"), "name=a_b": named("a_b"), "name=APPLE": named("apple"), "name=%5C": named(`\`),
		},
	}
}

func families(t *testing.T, w *world) listed {
	m := w.market(t)
	for i, n := range names {
		w.family(t, m, "name", n, "number", 100-i*7%len(names))
	}
	w.family(t, w.market(t)) // of another market
	path := at("markets", m) + "/families"
	return listed{path: path, items: w.all(t, path), def: "number", orders: map[string]ordering{"number": number("number"),
		"name": title}}
}

func products(t *testing.T, w *world) listed {
	m := w.market(t)
	fs := []object{w.family(t, m, "number", 2), w.family(t, m, "number", 10)}
	for i, n := range names {
		w.product(t, fs[i%2], "name", n, "price", i*7%4*100, "quantity", i%3)
	}
	other := w.product(t, w.family(t, w.market(t)))
	path := at("markets", m) + "/products"
	between := func(low, high float64) func(object) bool {
		return func(o object) bool { return o["price"].(float64) >= low && o["price"].(float64) <= high }
	}
	return listed{
		path: path, items: w.all(t, path), def: "code",
		orders: map[string]ordering{"code": code, "name": title, "price": number("price"), "quantity": number("quantity"),
			"createdAt": moment("createdAt")},
		filters: map[string]func(object) bool{
			"familyID=" + fs[0]["id"].(string): is("familyID", fs[0]["id"]), "familyID=" + other["familyID"].(string): nil,
			"name=apple": named("apple"), "name=%25": named("%"), "name=_": named("_"), "name=%5C": named(`\`),
			"name=%C3%A4": named("ä"),
			"code=2-001":  is("code", "2-001"), "code=010-2": is("code", "10-002"), "code=99-1": nil,
			"minPrice=100": between(100, 1e9), "maxPrice=100": between(0, 100), "minPrice=100&maxPrice=200": between(100, 200),
			"minPrice=200&maxPrice=100": nil, "maxPrice=9007199254740991": between(0, 1e9),
			"available=true": func(o object) bool {
				return o["quantity"].(float64) > 0
			}, "available=false": func(o object) bool { return o["quantity"].(float64) == 0 },
		},
	}
}

func sales(t *testing.T, w *world) listed {
	m := w.market(t)
	path := at("markets", m) + "/sales"
	tills := []apptest.User{w.account(t, role.Cashier), w.account(t, role.Cashier)}
	fs := []object{w.family(t, m), w.family(t, m)}
	byFamily := [2]map[string]bool{{}, {}}
	for i := range 12 {
		total := i * 5 % 4 * 100
		body := object{
			"lines":   []object{{"familyID": fs[i%2]["id"], "name": "x", "quantity": 1, "unitPrice": total}},
			"payment": object{"tender": []string{"CASH", "CARD"}[i%3%2], "amount": total},
		}
		if i%4 == 0 {
			body["lines"] = append(body["lines"].([]object), object{"familyID": fs[1-i%2]["id"], "name": "y", "quantity": 1,
				"unitPrice": 0}, object{"familyID": fs[1-i%2]["id"], "name": "z", "quantity": 1, "unitPrice": 0})
		}
		var s object
		w.OK(t, 201, &s, "POST", path, tills[i%5%2].Token, body, "Idempotency-Key", apptest.Key())
		for n := range fs {
			byFamily[n][s["id"].(string)] = i%2 == n || i%4 == 0
		}
	}
	items := w.all(t, path)
	middle := items[6]["createdAt"].(string)
	paid := func(tender string) func(object) bool {
		return func(o object) bool { return o["payment"].(object)["tender"] == tender }
	}
	from := func(o object) bool { return instant(o, "createdAt") >= instant(items[6], "createdAt") }
	return listed{
		path: path, items: items, def: "-number", orders: map[string]ordering{"number": number("number"),
			"total": number("total")},
		filters: map[string]func(object) bool{
			"cashierID=" + tills[0].ID.String(): is("cashierID", tills[0].ID),
			"familyID=" + fs[0]["id"].(string): func(o object) bool {
				return byFamily[0][o["id"].(string)]
			},
			"familyID=" + fs[1]["id"].(string) + "&tender=CARD": func(o object) bool {
				return byFamily[1][o["id"].(string)] && paid("CARD")(o)
			},
			"status=COMPLETED": is("status", "COMPLETED"), "status=VOIDED": nil, "tender=CASH": paid("CASH"),
			"tender=CARD":    paid("CARD"),
			"from=" + middle: from, "to=" + middle: func(o object) bool {
				return !from(o)
			}, "from=" + middle + "&to=" + middle: nil, "from=0000-01-01T00:00:00Z": is("status", "COMPLETED"),
			"to=9999-12-31T23:59:59Z": is("status", "COMPLETED"),
			"from=" + url.QueryEscape(strings.TrimSuffix(middle, "Z")+"+00:00"): from,
		},
	}
}

// all is every item of a list of at most 100.
func (w *world) all(t *testing.T, path string) []object {
	t.Helper()
	var p page
	w.OK(t, 200, &p, "GET", path+"?limit=100", w.root.Token, nil)
	return p.Items
}

func (l listed) test(t *testing.T, w *world) {
	if len(l.items) < 12 {
		t.Fatalf("%d items are too few to test with", len(l.items))
	}
	l.walk(t, w, "", l.def, l.items)
	for name := range l.orders {
		for _, by := range []string{name, "-" + name} {
			l.walk(t, w, "orderBy="+by, by, l.items)
		}
	}
	for query, match := range l.filters {
		want := slices.DeleteFunc(slices.Clone(l.items), func(o object) bool { return match == nil || !match(o) })
		if match != nil && len(want) == 0 {
			t.Errorf("the filter %s finds nothing, so it shows nothing", query)
		}
		l.walk(t, w, query, l.def, want)
		l.walk(t, w, query+"&orderBy=-"+strings.TrimPrefix(l.def, "-"), "-"+strings.TrimPrefix(l.def, "-"), want)
	}
	l.cursors(t, w)
}

// walk follows nextCursor, or the Link header, with pages of changing sizes and wants every item once, in order.
func (l listed) walk(t *testing.T, w *world, query, by string, want []object) {
	t.Helper()
	name, desc := strings.CutPrefix(by, "-")
	want = slices.Clone(want)
	slices.SortFunc(want, func(a, b object) int {
		c := cmp.Or(l.orders[name](a, b), strings.Compare(a["id"].(string), b["id"].(string)))
		if desc {
			return -c
		}
		return c
	})
	for _, sizes := range [][]int{{100}, {1, 2, 3, 5}, {4}} {
		var got []object
		next := l.path + "?total=true&" + query
		for i := 0; next != ""; i++ {
			if i > len(want) {
				t.Fatalf("?%s: the walk does not end", query)
			}
			var p page
			a := w.OK(t, 200, &p, "GET", next+fmt.Sprintf("&limit=%d", sizes[i%len(sizes)]), w.root.Token, nil)
			if p.Items == nil || p.Total == nil || *p.Total != len(want) {
				t.Errorf("?%s: total %v, want %d", query, p.Total, len(want))
			}
			got = append(got, p.Items...)
			next = l.next(t, a, p, query, i)
		}
		if g, w := ids(got), ids(want); !slices.Equal(g, w) {
			t.Errorf("?%s in pages of %v: got\n%v\nwant\n%v", query, sizes, brief(got, name), brief(want, name))
			return
		}
		for i := range got {
			if fmt.Sprint(got[i]) != fmt.Sprint(want[i]) {
				t.Errorf("?%s: item %v, want %v", query, got[i], want[i])
			}
		}
	}
}

// next is where the page after this one is: by turns what Link says and what the cursor says, which must agree.
func (l listed) next(t *testing.T, a apptest.Answer, p page, query string, i int) string {
	t.Helper()
	link := a.Header.Get("Link")
	if (link == "") != (p.NextCursor == "") || strings.Contains(string(a.Body), "nextCursor") != (p.NextCursor != "") {
		t.Fatalf("?%s: Link %q, nextCursor %q", query, link, p.NextCursor)
	}
	if link == "" {
		return ""
	}
	target, found := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	u, err := url.Parse(target)
	if err != nil || !found || u.Path != l.path || u.Query().Get("cursor") != p.NextCursor {
		t.Fatalf("?%s: Link %q", query, link)
	}
	if i%2 == 0 {
		q := u.Query()
		q.Del("limit")
		return u.Path + "?" + q.Encode()
	}
	return l.path + "?total=true&" + query + "&cursor=" + p.NextCursor
}

func ids(items []object) []string {
	out := make([]string, len(items))
	for i, o := range items {
		out[i] = o["id"].(string)
	}
	return out
}

func brief(items []object, key string) []any {
	out := make([]any, len(items))
	for i, o := range items {
		out[i] = o[key]
	}
	return out
}

// cursors wants a cursor to be good for its own list, filters and order alone.
func (l listed) cursors(t *testing.T, w *world) {
	var p page
	w.OK(t, 200, &p, "GET", l.path+"?limit=1", w.root.Token, nil)
	use := func(query string, cursor string) {
		t.Helper()
		w.refused(t, 400, "bad_cursor", "query.cursor", "GET", l.path+"?"+query+"&cursor="+cursor, w.root.Token, nil)
	}
	for name := range l.orders {
		for _, by := range []string{name, "-" + name} {
			if by != l.def {
				use("orderBy="+by, p.NextCursor)
			}
		}
	}
	for query := range l.filters {
		use(query, p.NextCursor)
	}
	// the default order, by its name
	w.OK(t, 200, nil, "GET", l.path+"?orderBy="+l.def+"&total=true&limit=3&cursor="+p.NextCursor, w.root.Token, nil)
	for i := range p.NextCursor {
		flipped := []byte(p.NextCursor)
		flipped[i] ^= 1
		if a := w.Do(t, "GET", l.path+"?cursor="+url.QueryEscape(string(flipped)), w.root.Token, nil); a.Status != 200 &&
			a.Status != 400 {
			t.Errorf("cursor with a changed byte %d: %d %s", i, a.Status, a.Body)
		}
	}
	use("", p.NextCursor[:len(p.NextCursor)/2])
	w.refused(t, 422, "validation_failed", "query.orderBy", "GET", l.path+"?orderBy=bogus", w.root.Token, nil)
	a := w.Do(t, "GET", l.path+"?orderBy=bogus", w.root.Token, nil)
	for name := range l.orders {
		if !strings.Contains(a.Problem(t).Errors[0].Message, name) {
			t.Errorf("the refusal of an order does not name %s: %s", name, a.Body)
		}
	}
	other := w.market(t)
	for _, sub := range []string{"families", "products", "sales"} {
		if strings.HasSuffix(l.path, sub) {
			w.refused(t, 400, "bad_cursor", "query.cursor", "GET", at("markets", other)+"/"+sub+"?cursor="+p.NextCursor,
				w.root.Token, nil)
		}
	}
}
