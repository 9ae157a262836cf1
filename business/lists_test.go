package business_test

import (
	"context"
	"flag"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

func init() { _ = flag.Set("rapid.checks", "30") } // the command line may ask for more

// list runs one list; filters are what it can be narrowed by, each alone.
type list struct {
	name    string
	orders  []string
	filters map[string]func(context.Context, query.Page) (string, error)
}

func run[F, T any](q func(context.Context, F, query.Page) (query.Result[T], error), f F) func(context.Context,
	query.Page) (string, error) {
	return func(ctx context.Context, p query.Page) (string, error) {
		res, err := q(ctx, f, p)
		return res.NextCursor, err
	}
}

// lists are all the lists of the service. Who adds a list adds it here.
func lists(b business.Business, market, family, cashier uuid.UUID) []list {
	m, now := market, clock.Now()
	part, yes := "name 1", true
	type all = map[string]func(context.Context, query.Page) (string, error)
	return []list{
		{"users", userbus.OrderBy.Names(), all{
			"":        run(b.Users.Query, userbus.Filter{}),
			"name":    run(b.Users.Query, userbus.Filter{Name: &part}),
			"email":   run(b.Users.Query, userbus.Filter{Email: new(email.Email("user1@x.org"))}),
			"role":    run(b.Users.Query, userbus.Filter{Role: new(role.User)}),
			"enabled": run(b.Users.Query, userbus.Filter{Enabled: &yes}),
		}},
		{"markets", marketbus.OrderBy.Names(), all{
			"":       run(b.Markets.Query, marketbus.Filter{}),
			"public": run(b.Markets.Query, marketbus.Filter{HideDraft: true}),
			"name":   run(b.Markets.Query, marketbus.Filter{Name: &part}),
			"status": run(b.Markets.Query, marketbus.Filter{Status: new(marketbus.Open)}),
		}},
		{"families", familybus.OrderBy.Names(), all{
			"":      run(b.Families.Query, familybus.Filter{MarketID: m}),
			"owner": run(b.Families.Query, familybus.Filter{MarketID: m, OwnerID: &cashier}),
		}},
		{"products", productbus.OrderBy.Names(), all{
			"":          run(b.Products.Query, productbus.Filter{MarketID: m}),
			"family":    run(b.Products.Query, productbus.Filter{MarketID: m, FamilyID: &family}),
			"name":      run(b.Products.Query, productbus.Filter{MarketID: m, Name: &part}),
			"code":      run(b.Products.Query, productbus.Filter{MarketID: m, Code: &code.Code{Family: 1, Running: 7}}),
			"minPrice":  run(b.Products.Query, productbus.Filter{MarketID: m, MinPrice: new(money.Money(900))}),
			"maxPrice":  run(b.Products.Query, productbus.Filter{MarketID: m, MaxPrice: new(money.Money(900))}),
			"available": run(b.Products.Query, productbus.Filter{MarketID: m, Available: &yes}),
			"public":    run(b.Products.Query, productbus.Filter{MarketID: m, HideDraft: true}),
		}},
		{"sales", salebus.OrderBy.Names(), all{
			"":        run(b.Sales.Query, salebus.Filter{MarketID: m}),
			"cashier": run(b.Sales.Query, salebus.Filter{MarketID: m, CashierID: &cashier}),
			"family":  run(b.Sales.Query, salebus.Filter{MarketID: m, FamilyID: &family}),
			"status":  run(b.Sales.Query, salebus.Filter{MarketID: m, Status: new(salebus.Completed)}),
			"tender":  run(b.Sales.Query, salebus.Filter{MarketID: m, Tender: new(salebus.Cash)}),
			"from":    run(b.Sales.Query, salebus.Filter{MarketID: m, From: &now}),
			"to":      run(b.Sales.Query, salebus.Filter{MarketID: m, To: &now}),
		}},
	}
}

// statements keeps the statements that end in a LIMIT.
type statements struct {
	mu   sync.Mutex
	last pgx.TraceQueryStartData
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(data.SQL, " LIMIT ") {
		s.last = data
	}
	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestListsUseIndexes looks at the plan of every list, in every order and with every filter, for the first page and one
// further on: it reads through an index, never a whole table, and an order alone is never sorted.
func TestListsUseIndexes(t *testing.T) {
	t.Parallel()
	seen := &statements{}
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbtest.URL(t), MaxConns: 2, Tracer: seen})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now})
	market, family, cashier := fill(t, b, db)
	for _, l := range lists(b, market, family, cashier) {
		for filter, q := range l.filters {
			for _, order := range l.orders {
				next, err := q(t.Context(), query.Page{Limit: 5, OrderBy: order})
				if err != nil {
					t.Fatalf("%s: %v", l.name, err)
				}
				check := func(page string) {
					plan := explain(t, db, seen.last)
					if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index") {
						t.Errorf("%s by %s, filter %q, %s page reads a whole table:\n%s\n%s", l.name, order, filter, page, seen.last.SQL,
							plan)
					}
					if filter == "" && strings.Contains(strings.ReplaceAll(plan, "Incremental Sort", ""), "->  Sort") {
						t.Errorf("%s by %s, %s page is sorted, so it costs more the more rows there are:\n%s\n%s", l.name, order, page,
							seen.last.SQL, plan)
					}
				}
				check("first")
				if next == "" {
					continue
				}
				if _, err := q(t.Context(), query.Page{Limit: 5, OrderBy: order, Cursor: next}); err != nil {
					t.Fatalf("%s: %v", l.name, err)
				}
				check("second")
			}
		}
	}
}

// explain asks for the plan with what does not scale forbidden where there is any other way, as the planner would
// decide for tables of a real size.
func explain(t *testing.T, db sqldb.DB, q pgx.TraceQueryStartData) string {
	t.Helper()
	var lines []string
	err := db.InTx(t.Context(), func(tx sqldb.DB) error {
		for _, setting := range []string{"enable_seqscan", "enable_sort", "enable_hashjoin", "enable_mergejoin",
			"enable_bitmapscan"} {
			if setting == "enable_bitmapscan" && strings.Contains(q.SQL, "ILIKE") {
				continue // the trigram index gives bitmaps
			}
			if _, err := tx.Exec(t.Context(), "SET LOCAL "+setting+" = off"); err != nil {
				return err
			}
		}
		lines = nil
		return tx.Select(t.Context(), &lines, "EXPLAIN (COSTS OFF) "+strings.TrimSpace(q.SQL), q.Args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// fill makes a market with enough rows that an index is worth while.
func fill(t *testing.T, b business.Business, db sqldb.DB) (market, family, cashier uuid.UUID) {
	t.Helper()
	ctx := t.Context()
	var m marketbus.Market
	var f familybus.Family
	err := b.InTx(ctx, func(ctx context.Context, d business.Domains) (err error) {
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "Till", Email: "till@x.org", Roles: role.NewSet(role.Cashier)})
		if err != nil {
			return err
		}
		cashier = u.ID
		m, f, err = table(ctx, d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO users (user_id, name, email, roles, password_hash, enabled, created_at, updated_at)
			SELECT gen_random_uuid(), 'name ' || n, 'user' || n || '@x.org', '{USER}', '', true, now(), now() FROM generate_series(1, 1000) n`,
		`INSERT INTO markets (market_id, name, place, starts_at, ends_at, currency, commission, status, created_at, updated_at)
			SELECT gen_random_uuid(), 'name ' || n, 'place', now(), now() + interval '1 hour', 'USD', 0, 'OPEN', now(), now() FROM generate_series(1, 1000) n`,
		`INSERT INTO families (market_id, family_id, number, name, created_at, updated_at)
			SELECT '` + m.ID.String() + `', gen_random_uuid(), 1 + n, 'name ' || n, now(), now() FROM generate_series(1, 1000) n`,
		`INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price, quantity, created_at, updated_at)
			SELECT '` + m.ID.String() + `', gen_random_uuid(), '` + f.ID.String() + `', 1, 'USD', 1000000 + n, 'name ' || n, '', n % 100, n % 7, now(), now() FROM generate_series(1, 2000) n`,
		`INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change, created_at)
			SELECT '` + m.ID.String() + `', gen_random_uuid(), n, '` + cashier.String() + `', 'COMPLETED', 'USD', n % 50, 'CASH', n % 50, 0, now() FROM generate_series(1, 1000) n`,
		`INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
			SELECT market_id, sale_id, 1, '` + f.ID.String() + `', 'thing', 1, total, total, total FROM sales`,
		`ANALYZE`,
	} {
		if _, err := db.Exec(ctx, q); err != nil {
			t.Fatalf("%v: %s", err, q)
		}
	}
	return m.ID, f.ID, cashier
}

func table(ctx context.Context, d business.Domains) (marketbus.Market, familybus.Family, error) {
	now := clock.Now()
	m, err := d.Markets.Create(ctx, marketbus.NewMarket{Name: "Elm", Place: "Elm", StartsAt: now,
		EndsAt: now.Add(time.Hour), Currency: "USD", Status: marketbus.Open})
	if err != nil {
		return m, familybus.Family{}, err
	}
	f, err := d.Families.Create(ctx, familybus.NewFamily{MarketID: m.ID, Name: "Smith"})
	return m, f, err
}

// TestPagesMissNothing walks through a list in any order and with pages of any size while others add and delete: what
// was there all the time comes exactly once, and nothing comes twice.
func TestPagesMissNothing(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		var m marketbus.Market
		var f familybus.Family
		there := map[uuid.UUID]productbus.Product{} // since before the walk, and until its end
		add := func(ctx context.Context, d business.Domains) (productbus.Product, error) {
			return dbtest.Create(ctx, d, m, f, productbus.NewProduct{
				Quantity: rapid.IntRange(0, 3).Draw(rt, "quantity"),
				Price:    money.Money(rapid.IntRange(0, 3).Draw(rt, "price")),
				Name:     name.Name(rapid.SampledFrom([]string{"a", "A", "é", "b c", "%", "z"}).Draw(rt, "name")),
			})
		}
		in := func(fn func(context.Context, business.Domains) error) {
			if err := b.InTx(ctx, fn); err != nil {
				rt.Fatal(err)
			}
		}
		in(func(ctx context.Context, d business.Domains) (err error) {
			if m, f, err = table(ctx, d); err != nil {
				return err
			}
			for range rapid.IntRange(0, 15).Draw(rt, "products") {
				p, err := add(ctx, d)
				if err != nil {
					return err
				}
				there[p.ID] = p
			}
			return nil
		})
		order := rapid.SampledFrom(productbus.OrderBy.Names()).Draw(rt, "order")
		came := map[uuid.UUID]int{}
		for cursor := ""; ; {
			res, err := b.Products.Query(ctx, productbus.Filter{MarketID: m.ID},
				query.Page{Limit: rapid.IntRange(1, 6).Draw(rt, "limit"), OrderBy: order, Cursor: cursor})
			if err != nil {
				rt.Fatal(err)
			}
			for _, p := range res.Items {
				came[p.ID]++
			}
			if cursor = res.NextCursor; cursor == "" {
				break
			}
			// Deleting the row that the cursor stands on is the hardest case.
			in(func(ctx context.Context, d business.Domains) error {
				for range rapid.IntRange(0, 2).Draw(rt, "new") {
					if _, err := add(ctx, d); err != nil {
						return err
					}
				}
				gone := res.Items[len(res.Items)-1]
				if !rapid.Bool().Draw(rt, "delete last") {
					return nil
				}
				delete(there, gone.ID)
				return d.Products.Delete(ctx, gone)
			})
			if len(came) > 100 {
				break // new ones come faster than they are read
			}
		}
		for id, n := range came {
			if n > 1 {
				rt.Errorf("%s came %d times by %s", id, n, order)
			}
		}
		if len(came) > 100 {
			return
		}
		for id, p := range there {
			if came[id] != 1 {
				rt.Errorf("%s %q price %d came %d times by %s", p.Code, p.Name, p.Price, came[id], order)
			}
		}
	})
}

// TestNameIsLiteral looks for names with the characters that mean something in a pattern.
func TestNameIsLiteral(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	var m marketbus.Market
	err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) (err error) {
		var f familybus.Family
		if m, f, err = table(ctx, d); err != nil {
			return err
		}
		for _, called := range []name.Name{"100% wool", "1000 wool", "a_b", "axb", `a\b`, "LAMP"} {
			if _, err := dbtest.Create(ctx, d, m, f, productbus.NewProduct{Name: called}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string][]string{"0% w": {"100% wool"}, "A_B": {"a_b"}, `a\`: {`a\b`}, "lam": {"LAMP"},
		"%": {"100% wool"}, "_": {"a_b"}} {
		res, err := b.Products.Query(t.Context(), productbus.Filter{MarketID: m.ID, Name: &part}, query.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range res.Items {
			got = append(got, string(p.Name))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q found %q, want %q", part, got, want)
		}
	}
}
