package mux_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/business/types/role"
)

type object = apptest.Object

// TestStory is a market from its opening to its first baskets, as its people live it.
func TestStory(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	till := s.AddUser(t, "till@x.org", role.Cashier)
	smith, jones := s.AddUser(t, "smith@x.org", role.User), s.AddUser(t, "jones@x.org", role.User)

	var m marketapp.Market
	a := s.OK(t, 201, &m, "POST", "/v1/markets", admin.Token, object{
		"name": "Elm Street", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00+02:00",
		"endsAt": "2026-05-30T17:00:00Z", "currency": "EUR", "commission": 1000,
	})
	if a.Header.Get("Location") != "/v1/markets/"+m.ID.String() || a.Header.Get("ETag") == "" || m.Status != "DRAFT" {
		t.Errorf("created market: %v %s", a.Header, a.Body)
	}
	s.OK(t, 404, nil, "GET", "/v1/markets/"+m.ID.String(), "", nil) // nobody sees a draft
	s.OK(t, 200, nil, "PATCH", "/v1/markets/"+m.ID.String(), admin.Token, object{"status": "OPEN"})
	s.OK(t, 200, nil, "GET", "/v1/markets/"+m.ID.String(), "", nil)

	var fs, fj familyapp.Family
	s.OK(t, 201, &fs, "POST", "/v1/markets/"+m.ID.String()+"/families", smith.Token, object{"name": "Smith"})
	s.OK(t, 201, &fj, "POST", "/v1/markets/"+m.ID.String()+"/families", jones.Token, object{"name": "Jones"})
	if fs.Number != 1 || fj.Number != 2 || *fj.OwnerID != jones.ID {
		t.Errorf("families: %+v %+v", fs, fj)
	}
	var lamp, bike productapp.Product
	s.OK(t, 201, &lamp, "POST", "/v1/markets/"+m.ID.String()+"/products", smith.Token,
		object{"familyID": fs.ID, "name": "Lamp", "price": 450, "quantity": 5})
	s.OK(t, 201, &bike, "POST", "/v1/markets/"+m.ID.String()+"/products", jones.Token,
		object{"familyID": fj.ID, "name": "Bike", "price": 900, "quantity": 1})
	if lamp.Code.String() != "1-001" || bike.Code.String() != "2-001" {
		t.Errorf("codes: %s %s", lamp.Code, bike.Code)
	}

	basket := object{
		"lines": []object{
			{"productID": lamp.ID, "quantity": 2},
			{"code": "2-001", "quantity": 1, "unitPrice": 500},
			{"familyID": fs.ID, "name": "teapot without a label", "quantity": 1, "unitPrice": 300},
		},
		"payment": object{"tender": "CASH", "amount": 2000},
	}
	var sale, read saleapp.Sale
	key := apptest.Key()
	first := s.OK(t, 201, &sale, "POST", "/v1/markets/"+m.ID.String()+"/sales", till.Token, basket, "Idempotency-Key", key)
	if sale.Total != 1700 || sale.Payment.Change != 300 || sale.Number != 1 || len(sale.Lines) != 3 ||
		sale.Lines[1].ListPrice != 900 {
		t.Errorf("sale: %s", first.Body)
	}
	again := s.OK(t, 201, nil, "POST", "/v1/markets/"+m.ID.String()+"/sales", till.Token, basket, "Idempotency-Key", key)
	if string(again.Body) != string(first.Body) || again.Header.Get("Idempotency-Replayed") != "true" ||
		again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("repeat: %v %s", again.Header, again.Body)
	}
	got := s.OK(t, 200, &read, "GET", "/v1/sales/"+sale.ID.String(), till.Token, nil)
	if string(got.Body) != string(first.Body) || got.Header.Get("ETag") != first.Header.Get("ETag") {
		t.Errorf("read back:\n%s\nwant\n%s", got.Body, first.Body)
	}
	p := s.OK(t, 409, nil, "POST", "/v1/markets/"+m.ID.String()+"/sales", till.Token, basket, "Idempotency-Key",
		apptest.Key()).Problem(t)
	if p.Code != "out_of_stock" || len(p.Errors) != 1 || p.Errors[0].Location != "body.lines[1].quantity" {
		t.Errorf("second basket: %+v", p)
	}
	s.OK(t, 200, &lamp, "GET", "/v1/products/"+lamp.ID.String(), "", nil)
	if lamp.Quantity != 3 || lamp.Sold != 2 {
		t.Errorf("lamp: %+v", lamp)
	}
}
