package apptest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// Fair is a world with an OPEN market, two families with one product each, two tills, and a clock that the test moves.
type Fair struct {
	*World
	Till, Till2, Smith, Jones User
	Market                    marketapp.Market
	Smiths, Joneses           familyapp.Family
	Lamp, Bike                productapp.Product // 5 of the Smiths' for 455, 2 of the Joneses' for 900
	Ahead                     *atomic.Int64      // how far the clock is ahead
}

// NewFair starts a service with a fair in USD.
func NewFair(t *testing.T) *Fair {
	t.Helper()
	return NewFairIn(t, "USD")
}

// NewFairIn is NewFair in another currency.
func NewFairIn(t *testing.T, currency string) *Fair {
	t.Helper()
	f := &Fair{Ahead: &atomic.Int64{}}
	f.World = NewWorld(t, Options{Now: func() time.Time {
		return clock.Now().Add(time.Duration(f.Ahead.Load()))
	}})
	f.Till, f.Till2 = f.AddUser(t, "till@x.org", role.Cashier), f.AddUser(t, "till2@x.org", role.Cashier)
	f.Smith, f.Jones = f.AddUser(t, "smith@x.org", role.User), f.AddUser(t, "jones@x.org", role.User)
	market := NewMarket()
	market["currency"] = currency
	f.OK(t, 201, &f.Market, "POST", "/v1/markets", f.Root.Token, market)
	f.OK(t, 201, &f.Smiths, "POST", f.At("/families"), f.Smith.Token, Object{"name": "Smith"})
	f.OK(t, 201, &f.Joneses, "POST", f.At("/families"), f.Jones.Token, Object{"name": "Jones"})
	f.OK(t, 201, &f.Lamp, "POST", f.At("/products"), f.Smith.Token,
		Object{"familyID": f.Smiths.ID, "name": "Lamp", "price": 455, "quantity": 5})
	f.OK(t, 201, &f.Bike, "POST", f.At("/products"), f.Jones.Token,
		Object{"familyID": f.Joneses.ID, "name": "=Bike", "price": 900, "quantity": 2})
	return f
}

// At is an address beneath the market's.
func (f *Fair) At(path string) string { return "/v1/markets/" + f.Market.ID.String() + path }

// Once POSTs with an Idempotency-Key.
func (f *Fair) Once(t testing.TB, want int, out any, path, token string, body any) Answer {
	t.Helper()
	return f.OK(t, want, out, "POST", path, token, body, "Idempotency-Key", Key())
}

// Sell rings up two lamps and a bike for 1810.
func (f *Fair) Sell(t testing.TB, token, tender string) saleapp.Sale {
	t.Helper()
	var s saleapp.Sale
	f.Once(t, 201, &s, f.At("/sales"), token, Object{
		"lines":   []Object{{"productID": f.Lamp.ID, "quantity": 2}, {"productID": f.Bike.ID, "quantity": 1}},
		"payment": Object{"tender": tender, "amount": 1810},
	})
	return s
}

// Patch changes the market as Root.
func (f *Fair) Patch(t testing.TB, body Object) {
	t.Helper()
	f.OK(t, 200, nil, "PATCH", f.At(""), f.Root.Token, body)
}

// Stock is what the database has of a product.
func (f *Fair) Stock(t testing.TB, p productapp.Product) (quantity int, sold, version int64) {
	t.Helper()
	got, err := f.Business.Products.Get(context.Background(), p.ID)
	must(t, err)
	return got.Quantity, got.Sold, got.Version
}

// Books are the balances of the market by account; their sum must be zero.
func (f *Fair) Books(t testing.TB) map[string]int64 {
	t.Helper()
	list, err := f.Business.Ledger.Balances(context.Background(), f.Market.ID)
	must(t, err)
	books, sum := map[string]int64{}, int64(0)
	for _, b := range list {
		books[b.Account.String()] = int64(b.Amount)
		sum += int64(b.Amount)
	}
	if sum != 0 {
		t.Errorf("the books do not balance: %v", books)
	}
	return books
}

// WantBooks wants some of the balances.
func (f *Fair) WantBooks(t testing.TB, want map[string]int64) {
	t.Helper()
	books := f.Books(t)
	for account, amount := range want {
		if books[account] != amount {
			t.Errorf("account %s: %d, want %d (all: %v)", account, books[account], amount, books)
		}
	}
}
