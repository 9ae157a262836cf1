package reportbus_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// rig is a market at 10 % with two families: Smith sold three lamps, one of them reduced and one returned, and Jones a
// mug that was voided. Green came with nothing.
type rig struct {
	dbtest.Shop
	clock        *dbtest.Clock
	jones, green familybus.Family
	lamp, mug    productbus.Product
	first        salebus.Sale
}

func setup(t *testing.T) rig {
	t.Helper()
	r := rig{clock: dbtest.NewClock()}
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: r.clock.Now})
	other := dbtest.NewShop(t, b) // whose sales stand in nobody else's report
	other.Sell(t, other.Product(t, 1, 1), 1)
	r.Shop = dbtest.NewShop(t, b)
	r.UpdateMarket(t, marketbus.UpdateMarket{Commission: opt.Some(1000)})
	r.jones = r.NewFamily(t, familybus.NewFamily{Name: "Jones"})
	r.green = r.NewFamily(t, familybus.NewFamily{Name: "Green"})
	r.lamp = r.Product(t, 1000, 5)
	r.clock.Add(time.Minute)
	r.mug = r.ProductOf(t, r.jones.ID, 300, 1)
	r.first = r.RingUp(t, r.Basket(salebus.NewLine{ProductID: &r.lamp.ID, Quantity: 2},
		salebus.NewLine{ProductID: &r.lamp.ID, Quantity: 1, UnitPrice: new(money.Money(900))}))
	card := r.Basket(salebus.NewLine{ProductID: &r.mug.ID, Quantity: 1}, salebus.NewLine{FamilyID: &r.jones.ID,
		Name: new(name.Name("Cup")), Quantity: 2, UnitPrice: new(money.Money(5))})
	card.Tender, card.Amount = salebus.Card, 310
	second := r.RingUp(t, card)
	if err := r.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		s, err := d.Sales.Lock(ctx, r.first.ID)
		if err != nil {
			return err
		}
		_, _, err = d.Sales.Return(ctx, s, r.Cashier.ID, []salebus.ReturnLine{{Line: 1, Quantity: 1}}, "why")
		if err != nil {
			return err
		}
		if s, err = d.Sales.Lock(ctx, second.ID); err != nil {
			return err
		}
		_, err = d.Sales.Void(ctx, s, r.Cashier.ID, false, "why")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestStatement: before the payout the commission follows the settings, and after it the payout.
func TestStatement(t *testing.T) {
	t.Parallel()
	r := setup(t)
	line := reportbus.StatementLine{SaleID: r.first.ID, Line: 1, SaleNumber: 1,
		At: r.first.CreatedAt, CashierID: r.Cashier.ID, Name: "Lamp",
		Code: &r.lamp.Code, Quantity: 2, Returned: 1, ListPrice: 1000, UnitPrice: 1000, Amount: 2000}
	reduced := line
	reduced.Line, reduced.Quantity, reduced.Returned, reduced.UnitPrice, reduced.Amount = 2, 1, 0, 900, 900
	want := reportbus.Statement{FamilyID: r.Family.ID, Currency: "USD", Sold: 2900, Returned: 1000, Gross: 1900,
		Commission: 190, Net: 1710, Balance: 1710, Lines: []reportbus.StatementLine{line, reduced}}
	demand := func(about string, f familybus.Family, want reportbus.Statement) {
		t.Helper()
		if got, err := r.Reports.Statement(t.Context(), f, query.Page{}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v\nwant %+v", about, got, err, want)
		}
	}
	demand("by the market's commission", r.Family, want)
	demand("of nothing", r.green, reportbus.Statement{FamilyID: r.green.ID, Currency: "USD",
		Lines: []reportbus.StatementLine{}})
	if err := r.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		_, err := d.Families.Update(ctx, r.Family, familybus.UpdateFamily{Commission: opt.Nullable[int]{Set: true,
			V: new(0)}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want.Commission, want.Net, want.Balance = 0, 1900, 1900
	demand("by the family's commission", r.Family, want)
	r.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
	if _, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (payoutbus.Payout, error) {
		return d.Payouts.Create(ctx, r.Family, r.Cashier.ID)
	}); err != nil {
		t.Fatal(err)
	}
	want.Paid, want.Balance = 1900, 0
	demand("paid out", r.Family, want)

	jones, err := r.Reports.Statement(t.Context(), r.jones, query.Page{})
	if err != nil || len(jones.Lines) != 2 || jones.Sold != 310 || jones.Returned != 310 || jones.Gross != 0 ||
		jones.Lines[1].Code != nil || jones.Lines[1].Name != "Cup" {
		t.Errorf("what was voided: %+v, %v", jones, err)
	}
	if _, err := r.Reports.Statement(t.Context(), familybus.Family{ID: uuid.New(), MarketID: r.Market.ID},
		query.Page{}); !errors.Is(
		err, familybus.ErrNotFound) {
		t.Errorf("of nobody: got %v, want %v", err, familybus.ErrNotFound)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	r := setup(t)
	cash := reportbus.Figures{Sales: reportbus.Count{Count: 1, Amount: 2900}, Returns: reportbus.Count{Count: 1,
		Amount: 1000}, Reductions: reportbus.Count{Count: 1, Amount: 100}}
	card := reportbus.Figures{Sales: reportbus.Count{Count: 1, Amount: 310}, Voids: reportbus.Count{Count: 1, Amount: 310},
		Unlabelled: reportbus.Count{Count: 1, Amount: 10}}
	all := cash
	all.Sales, all.Voids, all.Unlabelled = reportbus.Count{Count: 2, Amount: 3210}, card.Voids, card.Unlabelled
	want := reportbus.Summary{
		Figures:   all,
		ByTender:  []reportbus.TenderFigures{{Tender: "CARD", Figures: card}, {Tender: "CASH", Figures: cash}},
		ByCashier: []reportbus.CashierFigures{{CashierID: r.Cashier.ID, Figures: all}},
		ByFamily: []reportbus.FamilyFigures{
			{FamilyID: r.Family.ID, Number: 1, Name: "Smith", Sold: 2900, Returned: 1000},
			{FamilyID: r.jones.ID, Number: 2, Name: "Jones", Sold: 310, Returned: 310},
			{FamilyID: r.green.ID, Number: 3, Name: "Green"},
		},
		Unsold: reportbus.Unsold{Products: 2, Pieces: 4, Amount: 3300},
	}
	got, err := r.Reports.Summary(t.Context(), r.Market)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if net := got.Net(); net != 1900 {
		t.Errorf("net %d, want 1900", net)
	}
}

// TestTopSellers: ties go to the most recent listing, then to the lower number.
func TestTopSellers(t *testing.T) {
	t.Parallel()
	r := setup(t)
	brown := r.NewFamily(t, familybus.NewFamily{Name: "Brown"}) // like Green, with nothing, but of a higher number
	smith := reportbus.TopSeller{FamilyID: r.Family.ID, Name: "Smith", Listed: 5, Sold: 2, Revenue: 1900,
		LastListedAt: &r.lamp.CreatedAt}
	jones := reportbus.TopSeller{FamilyID: r.jones.ID, Name: "Jones", Listed: 1, LastListedAt: &r.mug.CreatedAt}
	rest := []reportbus.TopSeller{{FamilyID: r.green.ID, Name: "Green"}, {FamilyID: brown.ID, Name: "Brown"}}
	demand := func(by reportbus.By, limit int, want ...reportbus.TopSeller) {
		t.Helper()
		got, err := r.Reports.TopSellers(t.Context(), r.Market, by, limit)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("by %s: %+v, %v\nwant %+v", by, got, err, want)
		}
	}
	for _, by := range []reportbus.By{reportbus.ByRevenue, reportbus.BySold, reportbus.ByListed} {
		demand(by, 10, append([]reportbus.TopSeller{smith, jones}, rest...)...)
	}
	demand(reportbus.ByRevenue, 1, smith)
	// Jones lists more, and later; what is sold stays.
	p := r.ProductOf(t, r.jones.ID, 1, 9)
	jones.Listed, jones.LastListedAt = 10, &p.CreatedAt
	demand(reportbus.ByListed, 2, jones, smith)
	demand(reportbus.BySold, 2, smith, jones)
}

func TestBy(t *testing.T) {
	t.Parallel()
	for given, ok := range map[string]bool{"revenue": true, "sold": true, "listed": true, "": false, "Sold": false} {
		var b reportbus.By
		if err := b.UnmarshalText([]byte(given)); (err == nil) != ok || ok && string(b) != given {
			t.Errorf("%q: %q, %v", given, b, err)
		}
	}
}

// TestSelfDealing: what a cashier can do for itself stands beside its name, and is nobody else's.
func TestSelfDealing(t *testing.T) {
	t.Parallel()
	s := dbtest.NewShop(t, business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t),
		Now: dbtest.NewClock().Now}))
	honest, cunning := s.Cashier, dbtest.NewShop(t, s.Business).Cashier
	own := s.NewFamily(t, familybus.NewFamily{Name: "Own", OwnerID: &cunning.ID})
	lamp, theirs := s.Product(t, 100, 9), s.ProductOf(t, own.ID, 1000, 9)
	sell := func(who uuid.UUID, lines ...salebus.NewLine) salebus.Sale {
		ns := s.Basket(lines...)
		ns.CashierID = who
		return s.RingUp(t, ns)
	}
	mug := salebus.NewLine{FamilyID: &own.ID, Name: new(name.Name("Mug")), Quantity: 3, UnitPrice: new(money.Money(5))}
	first := sell(honest.ID, salebus.NewLine{ProductID: &lamp.ID, Quantity: 2}, mug)
	second := sell(honest.ID, salebus.NewLine{ProductID: &theirs.ID, Quantity: 1})
	third := sell(cunning.ID, salebus.NewLine{ProductID: &theirs.ID, Quantity: 2, UnitPrice: new(money.Money(400))}, mug)
	if err := s.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		back := func(id, by uuid.UUID, pieces ...salebus.ReturnLine) error {
			sale, err := d.Sales.Lock(ctx, id)
			if err != nil {
				return err
			}
			if pieces == nil {
				_, err = d.Sales.Void(ctx, sale, by, true, "why")
			} else {
				_, _, err = d.Sales.Return(ctx, sale, by, pieces, "why")
			}
			return err
		}
		drawer, err := d.Ledger.OpenSession(ctx, s.Market.ID, honest.ID, 500)
		if err == nil {
			_, err = d.Ledger.Move(ctx, drawer, cunning.ID, -70, "coffee")
		}
		return errors.Join(err, back(first.ID, cunning.ID, salebus.ReturnLine{Line: 1, Quantity: 1}),
			back(second.ID, cunning.ID), back(third.ID, cunning.ID, salebus.ReturnLine{Line: 2, Quantity: 1}))
	}); err != nil {
		t.Fatal(err)
	}
	sum, err := s.Reports.Summary(t.Context(), s.Market)
	if err != nil {
		t.Fatal(err)
	}
	want := map[uuid.UUID]reportbus.Figures{
		honest.ID: {Sales: reportbus.Count{Count: 2, Amount: 1215}, Unlabelled: reportbus.Count{Count: 1, Amount: 15}},
		cunning.ID: {Sales: reportbus.Count{Count: 1, Amount: 815}, Voids: reportbus.Count{Count: 1, Amount: 1000},
			Returns: reportbus.Count{Count: 2, Amount: 105}, Reductions: reportbus.Count{Count: 1, Amount: 1200},
			CashOut: reportbus.Count{Count: 1, Amount: 70}, Unlabelled: reportbus.Count{Count: 1, Amount: 15},
			OwnFamily:     reportbus.Count{Count: 2, Amount: 815},
			OthersRefunds: reportbus.Count{Count: 2, Amount: 1100}},
	}
	got := map[uuid.UUID]reportbus.Figures{}
	for _, c := range sum.ByCashier {
		got[c.CashierID] = c.Figures
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// manyLines gives the shop's family so many lines, in sales of 200.
func manyLines(t *testing.T, owner sqldb.DB, s dbtest.Shop, n int) {
	t.Helper()
	for _, q := range []string{`
		INSERT INTO sales (market_id, sale_id, number, cashier_id, status, currency, total, tender, paid, change, created_at)
			SELECT $1, gen_random_uuid(), n, $2, 'COMPLETED', 'USD', 200, 'CARD', 200, 0, now()
			FROM generate_series(1, $3::int / 200) n`, `
		INSERT INTO sale_lines (market_id, sale_id, line, family_id, name, quantity, list_price, unit_price, amount)
			SELECT market_id, sale_id, l, $2, repeat('thing ', 16), 1, 1, 1, 1
			FROM sales, generate_series(1, least($3::int, 200)) l WHERE market_id = $1`,
	} {
		who := s.Cashier.ID
		if strings.Contains(q, "sale_lines") {
			who = s.Family.ID
		}
		if _, err := owner.Exec(t.Context(), q, s.Market.ID, who, n); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStatementPages: every line comes once, whatever the size of a page, and the totals are those of all.
func TestStatementPages(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	manyLines(t, dbtest.Owner(t, db), s, 600)
	for _, limit := range []int{7, 100} {
		seen, last := map[string]bool{}, ""
		for p := (query.Page{Limit: limit, Scope: "s"}); ; {
			st, err := b.Reports.Statement(t.Context(), s.Family, p)
			if err != nil || st.Sold != 600 || len(st.Lines) > limit {
				t.Fatalf("a page of %d: %d lines, sold %d, %v", limit, len(st.Lines), st.Sold, err)
			}
			for _, l := range st.Lines {
				at := fmt.Sprintf("%s %03d", l.SaleID, l.Line)
				if seen[at] || at <= last {
					t.Errorf("line %s comes after %s", at, last)
				}
				seen[at], last = true, at
			}
			if p.Cursor = st.NextCursor; p.Cursor == "" {
				break
			}
		}
		if len(seen) != 600 {
			t.Errorf("%d lines came in pages of %d, want 600", len(seen), limit)
		}
	}
	st, err := b.Reports.Statement(t.Context(), s.Family, query.Page{Limit: 1, Scope: "s"})
	if err != nil {
		t.Fatal(err)
	}
	another := query.Page{Cursor: st.NextCursor, Scope: "another"}
	if _, err := b.Reports.Statement(t.Context(), s.Family, another); !errors.Is(err, query.ErrCursor) {
		t.Errorf("another's cursor: got %v, want %v", err, query.ErrCursor)
	}
}

// TestStatementFlows: lines are handed on while the database still has most of them. That it waits for its reader shows
// that nobody holds them: they are more than the sockets' buffers take.
func TestStatementFlows(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	const lines = 160_000
	owner := dbtest.Owner(t, db)
	manyLines(t, owner, s, lines)
	n := 0
	st, err := b.Reports.StatementLines(t.Context(), s.Family, func(reportbus.StatementLine) error {
		if n++; n > 1 {
			return nil
		}
		waiting := 0
		for deadline := time.Now().Add(20 * time.Second); waiting == 0; time.Sleep(5 * time.Millisecond) {
			if err := owner.Get(t.Context(), &waiting, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event = 'ClientWrite'`); err != nil {
				return err
			}
			if time.Now().After(deadline) {
				return errors.New("the database does not wait for its reader: someone has taken every line")
			}
		}
		return nil
	})
	if err != nil || n != lines || st.Sold != lines {
		t.Errorf("%d lines, sold %d, %v, want %d", n, st.Sold, err, lines)
	}
	// Whoever wants no more gets no more.
	stop := errors.New("enough")
	n = 0
	if _, err := b.Reports.StatementLines(t.Context(), s.Family, func(reportbus.StatementLine) error {
		n++
		return stop
	}); !errors.Is(err, stop) || n != 1 {
		t.Errorf("%d lines after the first, %v", n, err)
	}
}
