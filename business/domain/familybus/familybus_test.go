package familybus_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func setup(t *testing.T) dbtest.Shop {
	t.Helper()
	b, _ := dbtest.Business(t)
	return dbtest.NewShop(t, b)
}

func create(b business.Business, nf familybus.NewFamily) (familybus.Family, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (familybus.Family, error) {
		return d.Families.Create(ctx, nf)
	})
}

func update(b business.Business, id uuid.UUID, up familybus.UpdateFamily) (familybus.Family, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (familybus.Family, error) {
		f, err := d.Families.Lock(ctx, id)
		if err != nil {
			return f, err
		}
		return d.Families.Update(ctx, f, up)
	})
}

func remove(b business.Business, f familybus.Family) error {
	return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
		return d.Families.Delete(ctx, f)
	})
}

func to[T any](v T) opt.Nullable[T] { return opt.Nullable[T]{Set: true, V: &v} }

func TestCreate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	s := dbtest.NewShop(t, b)
	f, err := create(b, familybus.NewFamily{MarketID: s.Market.ID, Name: "Jones", OwnerID: &s.Cashier.ID, Number: 99999,
		Commission: new(0)})
	want := familybus.Family{ID: f.ID, MarketID: s.Market.ID, OwnerID: &s.Cashier.ID, Number: 99999, Name: "Jones",
		Commission: new(0), Version: 1, CreatedAt: clk.Now(), UpdatedAt: clk.Now(), MarketStatus: marketbus.Open}
	stored, getting := b.Families.Get(t.Context(), f.ID)
	if err != nil || getting != nil || !reflect.DeepEqual(f, want) || !reflect.DeepEqual(stored, want) {
		t.Errorf("returned %+v, %v\nstored %+v, %v\nwant %+v", f, err, stored, getting, want)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	s := setup(t)
	if _, err := s.Families.Get(t.Context(), uuid.New()); !errors.Is(err, familybus.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := update(s.Business, uuid.New(), familybus.UpdateFamily{}); !errors.Is(err, familybus.ErrNotFound) {
		t.Errorf("lock: %v", err)
	}
	if _, err := create(s.Business, familybus.NewFamily{MarketID: uuid.New(), Name: "F"}); !errors.Is(err,
		marketbus.ErrNotFound) {
		t.Errorf("at a market that is not there: %v", err)
	}
}

// TestTaken: what two families of a market cannot share, when one is made and when one is changed.
func TestTaken(t *testing.T) {
	t.Parallel()
	s := setup(t)
	other := dbtest.NewShop(t, s.Business)
	owned := s.NewFamily(t, familybus.NewFamily{Name: "Owned", OwnerID: &s.Cashier.ID})
	free := s.NewFamily(t, familybus.NewFamily{Name: "Free"})
	nobody := uuid.New()
	for about, tt := range map[string]struct {
		nf   familybus.NewFamily
		up   familybus.UpdateFamily
		want error
	}{
		"number": {familybus.NewFamily{Number: owned.Number}, familybus.UpdateFamily{Number: opt.Some(owned.Number)},
			familybus.ErrNumberTaken},
		"owner": {familybus.NewFamily{OwnerID: owned.OwnerID}, familybus.UpdateFamily{OwnerID: to(*owned.OwnerID)},
			familybus.ErrAlreadyJoined},
		"an owner who is not there": {familybus.NewFamily{OwnerID: &nobody}, familybus.UpdateFamily{OwnerID: to(nobody)},
			errs.ErrInvalid},
	} {
		tt.nf.MarketID, tt.nf.Name = s.Market.ID, "F"
		_, creating := create(s.Business, tt.nf)
		_, changing := update(s.Business, free.ID, tt.up)
		if !errors.Is(creating, tt.want) || !errors.Is(changing, tt.want) {
			t.Errorf("%s: create %v, update %v, want %v", about, creating, changing, tt.want)
		}
		if e, ok := errors.AsType[*errs.Error](creating); errors.Is(tt.want, errs.ErrInvalid) &&
			(!ok || len(e.Fields) != 1 || e.Fields[0].Location != "ownerID") {
			t.Errorf("%s: %v, want it at ownerID", about, creating)
		}
		tt.nf.MarketID = other.Market.ID
		if _, err := create(s.Business, tt.nf); about == "owner" && err != nil {
			t.Errorf("%s, at another market: %v", about, err)
		}
	}
}

// TestUpdate: each field alone, and what it leaves alone.
func TestUpdate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	s := dbtest.NewShop(t, b)
	f := s.Family
	for _, step := range []struct {
		about string
		up    familybus.UpdateFamily
		want  func(*familybus.Family)
	}{
		{"name", familybus.UpdateFamily{Name: opt.Some(name.Name("N"))}, func(f *familybus.Family) { f.Name = "N" }},
		{"number", familybus.UpdateFamily{Number: opt.Some(77)}, func(f *familybus.Family) { f.Number = 77 }},
		{"owner", familybus.UpdateFamily{OwnerID: to(s.Cashier.ID)},
			func(f *familybus.Family) { f.OwnerID = &s.Cashier.ID }},
		{"no owner", familybus.UpdateFamily{OwnerID: opt.Nullable[uuid.UUID]{Set: true}},
			func(f *familybus.Family) { f.OwnerID = nil }},
		{"commission", familybus.UpdateFamily{Commission: to(0)}, func(f *familybus.Family) { f.Commission = new(0) }},
		{"no commission", familybus.UpdateFamily{Commission: opt.Nullable[int]{Set: true}},
			func(f *familybus.Family) { f.Commission = nil }},
		{"nothing", familybus.UpdateFamily{}, nil},
	} {
		clk.Add(time.Minute)
		want := f
		if step.want != nil {
			step.want(&want)
			want.Version++
			want.UpdatedAt = clk.Now()
		}
		var err error
		if f, err = update(b, f.ID, step.up); err != nil {
			t.Fatalf("%s: %v", step.about, err)
		}
		stored, err := b.Families.Get(t.Context(), f.ID)
		if err != nil || !reflect.DeepEqual(f, want) || !reflect.DeepEqual(stored, want) {
			t.Errorf("%s: returned %+v\nstored %+v, %v\nwant %+v", step.about, f, stored, err, want)
		}
	}
}

// TestNumberFixed: a number stays once it is on labels; the rest may change.
func TestNumberFixed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.Product(t, 1, 1)
	for _, tt := range []struct {
		up   familybus.UpdateFamily
		want error
	}{
		{familybus.UpdateFamily{Number: opt.Some(7)}, familybus.ErrNumberFixed},
		{familybus.UpdateFamily{Number: opt.Some(s.Family.Number), Name: opt.Some(name.Name("N"))}, nil},
	} {
		if _, err := update(s.Business, s.Family.ID, tt.up); !errors.Is(err, tt.want) {
			t.Errorf("%+v: got %v, want %v", tt.up, err, tt.want)
		}
	}
}

// TestSettled: once a family was paid out nobody's share changes.
func TestSettled(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
	if _, err := update(s.Business, s.Family.ID, familybus.UpdateFamily{Commission: to(500),
		OwnerID: to(s.Cashier.ID)}); err != nil {
		t.Fatalf("closed, but not settled: %v", err)
	}
	if err := s.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Markets.Settle(ctx, s.Market)
	}); err != nil {
		t.Fatal(err)
	}
	for about, tt := range map[string]struct {
		up   familybus.UpdateFamily
		want error
	}{
		"commission":      {familybus.UpdateFamily{Commission: to(501)}, marketbus.ErrSettled},
		"no commission":   {familybus.UpdateFamily{Commission: opt.Nullable[int]{Set: true}}, marketbus.ErrSettled},
		"no owner":        {familybus.UpdateFamily{OwnerID: opt.Nullable[uuid.UUID]{Set: true}}, marketbus.ErrSettled},
		"the same values": {familybus.UpdateFamily{Commission: to(500), OwnerID: to(s.Cashier.ID)}, nil},
		"name":            {familybus.UpdateFamily{Name: opt.Some(name.Name("N"))}, nil},
	} {
		if _, err := update(s.Business, s.Family.ID, tt.up); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", about, err, tt.want)
		}
	}
	if f, err := s.Families.Get(t.Context(), s.Family.ID); err != nil || !f.Settled || f.MarketStatus != marketbus.Closed {
		t.Errorf("the family reads %+v, %v", f, err)
	}
}

// TestNotEmpty: a family goes while nothing refers to it, whatever the table.
func TestNotEmpty(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	owner := dbtest.Owner(t, db)
	s.RingUp(t, s.Basket(salebus.NewLine{FamilyID: &s.Family.ID, Name: new(name.Name("Mug")), Quantity: 1,
		UnitPrice: new(money.Money(100))}))
	for about, q := range map[string]string{
		"products": `INSERT INTO products SELECT market_id, gen_random_uuid(), family_id, number, 'USD',
			number * 1000000 + 1, 'P', '', 1, 1, 0, 1, now(), now() FROM families WHERE family_id = $1`,
		"sale_lines": `INSERT INTO sale_lines SELECT market_id, sale_id, 2, null, $1, 'P', 1, 1, 1, 1 FROM sales`,
		"ledger_entries": `INSERT INTO ledger_entries SELECT market_id, market_id, 'VOID', n, 'family', null, $1, null,
			3 - 2 * n, now() FROM markets, generate_series(1, 2) n`,
		"payouts": `INSERT INTO payouts SELECT market_id, gen_random_uuid(), $1, 1, 0, 1, cashier_id, now() FROM sales`,
	} {
		f := s.NewFamily(t, familybus.NewFamily{Name: "F"})
		if _, err := owner.Exec(t.Context(), q, f.ID); err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		if err := remove(b, f); !errors.Is(err, familybus.ErrNotEmpty) {
			t.Errorf("%s: got %v, want %v", about, err, familybus.ErrNotEmpty)
		}
	}
	f := s.NewFamily(t, familybus.NewFamily{Name: "F"})
	if err := remove(b, f); err != nil {
		t.Error(err)
	}
	if _, err := b.Families.Get(t.Context(), f.ID); !errors.Is(err, familybus.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

// TestNumbersAtOnce: the numbers that the service chooses never conflict, and fill gaps.
func TestNumbersAtOnce(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b) // its family is number 1
	const n = 20
	made := make([]familybus.Family, n)
	owner := dbtest.Owner(t, db)
	held := make(chan struct{})
	failures := dbtest.AtOnce(n+1, func(i int, _ func()) (err error) {
		if i == n { // holds the market until as many wait for it as there are connections
			return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
				_, err := d.Markets.Lock(ctx, s.Market.ID)
				close(held)
				dbtest.Blocked(t, owner, 7)
				return err
			})
		}
		<-held
		made[i], err = create(b, familybus.NewFamily{MarketID: s.Market.ID, Name: "F"})
		return err
	})
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(made, func(a, b familybus.Family) int { return a.Number - b.Number })
	for i, f := range made {
		if f.Number != i+2 {
			t.Fatalf("number %d where %d is next", f.Number, i+2)
		}
	}
	if err := errors.Join(remove(b, made[5]), remove(b, s.Family)); err != nil { // the numbers 7 and 1
		t.Fatal(err)
	}
	for _, want := range []int{1, 7, n + 2} {
		if f := s.NewFamily(t, familybus.NewFamily{Name: "F"}); f.Number != want {
			t.Errorf("number %d is given, want %d", f.Number, want)
		}
	}
}

func TestNoNumber(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b) // its family is number 1
	if _, err := dbtest.Owner(t, db).Exec(t.Context(), `
		INSERT INTO families (market_id, family_id, number, name, created_at, updated_at)
		SELECT $1, gen_random_uuid(), n, 'F', now(), now() FROM generate_series(2, $2::int) n`, s.Market.ID,
		code.MaxFamily-1); err != nil {
		t.Fatal(err)
	}
	if f := s.NewFamily(t, familybus.NewFamily{Name: "Last"}); f.Number != code.MaxFamily {
		t.Errorf("the last family gets %d, want %d", f.Number, code.MaxFamily)
	}
	if _, err := create(b, familybus.NewFamily{MarketID: s.Market.ID, Name: "F"}); !errors.Is(err,
		familybus.ErrNoNumber) {
		t.Errorf("got %v, want %v", err, familybus.ErrNoNumber)
	}
}

// TestHeld: whoever holds families waits for who changes one. They are held in the order of their ids, whatever the
// order of the demand, so that whoever waits for the first holds none of the others.
func TestHeld(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	second := s.NewFamily(t, familybus.NewFamily{Name: "Jones"}) // UUIDv7: the later id
	owner := dbtest.Owner(t, db)
	held := make(chan struct{})
	for _, err := range dbtest.AtOnce(2, func(i int, _ func()) error {
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			if i == 1 {
				<-held
				return d.Families.Hold(ctx, s.Market.ID, []uuid.UUID{second.ID, s.Family.ID})
			}
			f, err := d.Families.Lock(ctx, s.Family.ID)
			close(held)
			dbtest.Blocked(t, owner, 1)
			if err != nil {
				return err
			}
			if _, err := d.Families.Lock(ctx, second.ID); err != nil {
				return fmt.Errorf("the second is not free: %w", err)
			}
			_, err = d.Families.Update(ctx, f, familybus.UpdateFamily{Name: opt.Some(name.Name("N"))})
			return err
		})
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	var deadlocks int
	if err := owner.Get(t.Context(), &deadlocks,
		`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); err != nil || deadlocks != 0 {
		t.Errorf("%d deadlocks, %v", deadlocks, err)
	}
}

func TestOfMarket(t *testing.T) {
	t.Parallel()
	s := setup(t)
	other := dbtest.NewShop(t, s.Business)
	got, err := s.Families.OfMarket(t.Context(), s.Market.ID, []uuid.UUID{s.Family.ID, other.Family.ID, uuid.New()})
	if want := map[uuid.UUID]familybus.Family{s.Family.ID: s.Family}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func list(w *dbtest.World) dbtest.Listing[familybus.Filter, familybus.Family] {
	return dbtest.Listing[familybus.Filter, familybus.Family]{
		Query: w.Families.Query, Columns: familybus.OrderBy, All: familybus.Filter{MarketID: w.Market},
		Keeps: func(f familybus.Family) bool { return f.MarketID == w.Market },
		Filters: map[string]dbtest.Filter[familybus.Filter, familybus.Family]{
			"owner": dbtest.Narrow(familybus.Filter{MarketID: w.Market, OwnerID: &w.Owner},
				func(f familybus.Family) bool { return f.OwnerID != nil && *f.OwnerID == w.Owner }),
		},
		Orders: map[string]func(a, b familybus.Family) int{
			"number": dbtest.By(func(f familybus.Family) int { return f.Number }),
			"name":   dbtest.By(func(f familybus.Family) string { return string(f.Name) }),
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
	s.NewFamily(t, familybus.NewFamily{Name: "Jones"})
	s.Product(t, 1, 1)
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"families"}, map[string][]string{
		"families_market_fkey":      {`UPDATE families SET market_id = gen_random_uuid() WHERE number = 2`},
		"families_owner_fkey":       {`UPDATE families SET owner_id = gen_random_uuid() WHERE number = 2`},
		"families_owner_key":        {`UPDATE families SET owner_id = user_id FROM users`},
		"families_number_key":       {`UPDATE families SET number = 2 WHERE number = 1`},
		"families_number_check":     {`UPDATE families SET number = 0`, `UPDATE families SET number = 100000`},
		"families_commission_check": {`UPDATE families SET commission = -1`, `UPDATE families SET commission = 10001`},
		"families_code_key":         nil,
		"products_family_fkey":      {`UPDATE families SET number = 9 WHERE number = 1`},
	})
}
