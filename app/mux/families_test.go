package mux_test

import (
	"sync"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

func TestFamilyNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	m := w.market(t)
	families := at("markets", m) + "/families"
	var second object
	for want, more := range [][]any{1: nil, 2: nil, 3: nil, 4: {"number", 5}} {
		if want == 0 {
			continue
		}
		f := w.family(t, m, more...)
		if want == 2 {
			second = f
		}
		if want == 4 {
			want = 5
		}
		if f["number"] != float64(want) {
			t.Errorf("family %v, want number %d", f, want)
		}
	}
	w.OK(t, 204, nil, "DELETE", at("families", second), w.root.Token, nil)
	for _, want := range []float64{2, 4, 6} { // the gaps first
		if f := w.family(t, m); f["number"] != want {
			t.Errorf("number %v, want %v", f["number"], want)
		}
	}
	w.refused(t, 409, "number_taken", "", "POST", families, w.root.Token, object{"name": "x", "number": 5})
	for _, bad := range []any{0, -1, 100_000} {
		w.refused(t, 422, "validation_failed", "body.number", "POST", families, w.root.Token,
			object{"name": "x", "number": bad})
	}
	f := w.family(t, m, "number", 99_999)
	w.refused(t, 409, "number_taken", "", "PATCH", at("families", f), w.root.Token, object{"number": 5})
	w.set(t, at("families", f), "number", 77)
	p := w.product(t, f)
	if p["code"] != "77-001" {
		t.Errorf("code %v", p["code"])
	}
	w.refused(t, 409, "number_fixed", "", "PATCH", at("families", f), w.root.Token, object{"number": 78})
	w.set(t, at("families", f), "number", 77, "name", "The same number")
	w.OK(t, 204, nil, "DELETE", at("products", p), w.root.Token, nil)
	w.set(t, at("families", f), "number", 78)
	w.family(t, w.market(t), "number", 5) // another market has numbers of its own
}

func TestJoin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	m, u := w.market(t), w.account(t, role.User)
	families := at("markets", m) + "/families"
	var f object
	w.OK(t, 201, &f, "POST", families, u.Token, object{"name": "Smith"})
	if _, has := f["commission"]; f["ownerID"] != u.ID.String() || f["marketID"] != m["id"] || has {
		t.Errorf("joined as %v", f)
	}
	w.refused(t, 409, "already_joined", "", "POST", families, u.Token, object{"name": "Smith again"})
	w.refused(t, 409, "already_joined", "", "POST", families, w.root.Token, object{"name": "Smith again", "ownerID": u.ID})
	w.OK(t, 201, nil, "POST", at("markets", w.market(t))+"/families", u.Token, object{"name": "Smith elsewhere"})
	other := w.family(t, m)
	w.refused(t, 409, "already_joined", "", "PATCH", at("families", other), w.root.Token, object{"ownerID": u.ID})
	for _, member := range []string{"ownerID", "number", "commission"} {
		value := any(5)
		if member == "ownerID" {
			value = w.root.ID
		}
		w.refused(t, 403, "field_forbidden", "", "POST", families, w.account(t, role.User).Token,
			object{"name": "x", member: value})
	}
	w.refused(t, 422, "validation_failed", "body.ownerID", "POST", families, w.root.Token,
		object{"name": "x", "ownerID": m["id"]})
	w.refused(t, 422, "validation_failed", "body.ownerID", "PATCH", at("families", other), w.root.Token,
		object{"ownerID": m["id"]})
	if none := w.family(t, m); none["ownerID"] != nil {
		t.Errorf("a family that ADMIN sets up has the owner %v", none["ownerID"])
	}
	// Who is no longer its owner does not see it.
	w.set(t, at("families", f), "ownerID", nil)
	w.refused(t, 404, "family_not_found", "", "GET", at("families", f), u.Token, nil)
	w.OK(t, 201, nil, "POST", families, u.Token, object{"name": "Smith anew"})
}

// TestJoinAtOnce lets many join at once: everyone gets a number, each another, without gaps, and nobody joins twice.
func TestJoinAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	families := at("markets", w.market(t)) + "/families"
	const people, tries = 12, 2
	answers := make([]apptest.Answer, people*tries)
	var wg sync.WaitGroup
	for i := range people {
		u := w.account(t, role.User)
		for try := range tries {
			wg.Go(func() {
				a, err := w.Try("POST", families, u.Token, object{"name": "Family"})
				if err != nil {
					t.Error(err)
				}
				answers[i*tries+try] = a
			})
		}
	}
	wg.Wait()
	numbers := map[float64]bool{}
	for _, a := range answers {
		if a.Status == 409 && a.Problem(t).Code == "already_joined" {
			continue
		}
		var f object
		if a.JSON(t, &f); a.Status != 201 || numbers[f["number"].(float64)] {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		numbers[f["number"].(float64)] = true
	}
	for n := 1.0; n <= people; n++ {
		if !numbers[n] || len(numbers) != people {
			t.Errorf("numbers %v, want 1 to %d", numbers, people)
		}
	}
}

func TestDeleteFamily(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	m := w.market(t)
	withProduct, withSale := w.family(t, m), w.family(t, m)
	p := w.product(t, withProduct)
	w.create(t, at("markets", m)+"/sales", object{
		"lines":   []object{{"familyID": withSale["id"], "name": "teapot", "quantity": 1, "unitPrice": 1}},
		"payment": object{"tender": "CARD", "amount": 1},
	})
	for _, f := range []object{withProduct, withSale} {
		w.refused(t, 409, "family_not_empty", "", "DELETE", at("families", f), w.root.Token, nil)
	}
	w.OK(t, 204, nil, "DELETE", at("products", p), w.root.Token, nil)
	w.OK(t, 204, nil, "DELETE", at("families", withProduct), w.root.Token, nil)
	w.refused(t, 404, "family_not_found", "", "DELETE", at("families", withProduct), w.root.Token, nil)
}
