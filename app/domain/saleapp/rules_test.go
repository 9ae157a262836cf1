package saleapp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/business/types/role"
)

// stall is an open market with a till, a family, and two products of it.
type stall struct {
	*apptest.World
	till               apptest.User
	market, family     object
	lamp, bike         object // 450, 10 pieces; 900, 1 piece
	path               string // of its sales
	lampPath, bikePath string
}

func newStall(t testing.TB, w *apptest.World) *stall {
	t.Helper()
	s := &stall{World: w, till: w.Account(t, role.Cashier), market: w.Market(t)}
	s.family = w.Family(t, s.market)
	s.lamp, s.bike = w.Product(t, s.family), w.Product(t, s.family, "name", "Bike", "price", 900, "quantity", 1)
	s.path, s.lampPath, s.bikePath = apptest.At("markets", s.market)+"/sales", apptest.At("products", s.lamp),
		apptest.At("products", s.bike)
	return s
}

func lines(l ...object) []object { return l }

func paid(lines []object, tender string, amount int64) object {
	return object{"lines": lines, "payment": object{"tender": tender, "amount": amount}}
}

func (s *stall) sell(t *testing.T, body object) saleapp.Sale {
	t.Helper()
	var sale saleapp.Sale
	s.OK(t, 201, &sale, "POST", s.path, s.till.Token, body, "Idempotency-Key", apptest.Key())
	return sale
}

// left wants so many pieces of the lamp and the bike to be on the table.
func (s *stall) left(t *testing.T, lamps, bikes float64) {
	t.Helper()
	var lamp, bike object
	s.OK(t, 200, &lamp, "GET", s.lampPath, "", nil)
	s.OK(t, 200, &bike, "GET", s.bikePath, "", nil)
	if lamp["quantity"] != lamps || bike["quantity"] != bikes || lamp["sold"] != 10-lamps || bike["sold"] != 1-bikes {
		t.Errorf("left are %v lamps and %v bikes, want %v and %v", lamp["quantity"], bike["quantity"], lamps, bikes)
	}
}

func TestSale(t *testing.T) {
	t.Parallel()
	s := newStall(t, apptest.NewWorld(t, apptest.Options{}))
	lampID, familyID := s.lamp["id"].(string), s.family["id"].(string)
	sale := s.sell(t, paid(lines(
		object{"productID": lampID, "quantity": 2},
		object{"code": "1-2", "quantity": 1, "unitPrice": 500},
		object{"productID": lampID, "quantity": 3, "unitPrice": 0},
		object{"familyID": familyID, "name": " teapot ", "quantity": 4, "unitPrice": 25},
	), "CASH", 2000))
	var got []string
	for _, l := range sale.Lines {
		product := "–"
		if l.ProductID != nil {
			product = map[string]string{lampID: "lamp", s.bike["id"].(string): "bike"}[l.ProductID.String()]
		}
		got = append(got, fmt.Sprint(l.Line, product, l.Name, l.Quantity, l.ListPrice, l.UnitPrice, l.Amount, l.Returned,
			l.FamilyID.String() == familyID))
	}
	want := []string{
		fmt.Sprint(1, "lamp", "Lamp", 2, 450, 450, 900, 0, true), fmt.Sprint(2, "bike", "Bike", 1, 900, 500, 500, 0, true),
		fmt.Sprint(3, "lamp", "Lamp", 3, 450, 0, 0, 0, true), fmt.Sprint(4, "–", "teapot", 4, 25, 25, 100, 0, true),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if sale.Total != 1500 || sale.Payment.Change != 500 || sale.Number != 1 || sale.Status != "COMPLETED" ||
		sale.Currency != "USD" || sale.CashierID != s.till.ID || sale.MarketID.String() != s.market["id"] {
		t.Errorf("sale %+v", sale)
	}
	s.left(t, 5, 0)
	// What was sold stays as it was, whatever becomes of the product.
	s.Set(t, s.lampPath, "name", "Chandelier", "price", 9)
	var read saleapp.Sale
	s.OK(t, 200, &read, "GET", "/v1/sales/"+sale.ID.String(), s.till.Token, nil)
	if read.Lines[0].Name != "Lamp" || read.Lines[0].ListPrice != 450 {
		t.Errorf("the past changed: %+v", read.Lines[0])
	}
}

func TestPayment(t *testing.T) {
	t.Parallel()
	s := newStall(t, apptest.NewWorld(t, apptest.Options{}))
	s.Set(t, s.lampPath, "quantity", 100)
	one, free := lines(object{"productID": s.lamp["id"], "quantity": 1}),
		lines(object{"productID": s.lamp["id"], "quantity": 1, "unitPrice": 0})
	for _, c := range []struct {
		lines  []object
		tender string
		amount int64
		code   string // of the refusal
	}{
		{one, "CASH", 450, ""}, {one, "CASH", 451, ""}, {one, "CASH", 1<<53 - 1, ""}, {one, "CASH", 449, "underpaid"},
		{one, "CASH", 0, "underpaid"},
		{one, "CARD", 450, ""}, {one, "CARD", 451, "amount_mismatch"}, {one, "CARD", 449, "amount_mismatch"},
		{one, "CARD", 1<<53 - 1, "amount_mismatch"},
		{free, "CASH", 0, ""}, {free, "CARD", 0, ""}, {free, "CASH", 1, ""}, {free, "CARD", 1, "amount_mismatch"},
	} {
		body := paid(c.lines, c.tender, c.amount)
		if c.code != "" {
			s.Refused(t, 422, c.code, "body.payment.amount", "POST", s.path, s.till.Token, body)
			continue
		}
		sale := s.sell(t, body)
		if int64(sale.Payment.Change) != c.amount-int64(sale.Total) || int64(sale.Payment.Amount) != c.amount ||
			string(sale.Payment.Tender) != c.tender {
			t.Errorf("%s %d for %d: %+v", c.tender, c.amount, sale.Total, sale.Payment)
		}
	}
	s.Refused(t, 422, "validation_failed", "body.payment.amount", "POST", s.path, s.till.Token, paid(one, "CASH", 1<<53))
}

// TestGreatestSale sells as much as there can be, and wants every amount exact.
func TestGreatestSale(t *testing.T) {
	t.Parallel()
	s := newStall(t, apptest.NewWorld(t, apptest.Options{}))
	var basket []object
	for range 200 {
		basket = append(basket, object{"familyID": s.family["id"], "name": "diamond", "quantity": 50_000, "unitPrice": 1000})
	}
	const total = 200 * 50_000 * 1000
	sale := s.sell(t, paid(basket, "CASH", total+1))
	var read saleapp.Sale
	s.OK(t, 200, &read, "GET", "/v1/sales/"+sale.ID.String(), s.till.Token, nil)
	if read.Total != total || read.Payment.Change != 1 || len(read.Lines) != 200 || read.Lines[199].Amount != total/200 {
		t.Errorf("total %d, change %d, %d lines", read.Total, read.Payment.Change, len(read.Lines))
	}
	s.Refused(t, 422, "validation_failed", "body.lines", "POST", s.path, s.till.Token,
		paid(append(basket, basket[0]), "CASH", total+1))
	for _, many := range [][]object{
		slices.Repeat(lines(object{"code": "1-001", "quantity": 1}), 10_000),
		slices.Repeat(lines(object{"bogus.a": 1, "bogus[0": 2}), 10_000), slices.Repeat(lines(object{}), 300_000),
	} {
		a := s.Refused(t, 422, "validation_failed", "body.lines", "POST", s.path, s.till.Token, paid(many, "CASH", total))
		if n := len(a.Problem(t).Errors); n > 200 {
			t.Errorf("%d places are named", n)
		}
	}
	if n := len(s.Log.String()); n > 500_000 {
		t.Errorf("what is wrong with a few baskets took %d bytes of log", n)
	}
	s.Refused(t, 422, "validation_failed", "body.lines", "POST", s.path, s.till.Token, paid([]object{}, "CASH", 0))
	// One more is too much: the request alone shows it, or the price of a product that it does not name.
	more := lines(object{"familyID": s.family["id"], "name": "diamond", "quantity": 100_000, "unitPrice": 100_000},
		object{"familyID": s.family["id"], "name": "cup", "quantity": 1, "unitPrice": 1})
	s.Refused(t, 422, "validation_failed", "body.lines", "POST", s.path, s.till.Token, paid(more, "CASH", total+1))
	more[1] = object{"productID": s.lamp["id"], "quantity": 1}
	s.Refused(t, 409, "limit_reached", "", "POST", s.path, s.till.Token, paid(more, "CASH", total+450))
	s.sell(t, paid(more[:1], "CASH", total))
	for name, bad := range map[string][]any{"quantity": {0, -1, 100_001}, "unitPrice": {-1, 100_000_001}} {
		for _, value := range bad {
			line := object{"familyID": s.family["id"], "name": "x", "quantity": 1, "unitPrice": 1, name: value}
			s.Refused(t, 422, "validation_failed", "body.lines[0]."+name, "POST", s.path, s.till.Token,
				paid(lines(line), "CASH", 1))
		}
	}
}

// TestBasketRefused wants a basket that cannot be sold to be refused whole, naming every line that is why.
func TestBasketRefused(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	s, elsewhere := newStall(t, w), newStall(t, w)
	lamp, bike, family := s.lamp["id"], s.bike["id"], s.family["id"]
	type places []string
	for what, c := range map[string]struct {
		status int
		code   string
		places places
		lines  []object
	}{
		"more than there is": {409, "out_of_stock", places{"[0].quantity"}, lines(object{"productID": lamp, "quantity": 11})},
		"every such line": {409, "out_of_stock", places{"[0].quantity", "[2].quantity"}, lines(
			object{"productID": lamp, "quantity": 11}, object{"familyID": family, "name": "x", "quantity": 1, "unitPrice": 1},
			object{"code": "1-002", "quantity": 2})},
		"too much on several lines": {409, "out_of_stock", places{"[0].quantity", "[2].quantity"}, lines(
			object{"productID": lamp, "quantity": 5}, object{"productID": bike, "quantity": 1},
			object{"code": "1-001", "quantity": 6})},
		"unknown products": {422, "validation_failed", places{"[0].productID", "[1].code", "[3].productID", "[4].familyID"},
			lines(
				object{"productID": uuid.New(), "quantity": 1}, object{"code": "9-009", "quantity": 1},
				object{"productID": lamp, "quantity": 1},
				object{"productID": elsewhere.lamp["id"], "quantity": 1}, object{"familyID": elsewhere.family["id"], "name": "x",
					"quantity": 1, "unitPrice": 1})},
		"nothing named": {422, "validation_failed", places{"[0].familyID", "[0].name", "[0].unitPrice"},
			lines(object{"quantity": 1})},
		"no price": {422, "validation_failed", places{"[0].unitPrice"},
			lines(object{"familyID": family, "name": "x", "quantity": 1})},
		"no name": {422, "validation_failed", places{"[0].name"},
			lines(object{"familyID": family, "quantity": 1, "unitPrice": 1})},
		"no family": {422, "validation_failed", places{"[0].familyID"},
			lines(object{"name": "x", "quantity": 1, "unitPrice": 1})},
		"twice named": {422, "validation_failed", places{"[0].code", "[1].familyID", "[1].name"},
			lines(object{"productID": lamp, "code": "1-001", "quantity": 1},
				object{"productID": lamp, "familyID": family, "name": "x", "quantity": 1})},
		"no quantity": {422, "validation_failed", places{"[0].quantity"}, lines(object{"productID": lamp})},
		"unknown and short": {422, "validation_failed", places{"[1].code"}, lines(object{"productID": lamp, "quantity": 11},
			object{"code": "9-009", "quantity": 1})},
	} {
		a := s.Refused(t, c.status, c.code, "", "POST", s.path, s.till.Token, paid(c.lines, "CASH", 1_000_000))
		var got places
		for _, e := range a.Problem(t).Errors {
			got = append(got, strings.TrimPrefix(e.Location, "body.lines"))
		}
		if fmt.Sprint(got) != fmt.Sprint(c.places) {
			t.Errorf("%s: located at %v, want %v", what, got, c.places)
		}
	}
	for _, missing := range []string{"lines", "payment"} {
		body := apptest.Basket(s.lamp)
		delete(body, missing)
		s.Refused(t, 422, "validation_failed", "body."+missing, "POST", s.path, s.till.Token, body)
	}
	for _, missing := range []string{"tender", "amount"} {
		body := apptest.Basket(s.lamp)
		delete(body["payment"].(object), missing)
		s.Refused(t, 422, "validation_failed", "body.payment."+missing, "POST", s.path, s.till.Token, body)
	}
	s.left(t, 10, 1)
	// The last pieces can be had, on several lines, and no refusal took a number.
	sale := s.sell(t,
		paid(lines(object{"productID": lamp, "quantity": 5}, object{"code": "1-001", "quantity": 5},
			object{"productID": bike, "quantity": 1}), "CASH", 10_000))
	if sale.Number != 1 {
		t.Errorf("the first sale has number %d", sale.Number)
	}
	s.left(t, 0, 0)
	elsewhere.left(t, 10, 1)
}

func TestMarketNotOpen(t *testing.T) {
	t.Parallel()
	s := newStall(t, apptest.NewWorld(t, apptest.Options{}))
	if n := s.sell(t, apptest.Basket(s.lamp)).Number; n != 1 {
		t.Errorf("number %d", n)
	}
	s.Set(t, apptest.At("markets", s.market), "status", "CLOSED")
	for _, token := range []string{s.till.Token, s.Root.Token} {
		s.Refused(t, 409, "market_not_open", "", "POST", s.path, token, apptest.Basket(s.lamp))
		// before out_of_stock
		s.Refused(t, 409, "market_not_open", "", "POST", s.path, token,
			paid(lines(object{"productID": s.lamp["id"], "quantity": 11}), "CASH", 1_000_000))
	}
	// 422 before 409
	s.Refused(t, 422, "underpaid", "", "POST", s.path, s.till.Token,
		paid(lines(object{"productID": s.lamp["id"], "quantity": 1}), "CASH", 0))
	s.left(t, 9, 1)
	s.Set(t, apptest.At("markets", s.market), "status", "OPEN")
	if n := s.sell(t, apptest.Basket(s.lamp)).Number; n != 2 {
		t.Errorf("number %d after the market opened again", n)
	}
	draft := s.World.Market(t, "status", "DRAFT")
	p := s.Product(t, s.World.Family(t, draft))
	s.Refused(t, 409, "market_not_open", "", "POST", apptest.At("markets", draft)+"/sales", s.till.Token,
		apptest.Basket(p))
	s.Refused(t, 404, "market_not_found", "", "POST", "/v1/markets/"+uuid.NewString()+"/sales", s.till.Token,
		apptest.Basket(p))
}
