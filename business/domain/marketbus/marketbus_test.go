package marketbus_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/placebus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/pricing"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var start = time.Date(2026, 5, 30, 9, 0, 0, 0, time.UTC)

// plain is a market with nothing special.
func plain() marketbus.NewMarket {
	return marketbus.NewMarket{Name: "Elm", Place: "Elm Street 1", StartsAt: start, EndsAt: start.Add(time.Hour),
		Currency: "USD"}
}

func create(b business.Business, nm marketbus.NewMarket) (marketbus.Market, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (marketbus.Market, error) {
		return d.Markets.Create(ctx, nm)
	})
}

func made(t *testing.T, b business.Business, nm marketbus.NewMarket) marketbus.Market {
	t.Helper()
	m, err := create(b, nm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func update(b business.Business, id uuid.UUID, up marketbus.UpdateMarket) (marketbus.Market, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (marketbus.Market, error) {
		m, err := d.Markets.Lock(ctx, id)
		if err != nil {
			return m, err
		}
		return d.Markets.Update(ctx, m, up)
	})
}

func takeNumber(b business.Business, id uuid.UUID) (int64, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (int64, error) {
		return d.Markets.TakeNumber(ctx, id, 1, 1)
	})
}

func TestCreate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	nm := plain()
	east := time.FixedZone("east", 3600)
	nm.StartsAt, nm.EndsAt = start.Add(999*time.Nanosecond).In(east), start.Add(time.Hour).In(east)
	nm.PriceSteps = pricing.Steps{{From: start.Add(time.Minute + 1).In(east), PercentOff: 10}}
	nm.Commission, nm.CashSessionRequired = 1250, true
	m := made(t, b, nm)
	want := marketbus.Market{ID: m.ID, Name: "Elm", Place: "Elm Street 1", StartsAt: start, EndsAt: start.Add(time.Hour),
		Currency: "USD", Commission: 1250, Status: marketbus.Draft, CashSessionRequired: true, Version: 1,
		PriceSteps: pricing.Steps{{From: start.Add(time.Minute), PercentOff: 10}}, CreatedAt: clk.Now(), UpdatedAt: clk.Now()}
	stored, err := b.Markets.Get(t.Context(), m.ID)
	if err != nil || m.ID.Version() != 7 || !reflect.DeepEqual(m, want) || !reflect.DeepEqual(stored, want) {
		t.Errorf("returned %+v\nstored %+v, %v\nwant %+v", m, stored, err, want)
	}
	if _, err := takeNumber(b, m.ID); !errors.Is(err, marketbus.ErrNotOpen) {
		t.Errorf("a number of a DRAFT: %v", err)
	}
	nm.Status = marketbus.Open
	if n, err := takeNumber(b, made(t, b, nm).ID); err != nil || n != 1 {
		t.Errorf("the first number of a market that begins OPEN: %d, %v", n, err)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	if _, err := b.Markets.Get(t.Context(), uuid.New()); !errors.Is(err, marketbus.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := update(b, uuid.New(), marketbus.UpdateMarket{}); !errors.Is(err, marketbus.ErrNotFound) {
		t.Errorf("lock: %v", err)
	}
	if _, err := takeNumber(b, uuid.New()); !errors.Is(err, marketbus.ErrNotOpen) {
		t.Errorf("take number: %v", err)
	}
}

// TestTimes: the bounds of what a market's times may be, when it is made and when it is changed.
func TestTimes(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	first, last := time.Unix(0, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Microsecond)
	m := made(t, b, plain())
	for _, tt := range []struct {
		about      string
		start, end time.Time
		steps      []time.Time
		want       string // location
	}{
		{"the first", first, first.Add(time.Microsecond), nil, ""},
		{"before the first", first.Add(-time.Microsecond), start, nil, "startsAt"},
		{"the last", start, last, []time.Time{first, last}, ""},
		{"after the last", start, last.Add(time.Microsecond), nil, "endsAt"},
		{"a start after the last", last.Add(time.Microsecond), last, nil, "startsAt"},
		{"an end before the first", start, first.Add(-time.Microsecond), nil, "endsAt"},
		{"nothing between", start, start, nil, "endsAt"},
		{"less than the database keeps between", start, start.Add(999 * time.Nanosecond), nil, "endsAt"},
		{"a microsecond between", start, start.Add(time.Microsecond), nil, ""},
		{"the wrong way", start, start.Add(-time.Hour), nil, "endsAt"},
		{"a step before the first", start, last, []time.Time{first.Add(-time.Microsecond)}, "priceSteps[0].from"},
		{"a step after the last", start, last, []time.Time{start, last.Add(time.Microsecond)}, "priceSteps[1].from"},
		{"steps at once", start, last, []time.Time{start, start}, "priceSteps[1].from"},
		{"steps in order", start, last, []time.Time{start, start.Add(time.Microsecond)}, ""},
	} {
		nm := plain()
		nm.StartsAt, nm.EndsAt = tt.start, tt.end
		for _, at := range tt.steps {
			nm.PriceSteps = append(nm.PriceSteps, pricing.Step{From: at, PercentOff: 5})
		}
		_, creating := create(b, nm)
		_, changing := update(b, m.ID, marketbus.UpdateMarket{StartsAt: opt.Some(nm.StartsAt), EndsAt: opt.Some(nm.EndsAt),
			PriceSteps: opt.Nullable[pricing.Steps]{Set: true, V: &nm.PriceSteps}})
		for about, err := range map[string]error{"create": creating, "update": changing} {
			if got := place(err); got != tt.want || tt.want != "" && !errors.Is(err, errs.ErrInvalid) {
				t.Errorf("%s, %s: %v, want it at %q", tt.about, about, err, tt.want)
			}
		}
	}
}

// place is where err points, or "".
func place(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*errs.Error](err); ok && len(e.Fields) == 1 {
		return e.Fields[0].Location
	}
	return "nowhere"
}

// TestUpdate: each field alone, and what it leaves alone.
func TestUpdate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	steps := pricing.Steps{{From: start, PercentOff: 10}}
	m := made(t, b, plain())
	green, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (placebus.Place, error) {
		return d.Places.Create(ctx, placebus.NewPlace{Code: "G", Name: "Green", City: "C", Country: "C"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for about, step := range map[string]struct {
		up   marketbus.UpdateMarket
		want func(*marketbus.Market)
	}{
		"name":  {marketbus.UpdateMarket{Name: opt.Some(name.Name("N"))}, func(m *marketbus.Market) { m.Name = "N" }},
		"place": {marketbus.UpdateMarket{Place: opt.Some(name.Name("P"))}, func(m *marketbus.Market) { m.Place = "P" }},
		"place id": {marketbus.UpdateMarket{PlaceID: opt.Nullable[uuid.UUID]{Set: true, V: &green.ID}},
			func(m *marketbus.Market) { m.PlaceID = &green.ID }},
		"no place id": {marketbus.UpdateMarket{PlaceID: opt.Nullable[uuid.UUID]{Set: true}},
			func(m *marketbus.Market) { m.PlaceID = nil }},
		"start": {marketbus.UpdateMarket{StartsAt: opt.Some(start.Add(time.Minute))},
			func(m *marketbus.Market) { m.StartsAt = start.Add(time.Minute) }},
		"end": {marketbus.UpdateMarket{EndsAt: opt.Some(start.Add(5 * time.Hour))},
			func(m *marketbus.Market) { m.EndsAt = start.Add(5 * time.Hour) }},
		"currency": {marketbus.UpdateMarket{Currency: opt.Some(currency.Currency("EUR"))},
			func(m *marketbus.Market) { m.Currency = "EUR" }},
		"commission": {marketbus.UpdateMarket{Commission: opt.Some(10000)},
			func(m *marketbus.Market) { m.Commission = 10000 }},
		"cash sessions": {marketbus.UpdateMarket{CashSessionRequired: opt.Some(true)},
			func(m *marketbus.Market) { m.CashSessionRequired = true }},
		"steps": {marketbus.UpdateMarket{PriceSteps: opt.Nullable[pricing.Steps]{Set: true, V: &steps}},
			func(m *marketbus.Market) { m.PriceSteps = steps }},
		"no steps": {marketbus.UpdateMarket{PriceSteps: opt.Nullable[pricing.Steps]{Set: true}},
			func(m *marketbus.Market) { m.PriceSteps = pricing.Steps{} }},
		"the same status": {marketbus.UpdateMarket{Status: opt.Some(marketbus.Draft)}, func(*marketbus.Market) {}},
		"nothing":         {},
	} {
		clk.Add(time.Minute)
		want := m
		if step.want != nil {
			step.want(&want)
		}
		if !reflect.DeepEqual(want, m) { // the same is no change
			want.Version++
			want.UpdatedAt = clk.Now()
		}
		if m, err = update(b, m.ID, step.up); err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		stored, err := b.Markets.Get(t.Context(), m.ID)
		if err != nil || !reflect.DeepEqual(m, want) || !reflect.DeepEqual(stored, want) {
			t.Errorf("%s: returned %+v\nstored %+v, %v\nwant %+v", about, m, stored, err, want)
		}
	}
}

// TestNoPlace: a market names a place that is there, when it is made and when it is changed.
func TestNoPlace(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	nobody := uuid.New()
	nm := plain()
	nm.PlaceID = &nobody
	_, creating := create(b, nm)
	_, changing := update(b, made(t, b, plain()).ID, marketbus.UpdateMarket{PlaceID: opt.Nullable[uuid.UUID]{Set: true,
		V: &nobody}})
	for about, err := range map[string]error{"create": creating, "update": changing} {
		if !errors.Is(err, errs.ErrInvalid) || place(err) != "placeID" {
			t.Errorf("%s: got %v, want %v at placeID", about, err, errs.ErrInvalid)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	for from, allowed := range map[marketbus.Status][]marketbus.Status{
		marketbus.Draft: {marketbus.Draft, marketbus.Open}, marketbus.Open: {marketbus.Open, marketbus.Closed},
		marketbus.Closed: {marketbus.Closed, marketbus.Open},
	} {
		for _, to := range marketbus.Statuses {
			for q, is := range map[string]any{`UPDATE markets SET status = $1`: from,
				`UPDATE market_counters SET open = $1`: from == marketbus.Open} {
				if _, err := db.Exec(t.Context(), q, is); err != nil {
					t.Fatal(err)
				}
			}
			_, err := update(b, s.Market.ID, marketbus.UpdateMarket{Status: opt.Some(to)})
			is := to
			if !slices.Contains(allowed, to) {
				is = from
				if !errors.Is(err, marketbus.ErrStatus) {
					t.Errorf("%s to %s: got %v, want %v", from, to, err, marketbus.ErrStatus)
				}
			} else if err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			if _, err := takeNumber(b, s.Market.ID); (err == nil) != (is == marketbus.Open) ||
				err != nil && !errors.Is(err, marketbus.ErrNotOpen) {
				t.Errorf("%s to %s: a number of the market, which is %s: %v", from, to, is, err)
			}
		}
	}
}

// TestNumbersAtOnce: sale numbers have no gaps and no doubles, though some who took one fail.
func TestNumbersAtOnce(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	undo := errors.New("undo")
	numbers := make([]int64, 20)
	for i, err := range dbtest.AtOnce(len(numbers), func(i int, _ func()) (err error) {
		numbers[i], err = dbtest.In(b, func(ctx context.Context, d business.Domains) (int64, error) {
			n, err := d.Markets.TakeNumber(ctx, s.Market.ID, 1, 0)
			if err == nil && i%4 == 0 {
				return 0, undo
			}
			return n, err
		})
		return err
	}) {
		if err != nil && !errors.Is(err, undo) {
			t.Errorf("%d: %v", i, err)
		}
	}
	numbers = slices.DeleteFunc(numbers, func(n int64) bool { return n == 0 })
	slices.Sort(numbers)
	for i, n := range numbers {
		if len(numbers) != 15 || n != int64(i+1) {
			t.Fatalf("numbers %v, want 1 to 15", numbers)
		}
	}
}

// TestCloseWaits: closing waits for who has a number, and after it nobody gets one.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	owner := dbtest.Owner(t, db)
	taken := make(chan struct{})
	var last int64
	for _, err := range dbtest.AtOnce(2, func(i int, _ func()) error {
		if i == 1 {
			<-taken
			_, err := update(b, s.Market.ID, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
			return err
		}
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) (err error) {
			last, err = d.Markets.TakeNumber(ctx, s.Market.ID, 1, 0)
			close(taken)
			dbtest.Blocked(t, owner, 1)
			return err
		})
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := takeNumber(b, s.Market.ID); last != 1 || !errors.Is(err, marketbus.ErrNotOpen) {
		t.Errorf("the last number is %d; after closing: %v", last, err)
	}
}

func TestNotEmpty(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	remove := func(m marketbus.Market) error {
		return b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error { return d.Markets.Delete(ctx, m) })
	}
	s := dbtest.NewShop(t, b)
	if err := remove(s.Market); !errors.Is(err, marketbus.ErrNotEmpty) {
		t.Errorf("with a family: %v", err)
	}
	drawer := made(t, b, plain())
	if _, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
		return d.Ledger.OpenSession(ctx, drawer.ID, s.Cashier.ID, 0)
	}); err != nil {
		t.Fatal(err)
	}
	if err := remove(drawer); !errors.Is(err, marketbus.ErrNotEmpty) {
		t.Errorf("with a cash session: %v", err)
	}
	m := made(t, b, plain())
	if err := remove(m); err != nil {
		t.Error(err)
	}
	if _, err := b.Markets.Get(t.Context(), m.ID); !errors.Is(err, marketbus.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

func TestCurrencyFixed(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	euro := marketbus.UpdateMarket{Currency: opt.Some(currency.Currency("EUR"))}
	withProduct, withSale := dbtest.NewShop(t, b), dbtest.NewShop(t, b)
	withProduct.Product(t, 1, 1)
	withSale.RingUp(t, withSale.Basket(salebus.NewLine{FamilyID: &withSale.Family.ID, Name: new(name.Name("Mug")),
		Quantity: 1, UnitPrice: new(money.Money(1))}))
	for about, s := range map[string]dbtest.Shop{"a product": withProduct, "a sale": withSale} {
		if _, err := update(b, s.Market.ID, euro); !errors.Is(err, marketbus.ErrCurrencyFixed) {
			t.Errorf("with %s: got %v, want %v", about, err, marketbus.ErrCurrencyFixed)
		}
		if m, err := update(b, s.Market.ID, marketbus.UpdateMarket{Currency: opt.Some(s.Market.Currency)}); err != nil {
			t.Errorf("with %s, the same currency: %v, %v", about, m, err)
		}
	}
}

// TestSettled: from the first payout on the market stays closed, at the same commission; the rest may change.
func TestSettled(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	closed := s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
	settle := func() error {
		return b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			m, err := d.Markets.Lock(ctx, s.Market.ID)
			if err != nil {
				return err
			}
			return d.Markets.Settle(ctx, m)
		})
	}
	for range 2 {
		if err := settle(); err != nil {
			t.Fatal(err)
		}
	}
	want := closed
	want.Settled = true
	if got, err := b.Markets.Get(t.Context(), s.Market.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("settled: %+v, %v, want %+v", got, err, want)
	}
	for about, tt := range map[string]struct {
		up   marketbus.UpdateMarket
		want error
	}{
		"opened again":    {marketbus.UpdateMarket{Status: opt.Some(marketbus.Open)}, marketbus.ErrSettled},
		"commission":      {marketbus.UpdateMarket{Commission: opt.Some(1)}, marketbus.ErrSettled},
		"the same values": {marketbus.UpdateMarket{Commission: opt.Some(0), Status: opt.Some(marketbus.Closed)}, nil},
		"name":            {marketbus.UpdateMarket{Name: opt.Some(name.Name("N"))}, nil},
	} {
		if _, err := update(b, s.Market.ID, tt.up); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", about, err, tt.want)
		}
	}
}

func list(b business.Business) dbtest.Listing[marketbus.Filter, marketbus.Market] {
	part := "NAME 1"
	return dbtest.Listing[marketbus.Filter, marketbus.Market]{
		Query: b.Markets.Query, Columns: marketbus.OrderBy,
		Filters: map[string]dbtest.Filter[marketbus.Filter, marketbus.Market]{
			"name": dbtest.Narrow(marketbus.Filter{Name: &part}, func(m marketbus.Market) bool {
				return strings.Contains(strings.ToUpper(string(m.Name)), part)
			}),
			"status": dbtest.Narrow(marketbus.Filter{Status: new(marketbus.Open)},
				func(m marketbus.Market) bool { return m.Status == marketbus.Open }),
			"public": dbtest.Narrow(marketbus.Filter{HideDraft: true},
				func(m marketbus.Market) bool { return m.Status != marketbus.Draft }),
		},
		Orders: map[string]func(a, b marketbus.Market) int{
			"startsAt":  dbtest.By(func(m marketbus.Market) int64 { return m.StartsAt.UnixMicro() }),
			"createdAt": dbtest.By(func(m marketbus.Market) int64 { return m.CreatedAt.UnixMicro() }),
			"name":      dbtest.By(func(m marketbus.Market) string { return string(m.Name) }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Lists(t, list(dbtest.NewWorld(t, 40).Business))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	dbtest.PlannedOnce(t, w, list(w.Business))
	dbtest.UseIndexes(t, w, list(w.Business))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	made(t, b, plain())
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"markets", "market_counters"}, map[string][]string{
		"markets_check":                    {`UPDATE markets SET ends_at = starts_at`},
		"markets_currency_check":           {`UPDATE markets SET currency = 'EURO'`, `UPDATE markets SET currency = 'EU'`},
		"markets_commission_check":         {`UPDATE markets SET commission = -1`, `UPDATE markets SET commission = 10001`},
		"markets_status_check":             {`UPDATE markets SET status = 'open'`},
		"markets_settled_check":            {`UPDATE markets SET settled = true`},
		"markets_place_fkey":               {`UPDATE markets SET place_id = gen_random_uuid()`},
		"markets_created_by_fkey":          {`UPDATE markets SET created_by = gen_random_uuid()`},
		"markets_currency_key":             nil,
		"market_counters_turnover_check":   {`UPDATE market_counters SET turnover = 9007199254740992`},
		"market_counters_reduced_check":    {`UPDATE market_counters SET reduced = 9007199254740992`},
		"market_counters_cash_moved_check": {`UPDATE market_counters SET cash_moved = 9007199254740992`},
		"market_counters_market_id_fkey":   {`INSERT INTO market_counters VALUES (gen_random_uuid(), 1, true)`},
	})
}
