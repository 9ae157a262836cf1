package dbtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
)

// Listing says what a list promises: which items each filter keeps, and how each order sorts them.
type Listing[F, T any] struct {
	Query   func(context.Context, F, query.Page) (query.Result[T], error)
	Columns query.Columns[T]
	All     F                       // the filter that narrows nothing
	Keeps   func(T) bool            // what All keeps of everything there is; nil: all
	Filters map[string]Filter[F, T] // each alone; one for every field of F that All leaves empty
	Orders  map[string]func(a, b T) int
}

// Filter is one way to narrow a list.
type Filter[F, T any] struct {
	By    F
	Keeps func(T) bool // nil: everything of a World
}

// Narrow makes a Filter.
func Narrow[F, T any](by F, keeps func(T) bool) Filter[F, T] { return Filter[F, T]{by, keeps} }

// By is an order by a value that Go and the database compare alike.
func By[T any, V cmp.Ordered](value func(T) V) func(a, b T) int {
	return func(a, b T) int {
		x, y := value(a), value(b)
		if s, ok := any(x).(string); ok {
			return strings.Compare(collated(s), collated(any(y).(string)))
		}
		return cmp.Compare(x, y)
	}
}

// collated is words in a form that sorts as the database sorts them: case decides last, lower before upper.
func collated(s string) string {
	swapped := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
	return strings.ToLower(s) + "\x00" + swapped
}

// Lists walks through the list with every filter in every order, page by page, and compares what comes with what the
// Listing says: nothing is missing, nothing comes twice, nothing comes early.
func Lists[F, T any](t *testing.T, l Listing[F, T]) {
	t.Helper()
	l.complete(t)
	all := l.walk(t, l.All, query.Page{Limit: query.MaxLimit, Total: true})
	filters := maps.Clone(l.Filters)
	if filters == nil {
		filters = map[string]Filter[F, T]{}
	}
	filters[""] = Filter[F, T]{l.All, l.Keeps}
	for name, f := range filters {
		kept := slices.DeleteFunc(slices.Clone(all), func(item T) bool { return f.Keeps != nil && !f.Keeps(item) })
		if len(kept) == 0 || name != "" && f.Keeps != nil && len(kept) == len(all) {
			t.Errorf("filter %q keeps %d of %d, which shows nothing", name, len(kept), len(all))
		}
		for _, order := range l.Columns.Names() {
			column, desc := strings.CutPrefix(order, "-")
			sorted := slices.SortedFunc(slices.Values(kept), func(a, b T) int {
				x, y := l.Columns.ID(a), l.Columns.ID(b)
				c := cmp.Or(l.Orders[column](a, b), bytes.Compare(x[:], y[:]))
				if desc {
					return -c
				}
				return c
			})
			got := l.walk(t, f.By, query.Page{Limit: 7, OrderBy: order, Total: true})
			if want := l.ids(sorted); !slices.Equal(l.ids(got), want) {
				t.Errorf("filter %q by %s: %d items\n%v\nwant %d\n%v", name, order, len(got), l.ids(got), len(want), want)
			}
		}
	}
}

// complete demands that every order and every filter is described.
func (l Listing[F, T]) complete(t *testing.T) {
	t.Helper()
	for column := range l.Columns.By {
		if l.Orders[column] == nil {
			t.Fatalf("the Listing does not say how %s sorts", column)
		}
	}
	fields := reflect.TypeFor[F]()
	if fields.Name() != "Filter" {
		return // a list that has none
	}
	for i := range fields.NumField() {
		used := !reflect.ValueOf(l.All).Field(i).IsZero()
		for _, f := range l.Filters {
			used = used || !reflect.ValueOf(f.By).Field(i).IsZero()
		}
		if !used {
			t.Errorf("the Listing does not say what the filter %s keeps", fields.Field(i).Name)
		}
	}
}

// walk reads the list to its end.
func (l Listing[F, T]) walk(t *testing.T, f F, p query.Page) (items []T) {
	t.Helper()
	var total int
	for {
		res, err := l.Query(t.Context(), f, p)
		if err != nil {
			t.Fatalf("by %q: %v", p.OrderBy, err)
		}
		if len(res.Items) > p.Limit {
			t.Fatalf("by %q: a page of %d has %d items", p.OrderBy, p.Limit, len(res.Items))
		}
		if res.Total != nil {
			total = *res.Total
		}
		items = append(items, res.Items...)
		if p.Cursor, p.Total = res.NextCursor, false; p.Cursor == "" {
			break
		}
	}
	if total != len(items) {
		t.Errorf("by %q: the list is said to have %d items, and %d came", p.OrderBy, total, len(items))
	}
	return items
}

func (l Listing[F, T]) ids(items []T) []uuid.UUID {
	list := make([]uuid.UUID, len(items))
	for i, item := range items {
		list[i] = l.Columns.ID(item)
	}
	return list
}

// UseIndexes looks at the plan of the list in every order and with every filter, for the first page and one further
// on: it reads through an index, never a whole table, and an order alone is never sorted.
func UseIndexes[F, T any](t *testing.T, w *World, l Listing[F, T]) {
	t.Helper()
	l.complete(t)
	filters := map[string]F{"": l.All}
	for name, f := range l.Filters {
		filters[name] = f.By
	}
	for name, f := range filters {
		for _, order := range l.Columns.Names() {
			page := query.Page{Limit: 5, OrderBy: order}
			for range 2 {
				res, err := l.Query(t.Context(), f, page)
				if err != nil {
					t.Fatalf("by %s, filter %q: %v", order, name, err)
				}
				about := fmt.Sprintf("by %s, filter %q, cursor %q", order, name, page.Cursor)
				plan := w.explain(t)
				if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index") {
					t.Errorf("%s reads a whole table:\n%s\n%s", about, w.last.SQL, plan)
				}
				sorts := strings.Contains(strings.ReplaceAll(plan, "Incremental Sort", ""), "->  Sort")
				if name == "" && sorts {
					t.Errorf("%s is sorted, so it costs more the more rows there are:\n%s\n%s", about, w.last.SQL, plan)
				}
				if page.Cursor = res.NextCursor; page.Cursor == "" {
					break
				}
			}
		}
	}
}

// PlannedOnce demands that what is asked often is planned once for the connection and not for each call, in markets of
// any size (decision 0015): the first two pages of the list in every order, and what also asks.
func PlannedOnce[F, T any](t *testing.T, w *World, l Listing[F, T], also ...func(round int)) {
	t.Helper()
	ask := func(round int) {
		for _, order := range l.Columns.Names() {
			page := query.Page{OrderBy: order}
			for range 2 {
				res, err := l.Query(t.Context(), l.All, page)
				if err != nil {
					t.Fatal(err)
				}
				if page.Cursor = res.NextCursor; page.Cursor == "" {
					t.Fatalf("by %s: one page shows nothing", order)
				}
			}
		}
		for _, fn := range also {
			fn(round)
		}
	}
	for round := range 8 { // the first five are planned anew in any case
		ask(round)
	}
	var anew []string
	var once int
	if err := w.DB.Select(t.Context(), &anew,
		`SELECT statement FROM pg_prepared_statements WHERE custom_plans > 5`); err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Get(t.Context(), &once,
		`SELECT count(*) FROM pg_prepared_statements WHERE generic_plans > 0`); err != nil {
		t.Fatal(err)
	}
	for _, q := range anew {
		t.Errorf("planned anew for each call: %s", q)
	}
	if want := 2*len(l.Columns.Names()) + 5*len(also); once < want {
		t.Errorf("%d statements have one plan, want %d; were they not asked often enough?", once, want)
	}
}
