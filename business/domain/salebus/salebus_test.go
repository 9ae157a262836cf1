package salebus_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/marketbus/marketdb"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/pricing"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// at is a shop with a clock that stands until it is moved.
func at(t *testing.T) (dbtest.Shop, *dbtest.Clock) {
	t.Helper()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	return dbtest.NewShop(t, b), clk
}

func ringUp(s dbtest.Shop, ns salebus.NewSale) (salebus.Sale, error) {
	return dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (salebus.Sale, error) {
		e, err := d.Sales.RingUp(ctx, ns)
		return e.Sale, err
	})
}

func void(s dbtest.Shop, id uuid.UUID, late bool) (salebus.Sale, error) {
	return dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (salebus.Sale, error) {
		sale, err := d.Sales.Lock(ctx, id)
		if err != nil {
			return sale, err
		}
		e, err := d.Sales.Void(ctx, sale, s.Cashier.ID, late, "why")
		return e.Sale, err
	})
}

func giveBack(s dbtest.Shop, id uuid.UUID, pieces ...salebus.ReturnLine) (salebus.Return, error) {
	return dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (salebus.Return, error) {
		sale, err := d.Sales.Lock(ctx, id)
		if err != nil {
			return salebus.Return{}, err
		}
		r, _, err := d.Sales.Return(ctx, sale, s.Cashier.ID, pieces, "why")
		return r, err
	})
}

// unlabelled is a line without a product.
func unlabelled(s dbtest.Shop, price money.Money, quantity int) salebus.NewLine {
	return salebus.NewLine{FamilyID: &s.Family.ID, Name: new(name.Name("Mug")), Quantity: quantity, UnitPrice: &price}
}

// left demands how many pieces of a product are on the table, and how many were sold.
func left(t *testing.T, s dbtest.Shop, p productbus.Product, quantity int, sold int64) {
	t.Helper()
	if got, err := s.Products.Get(t.Context(), p.ID); err != nil || got.Quantity != quantity || got.Sold != sold {
		t.Errorf("%d left and %d sold, %v, want %d and %d", got.Quantity, got.Sold, err, quantity, sold)
	}
}

// owed demands what the market owes the shop's family.
func owed(t *testing.T, s dbtest.Shop, want money.Money) {
	t.Helper()
	if got, err := s.Ledger.Owed(t.Context(), s.Market.ID, s.Family.ID); err != nil || got != want {
		t.Errorf("the family is owed %d, %v, want %d", got, err, want)
	}
}

func TestRingUp(t *testing.T) {
	t.Parallel()
	s, clk := at(t)
	lamp := s.Product(t, 1000, 5)
	s.UpdateMarket(t, marketbus.UpdateMarket{PriceSteps: opt.Nullable[pricing.Steps]{Set: true,
		V: &pricing.Steps{{From: clk.Now(), PercentOff: 25}}}})
	basket := s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 2}, salebus.NewLine{Code: &lamp.Code, Quantity: 1,
		UnitPrice: new(money.Money(800))}, unlabelled(s, 50, 3))
	sale, err := ringUp(s, basket)
	want := salebus.Sale{ID: sale.ID, MarketID: s.Market.ID, Number: 1, CashierID: s.Cashier.ID,
		Status: salebus.Completed, Currency: "USD", Total: 2450, Version: 1, CreatedAt: clk.Now(),
		Payment: salebus.Payment{Tender: salebus.Cash, Amount: basket.Amount, Change: basket.Amount - 2450},
		Lines: []salebus.Line{
			{Line: 1, ProductID: &lamp.ID, FamilyID: s.Family.ID, Name: "Lamp", Quantity: 2, ListPrice: 1000, UnitPrice: 750,
				Amount: 1500},
			{Line: 2, ProductID: &lamp.ID, FamilyID: s.Family.ID, Name: "Lamp", Quantity: 1, ListPrice: 1000, UnitPrice: 800,
				Amount: 800},
			{Line: 3, FamilyID: s.Family.ID, Name: "Mug", Quantity: 3, ListPrice: 50, UnitPrice: 50, Amount: 150},
		}}
	stored, getting := s.Sales.Get(t.Context(), sale.ID)
	if err != nil || getting != nil || !reflect.DeepEqual(sale, want) || !reflect.DeepEqual(stored, want) {
		t.Errorf("returned %+v, %v\nstored %+v, %v\nwant %+v", sale, err, stored, getting, want)
	}
	left(t, s, lamp, 2, 3)
	owed(t, s, 2450)
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	basket := s.Basket(unlabelled(s, 1, 1))
	basket.MarketID = uuid.New()
	for about, tt := range map[string]struct {
		err  func() error
		want error
	}{
		"get":  {func() error { _, err := s.Sales.Get(t.Context(), uuid.New()); return err }, salebus.ErrNotFound},
		"lock": {func() error { _, err := void(s, uuid.New(), false); return err }, salebus.ErrNotFound},
		"return": {func() error { _, err := s.Sales.GetReturn(t.Context(), uuid.New()); return err },
			salebus.ErrReturnNotFound},
		"market": {func() error { _, err := ringUp(s, basket); return err }, marketbus.ErrNotFound},
	} {
		if err := tt.err(); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", about, err, tt.want)
		}
	}
}

// TestPayment: cash at least the total, a card the total; a refusal takes nothing and no number.
func TestPayment(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	lamp := s.Product(t, 1000, 10)
	sold := 0
	for _, tt := range []struct {
		tender salebus.Tender
		amount money.Money
		want   error
	}{
		{salebus.Cash, 999, salebus.ErrUnderpaid}, {salebus.Cash, 1000, nil}, {salebus.Cash, 1001, nil},
		{salebus.Card, 999, salebus.ErrAmountMismatch}, {salebus.Card, 1000, nil},
		{salebus.Card, 1001, salebus.ErrAmountMismatch},
	} {
		basket := s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 1})
		basket.Tender, basket.Amount = tt.tender, tt.amount
		sale, err := ringUp(s, basket)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s %d: got %v, want %v", tt.tender, tt.amount, err, tt.want)
		}
		if tt.want != nil {
			if got := place(err); got != "payment.amount" {
				t.Errorf("%s %d: refused at %q", tt.tender, tt.amount, got)
			}
			continue
		}
		if sold++; sale.Payment.Change != tt.amount-1000 || sale.Number != int64(sold) {
			t.Errorf("%s %d: change %d, number %d", tt.tender, tt.amount, sale.Payment.Change, sale.Number)
		}
	}
	left(t, s, lamp, 10-sold, int64(sold))
	owed(t, s, money.Money(1000*sold))
}

// TestOutOfStock: what is there can be sold and no more; every line that asks for too much is named.
func TestOutOfStock(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	lamp, mug := s.Product(t, 1, 3), s.Product(t, 1, 3)
	_, err := ringUp(s, s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 2},
		salebus.NewLine{ProductID: &mug.ID, Quantity: 3}, salebus.NewLine{Code: &lamp.Code, Quantity: 2}))
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || !errors.Is(err, productbus.ErrOutOfStock) || len(e.Fields) != 2 ||
		e.Fields[0].Location != "lines[0].quantity" || e.Fields[1].Location != "lines[2].quantity" {
		t.Errorf("got %v, want %v at the lines 0 and 2", err, productbus.ErrOutOfStock)
	}
	left(t, s, mug, 3, 0)
	s.Sell(t, mug, 3)
	left(t, s, mug, 0, 3)
}

func TestNotOpen(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
	if _, err := ringUp(s, s.Basket(unlabelled(s, 1, 1))); !errors.Is(err, marketbus.ErrNotOpen) {
		t.Errorf("got %v, want %v", err, marketbus.ErrNotOpen)
	}
}

// TestCashSessionRequired: where a market asks for it cash needs an open session, and a card does not.
func TestCashSessionRequired(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	s.UpdateMarket(t, marketbus.UpdateMarket{CashSessionRequired: opt.Some(true)})
	cash, card := s.Basket(unlabelled(s, 1, 1)), s.Basket(unlabelled(s, 1, 1))
	card.Tender, card.Amount = salebus.Card, 1
	if _, err := ringUp(s, cash); !errors.Is(err, ledgerbus.ErrSessionRequired) {
		t.Errorf("cash: got %v, want %v", err, ledgerbus.ErrSessionRequired)
	}
	if _, err := ringUp(s, card); err != nil {
		t.Errorf("card: %v", err)
	}
	if _, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
		return d.Ledger.OpenSession(ctx, s.Market.ID, s.Cashier.ID, 0)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := ringUp(s, cash); err != nil {
		t.Errorf("cash into an open session: %v", err)
	}
}

// TestChangedMeanwhile changes what the sale has read before it gets its number.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for about, tt := range map[string]struct {
		change func(context.Context, business.Domains, shop) error
		want   error
	}{
		"the market's currency": {func(ctx context.Context, d business.Domains, s shop) error {
			_, err := d.Markets.Update(ctx, s.Market, marketbus.UpdateMarket{Currency: opt.Some(currency.Currency("EUR"))})
			return err
		}, marketbus.ErrChanged},
		"a family": {func(ctx context.Context, d business.Domains, s shop) error {
			return d.Families.Delete(ctx, s.Family)
		}, errs.ErrInvalid},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			lines := []salebus.NewLine{unlabelled(s.Shop, 1, 1)}
			if about == "a family" { // the books would say so first
				lines[0].UnitPrice = new(money.Money(0))
			}
			change := func() {
				if err := s.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					return tt.change(ctx, d, s)
				}); err != nil {
					t.Error(err)
				}
			}
			st := stores{func(tx sqldb.DB) marketbus.Storer { return late{marketdb.New(tx), change} }, realProducts}
			if _, err := s.ringUpLines(t.Context(), st, lines...); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestNumbersAtOnce: sales at many tills have the numbers 1, 2, 3 … and take what there is.
func TestNumbersAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	const n = 20
	lamp := s.Product(t, 10, n)
	numbers := map[int64]bool{}
	sales := make([]salebus.Sale, n)
	if err := errors.Join(dbtest.AtOnce(n, func(i int, _ func()) (err error) {
		sales[i], err = ringUp(s, s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 1}))
		return err
	})...); err != nil {
		t.Fatal(err)
	}
	for _, sale := range sales {
		numbers[sale.Number] = true
	}
	if len(numbers) != n || !numbers[1] || !numbers[n] {
		t.Errorf("numbers %v, want 1 to %d", numbers, n)
	}
	left(t, s, lamp, 0, n)
	owed(t, s, 10*n)
}

func TestVoid(t *testing.T) {
	t.Parallel()
	s, clk := at(t)
	lamp := s.Product(t, 1000, 2)
	sale := s.RingUp(t, s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 2}, unlabelled(s, 5, 1)))
	clk.Add(15 * time.Minute)
	voided, err := void(s, sale.ID, false)
	want := sale
	want.Status, want.Version = salebus.Voided, 2
	want.Lines[0].Returned, want.Lines[1].Returned = 2, 1
	stored, getting := s.Sales.Get(t.Context(), sale.ID)
	if err != nil || getting != nil || !reflect.DeepEqual(voided, want) || !reflect.DeepEqual(stored, want) {
		t.Errorf("returned %+v, %v\nstored %+v, %v\nwant %+v", voided, err, stored, getting, want)
	}
	left(t, s, lamp, 2, 0)
	owed(t, s, 0)
	if _, err := void(s, sale.ID, true); !errors.Is(err, salebus.ErrNotVoidable) {
		t.Errorf("again: got %v, want %v", err, salebus.ErrNotVoidable)
	}
	if _, err := giveBack(s, sale.ID, salebus.ReturnLine{Line: 1, Quantity: 1}); !errors.Is(err, salebus.ErrVoided) {
		t.Errorf("return of it: got %v, want %v", err, salebus.ErrVoided)
	}

	sale = s.Sell(t, lamp, 1)
	clk.Add(15*time.Minute + time.Microsecond)
	if _, err := void(s, sale.ID, false); !errors.Is(err, salebus.ErrVoidWindow) {
		t.Errorf("after the window: got %v, want %v", err, salebus.ErrVoidWindow)
	}
	if _, err := void(s, sale.ID, true); err != nil {
		t.Errorf("after the window, by who may: %v", err)
	}
}

func TestReturn(t *testing.T) {
	t.Parallel()
	s, clk := at(t)
	lamp := s.Product(t, 1000, 3)
	sale := s.RingUp(t, s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 3}, unlabelled(s, 5, 1)))
	clk.Add(24 * time.Hour)
	one := salebus.ReturnLine{Line: 1, Quantity: 1}
	for about, tt := range map[string]struct {
		pieces []salebus.ReturnLine
		want   error
		at     string
	}{
		"line 0":              {[]salebus.ReturnLine{one, {Line: 0, Quantity: 1}}, errs.ErrInvalid, "lines[1].line"},
		"a line too many":     {[]salebus.ReturnLine{{Line: 3, Quantity: 1}}, errs.ErrInvalid, "lines[0].line"},
		"a line twice":        {[]salebus.ReturnLine{one, one}, errs.ErrInvalid, "lines[1].line"},
		"more than were sold": {[]salebus.ReturnLine{{Line: 1, Quantity: 4}}, salebus.ErrTooMany, "lines[0].quantity"},
		"more of the unlabelled": {[]salebus.ReturnLine{one, {Line: 2, Quantity: 2}}, salebus.ErrTooMany,
			"lines[1].quantity"},
	} {
		if _, err := giveBack(s, sale.ID, tt.pieces...); !errors.Is(err, tt.want) || place(err) != tt.at {
			t.Errorf("%s: got %v, want %v at %s", about, err, tt.want, tt.at)
		}
	}
	left(t, s, lamp, 0, 3)

	want := sale
	for i, step := range []struct {
		pieces []salebus.ReturnLine
		amount money.Money
		status salebus.Status
	}{
		{[]salebus.ReturnLine{one}, 1000, salebus.PartlyReturned},
		{[]salebus.ReturnLine{{Line: 1, Quantity: 2}, {Line: 2, Quantity: 1}}, 2005, salebus.Returned},
	} {
		r, err := giveBack(s, sale.ID, step.pieces...)
		wantReturn := salebus.Return{ID: r.ID, MarketID: s.Market.ID, SaleID: sale.ID, Lines: step.pieces,
			Amount: step.amount, Reason: "why", ReturnedBy: s.Cashier.ID, CreatedAt: clk.Now()}
		kept, getting := s.Sales.GetReturn(t.Context(), r.ID)
		if err != nil || getting != nil || !reflect.DeepEqual(r, wantReturn) || !reflect.DeepEqual(kept, wantReturn) {
			t.Errorf("%d: returned %+v, %v\nstored %+v, %v\nwant %+v", i, r, err, kept, getting, wantReturn)
		}
		want.Status = step.status
		want.Version++
		for _, p := range step.pieces {
			want.Lines[p.Line-1].Returned += p.Quantity
		}
		if got, err := s.Sales.Get(t.Context(), sale.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d: the sale is %+v, %v\nwant %+v", i, got, err, want)
		}
		if _, err := void(s, sale.ID, true); !errors.Is(err, salebus.ErrNotVoidable) {
			t.Errorf("%d: void of it: got %v, want %v", i, err, salebus.ErrNotVoidable)
		}
	}
	left(t, s, lamp, 3, 0)
	owed(t, s, 0)
	if _, err := giveBack(s, sale.ID, one); !errors.Is(err, salebus.ErrTooMany) {
		t.Errorf("nothing is left to return: got %v, want %v", err, salebus.ErrTooMany)
	}
	if list, err := s.Sales.QueryReturns(t.Context(), sale, query.Page{}); err != nil || len(list.Items) != 2 {
		t.Errorf("the list of returns: %v, %v", list, err)
	}
}

// TestFixedPrice: only who may agrees on another price than the fixed one; steps leave it alone.
func TestFixedPrice(t *testing.T) {
	t.Parallel()
	s, clk := at(t)
	lamp := s.Product(t, 1000, 9)
	fixed, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (productbus.Product, error) {
		made, err := s.Create(ctx, d, productbus.NewProduct{FamilyID: s.Family.ID, Name: "Cake", Price: 300, FixedPrice: true,
			Quantity: 9})
		return made[0], err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.UpdateMarket(t, marketbus.UpdateMarket{PriceSteps: opt.Nullable[pricing.Steps]{Set: true,
		V: &pricing.Steps{{From: clk.Now(), PercentOff: 50}}}})
	for i, tt := range []struct {
		price   *money.Money
		reprice bool
		want    string
	}{
		{nil, false, ""}, {new(money.Money(300)), false, ""}, {new(money.Money(299)), false, "lines[1].unitPrice"},
		{new(money.Money(301)), false, "lines[1].unitPrice"}, {new(money.Money(0)), false, "lines[1].unitPrice"},
		{new(money.Money(299)), true, ""}, {new(money.Money(301)), true, ""},
	} {
		ns := s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 1, UnitPrice: new(money.Money(1))},
			salebus.NewLine{Code: &fixed.Code, Quantity: 1, UnitPrice: tt.price})
		ns.Reprice = func() (bool, error) { return tt.reprice, nil }
		_, err := ringUp(s, ns)
		if got := place(err); got != tt.want || got != "" && !errors.Is(err, salebus.ErrFixedPrice) {
			t.Errorf("%d: got %v at %q, want it at %q", i, err, got, tt.want)
		}
	}
}

// TestReference: a card's terminal is noted, and cash has none.
func TestReference(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	ns := s.Basket(unlabelled(s, 50, 1))
	ns.Reference = "A1B2 000017"
	if _, err := ringUp(s, ns); place(err) != "payment.reference" {
		t.Errorf("with cash: got %v, want it at payment.reference", err)
	}
	ns.Tender, ns.Amount = salebus.Card, 50
	sale, err := ringUp(s, ns)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Sales.Get(t.Context(), sale.ID); err != nil || got.Payment != sale.Payment ||
		got.Payment.Reference != ns.Reference {
		t.Errorf("stored %+v, %v, want %+v", got.Payment, err, sale.Payment)
	}
}

// TestRefundNeedsDrawer: where cash needs an open drawer it leaves only the open drawer of whoever refunds. A card
// needs none, nor does a market that demands none.
func TestRefundNeedsDrawer(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	other := s.Cashier
	lamp := s.Product(t, 10, 20)
	cash, second := s.Sell(t, lamp, 2), s.Sell(t, lamp, 2)
	card := s.RingUp(t, salebus.NewSale{MarketID: s.Market.ID, CashierID: s.Cashier.ID, Tender: salebus.Card, Amount: 20,
		Lines: []salebus.NewLine{{ProductID: &lamp.ID, Quantity: 2}}})
	one := salebus.ReturnLine{Line: 1, Quantity: 1}
	s.UpdateMarket(t, marketbus.UpdateMarket{CashSessionRequired: opt.Some(true)})
	refused := func(about string) {
		t.Helper()
		if _, err := void(s, cash.ID, false); !errors.Is(err, ledgerbus.ErrSessionRequired) {
			t.Errorf("void, %s: got %v, want %v", about, err, ledgerbus.ErrSessionRequired)
		}
		if _, err := giveBack(s, cash.ID, one); !errors.Is(err, ledgerbus.ErrSessionRequired) {
			t.Errorf("return, %s: got %v, want %v", about, err, ledgerbus.ErrSessionRequired)
		}
	}
	refused("no drawer")
	if _, err := giveBack(s, card.ID, one); err != nil {
		t.Errorf("a card needs no drawer: %v", err)
	}
	var drawer ledgerbus.CashSession
	do := func(fn func(context.Context, business.Domains) (ledgerbus.CashSession, error)) {
		t.Helper()
		got, err := dbtest.In(s.Business, fn)
		if err != nil {
			t.Fatal(err)
		}
		drawer = got
	}
	do(func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
		return d.Ledger.OpenSession(ctx, s.Market.ID, other.ID, 100)
	})
	if _, err := giveBack(s, second.ID, one); err != nil {
		t.Errorf("return with a drawer: %v", err)
	}
	if _, err := void(s, cash.ID, false); err != nil {
		t.Errorf("void with a drawer: %v", err)
	}
	cash = second
	do(func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
		c, err := d.Ledger.LockSession(ctx, drawer.ID)
		if err != nil {
			return c, err
		}
		return d.Ledger.CloseSession(ctx, c, 70)
	})
	if drawer.Expected != 70 {
		t.Errorf("the drawer should have %d, want 70: every refund is in it", drawer.Expected)
	}
	if _, err := giveBack(s, cash.ID, one); !errors.Is(err, ledgerbus.ErrSessionRequired) {
		t.Errorf("return after the close: got %v, want %v", err, ledgerbus.ErrSessionRequired)
	}
	s.UpdateMarket(t, marketbus.UpdateMarket{CashSessionRequired: opt.Some(false)})
	if _, err := giveBack(s, cash.ID, one); err != nil {
		t.Errorf("none is required: %v", err)
	}
}

// TestTableFull: a seller who says that the table is full does not keep the customer from the money.
func TestTableFull(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	lamp := s.Product(t, 10, 1)
	sale := s.Sell(t, lamp, 1)
	if _, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (productbus.Product, error) {
		p, err := d.Products.Lock(ctx, lamp.ID)
		if err != nil {
			return p.Product, err
		}
		return d.Products.Update(ctx, p.Product, productbus.UpdateProduct{Quantity: opt.Some(100_000)})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := void(s, sale.ID, false); err != nil {
		t.Error(err)
	}
	left(t, s, lamp, 100_000, 0)
	owed(t, s, 0)
}

// TestFamilyPaidOut: what a family was paid for is final.
func TestFamilyPaidOut(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	other := s.NewFamily(t, familybus.NewFamily{Name: "Jones"})
	lamp, theirs := s.Product(t, 10, 1), s.ProductOf(t, other.ID, 10, 1)
	sale := s.RingUp(t, s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 1},
		salebus.NewLine{ProductID: &theirs.ID, Quantity: 1}))
	s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
	if _, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (payoutbus.Payout, error) {
		return d.Payouts.Create(ctx, s.Family, s.Cashier.ID)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := void(s, sale.ID, true); !errors.Is(err, salebus.ErrFamilyPaidOut) {
		t.Errorf("void: got %v, want %v", err, salebus.ErrFamilyPaidOut)
	}
	if _, err := giveBack(s, sale.ID, salebus.ReturnLine{Line: 1, Quantity: 1}); !errors.Is(err,
		salebus.ErrFamilyPaidOut) {
		t.Errorf("return: got %v, want %v", err, salebus.ErrFamilyPaidOut)
	}
	if _, err := giveBack(s, sale.ID, salebus.ReturnLine{Line: 2, Quantity: 1}); err != nil {
		t.Errorf("return of the other's: %v", err)
	}
}

// TestVoidAtOnce: of many who void the same sale one does, and the pieces come back once.
func TestVoidAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := at(t)
	lamp := s.Product(t, 10, 1)
	sale := s.Sell(t, lamp, 1)
	done := 0
	for _, err := range dbtest.AtOnce(6, func(int, func()) error { _, err := void(s, sale.ID, false); return err }) {
		switch {
		case err == nil:
			done++
		case !errors.Is(err, salebus.ErrNotVoidable):
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("the sale was voided %d times", done)
	}
	left(t, s, lamp, 1, 0)
	owed(t, s, 0)
}

func list(w *dbtest.World) dbtest.Listing[salebus.Filter, salebus.Sale] {
	narrow := func(by salebus.Filter, keeps func(salebus.Sale) bool) dbtest.Filter[salebus.Filter, salebus.Sale] {
		by.MarketID = w.Market
		return dbtest.Narrow(by, keeps)
	}
	return dbtest.Listing[salebus.Filter, salebus.Sale]{
		Query: w.Sales.Query, Columns: salebus.OrderBy, All: salebus.Filter{MarketID: w.Market},
		Keeps: func(s salebus.Sale) bool { return s.MarketID == w.Market && len(s.Lines) == 1 },
		Filters: map[string]dbtest.Filter[salebus.Filter, salebus.Sale]{
			"cashier": narrow(salebus.Filter{CashierID: &w.Cashier},
				func(s salebus.Sale) bool { return s.CashierID == w.Cashier }),
			"family": narrow(salebus.Filter{FamilyID: &w.Family},
				func(s salebus.Sale) bool { return s.Lines[0].FamilyID == w.Family }),
			"status": narrow(salebus.Filter{Status: new(salebus.Completed)},
				func(s salebus.Sale) bool { return s.Status == salebus.Completed }),
			"tender": narrow(salebus.Filter{Tender: new(salebus.Cash)},
				func(s salebus.Sale) bool { return s.Payment.Tender == salebus.Cash }),
			"from": narrow(salebus.Filter{From: &w.Middle}, func(s salebus.Sale) bool { return !s.CreatedAt.Before(w.Middle) }),
			"to":   narrow(salebus.Filter{To: &w.Middle}, func(s salebus.Sale) bool { return s.CreatedAt.Before(w.Middle) }),
		},
		Orders: map[string]func(a, b salebus.Sale) int{
			"number": dbtest.By(func(s salebus.Sale) int64 { return s.Number }),
			"total":  dbtest.By(func(s salebus.Sale) money.Money { return s.Total }),
		},
	}
}

// returns is the list of the returns of the World's sale; the sale stands where others have a filter.
func returns(w *dbtest.World) dbtest.Listing[salebus.Sale, salebus.Return] {
	return dbtest.Listing[salebus.Sale, salebus.Return]{
		Query: w.Sales.QueryReturns, Columns: salebus.ReturnsOrderBy, All: salebus.Sale{MarketID: w.Market, ID: w.Sale},
		Keeps: func(r salebus.Return) bool { return r.SaleID == w.Sale && len(r.Lines) == 1 },
		Orders: map[string]func(a, b salebus.Return) int{
			"createdAt": dbtest.By(func(r salebus.Return) int64 { return r.CreatedAt.UnixMicro() }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 40)
	dbtest.Lists(t, list(w))
	dbtest.Lists(t, returns(w))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	for _, q := range []string{`UPDATE products SET quantity = 1000`, `UPDATE market_counters SET next_sale = 5000`,
		`ANALYZE`} {
		if _, err := w.DB.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	table, err := w.Products.Query(t.Context(), productbus.Filter{MarketID: w.Market}, query.Page{})
	if err != nil {
		t.Fatal(err)
	}
	shop := dbtest.Shop{Business: w.Business, Market: marketbus.Market{ID: w.Market}}
	shop.Cashier.ID = w.Cashier
	dbtest.PlannedOnce(t, w, list(w), func(round int) {
		var lines []salebus.NewLine
		for i := range 1 + round%3 {
			lines = append(lines, salebus.NewLine{ProductID: &table.Items[i].ID, Quantity: 1},
				salebus.NewLine{Code: &table.Items[i+5].Code, Quantity: 1})
		}
		shop.RingUp(t, shop.Basket(lines...))
	})
	dbtest.UseIndexes(t, w, list(w))
}

func TestReturnsPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	dbtest.PlannedOnce(t, w, returns(w))
	dbtest.UseIndexes(t, w, returns(w))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	lamp := s.Product(t, 10, 5)
	s.Sell(t, lamp, 2)
	second := s.Sell(t, lamp, 1)
	if _, err := giveBack(s, second.ID, salebus.ReturnLine{Line: 1, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	third := s.RingUp(t, s.Basket(unlabelled(s, 5, 1)))
	if _, err := void(s, third.ID, false); err != nil {
		t.Fatal(err)
	}
	first := func(set string) string { return fmt.Sprintf(`UPDATE sales SET %s WHERE number = 1`, set) }
	line := func(set string) string {
		return fmt.Sprintf(`UPDATE sale_lines SET %s WHERE sale_id = (SELECT sale_id FROM sales WHERE number = 1)`, set)
	}
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"sales", "sale_lines", "sale_voids", "sale_returns",
		"sale_return_lines"}, map[string][]string{
		"sales_market_fkey": {`INSERT INTO sales
			SELECT gen_random_uuid(), gen_random_uuid(), 1, cashier_id, status, 'USD', 0, 'CASH', 0, 0, 1, now()
			FROM sales LIMIT 1`},
		"sales_number_check": {first(`number = 0`)},
		"sales_number_key":   {first(`number = 2`)},
		"sales_cashier_fkey": {first(`cashier_id = gen_random_uuid()`)},
		"sales_status_check": {first(`status = 'OPEN', version = version + 1`)},
		"sales_total_check":  {first(`total = -1, change = paid + 1`)},
		"sales_tender_check": {first(`tender = 'CHEQUE'`)},
		"sales_reference_check": {first(`reference = 'x', tender = 'CASH'`),
			first(`tender = 'CARD', reference = repeat('x', 65)`)},
		"sales_check":         {first(`paid = total - 1, change = -1`), first(`change = change + 1`)},
		"sales_currency_fkey": {first(`currency = 'EUR'`)},

		"sale_lines_line_check": {line(`line = 0`), line(`line = 201`)},
		"sale_lines_quantity_check": {line(`quantity = 0, amount = 0`),
			line(`quantity = 100001, amount = 100001 * unit_price`)},
		"sale_lines_list_price_check": {line(`list_price = -1`), line(`list_price = 100000001`)},
		"sale_lines_unit_price_check": {line(`unit_price = -1, amount = -quantity`),
			line(`unit_price = 100000001, amount = 100000001::bigint * quantity`)},
		"sale_lines_check":              {line(`amount = amount + 1`)},
		"sale_lines_check1":             {line(`returned = quantity + 1`)},
		"sale_lines_sale_fkey":          {line(`sale_id = gen_random_uuid()`)},
		"sale_lines_product_fkey":       {line(`product_id = gen_random_uuid()`)},
		"sale_lines_family_fkey":        {line(`family_id = gen_random_uuid()`)},
		"sale_voids_voided_by_fkey":     {`UPDATE sale_voids SET voided_by = gen_random_uuid()`},
		"sale_voids_sale_fkey":          {`UPDATE sale_voids SET sale_id = gen_random_uuid()`},
		"sale_returns_amount_check":     {`UPDATE sale_returns SET amount = -1`},
		"sale_returns_returned_by_fkey": {`UPDATE sale_returns SET returned_by = gen_random_uuid()`},
		"sale_returns_sale_fkey": {`INSERT INTO sale_returns
			SELECT market_id, gen_random_uuid(), gen_random_uuid(), 0, '', returned_by, now() FROM sale_returns`},
		"sale_returns_sale_key":            nil,
		"sale_return_lines_quantity_check": {`UPDATE sale_return_lines SET quantity = 0`},
		// A return's lines are lines of its own sale.
		"sale_return_lines_return_fkey": {`UPDATE sale_return_lines
			SET sale_id = (SELECT sale_id FROM sales WHERE number = 1)`},
		"sale_return_lines_line_fkey": {`UPDATE sale_return_lines SET line = 2`},
	})
}
