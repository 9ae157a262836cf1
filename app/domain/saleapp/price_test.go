package saleapp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/saleapp"
)

func TestPriceSteps(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	now := time.Now().UTC()
	step := func(in time.Duration, off int) object { return object{"from": now.Add(in), "percentOff": off} }
	bad := func(place string, steps ...object) {
		t.Helper()
		p := f.Do(t, "PATCH", f.At(""), f.Root.Token, object{"priceSteps": steps}).Problem(t)
		if p.Status != 422 || p.Errors[0].Location != "body."+place {
			t.Errorf("%v: %+v, want 422 at body.%s", steps, p, place)
		}
	}
	bad("priceSteps[1].from", step(time.Hour, 10), step(time.Hour, 20))
	bad("priceSteps[0].percentOff", step(0, 0))
	bad("priceSteps[0].percentOff", step(0, 101))
	bad("priceSteps[0].percentOff", object{"from": now})
	bad("priceSteps[0].off", object{"from": now, "percentOff": 1, "off": 1})
	bad("priceSteps[0].from", object{"from": "1066-01-01T00:00:00Z", "percentOff": 1})
	bad("priceSteps[0].from", object{"from": "two o'clock", "percentOff": 1})

	f.Patch(t, object{"priceSteps": []object{step(-time.Hour, 50), step(time.Hour, 75), step(2*time.Hour, 100)}})
	var fixed productapp.Product
	f.OK(t, 201, &fixed, "POST", f.At("/products"), f.Smith.Token,
		object{"familyID": f.Smiths.ID, "name": "Cake", "price": 455, "quantity": 9, "fixedPrice": true})
	sell := func(want int) {
		t.Helper()
		var s saleapp.Sale
		f.Once(t, 201, &s, f.At("/sales"), f.Till.Token, object{"lines": []object{
			{"productID": f.Lamp.ID, "quantity": 1}, {"productID": fixed.ID, "quantity": 1},
			{"code": f.Lamp.Code, "quantity": 1, "unitPrice": 400},
		}, "payment": object{"tender": "CASH", "amount": 5000}})
		if l := s.Lines; l[0].ListPrice != 455 || int(l[0].UnitPrice) != want || l[1].UnitPrice != 455 ||
			l[2].UnitPrice != 400 || l[2].ListPrice != 455 {
			t.Errorf("lines: %+v, want unit prices %d, 455 and 400", l, want)
		}
	}
	another := object{"lines": []object{{"productID": fixed.ID, "quantity": 1, "unitPrice": 100}},
		"payment": object{"tender": "CARD", "amount": 100, "reference": "A1B2 000017"}}
	f.Refused(t, 409, "price_is_fixed", "body.lines[0].unitPrice", "POST", f.At("/sales"), f.Till.Token, another)
	a := f.Once(t, 201, nil, f.At("/sales"), f.Root.Token, another)
	if !strings.Contains(string(a.Body), `"reference":"A1B2 000017"`) {
		t.Errorf("the sale does not tell its reference: %s", a.Body)
	}
	sell(228) // 227.5
	f.Ahead.Store(int64(time.Hour + time.Minute))
	f.Till.Token, f.Root.Token = f.Token(t, f.Till.User), f.Token(t, f.Root.User)
	sell(114) // 113.75

	var m marketapp.Market
	f.OK(t, 200, &m, "PATCH", f.At(""), f.Root.Token, object{"cashSessionRequired": false})
	if len(m.PriceSteps) != 3 || m.PriceSteps[1].PercentOff != 75 {
		t.Errorf("steps: %+v, want the three, the second of 75 %%", m.PriceSteps)
	}
	a = f.OK(t, 200, nil, "PATCH", f.At(""), f.Root.Token, object{"priceSteps": nil})
	if !strings.Contains(string(a.Body), `"priceSteps":[]`) {
		t.Errorf("got %s, want no steps", a.Body)
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	f := apptest.NewFair(t)
	var s saleapp.Sale
	f.Once(t, 201, &s, f.At("/sales"), f.Till.Token, object{"lines": []object{
		{"productID": f.Lamp.ID, "quantity": 2, "unitPrice": 400},
		{"familyID": f.Smiths.ID, "name": strings.Repeat("茶", 30), "quantity": 1, "unitPrice": 5},
	}, "payment": object{"tender": "CASH", "amount": 1000}})
	path := "/v1/sales/" + s.ID.String()
	f.Once(t, 201, nil, path+"/returns", f.Till.Token, object{"lines": []object{{"line": 1, "quantity": 1}},
		"reason": "x"})
	a := f.OK(t, 200, nil, "GET", path+"/receipt", f.Till.Token, nil, "Accept", "application/json")
	if ct := a.Header.Get("Content-Type"); ct != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %q, want plain text in UTF-8", ct)
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
	f.Refused(t, 404, "sale_not_found", "", "GET", path+"/receipt", f.Smith.Token, nil)
	f.Refused(t, 404, "sale_not_found", "", "GET", "/v1/sales/"+uuid.NewString()+"/receipt", f.Till.Token, nil)
}
