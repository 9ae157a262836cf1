package mux_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/ledgerapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/saleapp"
)

func TestCashSession(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	sessions := f.at("/cash-sessions")
	f.patch(t, object{"cashSessionRequired": true})
	basket := object{"lines": []object{{"productID": f.lamp.ID, "quantity": 1}},
		"payment": object{"tender": "CASH", "amount": 500}}
	f.refused(t, 409, "cash_session_required", "POST", f.at("/sales"), f.till.Token, basket)
	f.sell(t, f.till.Token, "CARD") // needs none

	f.refused(t, 403, "forbidden", "POST", sessions, f.smith.Token, object{"float": 1000})
	f.refused(t, 422, "validation_failed", "POST", sessions, f.till.Token, object{"float": -1})
	f.refused(t, 404, "market_not_found", "POST", "/v1/markets/"+uuid.NewString()+"/cash-sessions", f.till.Token,
		object{"float": 1})
	var s ledgerapp.CashSession
	a := f.OK(t, 201, &s, "POST", sessions, f.till.Token, object{"float": 1000})
	if s.Float != 1000 || s.Expected != 1000 || s.CashierID != f.till.ID || s.ClosedAt != nil ||
		a.Header.Get("Location") != "/v1/cash-sessions/"+s.ID.String() {
		t.Errorf("opened: %s", a.Body)
	}
	f.refused(t, 409, "cash_session_open", "POST", sessions, f.till.Token, object{"float": 1000})

	path := "/v1/cash-sessions/" + s.ID.String()
	tag := f.OK(t, 200, nil, "GET", path, f.till.Token, nil).Header.Get("ETag")
	sale := f.sell(t, f.till.Token, "CASH")
	if got := f.OK(t, 200, &s, "GET", path, f.till.Token, nil, "If-None-Match", tag); s.Expected != 2810 ||
		got.Header.Get("ETag") == tag {
		t.Errorf("after a sale: %v %s", got.Header, got.Body)
	}
	var m ledgerapp.Movement
	a = f.once(t, 201, &m, path+"/movements", f.till.Token, object{"amount": -2000, "reason": "to the bank"})
	if m.Amount != -2000 || a.Header.Get("Location") != "" {
		t.Errorf("movement: %v %s", a.Header, a.Body)
	}
	f.once(t, 201, nil, path+"/movements", f.admin.Token, object{"amount": 300, "reason": "coins"})
	f.refused(t, 422, "validation_failed", "POST", path+"/movements", f.till.Token,
		object{"amount": 0, "reason": "nothing"})
	f.refused(t, 404, "cash_session_not_found", "POST", path+"/movements", f.till2.Token,
		object{"amount": 1, "reason": "not mine"})
	f.refused(t, 404, "cash_session_not_found", "GET", path, f.till2.Token, nil)
	f.once(t, 200, nil, "/v1/sales/"+sale.ID.String()+"/void", f.till.Token, object{"reason": "x"})

	f.refused(t, 404, "cash_session_not_found", "POST", path+"/close", f.till2.Token, object{"counted": 1})
	key := apptest.Key()
	a = f.OK(t, 200, &s, "POST", path+"/close", f.till.Token, object{"counted": 650}, "Idempotency-Key", key)
	if s.Expected != -700 || *s.Counted != 650 || *s.Difference != 1350 || s.ClosedAt == nil {
		t.Errorf("closed: %s", a.Body)
	}
	if again := f.OK(t, 200, nil, "POST", path+"/close", f.till.Token, object{"counted": 650}, "Idempotency-Key",
		key); string(again.Body) != string(a.Body) {
		t.Errorf("closed again: %s", again.Body)
	}
	f.refused(t, 409, "cash_session_closed", "POST", path+"/close", f.till.Token, object{"counted": 650})
	f.refused(t, 409, "cash_session_closed", "POST", path+"/movements", f.till.Token,
		object{"amount": 1, "reason": "late"})
	f.wantBooks(t, map[string]int64{"cash:" + f.till.ID.String(): 0, "cash_office": 650 - 1000 + 2000 - 300,
		"over_short": -1350})

	f.OK(t, 201, nil, "POST", sessions, f.till.Token, object{"float": 0})
	f.OK(t, 201, nil, "POST", sessions, f.admin.Token, object{"float": 5})
	count := func(token, query string) int {
		var list struct{ Items []ledgerapp.CashSession }
		f.OK(t, 200, &list, "GET", sessions+query, token, nil)
		return len(list.Items)
	}
	if a, b, c, d := count(f.admin.Token, ""), count(f.till.Token, ""), count(f.till2.Token, ""),
		count(f.till2.Token, "?cashierID="+f.till.ID.String()); a != 3 || b != 2 || c+d != 0 {
		t.Errorf("lists: %d %d %d %d", a, b, c, d)
	}
}

// TestCashSessionRace closes a drawer while it sells: what was counted as expected is all that ever went in.
func TestCashSessionRace(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	f.patch(t, object{"cashSessionRequired": true})
	var s ledgerapp.CashSession
	f.OK(t, 201, &s, "POST", f.at("/cash-sessions"), f.till.Token, object{"float": 0})
	const tills = 20
	done := make(chan int, tills)
	for range tills {
		go func() {
			sold := 0
			for {
				a, err := f.Try("POST", f.at("/sales"), f.till.Token, object{
					"lines":   []object{{"familyID": f.fs.ID, "name": "cup", "quantity": 1, "unitPrice": 7}},
					"payment": object{"tender": "CASH", "amount": 7},
				}, "Idempotency-Key", apptest.Key())
				if err != nil || a.Status != 201 {
					done <- sold
					return
				}
				sold++
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	f.once(t, 200, &s, "/v1/cash-sessions/"+s.ID.String()+"/close", f.till.Token, object{"counted": 0})
	sold := 0
	for range tills {
		sold += <-done
	}
	if sold == 0 || int(s.Expected) != 7*sold {
		t.Errorf("%d sold, expected %d", sold, s.Expected)
	}
	f.wantBooks(t, map[string]int64{"cash:" + f.till.ID.String(): 0, "over_short": int64(7 * sold),
		"family:" + f.fs.ID.String(): -int64(7 * sold)})
}

func TestPriceSteps(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	now := time.Now().UTC()
	step := func(in time.Duration, off int) object { return object{"from": now.Add(in), "percentOff": off} }
	bad := func(place string, steps ...object) {
		t.Helper()
		p := f.Do(t, "PATCH", f.at(""), f.admin.Token, object{"priceSteps": steps}).Problem(t)
		if p.Status != 422 || p.Errors[0].Location != "body."+place {
			t.Errorf("%v: %+v", steps, p)
		}
	}
	bad("priceSteps[1].from", step(time.Hour, 10), step(time.Hour, 20))
	bad("priceSteps[0].percentOff", step(0, 0))
	bad("priceSteps[0].percentOff", step(0, 101))
	bad("priceSteps[0].percentOff", object{"from": now})
	bad("priceSteps[0].off", object{"from": now, "percentOff": 1, "off": 1})
	bad("priceSteps[0].from", object{"from": "1066-01-01T00:00:00Z", "percentOff": 1})
	bad("priceSteps[0].from", object{"from": "two o'clock", "percentOff": 1})

	f.patch(t, object{"priceSteps": []object{step(-time.Hour, 50), step(time.Hour, 75), step(2*time.Hour, 100)}})
	var fixed productapp.Product
	f.OK(t, 201, &fixed, "POST", f.at("/products"), f.smith.Token,
		object{"familyID": f.fs.ID, "name": "Cake", "price": 455, "quantity": 9, "fixedPrice": true})
	sell := func(want int) {
		t.Helper()
		var s saleapp.Sale
		f.once(t, 201, &s, f.at("/sales"), f.till.Token, object{"lines": []object{
			{"productID": f.lamp.ID, "quantity": 1}, {"productID": fixed.ID, "quantity": 1},
			{"code": f.lamp.Code, "quantity": 1, "unitPrice": 400},
		}, "payment": object{"tender": "CASH", "amount": 5000}})
		if l := s.Lines; l[0].ListPrice != 455 || int(l[0].UnitPrice) != want || l[1].UnitPrice != 455 ||
			l[2].UnitPrice != 400 || l[2].ListPrice != 455 {
			t.Errorf("lines: %+v, want %d", l, want)
		}
	}
	sell(228) // 227.5
	f.ahead.Store(int64(time.Hour + time.Minute))
	f.till.Token, f.admin.Token = f.Token(t, f.till.User), f.Token(t, f.admin.User)
	sell(114) // 113.75

	var m marketapp.Market
	f.OK(t, 200, &m, "PATCH", f.at(""), f.admin.Token, object{"cashSessionRequired": false})
	if len(m.PriceSteps) != 3 || m.PriceSteps[1].PercentOff != 75 {
		t.Errorf("steps: %+v", m.PriceSteps)
	}
	a := f.OK(t, 200, nil, "PATCH", f.at(""), f.admin.Token, object{"priceSteps": nil})
	if !strings.Contains(string(a.Body), `"priceSteps":[]`) {
		t.Errorf("no steps: %s", a.Body)
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	f := newFair(t)
	var s saleapp.Sale
	f.once(t, 201, &s, f.at("/sales"), f.till.Token, object{"lines": []object{
		{"productID": f.lamp.ID, "quantity": 2, "unitPrice": 400},
		{"familyID": f.fs.ID, "name": strings.Repeat("茶", 30), "quantity": 1, "unitPrice": 5},
	}, "payment": object{"tender": "CASH", "amount": 1000}})
	path := "/v1/sales/" + s.ID.String()
	f.once(t, 201, nil, path+"/returns", f.till.Token, object{"lines": []object{{"line": 1, "quantity": 1}},
		"reason": "x"})
	a := f.OK(t, 200, nil, "GET", path+"/receipt", f.till.Token, nil, "Accept", "application/json")
	if ct := a.Header.Get("Content-Type"); ct != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	text := string(a.Body)
	for _, want := range []string{
		"                Elm Street\n", "Sale 1 ", "\nLamp\n", "  2 x 4.00                            8.00\n",
		"  instead of 4.55\n", "  1 given back                       -4.00\n",
		"\n" + strings.Repeat("茶", 21) + "\n", "0.05\n", "TOTAL USD                             8.05\n",
		"CHANGE                                1.95\n", "PARTLY RETURNED                      -4.00\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	f.refused(t, 403, "forbidden", "GET", path+"/receipt", f.smith.Token, nil)
	f.refused(t, 404, "sale_not_found", "GET", "/v1/sales/"+uuid.NewString()+"/receipt", f.till.Token, nil)
}
