package memberapp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/business/types/role"
)

// theirs is a world in which every account makes markets, with one that an account made, its ORGANISER.
func theirs(t *testing.T) (w *apptest.World, market object, organiser apptest.User) {
	t.Helper()
	w = apptest.NewWorld(t, apptest.Options{Mux: func(c *mux.Config) { c.Makers = auth.Accounts }})
	organiser = w.Account(t, role.User)
	w.OK(t, 201, &market, "POST", "/v1/markets", organiser.Token, apptest.NewMarket())
	return w, market, organiser
}

func memberPath(market object, u apptest.User) string { return pathOf(market) + "/" + u.ID.String() }

// TestFirstOrganiser: whoever makes a market runs it, as ADMIN would, and no other market; what ADMIN makes has nobody.
func TestFirstOrganiser(t *testing.T) {
	t.Parallel()
	w, market, organiser := theirs(t)
	token := organiser.Token
	var me object
	w.OK(t, 200, &me, "GET", memberPath(market, organiser), token, nil)
	if me["role"] != "ORGANISER" || me["userID"] != organiser.ID.String() {
		t.Errorf("the first member is %v", me)
	}
	var family, product, sale object
	path := apptest.At("markets", market)
	w.OK(t, 201, &family, "POST", path+"/families", token, object{"name": "F", "ownerID": nil, "number": 7})
	w.OK(t, 201, &product, "POST", path+"/products", token,
		object{"familyID": family["id"], "name": "Lamp", "price": 500, "quantity": 2, "fixedPrice": true})
	basket := apptest.Basket(product)
	basket["lines"].([]object)[0]["unitPrice"] = 100 // which only ADMIN may there, and its ORGANISERs
	w.OK(t, 201, &sale, "POST", path+"/sales", token, basket, "Idempotency-Key", apptest.Key())
	w.OK(t, 200, nil, "PATCH", path, token, object{"status": "CLOSED"})
	w.OK(t, 201, nil, "POST", apptest.At("families", family)+"/payouts", token, nil, "Idempotency-Key", apptest.Key())
	w.OK(t, 200, nil, "GET", path+"/ledger", token, nil)

	roots := w.Market(t)
	if list := w.All(t, pathOf(roots)); len(list) != 0 {
		t.Errorf("the members of what ADMIN made are %v", list)
	}
	w.Refused(t, 403, "forbidden", "", "PATCH", apptest.At("markets", roots), token, object{"name": "Mine"})
}

// TestMakers: unless the setting says so, no account but ADMIN makes markets, be it ORGANISER of another one.
func TestMakers(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	u := w.Account(t, role.User)
	w.Member(t, w.Market(t), u, role.Organiser)
	w.Refused(t, 403, "forbidden", "", "POST", "/v1/markets", u.Token, apptest.NewMarket())
}

// TestLastOrganiser: a market that an account made always has one, whoever asks and however; one that ADMIN made need
// not.
func TestLastOrganiser(t *testing.T) {
	t.Parallel()
	w, market, first := theirs(t)
	second := w.Account(t, role.User)
	refused := func(token string) {
		t.Helper()
		w.Refused(t, 409, "last_organiser", "", "DELETE", memberPath(market, first), token, nil)
		w.Refused(t, 409, "last_organiser", "", "PATCH", memberPath(market, first), token, object{"role": "CASHIER"})
	}
	refused(first.Token)
	refused(w.Root.Token)
	w.Member(t, market, second, role.MemberCashier)
	refused(first.Token)
	w.OK(t, 200, nil, "PATCH", memberPath(market, second), first.Token, object{"role": "ORGANISER"})
	w.Set(t, "/v1/users/"+second.ID.String(), "enabled", false)
	refused(w.Root.Token) // an account that is disabled organises nothing
	w.Set(t, "/v1/users/"+second.ID.String(), "enabled", true)
	w.OK(t, 204, nil, "DELETE", memberPath(market, first), first.Token, nil)
	w.Refused(t, 409, "last_organiser", "", "DELETE", memberPath(market, second), w.Root.Token, nil)

	roots := w.Market(t)
	w.Member(t, roots, first, role.Organiser)
	w.OK(t, 200, nil, "PATCH", memberPath(roots, first), first.Token, object{"role": "CASHIER"})
	w.OK(t, 204, nil, "DELETE", memberPath(roots, first), first.Token, nil)
}

// TestAdding: who is not there, or is there already, is said so at its place.
func TestAdding(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m, u := w.Market(t), w.Account(t, role.User)
	w.Refused(t, 422, "validation_failed", "body.role", "POST", pathOf(m), w.Root.Token,
		object{"email": u.Email, "role": "ADMIN"})
	made := w.Member(t, m, u, role.MemberCashier)
	w.Refused(t, 409, "already_member", "", "POST", pathOf(m), w.Root.Token,
		object{"email": strings.ToUpper(string(u.Email)), "role": "ORGANISER"})
	// Who comes back is not who it was: a tag from before matches no more.
	tag := func() string {
		return w.OK(t, 200, nil, "GET", memberPath(m, u), w.Root.Token, nil).Header.Get("ETag")
	}
	before := tag()
	w.OK(t, 204, nil, "DELETE", memberPath(m, u), w.Root.Token, nil)
	w.Refused(t, 404, "member_not_found", "", "GET", memberPath(m, u), w.Root.Token, nil)
	again := w.Member(t, m, u, role.MemberCashier)
	if again["createdAt"] == made["createdAt"] || tag() == before {
		t.Errorf("the member is %v, was %v", again, made)
	}
	w.Refused(t, 412, "version_mismatch", "", "DELETE", memberPath(m, u), w.Root.Token, nil, "If-Match", before)
}

// TestUnverified: an account that has not shown that it reads its address may be anybody's, and is made no member by
// it.
func TestUnverified(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Verify: true})
	w.OK(t, 201, nil, "POST", "/v1/auth/signup", "",
		object{"name": "Eve", "email": "victim@x.org", "password": apptest.Password})
	m := w.Market(t)
	w.OK(t, 202, nil, "POST", pathOf(m), w.Root.Token, object{"email": "victim@x.org", "role": "ORGANISER"})
	if list := w.All(t, pathOf(m)); len(list) != 0 {
		t.Errorf("the members are %v", list)
	}
}

// TestOnlyHere: who runs one market can do nothing to another's, whatever ids it knows, and not by its own market's
// path.
func TestOnlyHere(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	mine, other := w.Market(t), w.Market(t)
	ann, cas := w.Account(t, role.User), w.Account(t, role.User)
	w.Member(t, mine, ann, role.Organiser)
	w.Member(t, mine, cas, role.MemberCashier)
	victim := w.Account(t, role.User)
	w.Member(t, other, victim, role.Organiser)
	family := w.Family(t, other)
	product := w.Product(t, family)
	sale := w.Sale(t, product)
	back := w.Create(t, apptest.At("sales", sale)+"/returns",
		object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "x"})
	drawer := w.Create(t, apptest.At("markets", other)+"/cash-sessions", object{"float": 100})
	hook := w.Create(t, apptest.At("markets", other)+"/webhooks", object{"url": "https://example.com/x"})
	sold := w.Sale(t, product)
	elsewhere := apptest.At("markets", other)
	give := object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "x"}
	for _, tt := range []struct {
		status       int
		method, path string
		body         any
	}{
		{403, "PATCH", elsewhere, object{"name": "Mine"}},
		{403, "DELETE", elsewhere, nil},
		{404, "GET", apptest.At("families", family), nil},
		{404, "PATCH", apptest.At("families", family), object{"ownerID": ann.ID}},
		{404, "GET", apptest.At("families", family) + "/statement", nil},
		{404, "POST", apptest.At("families", family) + "/payouts", nil},
		{403, "PATCH", apptest.At("products", product), object{"price": 0}},
		{403, "DELETE", apptest.At("products", product), nil},
		{422, "POST", apptest.At("markets", mine) + "/products",
			object{"familyID": family["id"], "name": "N", "price": 1, "quantity": 1}},
		{422, "POST", elsewhere + "/products", object{"familyID": family["id"], "name": "N", "price": 1, "quantity": 1}},
		{403, "GET", elsewhere + "/sales", nil},
		{403, "POST", elsewhere + "/sales", apptest.Basket(product)},
		{422, "POST", apptest.At("markets", mine) + "/sales", apptest.Basket(product)},
		{404, "GET", apptest.At("sales", sale), nil},
		{404, "GET", apptest.At("sales", sale) + "/receipt", nil},
		{404, "GET", apptest.At("sales", sale) + "/returns", nil},
		{404, "GET", apptest.At("returns", back), nil},
		{404, "POST", apptest.At("sales", sold) + "/void", object{"reason": "x"}},
		{404, "POST", apptest.At("sales", sold) + "/returns", give},
		{403, "GET", elsewhere + "/ledger", nil},
		{403, "GET", elsewhere + "/summary", nil},
		{403, "GET", elsewhere + "/top-sellers", nil},
		{403, "GET", elsewhere + "/cash-sessions", nil},
		{403, "POST", elsewhere + "/cash-sessions", object{"float": 1}},
		{404, "GET", apptest.At("cash-sessions", drawer), nil},
		{404, "POST", apptest.At("cash-sessions", drawer) + "/movements", object{"amount": -100, "reason": "x"}},
		{404, "POST", apptest.At("cash-sessions", drawer) + "/close", object{"counted": 0}},
		{403, "GET", elsewhere + "/webhooks", nil},
		{403, "POST", elsewhere + "/webhooks", object{"url": "https://example.com/y"}},
		{404, "GET", apptest.At("webhooks", hook), nil},
		{404, "POST", apptest.At("webhooks", hook) + "/rotate-secret", nil},
		{404, "DELETE", apptest.At("webhooks", hook), nil},
		{403, "GET", elsewhere + "/members", nil},
		{403, "POST", elsewhere + "/members", object{"email": ann.Email, "role": "ORGANISER"}},
		{404, "GET", memberPath(other, victim), nil},
		{404, "DELETE", memberPath(other, victim), nil},
		{404, "DELETE", memberPath(mine, victim), nil},
		{404, "PATCH", memberPath(mine, victim), object{"role": "CASHIER"}},
		{404, "DELETE", "/v1/users/" + victim.ID.String(), nil},
		{403, "PUT", "/v1/users/" + ann.ID.String() + "/roles", object{"roles": []string{"ADMIN"}}},
		{403, "GET", "/v1/audit", nil},
	} {
		for _, who := range []apptest.User{ann, cas} {
			a := w.Do(t, tt.method, tt.path, who.Token, tt.body, "Idempotency-Key", apptest.Key())
			// A CASHIER may not even here what its ORGANISER cannot name.
			refused := a.Status == http.StatusForbidden || a.Status == http.StatusNotFound
			if a.Status != tt.status && (who.ID != cas.ID || !refused) {
				t.Errorf("%s %s: %d, want %d: %s", tt.method, tt.path, a.Status, tt.status, a.Body)
			}
		}
	}
	for path, n := range map[string]int{"/families": 0, "/payouts": 0} {
		var p apptest.Page
		w.OK(t, 200, &p, "GET", elsewhere+path, ann.Token, nil)
		if len(p.Items) != n {
			t.Errorf("%s elsewhere shows %v", path, p.Items)
		}
	}
}

// TestSentAway: a member has what its role gives it from the next request on, and so does one that was sent away.
func TestSentAway(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m, u := w.Market(t), w.Account(t, role.User)
	path := apptest.At("markets", m)
	sale := w.Sale(t, w.Product(t, w.Family(t, m)))
	want := func(ledger, sales, one int) {
		t.Helper()
		w.OK(t, ledger, nil, "GET", path+"/ledger", u.Token, nil)
		w.OK(t, sales, nil, "GET", path+"/sales", u.Token, nil)
		w.OK(t, one, nil, "GET", apptest.At("sales", sale), u.Token, nil)
	}
	want(403, 403, 404)
	w.Member(t, m, u, role.MemberCashier)
	want(403, 200, 200)
	w.Refused(t, 403, "forbidden", "", "PATCH", memberPath(m, u), u.Token, object{"role": "ORGANISER"})
	w.Refused(t, 403, "forbidden", "", "POST", pathOf(m), u.Token, object{"email": u.Email, "role": "ORGANISER"})
	w.OK(t, 200, nil, "PATCH", memberPath(m, u), w.Root.Token, object{"role": "ORGANISER"})
	want(200, 200, 200)
	w.OK(t, 204, nil, "DELETE", memberPath(m, u), u.Token, nil)
	want(403, 403, 404)
	w.OK(t, 204, nil, "DELETE", "/v1/users/"+u.ID.String(), u.Token, nil) // it has no history
}

// TestRepeatAfterwards: a request that is repeated with its key is answered again while its sender is a member,
// whatever has become of the market, and not afterwards.
func TestRepeatAfterwards(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m, u := w.Market(t), w.Account(t, role.User)
	product := w.Product(t, w.Family(t, m))
	w.Member(t, m, u, role.MemberCashier)
	drawer, sale := object{}, object{}
	path := apptest.At("markets", m)
	w.OK(t, 201, &drawer, "POST", path+"/cash-sessions", u.Token, object{"float": 1000})
	w.OK(t, 201, &sale, "POST", path+"/sales", u.Token, apptest.Basket(product), "Idempotency-Key", "sell")
	again := func(want int) {
		t.Helper()
		for path, body := range map[string]any{path + "/sales": apptest.Basket(product),
			apptest.At("sales", sale) + "/void":                object{"reason": "wrong"},
			apptest.At("cash-sessions", drawer) + "/movements": object{"amount": 1, "reason": "change"}} {
			if a := w.Do(t, "POST", path, u.Token, body, "Idempotency-Key", "sell"); a.Status/100 != want {
				t.Errorf("%s: %d, want %dxx: %s", path, a.Status, want, a.Body)
			}
		}
	}
	again(2)
	w.Set(t, path, "status", "CLOSED")
	again(2)
	w.OK(t, 204, nil, "DELETE", memberPath(m, u), w.Root.Token, nil)
	again(4)
}

// TestHears: members hear of what they may read, and of nothing more once they were sent away.
func TestHears(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := w.Market(t)
	organiser, cashier := w.Account(t, role.User), w.Account(t, role.User)
	w.Member(t, m, organiser, role.Organiser)
	w.Member(t, m, cashier, role.MemberCashier)
	product := w.Product(t, w.Family(t, m))
	w.Drained(t)
	path := apptest.At("markets", m)
	all, tills := w.Listen(t, path+"/events", organiser.Token), w.Listen(t, path+"/events", cashier.Token)
	w.Create(t, path+"/cash-sessions", object{"float": 1})
	w.Sale(t, product)
	w.Member(t, m, w.Account(t, role.User), role.MemberCashier)
	w.Set(t, path, "name", "Oak")
	types := func(list []apptest.Heard) (short string) {
		for _, h := range list {
			short += " " + strings.TrimSuffix(strings.TrimPrefix(h.Type, "garagesale."), ".v1")
		}
		return short
	}
	if got := types(all.Wait(t, 5)); got !=
		" cash_session.opened sale.completed product.updated member.added market.updated" {
		t.Errorf("the ORGANISER heard%s", got)
	}
	if got := types(tills.Wait(t, 3)); got != " sale.completed product.updated market.updated" {
		t.Errorf("the CASHIER heard%s", got)
	}
	began := time.Now()
	w.OK(t, 204, nil, "DELETE", memberPath(m, organiser), w.Root.Token, nil)
	w.Sale(t, product)
	w.Set(t, path, "name", "Ash")
	if got := types(tills.Wait(t, 6)[3:]); got != " sale.completed product.updated market.updated" {
		t.Errorf("the CASHIER heard then%s", got)
	}
	if got := types(all.Wait(t, 7)[5:]); got != " product.updated market.updated" {
		t.Errorf("who was sent away heard%s", got)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	// Nor does it when it comes back and asks for what was before.
	old := w.Listen(t, path+"/events", organiser.Token, "Last-Event-ID", "0")
	if got := types(old.Wait(t, 6)); strings.Contains(got, "sale") || strings.Contains(got, "member") {
		t.Errorf("who was sent away heard of the past%s", got)
	}
}
