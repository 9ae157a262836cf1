package business_test

import (
	"context"
	"testing"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

// TestOnePlan: what is asked often is planned once for a connection and not for each call, in markets of any size
// (decision 0015).
func TestOnePlan(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbtest.URL(t), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now})
	market, family, cashier := fill(t, b, db)
	for _, q := range []string{ // markets that are much smaller, so that the planner expects more of this one
		`INSERT INTO families (market_id, family_id, number, name, created_at, updated_at)
			SELECT market_id, gen_random_uuid(), 1, 'Jones', now(), now() FROM markets WHERE market_id NOT IN (SELECT market_id FROM families)`,
		`INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price, quantity, created_at, updated_at)
			SELECT market_id, gen_random_uuid(), family_id, 1, 'USD', 1000001, 'Lamp', '', 100, 1, now(), now() FROM families WHERE name = 'Jones'`,
		`UPDATE products SET quantity = 1000`,
		`UPDATE market_counters SET next_sale = 5000`,
		`ANALYZE`,
	} {
		if _, err := db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	table, err := b.Products.Query(t.Context(), productbus.Filter{MarketID: market}, query.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for call := range 8 { // the first five are planned anew in any case
		for _, l := range lists(b, market, family, cashier) {
			for _, order := range l.orders {
				next, err := l.filters[""](t.Context(), query.Page{OrderBy: order})
				if err == nil && next != "" {
					_, err = l.filters[""](t.Context(), query.Page{OrderBy: order, Cursor: next})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		basket := salebus.NewSale{MarketID: market, CashierID: cashier, Tender: salebus.Cash, Amount: 1_000_000}
		for i := range 1 + call%3 {
			basket.Lines = append(basket.Lines, salebus.NewLine{ProductID: new(table.Items[i].ID), Quantity: 1},
				salebus.NewLine{Code: new(table.Items[i+5].Code), Quantity: 1})
		}
		if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			_, err := d.Sales.RingUp(ctx, basket)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	var anew []string
	var once int
	if err := db.Select(t.Context(), &anew,
		`SELECT statement FROM pg_prepared_statements WHERE custom_plans > 5`); err != nil {
		t.Fatal(err)
	}
	if err := db.Get(t.Context(), &once,
		`SELECT count(*) FROM pg_prepared_statements WHERE generic_plans > 0`); err != nil {
		t.Fatal(err)
	}
	for _, q := range anew {
		t.Errorf("planned anew for each call: %s", q)
	}
	if once < 40 {
		t.Errorf("%d statements have one plan; were they not asked often enough?", once)
	}
}
