package productapp_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/business/types/role"
)

func TestBatchAndLabels(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin, till, smith := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "till@x.org", role.Cashier),
		s.AddUser(t, "smith@x.org", role.User)
	var m marketapp.Market
	s.OK(t, 201, &m, "POST", "/v1/markets", admin.Token, object{
		"name": "Elm & <Oak>", "place": "Elm", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 0, "status": "OPEN",
	})
	market := "/v1/markets/" + m.ID.String()
	var own, other familyapp.Family
	s.OK(t, 201, &own, "POST", market+"/families", smith.Token, object{"name": "Smith"})
	s.OK(t, 201, &other, "POST", market+"/families", admin.Token, object{"name": "Jones", "number": 12})
	item := func(f familyapp.Family, quantity int) object {
		return object{"familyID": f.ID, "name": "Thing <b>", "price": 1250, "quantity": quantity}
	}
	batch := func(items ...object) object { return object{"items": items} }

	// Errors by row, and then nothing is there.
	bad := item(own, 1)
	bad["price"] = -1
	p := s.OK(t, 422, nil, "POST", market+"/products:batch", smith.Token,
		batch(item(own, 1), bad, object{"familyID": own.ID})).Problem(t)
	places := ""
	for _, f := range p.Errors {
		places += f.Location + " "
	}
	for _, want := range []string{"body.items[1].price", "body.items[2].name", "body.items[2].price",
		"body.items[2].quantity"} {
		if !strings.Contains(places, want) {
			t.Errorf("errors at %s, want %s", places, want)
		}
	}
	p = s.OK(t, 422, nil, "POST", market+"/products:batch", smith.Token, batch(item(own, 1), item(other, 1), item(own, 1),
		item(other, 1))).Problem(t)
	if len(p.Errors) != 2 || p.Errors[0].Location != "body.items[1].familyID" ||
		p.Errors[1].Location != "body.items[3].familyID" {
		t.Errorf("a family that the caller may not see: %+v", p.Errors)
	}
	s.OK(t, 422, nil, "POST", market+"/products:batch", smith.Token, batch())
	s.OK(t, 403, nil, "POST", market+"/products:batch", till.Token, batch(item(own, 1)))
	var list struct {
		Items []productapp.Product
		Total int
	}
	s.OK(t, 200, &list, "GET", market+"/products?total=true", "", nil)
	if list.Total != 0 {
		t.Errorf("%d products after refused batches", list.Total)
	}

	// 1,000 at once, in order; the codes of each family run on.
	items := make([]object, 1000)
	for i := range items {
		items[i] = item(own, 1)
		if i%10 == 0 {
			items[i] = item(other, 1)
		}
	}
	var made productapp.Batch
	s.OK(t, 201, &made, "POST", market+"/products:batch", admin.Token, batch(items...))
	if len(made.Items) != 1000 || made.Items[0].Code.String() != "12-001" || made.Items[1].Code.String() != "1-001" ||
		made.Items[999].Code.String() != "1-900" {
		t.Errorf("made %d: %v %v %v", len(made.Items), made.Items[0].Code, made.Items[1].Code, made.Items[999].Code)
	}
	s.OK(t, 422, nil, "POST", market+"/products:batch", admin.Token, batch(slices.Concat(items, items[:1])...))
	s.OK(t, 201, &made, "POST", market+"/products:batch", smith.Token, batch(item(own, 30)))
	if made.Items[0].Code.String() != "1-901" {
		t.Errorf("the next code is %v", made.Items[0].Code)
	}

	// Labels: each piece, up to 24 of a product; what is sold out has none.
	a := s.OK(t, 200, nil, "GET", market+"/labels?familyID="+other.ID.String(), "", nil)
	page := string(a.Body)
	codes := regexp.MustCompile(`data-code="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(codes) != 100 || codes[0][1] != "12-001" || strings.Count(page, `class="sheet"`) != 5 {
		t.Errorf("%d labels, %d sheets", len(codes), strings.Count(page, `class="sheet"`))
	}
	if !strings.Contains(page, "USD 12.50") || !strings.Contains(page, "Thing &lt;b&gt;") ||
		strings.Contains(page, "<b>") || !strings.Contains(page, "Elm &amp; &lt;Oak&gt;") {
		t.Error("the page lacks a price, or shows a name as HTML")
	}
	if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") ||
		strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	a = s.OK(t, 200, nil, "GET", market+"/labels", smith.Token, nil)
	if n := strings.Count(string(a.Body), "data-code="); n != 1024 {
		t.Errorf("%d labels of the whole market, want 1,000 and 24", n)
	}
	// A till reads the code off the label and sells by it.
	s.OK(t, 201, nil, "POST", market+"/sales", till.Token, object{
		"lines": []object{{"code": codes[0][1], "quantity": 1}}, "payment": object{"tender": "CARD", "amount": 1250},
	}, "Idempotency-Key", apptest.Key())
	a = s.OK(t, 200, nil, "GET", market+"/labels?familyID="+other.ID.String(), "", nil)
	if strings.Contains(string(a.Body), `data-code="12-001"`) {
		t.Error("a label for what is sold out")
	}
	for range 60 {
		s.OK(t, 201, nil, "POST", market+"/products", admin.Token, item(own, 100))
	}
	p = s.OK(t, 422, nil, "GET", market+"/labels", smith.Token, nil).Problem(t)
	if p.Errors[0].Location != "query.familyID" {
		t.Errorf("too many labels: %+v", p)
	}
	s.OK(t, 404, nil, "GET", fmt.Sprintf("/v1/markets/%s/labels", own.ID), "", nil)
}

// TestPublicLabels: without an account a page has twenty sheets and not one more.
func TestPublicLabels(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin, user := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "u@x.org", role.User)
	var m, f struct{ ID string }
	s.OK(t, 201, &m, "POST", "/v1/markets", admin.Token, object{
		"name": "Elm", "place": "Elm", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 0, "status": "OPEN",
	})
	market := "/v1/markets/" + m.ID
	s.OK(t, 201, &f, "POST", market+"/families", admin.Token, object{"name": "Smith"})
	list := func(pieces int) {
		s.OK(t, 201, nil, "POST", market+"/products", admin.Token,
			object{"familyID": f.ID, "name": "Lamp", "price": 1, "quantity": pieces})
	}
	for range 20 {
		list(24)
	}
	if a := s.OK(t, 200, nil, "GET", market+"/labels", "", nil); strings.Count(string(a.Body), `class="sheet"`) != 20 {
		t.Errorf("%d sheets", strings.Count(string(a.Body), `class="sheet"`))
	}
	list(1)
	p := s.OK(t, 422, nil, "GET", market+"/labels", "", nil).Problem(t)
	if !strings.Contains(p.Errors[0].Message, "more than 20 sheets") {
		t.Errorf("%+v", p.Errors)
	}
	s.OK(t, 200, nil, "GET", market+"/labels", user.Token, nil)
}

// TestListTag asks again with the ETag of a list: 304 until something in it changes.
func TestListTag(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	var m marketapp.Market
	var f familyapp.Family
	var p productapp.Product
	s.OK(t, 201, &m, "POST", "/v1/markets", admin.Token, object{
		"name": "Elm", "place": "Elm", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 0, "status": "OPEN",
	})
	path := "/v1/markets/" + m.ID.String() + "/products"
	s.OK(t, 201, &f, "POST", "/v1/markets/"+m.ID.String()+"/families", admin.Token, object{"name": "Smith"})
	s.OK(t, 201, &p, "POST", path, admin.Token, object{"familyID": f.ID, "name": "Lamp", "price": 1, "quantity": 1})
	tag := s.OK(t, 200, nil, "GET", path, "", nil).Header.Get("ETag")
	if a := s.OK(t, 304, nil, "GET", path, "", nil, "If-None-Match", `"x", `+tag); len(a.Body) != 0 ||
		a.Header.Get("ETag") != tag {
		t.Errorf("304 with %v %s", a.Header, a.Body)
	}
	s.OK(t, 304, nil, "HEAD", path, "", nil, "If-None-Match", tag)
	s.OK(t, 200, nil, "GET", path+"?limit=1&total=true", "", nil, "If-None-Match", tag)
	s.OK(t, 200, nil, "PATCH", "/v1/products/"+p.ID.String(), admin.Token, object{"quantity": 2})
	if a := s.OK(t, 200, nil, "GET", path, "", nil, "If-None-Match", tag); a.Header.Get("ETag") == tag {
		t.Error("the list changed, its ETag did not")
	}
}
