package mux_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// fair is an OPEN market with two families, one product each, two tills, and a clock that the test moves.
type fair struct {
	*apptest.Service
	admin, till, till2, smith, jones apptest.User
	market                           marketapp.Market
	fs, fj                           familyapp.Family
	lamp, bike                       productapp.Product
	ahead                            *atomic.Int64 // how far the clock is ahead
}

func newFair(t *testing.T) *fair {
	t.Helper()
	return newFairIn(t, "USD")
}

func newFairIn(t *testing.T, currency string) *fair {
	t.Helper()
	f := &fair{ahead: &atomic.Int64{}}
	f.Service = apptest.NewWith(t, apptest.Options{Now: func() time.Time {
		return clock.Now().Add(time.Duration(f.ahead.Load()))
	}})
	f.admin = f.AddUser(t, "admin@x.org", role.Admin)
	f.till, f.till2 = f.AddUser(t, "till@x.org", role.Cashier), f.AddUser(t, "till2@x.org", role.Cashier)
	f.smith, f.jones = f.AddUser(t, "smith@x.org", role.User), f.AddUser(t, "jones@x.org", role.User)
	f.OK(t, 201, &f.market, "POST", "/v1/markets", f.admin.Token, object{
		"name": "Elm Street", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": currency, "commission": 1000, "status": "OPEN",
	})
	f.OK(t, 201, &f.fs, "POST", f.at("/families"), f.smith.Token, object{"name": "Smith"})
	f.OK(t, 201, &f.fj, "POST", f.at("/families"), f.jones.Token, object{"name": "Jones"})
	f.OK(t, 201, &f.lamp, "POST", f.at("/products"), f.smith.Token,
		object{"familyID": f.fs.ID, "name": "Lamp", "price": 455, "quantity": 5})
	f.OK(t, 201, &f.bike, "POST", f.at("/products"), f.jones.Token,
		object{"familyID": f.fj.ID, "name": "=Bike", "price": 900, "quantity": 2})
	return f
}

func (f *fair) at(path string) string { return "/v1/markets/" + f.market.ID.String() + path }

// once is OK with an Idempotency-Key.
func (f *fair) once(t *testing.T, want int, out any, path, token string, body any) apptest.Answer {
	t.Helper()
	return f.OK(t, want, out, "POST", path, token, body, "Idempotency-Key", apptest.Key())
}

// refused expects a problem with this status and code.
func (f *fair) refused(t *testing.T, status int, code, method, path, token string, body any) {
	t.Helper()
	if p := f.Do(t, method, path, token, body, "Idempotency-Key", apptest.Key()).Problem(t); p.Status != status ||
		p.Code != code {
		t.Errorf("%s %s: %d %s %v, want %d %s", method, path, p.Status, p.Code, p.Errors, status, code)
	}
}

// sell rings up two lamps and a bike for 1810.
func (f *fair) sell(t *testing.T, token, tender string) saleapp.Sale {
	t.Helper()
	var s saleapp.Sale
	f.once(t, 201, &s, f.at("/sales"), token, object{
		"lines":   []object{{"productID": f.lamp.ID, "quantity": 2}, {"productID": f.bike.ID, "quantity": 1}},
		"payment": object{"tender": tender, "amount": 1810},
	})
	return s
}

func (f *fair) stock(t *testing.T, p productapp.Product) (quantity int, sold, version int64) {
	t.Helper()
	got, err := f.Business.Products.Get(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got.Quantity, got.Sold, got.Version
}

// books are the balances of the market by account; their sum must be zero.
func (f *fair) books(t *testing.T) map[string]int64 {
	t.Helper()
	list, err := f.Business.Ledger.Balances(t.Context(), f.market.ID)
	if err != nil {
		t.Fatal(err)
	}
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

func (f *fair) wantBooks(t *testing.T, want map[string]int64) {
	t.Helper()
	books := f.books(t)
	for account, amount := range want {
		if books[account] != amount {
			t.Errorf("account %s: %d, want %d (all: %v)", account, books[account], amount, books)
		}
	}
}

func (f *fair) patch(t *testing.T, body object) {
	t.Helper()
	f.OK(t, 200, nil, "PATCH", f.at(""), f.admin.Token, body)
}

func TestVoid(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	s := f.sell(t, f.till.Token, "CASH")
	f.wantBooks(t, map[string]int64{"cash:" + f.till.ID.String(): 1810, "family:" + f.fs.ID.String(): -910,
		"family:" + f.fj.ID.String(): -900})
	_, _, before := f.stock(t, f.lamp)
	path, reason := "/v1/sales/"+s.ID.String()+"/void", object{"reason": "wrong basket"}

	f.refused(t, 403, "forbidden", "POST", path, f.till2.Token, reason)
	f.refused(t, 403, "forbidden", "POST", path, f.smith.Token, reason)
	f.refused(t, 401, "token_required", "POST", path, "", reason)
	f.refused(t, 404, "sale_not_found", "POST", "/v1/sales/"+uuid.NewString()+"/void", f.till.Token, reason)
	f.refused(t, 422, "validation_failed", "POST", path, f.till.Token, object{"reason": ""})
	f.refused(t, 422, "validation_failed", "POST", path, f.till.Token, object{})
	if p := f.Do(t, "POST", path, f.till.Token, reason).Problem(t); p.Code != "idempotency_key_required" {
		t.Errorf("no key: %+v", p)
	}

	var voided saleapp.Sale
	a := f.once(t, 200, &voided, path, f.till.Token, reason)
	if voided.Status != "VOIDED" || voided.Number != s.Number || voided.Lines[0].Returned != 2 ||
		a.Header.Get("ETag") != fmt.Sprintf(`"%s-2"`, s.ID) {
		t.Errorf("voided: %v %s", a.Header, a.Body)
	}
	if q, sold, v := f.stock(t, f.lamp); q != 5 || sold != 0 || v != before+1 {
		t.Errorf("lamp after the void: %d on the table, %d sold, version %d", q, sold, v)
	}
	f.wantBooks(t, map[string]int64{"cash:" + f.till.ID.String(): 0, "family:" + f.fs.ID.String(): 0,
		"family:" + f.fj.ID.String(): 0})
	f.refused(t, 409, "sale_not_voidable", "POST", path, f.till.Token, reason)
	f.refused(t, 409, "sale_voided", "POST", "/v1/sales/"+s.ID.String()+"/returns", f.till.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "late"})

	// After 15 minutes only ADMIN; the cash then leaves the drawer of ADMIN.
	s = f.sell(t, f.till.Token, "CASH")
	path = "/v1/sales/" + s.ID.String() + "/void"
	f.ahead.Store(int64(14 * time.Minute))
	f.till.Token, f.admin.Token = f.Token(t, f.till.User), f.Token(t, f.admin.User)
	late := f.sell(t, f.till.Token, "CARD")
	f.ahead.Store(int64(15*time.Minute + 10*time.Second))
	f.till.Token, f.admin.Token = f.Token(t, f.till.User), f.Token(t, f.admin.User)
	f.refused(t, 409, "void_window_over", "POST", path, f.till.Token, reason)
	f.once(t, 200, nil, path, f.admin.Token, reason)
	f.once(t, 200, nil, "/v1/sales/"+late.ID.String()+"/void", f.till.Token, reason)
	f.wantBooks(t, map[string]int64{"cash:" + f.till.ID.String(): 1810, "cash:" + f.admin.ID.String(): -1810, "card": 0})

	// After closing only ADMIN.
	s = f.sell(t, f.till.Token, "CARD")
	f.patch(t, object{"status": "CLOSED"})
	f.refused(t, 403, "forbidden", "POST", "/v1/sales/"+s.ID.String()+"/void", f.till.Token, reason)
	f.refused(t, 403, "forbidden", "POST", "/v1/sales/"+s.ID.String()+"/returns", f.till.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "late"})
	f.once(t, 201, nil, "/v1/sales/"+s.ID.String()+"/returns", f.admin.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "broken"})
	f.refused(t, 409, "sale_not_voidable", "POST", "/v1/sales/"+s.ID.String()+"/void", f.admin.Token, reason)
	f.wantBooks(t, map[string]int64{"card": 1810 - 455})
}

func TestReturn(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	s := f.sell(t, f.till.Token, "CARD")
	path := "/v1/sales/" + s.ID.String() + "/returns"
	back := func(lines ...object) object { return object{"lines": lines, "reason": "does not work"} }

	f.refused(t, 422, "validation_failed", "POST", path, f.till.Token, back())
	f.refused(t, 422, "validation_failed", "POST", path, f.till.Token, back(object{"line": 3, "quantity": 1}))
	f.refused(t, 422, "validation_failed", "POST", path, f.till.Token,
		back(object{"line": 1, "quantity": 1}, object{"line": 1, "quantity": 1}))
	f.refused(t, 422, "validation_failed", "POST", path, f.till.Token, back(object{"line": 1, "quantity": 0}))
	p := f.Do(t, "POST", path, f.till.Token, back(object{"line": 2, "quantity": 1}, object{"line": 1, "quantity": 3}),
		"Idempotency-Key", apptest.Key()).Problem(t)
	if p.Status != 409 || p.Code != "return_exceeds_sale" || len(p.Errors) != 1 ||
		p.Errors[0].Location != "body.lines[1].quantity" {
		t.Errorf("too many: %+v", p)
	}

	var r, read saleapp.Return
	a := f.once(t, 201, &r, path, f.till2.Token, back(object{"line": 1, "quantity": 1}))
	if r.Amount != 455 || r.SaleID != s.ID || a.Header.Get("Location") != "/v1/returns/"+r.ID.String() {
		t.Errorf("return: %v %s", a.Header, a.Body)
	}
	if got := f.OK(t, 200, &read, "GET", "/v1/returns/"+r.ID.String(), f.till.Token, nil); string(got.Body) != string(
		a.Body) || got.Header.Get("ETag") != a.Header.Get("ETag") {
		t.Errorf("read back:\n%s\nwant\n%s", got.Body, a.Body)
	}
	f.refused(t, 404, "return_not_found", "GET", "/v1/returns/"+uuid.NewString(), f.till.Token, nil)
	var sale saleapp.Sale
	f.OK(t, 200, &sale, "GET", "/v1/sales/"+s.ID.String(), f.till.Token, nil)
	if sale.Status != "PARTLY_RETURNED" || sale.Lines[0].Returned != 1 || sale.Total != 1810 {
		t.Errorf("sale: %+v", sale)
	}
	if q, sold, _ := f.stock(t, f.lamp); q != 4 || sold != 1 {
		t.Errorf("lamp: %d on the table, %d sold", q, sold)
	}
	f.wantBooks(t, map[string]int64{"card": 1810 - 455, "family:" + f.fs.ID.String(): -455})
	f.refused(t, 409, "sale_not_voidable", "POST", "/v1/sales/"+s.ID.String()+"/void", f.till.Token, object{"reason": "x"})
	f.refused(t, 409, "return_exceeds_sale", "POST", path, f.till.Token, back(object{"line": 1, "quantity": 2}))
	f.once(t, 201, nil, path, f.till.Token, back(object{"line": 2, "quantity": 1}, object{"line": 1, "quantity": 1}))
	var list struct{ Items []saleapp.Return }
	f.OK(t, 200, &list, "GET", path, f.till.Token, nil)
	if len(list.Items) != 2 || list.Items[0].ID != r.ID || len(list.Items[1].Lines) != 2 || list.Items[1].Amount != 1355 {
		t.Errorf("returns: %+v", list)
	}
	f.OK(t, 200, &sale, "GET", "/v1/sales/"+s.ID.String(), f.till.Token, nil)
	if sale.Status != "RETURNED" {
		t.Errorf("sale: %+v", sale)
	}
	f.wantBooks(t, map[string]int64{"card": 0, "family:" + f.fs.ID.String(): 0, "family:" + f.fj.ID.String(): 0})

	// More on the table than a product may have is a conflict, not a failure.
	s = f.sell(t, f.till.Token, "CARD")
	f.OK(t, 200, nil, "PATCH", "/v1/products/"+f.lamp.ID.String(), f.smith.Token, object{"quantity": 100000})
	f.refused(t, 409, "table_full", "POST", "/v1/sales/"+s.ID.String()+"/void", f.till.Token, object{"reason": "x"})
}

// TestReturnRace gives one piece back from many tills at once: one gets the money.
func TestReturnRace(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	s := f.sell(t, f.till.Token, "CASH")
	const tills = 40
	statuses := make(chan int, tills)
	for i := range tills {
		go func() {
			path, body := "/returns", object{"lines": []object{{"line": 2, "quantity": 1}}, "reason": "x"}
			if i%4 == 0 {
				path, body = "/void", object{"reason": "x"}
			}
			a, err := f.Try("POST", "/v1/sales/"+s.ID.String()+path, f.till.Token, body, "Idempotency-Key", apptest.Key())
			if err != nil {
				a.Status = -1
			}
			statuses <- a.Status
		}()
	}
	count := map[int]int{}
	for range tills {
		count[<-statuses]++
	}
	if count[http.StatusCreated]+count[http.StatusOK] != 1 || count[http.StatusConflict] != tills-1 {
		t.Errorf("statuses: %v", count)
	}
	if q, _, _ := f.stock(t, f.bike); q != 2 {
		t.Errorf("bikes: %d, want 2", q)
	}
	f.books(t)
}

// TestLedgerGuards asks the database itself for what the service never does.
func TestLedgerGuards(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	s := f.sell(t, f.till.Token, "CASH")
	const add = `INSERT INTO ledger_entries (market_id, source_id, event, entry, account, amount, created_at) VALUES ($1, $2, $3, $4, $5, $6, now())`
	for name, try := range map[string]func() error{
		"a posting of one entry":      func() error { return f.exec(add, f.market.ID, uuid.New(), "SALE", 1, "card", 5) },
		"an entry on an old posting":  func() error { return f.exec(add, f.market.ID, s.ID, "SALE", 9, "card", 5) },
		"a sale posted twice":         func() error { return f.exec(add, f.market.ID, s.ID, "SALE", 1, "card", 5) },
		"an amount of zero":           func() error { return f.exec(add, f.market.ID, uuid.New(), "SALE", 1, "card", 0) },
		"a family account of nobody":  func() error { return f.exec(add, f.market.ID, uuid.New(), "SALE", 1, "family", 5) },
		"a change":                    func() error { return f.exec(`UPDATE ledger_entries SET amount = amount + 1`) },
		"a deletion":                  func() error { return f.exec(`DELETE FROM ledger_entries`) },
		"more returned than sold":     func() error { return f.exec(`UPDATE sale_lines SET returned = quantity + 1`) },
		"a settled market that sells": func() error { return f.exec(`UPDATE markets SET settled = true`) },
		"a return of another's line": func() error {
			return f.exec(`INSERT INTO sale_return_lines SELECT market_id, $1, sale_id, line, 1 FROM sale_lines`, uuid.New())
		},
		"two open drawers of a cashier": func() error {
			return f.exec(`INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at)
				SELECT $1, gen_random_uuid(), $2, 0, now() FROM generate_series(1, 2)`, f.market.ID, f.till.ID)
		},
	} {
		if err := try(); err == nil {
			t.Errorf("the database takes %s", name)
		}
	}
	f.books(t)
}

func (f *fair) exec(q string, args ...any) error {
	_, err := f.DB.Exec(context.Background(), q, args...)
	return err
}
