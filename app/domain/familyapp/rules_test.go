package familyapp_test

import (
	"context"
	"sync"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

func TestFamilyNumbers(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := w.Market(t)
	families := apptest.At("markets", m) + "/families"
	var second object
	for want, more := range [][]any{1: nil, 2: nil, 3: nil, 4: {"number", 5}} {
		if want == 0 {
			continue
		}
		f := w.Family(t, m, more...)
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
	w.OK(t, 204, nil, "DELETE", apptest.At("families", second), w.Root.Token, nil)
	for _, want := range []float64{2, 4, 6} { // the gaps first
		if f := w.Family(t, m); f["number"] != want {
			t.Errorf("number %v, want %v", f["number"], want)
		}
	}
	w.Refused(t, 409, "number_taken", "", "POST", families, w.Root.Token, object{"name": "x", "number": 5})
	for _, bad := range []any{0, -1, 100_000} {
		w.Refused(t, 422, "validation_failed", "body.number", "POST", families, w.Root.Token,
			object{"name": "x", "number": bad})
	}
	f := w.Family(t, m, "number", 99_999)
	w.Refused(t, 409, "number_taken", "", "PATCH", apptest.At("families", f), w.Root.Token, object{"number": 5})
	w.Set(t, apptest.At("families", f), "number", 77)
	p := w.Product(t, f)
	if p["code"] != "77-001" {
		t.Errorf("code %v", p["code"])
	}
	w.Refused(t, 409, "number_fixed", "", "PATCH", apptest.At("families", f), w.Root.Token, object{"number": 78})
	w.Set(t, apptest.At("families", f), "number", 77, "name", "The same number")
	w.OK(t, 204, nil, "DELETE", apptest.At("products", p), w.Root.Token, nil)
	w.Set(t, apptest.At("families", f), "number", 78)
	w.Family(t, w.Market(t), "number", 5) // another market has numbers of its own
}

func TestJoin(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m, u := w.Market(t), w.Account(t, role.User)
	families := apptest.At("markets", m) + "/families"
	var f object
	w.OK(t, 201, &f, "POST", families, u.Token, object{"name": "Smith"})
	if _, has := f["commission"]; f["ownerID"] != u.ID.String() || f["marketID"] != m["id"] || has {
		t.Errorf("joined as %v", f)
	}
	w.Refused(t, 409, "already_joined", "", "POST", families, u.Token, object{"name": "Smith again"})
	w.Refused(t, 409, "already_joined", "", "POST", families, w.Root.Token, object{"name": "Smith again", "ownerID": u.ID})
	w.OK(t, 201, nil, "POST", apptest.At("markets", w.Market(t))+"/families", u.Token, object{"name": "Smith elsewhere"})
	other := w.Family(t, m)
	w.Refused(t, 409, "already_joined", "", "PATCH", apptest.At("families", other), w.Root.Token, object{"ownerID": u.ID})
	for _, member := range []string{"ownerID", "number", "commission"} {
		value := any(5)
		if member == "ownerID" {
			value = w.Root.ID
		}
		w.Refused(t, 403, "field_forbidden", "", "POST", families, w.Account(t, role.User).Token,
			object{"name": "x", member: value})
	}
	w.Refused(t, 422, "validation_failed", "body.ownerID", "POST", families, w.Root.Token,
		object{"name": "x", "ownerID": m["id"]})
	w.Refused(t, 422, "validation_failed", "body.ownerID", "PATCH", apptest.At("families", other), w.Root.Token,
		object{"ownerID": m["id"]})
	if none := w.Family(t, m); none["ownerID"] != nil {
		t.Errorf("a family that ADMIN sets up has the owner %v", none["ownerID"])
	}
	// Who is no longer its owner does not see it.
	w.Set(t, apptest.At("families", f), "ownerID", nil)
	w.Refused(t, 404, "family_not_found", "", "GET", apptest.At("families", f), u.Token, nil)
	w.OK(t, 201, nil, "POST", families, u.Token, object{"name": "Smith anew"})
}

// TestJoinAtOnce lets many join at once: everyone gets a number, each another, without gaps, and nobody joins twice.
func TestJoinAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	families := apptest.At("markets", w.Market(t)) + "/families"
	const people, tries = 12, 2
	answers := make([]apptest.Answer, people*tries)
	var wg sync.WaitGroup
	for i := range people {
		u := w.Account(t, role.User)
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

// TestSetupWhilePaid: who changes owner, number or commission waits for a payout that was there first; who changes the
// name does not.
func TestSetupWhilePaid(t *testing.T) {
	t.Parallel()
	for member, want := range map[string]int{"ownerID": 409, "commission": 409, "number": 200, "name": 200} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			s := apptest.New(t)
			root := s.AddUser(t, "root@example.com", role.Admin)
			shop := dbtest.NewShop(t, s.Business)
			owner, other := dbtest.Owner(t, s.DB), shop.NewFamily(t, familybus.NewFamily{Name: "Jones"})
			shop.Sell(t, shop.Product(t, 100, 1), 1)
			shop.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
			value := map[string]any{"ownerID": root.ID, "commission": 500, "number": 9, "name": "N"}[member]
			changed := make(chan apptest.Answer, 1)
			if err := s.Business.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
				if _, err := d.Payouts.Create(ctx, shop.Family, shop.Cashier.ID); err != nil {
					return err
				}
				go func() {
					a, err := s.Try("PATCH", "/v1/families/"+other.ID.String(), root.Token, object{member: value})
					if err != nil {
						t.Error(err)
					}
					changed <- a
				}()
				if member == "name" {
					changed <- <-changed
				} else {
					dbtest.Blocked(t, owner, 1)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if a := <-changed; a.Status != want {
				t.Errorf("%d %s, want %d", a.Status, a.Body, want)
			}
		})
	}
}

func TestDeleteFamily(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := w.Market(t)
	withProduct, withSale := w.Family(t, m), w.Family(t, m)
	p := w.Product(t, withProduct)
	w.Create(t, apptest.At("markets", m)+"/sales", object{
		"lines":   []object{{"familyID": withSale["id"], "name": "teapot", "quantity": 1, "unitPrice": 1}},
		"payment": object{"tender": "CARD", "amount": 1},
	})
	for _, f := range []object{withProduct, withSale} {
		w.Refused(t, 409, "family_not_empty", "", "DELETE", apptest.At("families", f), w.Root.Token, nil)
	}
	w.OK(t, 204, nil, "DELETE", apptest.At("products", p), w.Root.Token, nil)
	w.OK(t, 204, nil, "DELETE", apptest.At("families", withProduct), w.Root.Token, nil)
	w.Refused(t, 404, "family_not_found", "", "DELETE", apptest.At("families", withProduct), w.Root.Token, nil)
}

// TestListByCaller wants owners to see their own, and no more to be counted.
func TestListByCaller(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	smith, jones, m := w.Account(t, role.User), w.Account(t, role.User), w.Market(t)
	own := w.Family(t, m, "ownerID", smith.ID)
	w.Family(t, m, "ownerID", jones.ID)
	w.Family(t, m)
	path := apptest.At("markets", m) + "/families"
	for who, c := range map[string]struct {
		token string
		want  int
	}{
		"ADMIN": {w.Root.Token, 3}, "CASHIER": {w.Account(t, role.Cashier).Token, 3}, "owner": {smith.Token, 1},
		"other": {w.Account(t, role.User).Token, 0},
	} {
		var p apptest.Page
		w.OK(t, 200, &p, "GET", path+"?total=true", c.token, nil)
		if len(p.Items) != c.want || *p.Total != c.want {
			t.Errorf("%s sees %d families of %d, want %d", who, len(p.Items), *p.Total, c.want)
		}
		if who == "owner" && p.Items[0]["id"] != own["id"] {
			t.Errorf("the owner sees %v", p.Items)
		}
	}
	w.OK(t, 401, nil, "GET", path, "", nil)
}

// TestOrderOfRefusals: 422, 403, 412, 409.
func TestOrderOfRefusals(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	owner := w.Account(t, role.User)
	f := w.Family(t, w.Market(t), "ownerID", owner.ID)
	w.Product(t, f)
	path, stale := apptest.At("families", f), `"x"`
	w.Refused(t, 422, "validation_failed", "body.name", "PATCH", path, w.Account(t, role.User).Token,
		object{"name": ""}, "If-Match", stale)
	w.Refused(t, 403, "field_forbidden", "", "PATCH", path, owner.Token, object{"number": 9}, "If-Match", stale)
	w.Refused(t, 412, "version_mismatch", "", "PATCH", path, w.Root.Token, object{"number": 9}, "If-Match", stale)
	w.Refused(t, 409, "number_fixed", "", "PATCH", path, w.Root.Token, object{"number": 9}, "If-Match", "*")
	w.Refused(t, 412, "version_mismatch", "", "DELETE", path, w.Root.Token, nil, "If-Match", stale)
	w.Refused(t, 409, "family_not_empty", "", "DELETE", path, w.Root.Token, nil, "If-Match", "*")
}
