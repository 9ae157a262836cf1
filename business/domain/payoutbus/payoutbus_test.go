package payoutbus_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/familybus/familydb"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/ledgerbus/ledgerdb"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/marketbus/marketdb"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/domain/payoutbus/payoutdb"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func setup(t *testing.T) (dbtest.Shop, *dbtest.Clock) {
	t.Helper()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	return dbtest.NewShop(t, b), clk
}

// shut closes the market, with this commission.
func shut(t *testing.T, s dbtest.Shop, bps int) {
	t.Helper()
	s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed), Commission: opt.Some(bps)})
}

func pay(s dbtest.Shop, f familybus.Family) (payoutbus.Payout, error) {
	return dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (payoutbus.Payout, error) {
		return d.Payouts.Create(ctx, f, s.Cashier.ID)
	})
}

func TestCreate(t *testing.T) {
	t.Parallel()
	s, clk := setup(t)
	own := s.NewFamily(t, familybus.NewFamily{Name: "Own", OwnerID: &s.Cashier.ID, Commission: new(0)})
	all := s.NewFamily(t, familybus.NewFamily{Name: "All", Commission: new(10000)})
	want := map[uuid.UUID]payoutbus.Payout{
		// 10.01 at 12.5 %: 1.25125, to the nearest cent.
		s.Family.ID: {FamilyID: s.Family.ID, Gross: 1001, Commission: 125, Net: 876},
		own.ID:      {FamilyID: own.ID, Gross: 1001, Commission: 0, Net: 1001, OwnerID: &s.Cashier.ID},
		all.ID:      {FamilyID: all.ID, Gross: 1001, Commission: 1001, Net: 0},
	}
	for id := range want {
		s.Sell(t, s.ProductOf(t, id, 1001, 1), 1)
	}
	shut(t, s, 1250)
	for _, f := range []familybus.Family{s.Family, own, all} {
		p, err := pay(s, f)
		w := want[f.ID]
		w.ID, w.MarketID, w.PaidBy, w.CreatedAt = p.ID, s.Market.ID, s.Cashier.ID, clk.Now()
		stored, getting := s.Payouts.Get(t.Context(), p.ID)
		if err != nil || getting != nil || !reflect.DeepEqual(p, w) || !reflect.DeepEqual(stored, w) {
			t.Errorf("%s: returned %+v, %v\nstored %+v, %v\nwant %+v", f.Name, p, err, stored, getting, w)
		}
		if owed, err := s.Ledger.Owed(t.Context(), s.Market.ID, f.ID); err != nil || owed != 0 {
			t.Errorf("%s: %d is still owed, %v", f.Name, owed, err)
		}
	}
	if m, err := s.Markets.Get(t.Context(), s.Market.ID); err != nil || !m.Settled {
		t.Errorf("after the payouts the market is settled: %t, %v", m.Settled, err)
	}
	balances, err := s.Ledger.Balances(t.Context(), s.Market.ID)
	books := map[ledgerbus.Kind]money.Money{}
	for _, b := range balances {
		books[b.Account.Kind] += b.Amount
	}
	if want := map[ledgerbus.Kind]money.Money{ledgerbus.Cash: 3003, ledgerbus.Commission: -1126, ledgerbus.Payouts: -1877,
		ledgerbus.Family: 0}; err != nil || !reflect.DeepEqual(books, want) {
		t.Errorf("the books say %v, %v, want %v", books, err, want)
	}
}

// TestRefusals: in which order a payout is refused, and that a refusal settles nothing.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	idle := s.NewFamily(t, familybus.NewFamily{Name: "Idle"})
	s.Sell(t, s.Product(t, 100, 1), 1)
	if _, err := s.Payouts.Get(t.Context(), uuid.New()); !errors.Is(err, payoutbus.ErrNotFound) {
		t.Errorf("get: got %v, want %v", err, payoutbus.ErrNotFound)
	}
	refused := func(about string, f familybus.Family, want error) {
		t.Helper()
		if _, err := pay(s, f); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", about, err, want)
		}
	}
	refused("open", s.Family, payoutbus.ErrNotClosed)
	refused("a market that is not there", familybus.Family{ID: s.Family.ID, MarketID: uuid.New()}, marketbus.ErrNotFound)
	shut(t, s, 0)
	refused("sold nothing", idle, payoutbus.ErrNothingToPay)
	refused("a family that is not there", familybus.Family{ID: uuid.New(), MarketID: s.Market.ID}, familybus.ErrNotFound)
	if m, err := s.Markets.Get(t.Context(), s.Market.ID); err != nil || m.Settled {
		t.Errorf("after refusals the market is settled: %t, %v", m.Settled, err)
	}
	nobodys := s
	nobodys.Cashier = userbus.User{ID: uuid.New()}
	if _, err := pay(nobodys, s.Family); !errors.Is(err, payoutbus.ErrNoAccount) {
		t.Errorf("by nobody: got %v, want %v", err, payoutbus.ErrNoAccount)
	}
	if _, err := pay(s, s.Family); err != nil {
		t.Fatal(err)
	}
	refused("paid out", s.Family, payoutbus.ErrAlreadyPaid)
}

// unheldMarkets, unheldFamilies and seenUnpaid let many pay out one family who all saw that it was not.
type unheldMarkets struct{ marketdb.Store }

func (u unheldMarkets) Lock(ctx context.Context, id uuid.UUID) (marketbus.Market, error) {
	return u.Get(ctx, id)
}

type unheldFamilies struct{ familydb.Store }

func (u unheldFamilies) Lock(ctx context.Context, id uuid.UUID) (familybus.Family, error) {
	return u.Get(ctx, id)
}

type seenUnpaid struct {
	ledgerdb.Store
	meet func()
}

func (s seenUnpaid) Owed(ctx context.Context, marketID, familyID uuid.UUID) (money.Money, error) {
	owed, err := s.Store.Owed(ctx, marketID, familyID)
	s.meet()
	return owed, err
}

// TestPaidOnce: without the locks the constraint holds alone, and says what is meant.
func TestPaidOnce(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	s.Sell(t, s.Product(t, 100, 1), 1)
	shut(t, s, 0)
	paid := 0
	for _, err := range dbtest.AtOnce(3, func(_ int, meet func()) error {
		return db.InTx(context.Background(), func(tx sqldb.DB) error {
			markets := marketbus.New(unheldMarkets{marketdb.New(tx)}, clock.Now)
			families := familybus.New(unheldFamilies{familydb.New(tx)}, markets, clock.Now)
			ledger := ledgerbus.New(seenUnpaid{ledgerdb.New(tx), meet}, clock.Now)
			_, err := payoutbus.New(payoutdb.New(tx), markets, families, ledger, clock.Now).Create(context.Background(),
				s.Family, s.Cashier.ID)
			return err
		})
	}) {
		switch {
		case err == nil:
			paid++
		case !errors.Is(err, payoutbus.ErrAlreadyPaid):
			t.Errorf("got %v, want %v", err, payoutbus.ErrAlreadyPaid)
		}
	}
	if paid != 1 {
		t.Errorf("the family was paid out %d times, want 1", paid)
	}
}

// TestAtOnce: of many who pay out the same family one does.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	s.Sell(t, s.Product(t, 100, 1), 1)
	shut(t, s, 0)
	paid := 0
	for _, err := range dbtest.AtOnce(5, func(_ int, meet func()) error {
		_, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (payoutbus.Payout, error) {
			f, err := d.Families.Get(ctx, s.Family.ID)
			if err != nil {
				return payoutbus.Payout{}, err
			}
			meet() // all saw it unpaid
			return d.Payouts.Create(ctx, f, s.Cashier.ID)
		})
		return err
	}) {
		switch {
		case err == nil:
			paid++
		case !errors.Is(err, payoutbus.ErrAlreadyPaid):
			t.Error(err)
		}
	}
	if paid != 1 {
		t.Errorf("the family was paid out %d times", paid)
	}
}

// TestWaits: a payout waits for who changes the market, and goes by what was changed.
func TestWaits(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	s.Sell(t, s.Product(t, 100, 1), 1)
	shut(t, s, 0)
	owner := dbtest.Owner(t, db)
	held := make(chan struct{})
	var p payoutbus.Payout
	if err := errors.Join(dbtest.AtOnce(2, func(i int, _ func()) (err error) {
		if i == 1 {
			<-held
			p, err = pay(s, s.Family)
			return err
		}
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			m, err := d.Markets.Lock(ctx, s.Market.ID)
			close(held)
			dbtest.Blocked(t, owner, 1)
			if err != nil {
				return err
			}
			_, err = d.Markets.Update(ctx, m, marketbus.UpdateMarket{Commission: opt.Some(2000)})
			return err
		})
	})...); err != nil {
		t.Fatal(err)
	}
	if p.Commission != 20 || p.Net != 80 {
		t.Errorf("paid %+v, want a commission of 20", p)
	}
}

func list(w *dbtest.World) dbtest.Listing[payoutbus.Filter, payoutbus.Payout] {
	return dbtest.Listing[payoutbus.Filter, payoutbus.Payout]{
		Query: w.Payouts.Query, Columns: payoutbus.OrderBy, All: payoutbus.Filter{MarketID: w.Market},
		Keeps: func(p payoutbus.Payout) bool { return p.MarketID == w.Market },
		Filters: map[string]dbtest.Filter[payoutbus.Filter, payoutbus.Payout]{
			"owner": dbtest.Narrow(payoutbus.Filter{MarketID: w.Market, OwnerID: &w.Owner},
				func(p payoutbus.Payout) bool { return p.OwnerID != nil && *p.OwnerID == w.Owner }),
		},
		Orders: map[string]func(a, b payoutbus.Payout) int{
			"createdAt": dbtest.By(func(p payoutbus.Payout) int64 { return p.CreatedAt.UnixMicro() }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Lists(t, list(dbtest.NewWorld(t, 40)))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	dbtest.PlannedOnce(t, w, list(w))
	dbtest.UseIndexes(t, w, list(w))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	s.Sell(t, s.Product(t, 100, 1), 1)
	shut(t, s, 1000)
	if _, err := pay(s, s.Family); err != nil {
		t.Fatal(err)
	}
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"payouts"}, map[string][]string{
		"payouts_gross_check":  {`UPDATE payouts SET gross = 0, commission = 0, net = 0`},
		"payouts_check":        {`UPDATE payouts SET commission = -1, net = gross + 1`},
		"payouts_check1":       {`UPDATE payouts SET net = net + 1`},
		"payouts_paid_by_fkey": {`UPDATE payouts SET paid_by = gen_random_uuid()`},
		"payouts_family_fkey":  {`UPDATE payouts SET family_id = gen_random_uuid()`},
		"payouts_family_key": {`INSERT INTO payouts
			SELECT market_id, gen_random_uuid(), family_id, 1, 0, 1, paid_by, now() FROM payouts`},
	})
}
