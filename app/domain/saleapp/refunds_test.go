package saleapp_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/saleapp"
)

func TestVoid(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	s := f.Sell(t, f.Till.Token, "CASH")
	f.WantBooks(t, map[string]int64{"cash:" + f.Till.ID.String(): 1810, "family:" + f.Smiths.ID.String(): -910,
		"family:" + f.Joneses.ID.String(): -900})
	_, _, before := f.Stock(t, f.Lamp)
	path, reason := "/v1/sales/"+s.ID.String()+"/void", object{"reason": "wrong basket"}

	f.Refused(t, 403, "forbidden", "", "POST", path, f.Till2.Token, reason)
	f.Refused(t, 404, "sale_not_found", "", "POST", path, f.Smith.Token, reason)
	f.Refused(t, 401, "token_required", "", "POST", path, "", reason)
	f.Refused(t, 404, "sale_not_found", "", "POST", "/v1/sales/"+uuid.NewString()+"/void", f.Till.Token, reason)
	f.Refused(t, 422, "validation_failed", "", "POST", path, f.Till.Token, object{"reason": ""})
	f.Refused(t, 422, "validation_failed", "", "POST", path, f.Till.Token, object{})
	if p := f.Do(t, "POST", path, f.Till.Token, reason).Problem(t); p.Code != "idempotency_key_required" {
		t.Errorf("no key: %+v, want idempotency_key_required", p)
	}

	var voided saleapp.Sale
	a := f.Once(t, 200, &voided, path, f.Till.Token, reason)
	if voided.Status != "VOIDED" || voided.Number != s.Number || voided.Lines[0].Returned != 2 ||
		a.Header.Get("ETag") != fmt.Sprintf(`"%s-2"`, s.ID) {
		t.Errorf("voided: %s, ETag %s, want sale %d VOIDED, 2 of line 1 given back, version 2", a.Body,
			a.Header.Get("ETag"), s.Number)
	}
	if q, sold, v := f.Stock(t, f.Lamp); q != 5 || sold != 0 || v != before+1 {
		t.Errorf("lamp after the void: %d on the table, %d sold, version %d, want 5, 0 and %d", q, sold, v, before+1)
	}
	f.WantBooks(t, map[string]int64{"cash:" + f.Till.ID.String(): 0, "family:" + f.Smiths.ID.String(): 0,
		"family:" + f.Joneses.ID.String(): 0})
	f.Refused(t, 409, "sale_not_voidable", "", "POST", path, f.Till.Token, reason)
	f.Refused(t, 409, "sale_voided", "", "POST", "/v1/sales/"+s.ID.String()+"/returns", f.Till.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "late"})

	// After 15 minutes only ADMIN; the cash then leaves the drawer of ADMIN.
	s = f.Sell(t, f.Till.Token, "CASH")
	path = "/v1/sales/" + s.ID.String() + "/void"
	f.Ahead.Store(int64(14 * time.Minute))
	f.Till.Token, f.Root.Token = f.Token(t, f.Till.User), f.Token(t, f.Root.User)
	late := f.Sell(t, f.Till.Token, "CARD")
	f.Ahead.Store(int64(15*time.Minute + 10*time.Second))
	f.Till.Token, f.Root.Token = f.Token(t, f.Till.User), f.Token(t, f.Root.User)
	f.Refused(t, 409, "void_window_over", "", "POST", path, f.Till.Token, reason)
	f.Once(t, 200, nil, path, f.Root.Token, reason)
	f.Once(t, 200, nil, "/v1/sales/"+late.ID.String()+"/void", f.Till.Token, reason)
	f.WantBooks(t, map[string]int64{"cash:" + f.Till.ID.String(): 1810, "cash:" + f.Root.ID.String(): -1810, "card": 0})

	// After closing only ADMIN.
	s = f.Sell(t, f.Till.Token, "CARD")
	f.Patch(t, object{"status": "CLOSED"})
	f.Refused(t, 403, "forbidden", "", "POST", "/v1/sales/"+s.ID.String()+"/void", f.Till.Token, reason)
	f.Refused(t, 403, "forbidden", "", "POST", "/v1/sales/"+s.ID.String()+"/returns", f.Till.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "late"})
	f.Once(t, 201, nil, "/v1/sales/"+s.ID.String()+"/returns", f.Root.Token,
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "broken"})
	f.Refused(t, 409, "sale_not_voidable", "", "POST", "/v1/sales/"+s.ID.String()+"/void", f.Root.Token, reason)
	f.WantBooks(t, map[string]int64{"card": 1810 - 455})
}

func TestReturn(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	s := f.Sell(t, f.Till.Token, "CARD")
	path := "/v1/sales/" + s.ID.String() + "/returns"
	back := func(lines ...object) object { return object{"lines": lines, "reason": "does not work"} }

	f.Refused(t, 422, "validation_failed", "", "POST", path, f.Till.Token, back())
	f.Refused(t, 422, "validation_failed", "", "POST", path, f.Till.Token, back(object{"line": 3, "quantity": 1}))
	f.Refused(t, 422, "validation_failed", "", "POST", path, f.Till.Token,
		back(object{"line": 1, "quantity": 1}, object{"line": 1, "quantity": 1}))
	f.Refused(t, 422, "validation_failed", "", "POST", path, f.Till.Token, back(object{"line": 1, "quantity": 0}))
	p := f.Do(t, "POST", path, f.Till.Token, back(object{"line": 2, "quantity": 1}, object{"line": 1, "quantity": 3}),
		"Idempotency-Key", apptest.Key()).Problem(t)
	if p.Status != 409 || p.Code != "return_exceeds_sale" || len(p.Errors) != 1 ||
		p.Errors[0].Location != "body.lines[1].quantity" {
		t.Errorf("too many: %+v, want 409 return_exceeds_sale at body.lines[1].quantity alone", p)
	}

	var r, read saleapp.Return
	a := f.Once(t, 201, &r, path, f.Till2.Token, back(object{"line": 1, "quantity": 1}))
	if r.Amount != 455 || r.SaleID != s.ID || a.Header.Get("Location") != "/v1/returns/"+r.ID.String() {
		t.Errorf("return: %s at %q, want 455 of sale %s, and its own address", a.Body, a.Header.Get("Location"), s.ID)
	}
	if got := f.OK(t, 200, &read, "GET", "/v1/returns/"+r.ID.String(), f.Till.Token, nil); string(got.Body) != string(
		a.Body) || got.Header.Get("ETag") != a.Header.Get("ETag") {
		t.Errorf("read back:\n%s\nwant\n%s", got.Body, a.Body)
	}
	f.Refused(t, 404, "return_not_found", "", "GET", "/v1/returns/"+uuid.NewString(), f.Till.Token, nil)
	var sale saleapp.Sale
	f.OK(t, 200, &sale, "GET", "/v1/sales/"+s.ID.String(), f.Till.Token, nil)
	if sale.Status != "PARTLY_RETURNED" || sale.Lines[0].Returned != 1 || sale.Total != 1810 {
		t.Errorf("sale: %+v, want 1810 PARTLY_RETURNED, one of line 1 given back", sale)
	}
	if q, sold, _ := f.Stock(t, f.Lamp); q != 4 || sold != 1 {
		t.Errorf("lamp: %d on the table, %d sold, want 4 and 1", q, sold)
	}
	f.WantBooks(t, map[string]int64{"card": 1810 - 455, "family:" + f.Smiths.ID.String(): -455})
	f.Refused(t, 409, "sale_not_voidable", "", "POST", "/v1/sales/"+s.ID.String()+"/void", f.Till.Token,
		object{"reason": "x"})
	f.Refused(t, 409, "return_exceeds_sale", "", "POST", path, f.Till.Token, back(object{"line": 1, "quantity": 2}))
	f.Once(t, 201, nil, path, f.Till.Token, back(object{"line": 2, "quantity": 1}, object{"line": 1, "quantity": 1}))
	var list struct{ Items []saleapp.Return }
	f.OK(t, 200, &list, "GET", path, f.Till.Token, nil)
	if len(list.Items) != 2 || list.Items[0].ID != r.ID || len(list.Items[1].Lines) != 2 || list.Items[1].Amount != 1355 {
		t.Errorf("returns: %+v, want %s, and one of 2 lines for 1355", list.Items, r.ID)
	}
	f.OK(t, 200, &sale, "GET", "/v1/sales/"+s.ID.String(), f.Till.Token, nil)
	if sale.Status != "RETURNED" {
		t.Errorf("sale: %+v, want it RETURNED", sale)
	}
	f.WantBooks(t, map[string]int64{"card": 0, "family:" + f.Smiths.ID.String(): 0, "family:" + f.Joneses.ID.String(): 0})

	// A seller's quantity decides nothing about a refund, by return or by void.
	for _, back := range []func(s saleapp.Sale){
		func(s saleapp.Sale) {
			f.Once(t, 200, nil, "/v1/sales/"+s.ID.String()+"/void", f.Till.Token, object{"reason": "x"})
		},
		func(s saleapp.Sale) {
			f.Once(t, 201, nil, "/v1/sales/"+s.ID.String()+"/returns", f.Till.Token, back(object{"line": 1, "quantity": 2}))
		},
	} {
		s = f.Sell(t, f.Till.Token, "CARD")
		f.OK(t, 200, nil, "PATCH", "/v1/products/"+f.Lamp.ID.String(), f.Smith.Token, object{"quantity": 99_999})
		back(s)
		if q, sold, _ := f.Stock(t, f.Lamp); q != 100_000 || sold != 0 {
			t.Errorf("lamp: %d on the table, %d sold, want 100000 and 0", q, sold)
		}
	}
}

// TestReturnRace gives one piece back from many tills at once: one gets the money.
func TestReturnRace(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	s := f.Sell(t, f.Till.Token, "CASH")
	const tills = 40
	statuses := make(chan int, tills)
	for i := range tills {
		go func() {
			path, body := "/returns", object{"lines": []object{{"line": 2, "quantity": 1}}, "reason": "x"}
			if i%4 == 0 {
				path, body = "/void", object{"reason": "x"}
			}
			a, err := f.Try("POST", "/v1/sales/"+s.ID.String()+path, f.Till.Token, body, "Idempotency-Key", apptest.Key())
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
		t.Errorf("statuses: %v, want one 200 or 201, and %d of 409", count, tills-1)
	}
	if q, _, _ := f.Stock(t, f.Bike); q != 2 {
		t.Errorf("bikes: %d, want 2", q)
	}
	f.Books(t)
}
