package reportbus_test

import (
	"context"
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// past makes a market that has rung up, reduced and moved almost as much as a market may.
const past = `
	INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change, created_at)
		SELECT $market, gen_random_uuid(), n, $cashier, 'COMPLETED', 'USD', t, 'CARD', t, 0, now()
		FROM generate_series(1, 10) n, LATERAL (SELECT CASE WHEN n = 1 THEN 1807159200000000
			WHEN n < 6 THEN 1800000000000000 ELSE 0 END::bigint) AS x (t);
	INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
		SELECT market_id, sale_id, n, $family, 'thing', 100000, 100000000, p, 100000 * p
		FROM sales, generate_series(1, 180) n,
			LATERAL (SELECT CASE WHEN number < 6 THEN 100000000 ELSE 0 END::bigint) AS x (p)
		WHERE market_id = $market;
	INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
		SELECT market_id, sale_id, 181, $family, 'thing', 71592, 100000000, p, 71592 * p
		FROM sales, LATERAL (SELECT CASE number WHEN 1 THEN 100000000 ELSE 0 END::bigint) AS x (p)
		WHERE market_id = $market AND number IN (1, 6);
	INSERT INTO ledger_entries (market_id, source_id, event, entry, account, family_id, amount, created_at)
		SELECT s.market_id, s.sale_id, 'SALE', e.n, e.account, e.family_id, e.sign * s.total, now()
		FROM sales s, (VALUES (1, 'card', null, 1), (2, 'family', $family, -1)) e (n, account, family_id, sign)
		WHERE s.market_id = $market AND s.total > 0;
	INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at)
		VALUES ($market, $drawer, $cashier, 0, now());
	INSERT INTO cash_movements (market_id, movement_id, cash_session_id, amount, reason, moved_by, created_at)
		SELECT $market, gen_random_uuid(), $drawer, CASE n WHEN 91 THEN -6000000000000 ELSE -100000000000000 END, 'out',
			$cashier, now()
		FROM generate_series(1, 91) n;
	INSERT INTO ledger_entries (market_id, source_id, event, entry, account, cashier_id, amount, created_at)
		SELECT m.market_id, m.movement_id, 'CASH_MOVED', e.n, e.account, e.cashier_id, e.sign * m.amount, now()
		FROM cash_movements m, (VALUES (1, 'cash', $cashier, 1), (2, 'cash_office', null, -1))
			e (n, account, cashier_id, sign)
		WHERE m.market_id = $market;
	UPDATE cash_sessions SET closed_at = now(), expected = 0, counted = 0 WHERE cash_session_id = $drawer;
	UPDATE market_counters SET next_sale = 11, turnover = 9007159200000000, reduced = 9007159200000000
		WHERE market_id = $market`

// edge is a market near its bounds, and what a step of the test did there last.
type edge struct {
	dbtest.Shop
	sales    []uuid.UUID
	products []uuid.UUID
	drawer   uuid.UUID
	taken    int // requests that were not refused
	limited  int // requests that were refused for a bound
}

func newEdge(t *testing.T, b business.Business, owner sqldb.DB) *edge {
	t.Helper()
	e := &edge{Shop: dbtest.NewShop(t, b)}
	quote := func(id uuid.UUID) string { return "'" + id.String() + "'::uuid" }
	values := strings.NewReplacer("$market", quote(e.Market.ID), "$cashier", quote(e.Cashier.ID), "$family",
		quote(e.Family.ID), "$drawer", quote(uuid.New()))
	for q := range strings.SplitSeq(past, ";") {
		if _, err := owner.Exec(t.Context(), values.Replace(q)); err != nil {
			t.Fatalf("%v: %s", err, q)
		}
	}
	return e
}

// try does something that may be refused, but must not fail.
func (e *edge) try(rt *rapid.T, fn func(context.Context, business.Domains) error) bool {
	err := e.InTx(context.Background(), fn)
	refusal, ok := errors.AsType[*errs.Error](err)
	switch {
	case err == nil:
		e.taken++
	case !ok || refusal.Kind == errs.Internal:
		rt.Fatalf("%v", err)
	case errors.Is(err, errs.ErrLimit):
		e.limited++
	}
	return err == nil
}

func (e *edge) sell(rt *rapid.T) {
	line := salebus.NewLine{Quantity: rapid.SampledFrom([]int{1, 100, 100_000}).Draw(rt, "pieces")}
	price := rapid.SampledFrom([]money.Money{0, 100_000, money.MaxPrice}).Draw(rt, "agreed")
	line.UnitPrice = &price
	if len(e.products) > 0 && rapid.Bool().Draw(rt, "a product") {
		line.ProductID = &e.products[len(e.products)-1]
	} else {
		line.FamilyID, line.Name = &e.Family.ID, new(name.Name("Mug"))
	}
	ns := e.Basket(line)
	ns.Amount = price.Times(line.Quantity)
	ns.Tender = rapid.SampledFrom(salebus.Tenders).Draw(rt, "tender")
	var s salebus.Sale
	if e.try(rt, func(ctx context.Context, d business.Domains) (err error) {
		e, err := d.Sales.RingUp(ctx, ns)
		s = e.Sale
		return err
	}) {
		e.sales = append(e.sales, s.ID)
	}
}

func (e *edge) refund(rt *rapid.T) {
	if len(e.sales) == 0 {
		rt.Skip("no sale yet")
	}
	id, void := rapid.SampledFrom(e.sales).Draw(rt, "sale"), rapid.Bool().Draw(rt, "void")
	e.try(rt, func(ctx context.Context, d business.Domains) error {
		s, err := d.Sales.Lock(ctx, id)
		if err != nil {
			return err
		}
		if void {
			_, err = d.Sales.Void(ctx, s, e.Cashier.ID, true, "why")
		} else {
			_, _, err = d.Sales.Return(ctx, s, e.Cashier.ID, []salebus.ReturnLine{{Line: 1, Quantity: 1}}, "why")
		}
		return err
	})
}

func (e *edge) list(rt *rapid.T) {
	price := rapid.SampledFrom([]money.Money{0, 1, 100_000, money.MaxPrice}).Draw(rt, "price")
	quantity := rapid.SampledFrom([]int{0, 100, 101, productbus.MaxStock}).Draw(rt, "quantity")
	change := len(e.products) > 0 && rapid.Bool().Draw(rt, "change")
	e.try(rt, func(ctx context.Context, d business.Domains) error {
		if change {
			p, err := d.Products.Lock(ctx, e.products[len(e.products)-1])
			if err == nil {
				_, err = d.Products.Update(ctx, p.Product, productbus.UpdateProduct{Price: opt.Some(price),
					Quantity: opt.Some(quantity)})
			}
			return err
		}
		made, err := e.Create(ctx, d, productbus.NewProduct{FamilyID: e.Family.ID, Name: "Lamp", Price: price,
			Quantity: quantity})
		if err == nil {
			e.products = append(e.products, made[0].ID)
		}
		return err
	})
}

func (e *edge) moveCash(rt *rapid.T) {
	amount := rapid.SampledFrom([]money.Money{0, 999_999_999_999, 60_000_000_000}).Draw(rt, "amount")
	what := rapid.SampledFrom([]string{"open", "in", "out", "close"}).Draw(rt, "what")
	e.try(rt, func(ctx context.Context, d business.Domains) error {
		if what == "open" {
			s, err := d.Ledger.OpenSession(ctx, e.Market.ID, e.Cashier.ID, amount)
			if err == nil {
				e.drawer = s.ID
			}
			return err
		}
		s, err := d.Ledger.LockSession(ctx, e.drawer)
		if err != nil {
			return err
		}
		switch what {
		case "in":
			_, err = d.Ledger.Move(ctx, s, e.Cashier.ID, amount+1, "in")
		case "out":
			_, err = d.Ledger.Move(ctx, s, e.Cashier.ID, -amount-1, "out")
		default:
			_, err = d.Ledger.CloseSession(ctx, s, amount)
		}
		return err
	})
}

// told wants every report to be told, with no amount beyond what every reader of JSON keeps exact.
func (e *edge) told(rt *rapid.T) {
	fits := func(what string, amounts ...money.Money) {
		for _, a := range amounts {
			if a > money.Max || a < -money.Max {
				rt.Errorf("%s: %d is beyond 2^53", what, a)
			}
		}
	}
	st, err := e.Reports.Statement(context.Background(), e.Family, query.Page{})
	if err != nil {
		rt.Fatalf("statement: %v", err)
	}
	fits("statement", st.Sold, st.Returned, st.Gross, st.Commission, st.Net, st.Balance)
	if st.Returned < 0 || st.Gross < 0 || st.Net < 0 {
		rt.Errorf("statement: %+v", st)
	}
	sum, err := e.Reports.Summary(context.Background(), e.Market)
	if err != nil {
		rt.Fatalf("summary: %v", err)
	}
	f := sum.Figures
	fits("summary", f.Sales.Amount, f.Voids.Amount, f.Returns.Amount, f.Reductions.Amount, f.CashIn.Amount,
		f.CashOut.Amount, f.Net(), sum.Unsold.Amount)
	for _, by := range []reportbus.By{reportbus.ByRevenue, reportbus.BySold, reportbus.ByListed} {
		top, err := e.Reports.TopSellers(context.Background(), e.Market, by, 3)
		if err != nil {
			rt.Fatalf("top sellers: %v", err)
		}
		fits("top sellers", top[0].Revenue)
	}
	books, err := e.Ledger.Balances(context.Background(), e.Market.ID)
	if err != nil {
		rt.Fatalf("ledger: %v", err)
	}
	var total money.Money
	for _, b := range books {
		fits("ledger "+b.Account.String(), b.Amount)
		total += b.Amount
	}
	if total != 0 {
		rt.Errorf("the books add up to %d", total)
	}
}

func init() { // the command line may ask for more
	_ = errors.Join(flag.Set("rapid.checks", "3"), flag.Set("rapid.steps", "70"))
}

// TestNothingOverflows looks for requests near the bounds after which a report fails or tells what no reader keeps.
func TestNothingOverflows(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	owner := dbtest.Owner(t, db)
	taken, limited := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		e := newEdge(t, b, owner)
		rt.Repeat(map[string]func(*rapid.T){
			"sell": e.sell, "sell more": e.sell, "list": e.list, "cash": e.moveCash, "more cash": e.moveCash,
			"refund": e.refund, "": e.told,
		})
		e.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
		if _, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (payoutbus.Payout, error) {
			return d.Payouts.Create(ctx, e.Family, e.Cashier.ID)
		}); err != nil {
			rt.Errorf("payout: %v", err)
		}
		e.told(rt)
		taken, limited = taken+e.taken, limited+e.limited
	})
	if taken == 0 || limited == 0 {
		t.Errorf("%d requests were taken and %d refused for a bound, which shows nothing", taken, limited)
	}
}

// TestTurnover: a market rings up, and sells below its list prices, exactly 2^53 − 1.
func TestTurnover(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	owner := dbtest.Owner(t, db)
	e := newEdge(t, b, owner)
	lamp := e.Product(t, 10, 100)
	for column, price := range map[string]money.Money{"turnover": 10, "reduced": 0} {
		t.Run(column, func(t *testing.T) {
			if _, err := owner.Exec(t.Context(), `UPDATE market_counters SET `+column+` = $2 WHERE market_id = $1`,
				e.Market.ID, money.Max-30); err != nil {
				t.Fatal(err)
			}
			sell := func(pieces int) error {
				return e.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
					_, err := d.Sales.RingUp(ctx, e.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: pieces,
						UnitPrice: &price}))
					return err
				})
			}
			if err := sell(4); !errors.Is(err, marketbus.ErrTurnover) {
				t.Errorf("beyond: got %v, want %v", err, marketbus.ErrTurnover)
			}
			if err := sell(3); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			if err := sell(1); !errors.Is(err, marketbus.ErrTurnover) {
				t.Errorf("beyond the bound: got %v, want %v", err, marketbus.ErrTurnover)
			}
		})
	}
}

// TestOlderThanBounds: what was sold before there were bounds is told as far as it can be told exactly.
func TestOlderThanBounds(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	owner := dbtest.Owner(t, db)
	e := newEdge(t, b, owner)
	more := func(sales int) {
		t.Helper()
		for _, q := range []string{`
			INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change, created_at)
				SELECT $1, gen_random_uuid(), 1000 * $2 + n, $3, 'COMPLETED', 'USD', 2000000000000000, 'CARD', 2000000000000000, 0,
					now()
				FROM generate_series(1, $2::int) n`, `
			INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
				SELECT market_id, sale_id, l, $3, 'thing', 100000, 100000000, 100000000, 10000000000000
				FROM sales, generate_series(1, 200) l WHERE market_id = $1 AND number > 1000 * $2`} {
			who := e.Cashier.ID
			if strings.Contains(q, "sale_lines") {
				who = e.Family.ID
			}
			if _, err := owner.Exec(t.Context(), q, e.Market.ID, sales, who); err != nil {
				t.Fatal(err)
			}
		}
	}
	more(1)
	want := money.Money(9_007_159_200_000_000 + 2_000_000_000_000_000)
	if sum, err := e.Reports.Summary(t.Context(), e.Market); err != nil || sum.Figures.Sales.Amount != want {
		t.Errorf("beyond 2^53: %d, %v, want %d", sum.Figures.Sales.Amount, err, want)
	}
	if _, err := owner.Exec(t.Context(), `
		UPDATE sales SET total = 9000000000000000000, paid = 9000000000000000000, status = 'PARTLY_RETURNED', version = 2
		WHERE market_id = $1 AND number IN (1, 1001)`, e.Market.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Reports.Summary(t.Context(), e.Market); !errors.Is(err, reportbus.ErrTooGreat) {
		t.Errorf("beyond 2^63: got %v, want %v", err, reportbus.ErrTooGreat)
	}
}
