package productbus_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/text"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func init() { _ = flag.Set("rapid.checks", "30") } // the command line may ask for more

func setup(t *testing.T) dbtest.Shop {
	t.Helper()
	b, _ := dbtest.Business(t)
	return dbtest.NewShop(t, b)
}

// create puts things on tables, all or none.
func create(s dbtest.Shop, list ...productbus.NewProduct) ([]productbus.Product, error) {
	return dbtest.In(s.Business, func(ctx context.Context, d business.Domains) ([]productbus.Product, error) {
		return s.Create(ctx, d, list...)
	})
}

func update(b business.Business, id uuid.UUID, up productbus.UpdateProduct) (productbus.Product, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (productbus.Product, error) {
		p, err := d.Products.Lock(ctx, id)
		if err != nil {
			return p.Product, err
		}
		return d.Products.Update(ctx, p.Product, up)
	})
}

func do(b business.Business, fn func(context.Context, business.Domains) error) error {
	return b.InTx(context.Background(), fn)
}

func remove(b business.Business, p productbus.Product) error {
	return do(b, func(ctx context.Context, d business.Domains) error { return d.Products.Delete(ctx, p) })
}

// take is followed by another statement, as in a sale: with that one it goes out.
func take(s dbtest.Shop, takes ...productbus.Take) error {
	return do(s.Business, func(ctx context.Context, d business.Domains) error {
		if _, err := d.Products.Take(ctx, s.Market.ID, nil, takes); err != nil {
			return err
		}
		_, err := d.Markets.Get(ctx, s.Market.ID)
		return err
	})
}

func giveBack(s dbtest.Shop, takes ...productbus.Take) error {
	return do(s.Business, func(ctx context.Context, d business.Domains) error {
		_, err := d.Products.GiveBack(ctx, s.Market.ID, takes)
		return err
	})
}

// stock demands what is left of a product and what was sold of it.
func stock(t *testing.T, s dbtest.Shop, id uuid.UUID, left int, sold int64) {
	t.Helper()
	if p, err := s.Products.Get(t.Context(), id); err != nil || p.Quantity != left || p.Sold != sold {
		t.Errorf("%d left and %d sold, %v, want %d and %d", p.Quantity, p.Sold, err, left, sold)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	s := dbtest.NewShop(t, b)
	owned := s.NewFamily(t, familybus.NewFamily{Name: "Jones", OwnerID: &s.Cashier.ID})
	lamp := productbus.NewProduct{FamilyID: owned.ID, Name: "Lamp", Description: "Brass",
		Price: money.MaxPrice, FixedPrice: true, Quantity: 100}
	other := lamp
	other.FamilyID = s.Family.ID
	made, err := create(s, lamp, other, lamp)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []code.Code{{Family: 2, Running: 1}, {Family: 1, Running: 1}, {Family: 2, Running: 2}} {
		if made[i].Code != c {
			t.Errorf("product %d has the code %s, want %s", i, made[i].Code, c)
		}
	}
	p := made[0]
	want := productbus.Offered{OwnerID: &s.Cashier.ID, MarketStatus: marketbus.Open, Product: productbus.Product{
		ID: p.ID, MarketID: s.Market.ID, FamilyID: owned.ID, Code: p.Code, Name: "Lamp", Description: "Brass",
		Price: money.MaxPrice, FixedPrice: true, Quantity: 100, Version: 1, CreatedAt: clk.Now(), UpdatedAt: clk.Now()}}
	stored, err := b.Products.Get(t.Context(), p.ID)
	if err != nil || p != want.Product || !reflect.DeepEqual(stored, want) {
		t.Errorf("returned %+v\nstored %+v, %v\nwant %+v", p, stored, err, want)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	s := setup(t)
	if _, err := s.Products.Get(t.Context(), uuid.New()); !errors.Is(err, productbus.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := update(s.Business, uuid.New(), productbus.UpdateProduct{}); !errors.Is(err, productbus.ErrNotFound) {
		t.Errorf("lock: %v", err)
	}
}

// TestNoFamily: a batch for a family of another market, or for one that is gone, adds nothing.
func TestNoFamily(t *testing.T) {
	t.Parallel()
	s := setup(t)
	other := dbtest.NewShop(t, s.Business)
	good := productbus.NewProduct{FamilyID: s.Family.ID, Name: "P"}
	for about, id := range map[string]uuid.UUID{"another market's": other.Family.ID, "nobody's": uuid.New()} {
		bad := good
		bad.FamilyID = id
		if _, err := create(s, good, bad); !errors.Is(err, productbus.ErrNoFamily) {
			t.Errorf("%s: got %v, want %v", about, err, productbus.ErrNoFamily)
		}
	}
	// The family goes after it was read.
	err := do(s.Business, func(ctx context.Context, d business.Domains) error {
		_, err := d.Products.Create(ctx, s.Market, map[uuid.UUID]familybus.Family{other.Family.ID: other.Family},
			[]productbus.NewProduct{{FamilyID: other.Family.ID, Name: "P"}})
		return err
	})
	if !errors.Is(err, productbus.ErrNoFamily) {
		t.Errorf("a family that is not there any more: got %v, want %v", err, productbus.ErrNoFamily)
	}
	if p := s.Product(t, 1, 1); p.Code.Running != 1 {
		t.Errorf("the first product has the code %s", p.Code)
	}
}

// TestCurrencyChanged: a product keeps the currency of its market, also when that changed after the market was read.
func TestCurrencyChanged(t *testing.T) {
	t.Parallel()
	s := setup(t)
	before := s.Market
	s.UpdateMarket(t, marketbus.UpdateMarket{Currency: opt.Some(currency.Currency("EUR"))})
	err := do(s.Business, func(ctx context.Context, d business.Domains) error {
		_, err := d.Products.Create(ctx, before, map[uuid.UUID]familybus.Family{s.Family.ID: s.Family},
			[]productbus.NewProduct{{FamilyID: s.Family.ID, Name: "P"}})
		return err
	})
	if !errors.Is(err, marketbus.ErrChanged) {
		t.Errorf("got %v, want %v", err, marketbus.ErrChanged)
	}
}

// TestCodesAtOnce: codes are never given twice, not even that of a product that was deleted.
func TestCodesAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const n = 20
	made := make([]productbus.Product, n)
	if err := errors.Join(dbtest.AtOnce(n, func(i int, _ func()) error {
		list, err := create(s, productbus.NewProduct{FamilyID: s.Family.ID, Name: "P"})
		if err == nil {
			made[i] = list[0]
		}
		return err
	})...); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(made, func(a, b productbus.Product) int { return a.Code.Running - b.Code.Running })
	for i, p := range made {
		if want := (code.Code{Family: 1, Running: i + 1}); p.Code != want {
			t.Fatalf("code %s where %s is next", p.Code, want)
		}
	}
	if err := remove(s.Business, made[n-1]); err != nil {
		t.Fatal(err)
	}
	if p := s.Product(t, 1, 1); p.Code.Running != n+1 {
		t.Errorf("after the last was deleted the next is %s", p.Code)
	}
}

// TestNoCode: the last code is given, and a batch that goes beyond it gets none.
func TestNoCode(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	s.Product(t, 1, 1)
	if _, err := db.Exec(t.Context(), `UPDATE product_counters SET last = $1`, code.MaxRunning-1); err != nil {
		t.Fatal(err)
	}
	np := productbus.NewProduct{FamilyID: s.Family.ID, Name: "P"}
	if _, err := create(s, np, np); !errors.Is(err, productbus.ErrNoCode) {
		t.Errorf("two of which one has no code: got %v, want %v", err, productbus.ErrNoCode)
	}
	if p := s.Product(t, 1, 1); p.Code.Running != code.MaxRunning {
		t.Errorf("the last code is %s", p.Code)
	}
	if _, err := create(s, np); !errors.Is(err, productbus.ErrNoCode) {
		t.Errorf("got %v, want %v", err, productbus.ErrNoCode)
	}
}

// TestUpdate: each field alone, and what it leaves alone; what was sold among them.
func TestUpdate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	s := dbtest.NewShop(t, b)
	id := s.Product(t, 450, 5).ID
	if err := take(s, productbus.Take{ProductID: id, Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	offered, err := b.Products.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p := offered.Product
	brass := text.Text("Brass")
	for _, step := range []struct {
		about string
		up    productbus.UpdateProduct
		want  func(*productbus.Product)
	}{
		{"name", productbus.UpdateProduct{Name: opt.Some(name.Name("N"))}, func(p *productbus.Product) { p.Name = "N" }},
		{"description", productbus.UpdateProduct{Description: opt.Nullable[text.Text]{Set: true, V: &brass}},
			func(p *productbus.Product) { p.Description = brass }},
		{"no description", productbus.UpdateProduct{Description: opt.Nullable[text.Text]{Set: true}},
			func(p *productbus.Product) { p.Description = "" }},
		{"price", productbus.UpdateProduct{Price: opt.Some(money.Money(0))}, func(p *productbus.Product) { p.Price = 0 }},
		{"fixed price", productbus.UpdateProduct{FixedPrice: opt.Some(true)},
			func(p *productbus.Product) { p.FixedPrice = true }},
		{"quantity", productbus.UpdateProduct{Quantity: opt.Some(0)}, func(p *productbus.Product) { p.Quantity = 0 }},
		{"nothing", productbus.UpdateProduct{}, nil},
	} {
		clk.Add(time.Minute)
		want := p
		if step.want != nil {
			step.want(&want)
			want.Version++
			want.UpdatedAt = clk.Now()
		}
		if p, err = update(b, p.ID, step.up); err != nil {
			t.Fatalf("%s: %v", step.about, err)
		}
		stored, err := b.Products.Get(t.Context(), p.ID)
		if err != nil || p != want || stored.Product != want {
			t.Errorf("%s: returned %+v\nstored %+v, %v\nwant %+v", step.about, p, stored.Product, err, want)
		}
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := setup(t)
	sold, unsold := s.Product(t, 1, 1), s.Product(t, 1, 1)
	s.Sell(t, sold, 1)
	if err := remove(s.Business, sold); !errors.Is(err, productbus.ErrWasSold) {
		t.Errorf("sold: got %v, want %v", err, productbus.ErrWasSold)
	}
	if err := remove(s.Business, unsold); err != nil {
		t.Error(err)
	}
	if _, err := s.Products.Get(t.Context(), unsold.ID); !errors.Is(err, productbus.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

// TestTake: what is there can be taken and no more, all products or none.
func TestTake(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	s := dbtest.NewShop(t, b)
	lamp, mug := s.Product(t, 1, 3), s.Product(t, 1, 3)
	foreign := dbtest.NewShop(t, b).Product(t, 1, 3)
	all := productbus.Take{ProductID: mug.ID, Quantity: 3}
	for about, bad := range map[string]productbus.Take{"one more than there is": {ProductID: lamp.ID, Quantity: 4},
		"another market's": {ProductID: foreign.ID, Quantity: 1}, "nobody's": {ProductID: uuid.New(), Quantity: 1}} {
		if err := take(s, all, bad); !errors.Is(err, productbus.ErrOutOfStock) {
			t.Errorf("%s: got %v, want %v", about, err, productbus.ErrOutOfStock)
		}
	}
	stock(t, s, mug.ID, 3, 0)
	clk.Add(time.Minute)
	if err := take(s, all, productbus.Take{ProductID: lamp.ID, Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	stock(t, s, mug.ID, 0, 3)
	stock(t, s, lamp.ID, 1, 2)
	if p, err := b.Products.Get(t.Context(), lamp.ID); err != nil || p.Version != 2 || !p.UpdatedAt.Equal(clk.Now()) ||
		!p.CreatedAt.Equal(lamp.CreatedAt) {
		t.Errorf("taken from: %+v, %v", p, err)
	}
	if err := giveBack(s, productbus.Take{ProductID: lamp.ID, Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	stock(t, s, lamp.ID, 3, 0)
}

// TestTakeAlone: what is out of stock stays, though nothing comes after it in its transaction.
func TestTakeAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	lamp, mug := s.Product(t, 1, 1), s.Product(t, 1, 5)
	err := do(s.Business, func(ctx context.Context, d business.Domains) error {
		_, err := d.Products.Take(ctx, s.Market.ID, nil, []productbus.Take{{ProductID: lamp.ID, Quantity: 2},
			{ProductID: mug.ID, Quantity: 1}})
		return err
	})
	if !errors.Is(err, productbus.ErrOutOfStock) {
		t.Errorf("got %v, want %v", err, productbus.ErrOutOfStock)
	}
	stock(t, s, lamp.ID, 1, 0)
	stock(t, s, mug.ID, 5, 0)
}

// TestProductLimit: a market has at most 200,000 products, however many are listed at once; what goes makes room.
func TestProductLimit(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	lamp := s.Product(t, 1, 1)
	dbtest.NewShop(t, b).Product(t, 1, 1)
	owner := dbtest.Owner(t, db)
	n := 0
	err := owner.Get(t.Context(), &n, `SELECT products FROM product_totals WHERE market_id = $1`, s.Market.ID)
	if err != nil || n != 1 {
		t.Fatalf("%d products are counted, %v, want 1", n, err)
	}
	if _, err := owner.Exec(t.Context(), `UPDATE product_totals SET products = 199997`); err != nil {
		t.Fatal(err)
	}
	list := func(n int) error {
		_, err := create(s, slices.Repeat([]productbus.NewProduct{{FamilyID: s.Family.ID, Name: "Mug"}}, n)...)
		return err
	}
	if err := list(4); !errors.Is(err, productbus.ErrTooMany) {
		t.Errorf("one too many: got %v, want %v", err, productbus.ErrTooMany)
	}
	taken := 0
	for _, err := range dbtest.AtOnce(5, func(int, func()) error { return list(1) }) {
		switch {
		case err == nil:
			taken++
		case !errors.Is(err, productbus.ErrTooMany):
			t.Error(err)
		}
	}
	if taken != 3 {
		t.Errorf("%d of 5 were listed where 3 have room", taken)
	}
	if err := remove(b, lamp); err != nil {
		t.Fatal(err)
	}
	if err := list(1); err != nil {
		t.Errorf("where one was taken off: %v", err)
	}
	if err := list(1); !errors.Is(err, productbus.ErrTooMany) {
		t.Errorf("at the limit: got %v, want %v", err, productbus.ErrTooMany)
	}
}

// TestTableFull: whatever the seller says is on the table, pieces are given back; those beyond the bound do not count.
func TestTableFull(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		quantity, back, want int
		price                money.Money
	}{
		{99_997, 2, 99_999, 1}, {99_998, 2, 100_000, 0}, {99_999, 2, 100_000, 1}, {100_000, 1, 100_000, 1}, {0, 2, 2, 1},
		// All pieces together are worth at most 10^10.
		{98, 1, 99, 100_000_000}, {99, 2, 100, 100_000_000}, {100, 2, 100, 100_000_000}, {99, 1, 100, 100_000_000},
		{99_999, 2, 100_000, 100_000}, {9_998, 2, 9_999, 1_000_100},
	} {
		s := setup(t)
		lamp, mug := s.Product(t, 1, 2), s.Product(t, 1, 2)
		all := []productbus.Take{{ProductID: lamp.ID, Quantity: 2}, {ProductID: mug.ID, Quantity: 2}}
		if err := take(s, all...); err != nil {
			t.Fatal(err)
		}
		if _, err := update(s.Business, lamp.ID, productbus.UpdateProduct{Quantity: opt.Some(tt.quantity),
			Price: opt.Some(tt.price)}); err != nil {
			t.Fatal(err)
		}
		all[0].Quantity = tt.back
		if err := giveBack(s, all...); err != nil {
			t.Errorf("%d to %d: %v", tt.back, tt.quantity, err)
		}
		stock(t, s, lamp.ID, tt.want, int64(2-tt.back))
		stock(t, s, mug.ID, 2, 0)
	}
}

// TestLockMany: products are found by id or code at their own market, once each, and held in the order of their ids
// whatever the order of the demand: whoever waits for the first holds none of the others.
func TestLockMany(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	first, second := s.Product(t, 1, 1), s.Product(t, 1, 1) // UUIDv7: the later id
	foreign := dbtest.NewShop(t, b).Product(t, 1, 1)
	owner := dbtest.Owner(t, db)
	held := make(chan struct{})
	if err := errors.Join(dbtest.AtOnce(2, func(i int, _ func()) error {
		return do(b, func(ctx context.Context, d business.Domains) error {
			if i == 1 {
				<-held
				got, err := d.Products.LockMany(ctx, s.Market.ID, []uuid.UUID{second.ID, foreign.ID, uuid.New()},
					[]code.Code{second.Code, first.Code, {Family: 9, Running: 9}})
				if err == nil && (len(got) != 2 || got[0].ID != first.ID || got[1].ID != second.ID || got[0].Name != "N") {
					err = fmt.Errorf("got %+v", got)
				}
				return err
			}
			p, err := d.Products.Lock(ctx, first.ID)
			close(held)
			dbtest.Blocked(t, owner, 1)
			if err != nil {
				return err
			}
			if _, err := d.Products.Lock(ctx, second.ID); err != nil {
				return fmt.Errorf("the second is not free: %w", err)
			}
			_, err = d.Products.Update(ctx, p.Product, productbus.UpdateProduct{Name: opt.Some(name.Name("N"))})
			return err
		})
	})...); err != nil {
		t.Error(err)
	}
	var deadlocks int
	if err := owner.Get(t.Context(), &deadlocks,
		`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); err != nil || deadlocks != 0 {
		t.Errorf("%d deadlocks, %v", deadlocks, err)
	}
}

func list(w *dbtest.World) dbtest.Listing[productbus.Filter, productbus.Product] {
	part, c := "NAME 1", code.Code{Family: 1, Running: 7}
	narrow := func(by productbus.Filter, keeps func(productbus.Product) bool) dbtest.Filter[productbus.Filter,
		productbus.Product] {
		by.MarketID = w.Market
		return dbtest.Narrow(by, keeps)
	}
	return dbtest.Listing[productbus.Filter, productbus.Product]{
		Query: w.Products.Query, Columns: productbus.OrderBy, All: productbus.Filter{MarketID: w.Market},
		Keeps: func(p productbus.Product) bool { return p.MarketID == w.Market },
		Filters: map[string]dbtest.Filter[productbus.Filter, productbus.Product]{
			"family": narrow(productbus.Filter{FamilyID: &w.Family},
				func(p productbus.Product) bool { return p.FamilyID == w.Family }),
			"name": narrow(productbus.Filter{Name: &part}, func(p productbus.Product) bool {
				return strings.Contains(strings.ToUpper(string(p.Name)), part)
			}),
			"code": narrow(productbus.Filter{Code: &c}, func(p productbus.Product) bool { return p.Code == c }),
			"minPrice": narrow(productbus.Filter{MinPrice: new(money.Money(9))},
				func(p productbus.Product) bool { return p.Price >= 9 }),
			"maxPrice": narrow(productbus.Filter{MaxPrice: new(money.Money(9))},
				func(p productbus.Product) bool { return p.Price <= 9 }),
			"available": narrow(productbus.Filter{Available: new(true)},
				func(p productbus.Product) bool { return p.Quantity > 0 }),
			"public": narrow(productbus.Filter{HideDraft: true}, nil), // TestHideDraft says what it hides
			"gone": narrow(productbus.Filter{Available: new(false)},
				func(p productbus.Product) bool { return p.Quantity == 0 }),
		},
		Orders: map[string]func(a, b productbus.Product) int{
			"code":      dbtest.By(func(p productbus.Product) int64 { return p.Code.Int() }),
			"name":      dbtest.By(func(p productbus.Product) string { return string(p.Name) }),
			"price":     dbtest.By(func(p productbus.Product) money.Money { return p.Price }),
			"quantity":  dbtest.By(func(p productbus.Product) int { return p.Quantity }),
			"createdAt": dbtest.By(func(p productbus.Product) int64 { return p.CreatedAt.UnixMicro() }),
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

// TestPagesMissNothing walks through a list in any order and with pages of any size while others add and delete: what
// was there all the time comes exactly once, and nothing comes twice.
func TestPagesMissNothing(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		s := dbtest.NewShop(t, b)
		there := map[uuid.UUID]productbus.Product{} // since before the walk, and until its end
		add := func(ctx context.Context, d business.Domains) (productbus.Product, error) {
			list, err := s.Create(ctx, d, productbus.NewProduct{
				FamilyID: s.Family.ID, Quantity: rapid.IntRange(0, 3).Draw(rt, "quantity"),
				Price: money.Money(rapid.IntRange(0, 3).Draw(rt, "price")),
				Name:  name.Name(rapid.SampledFrom([]string{"a", "A", "é", "b c", "%", "z"}).Draw(rt, "name")),
			})
			if err != nil {
				return productbus.Product{}, err
			}
			return list[0], nil
		}
		in := func(fn func(context.Context, business.Domains) error) {
			if err := b.InTx(ctx, fn); err != nil {
				rt.Fatal(err)
			}
		}
		in(func(ctx context.Context, d business.Domains) error {
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
			res, err := b.Products.Query(ctx, productbus.Filter{MarketID: s.Market.ID},
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
	s := setup(t)
	var list []productbus.NewProduct
	for _, called := range []name.Name{"100% wool", "1000 wool", "a_b", "axb", `a\b`, "LAMP"} {
		list = append(list, productbus.NewProduct{FamilyID: s.Family.ID, Name: called})
	}
	if _, err := create(s, list...); err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string][]string{"0% w": {"100% wool"}, "A_B": {"a_b"}, `a\`: {`a\b`}, "lam": {"LAMP"},
		"%": {"100% wool"}, "_": {"a_b"}} {
		res, err := s.Products.Query(t.Context(), productbus.Filter{MarketID: s.Market.ID, Name: &part}, query.Page{})
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

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	s.Product(t, 1, 1)
	s.Product(t, 1, 1)
	other := dbtest.NewShop(t, b)
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"products", "product_counters"}, map[string][]string{
		"products_stock":       {`UPDATE products SET quantity = -1`, `UPDATE products SET quantity = 100001`},
		"products_price_check": {`UPDATE products SET price = -1`, `UPDATE products SET price = 100000001`},
		"products_sold_check":  {`UPDATE products SET sold = -1`},
		"products_check": {`UPDATE products SET code = 2000001 WHERE code = 1000001`,
			`UPDATE products SET code = 1000000 WHERE code = 1000001`},
		"products_code_key": {`UPDATE products SET code = 1000002 WHERE code = 1000001`},
		"products_family_fkey": {`UPDATE products SET market_id = '` + other.Market.ID.String() + `'`,
			`UPDATE products SET family_id = '` + other.Family.ID.String() + `'`,
			`UPDATE products SET family_number = 9, code = 9000000 + code % 1000000`},
		"products_currency_fkey":       {`UPDATE products SET currency = 'EUR'`, `UPDATE markets SET currency = 'EUR'`},
		"product_counters_last_check":  {`UPDATE product_counters SET last = 1000000`},
		"product_counters_family_fkey": {`UPDATE product_counters SET family_id = gen_random_uuid()`},
	})
}
