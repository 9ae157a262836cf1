package mux_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/types/role"
)

// world is a service with an account that may do everything, and short ways to fill it over HTTP.
type world struct {
	*apptest.Service
	root  apptest.User
	count atomic.Int64
}

func newWorld(t testing.TB, o apptest.Options) *world {
	t.Helper()
	w := &world{Service: apptest.NewWith(t, o)}
	w.root = w.account(t, role.Admin)
	return w
}

// account is a new one.
func (w *world) account(t testing.TB, roles ...role.Role) apptest.User {
	t.Helper()
	return w.AddUser(t, fmt.Sprintf("u%d@x.org", w.count.Add(1)), roles...)
}

// expired is a token of u that was good an hour ago.
func (w *world) expired(t testing.TB, u apptest.User) string {
	t.Helper()
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: "test", Audience: "test", Life: time.Minute}, apptest.TestKey,
		func() time.Time { return time.Now().Add(-time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := tokens.Issue(request.Actor{ID: u.ID, Roles: u.Roles}, u.Generation)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// create POSTs as root, wants 201 and returns what was made. Members are given as pairs, later ones win.
func (w *world) create(t testing.TB, path string, body object, more ...any) object {
	t.Helper()
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	var out object
	w.OK(t, 201, &out, "POST", path, w.root.Token, body, "Idempotency-Key", apptest.Key())
	return out
}

func (w *world) market(t testing.TB, more ...any) object {
	t.Helper()
	return w.create(t, "/v1/markets", newMarket(), more...)
}

// family is one of the market; without an ownerID it has no owner.
func (w *world) family(t testing.TB, market object, more ...any) object {
	t.Helper()
	return w.create(t, at("markets", market)+"/families", object{"name": "Family"}, more...)
}

func (w *world) product(t testing.TB, family object, more ...any) object {
	t.Helper()
	return w.create(t, "/v1/markets/"+family["marketID"].(string)+"/products",
		object{"familyID": family["id"], "name": "Lamp", "price": 450, "quantity": 10}, more...)
}

// sale is one piece of the product.
func (w *world) sale(t testing.TB, product object) object {
	t.Helper()
	return w.create(t, "/v1/markets/"+product["marketID"].(string)+"/sales", basket(product))
}

// set PATCHes as root.
func (w *world) set(t testing.TB, path string, pairs ...any) object {
	t.Helper()
	body, out := object{}, object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		body[pairs[i].(string)] = pairs[i+1]
	}
	w.OK(t, 200, &out, "PATCH", path, w.root.Token, body)
	return out
}

// refused wants a problem of that status, code and, unless it is empty, first place.
func (w *world) refused(t testing.TB, status int, code, place, method, path, token string, body any,
	headers ...string) apptest.Answer {
	t.Helper()
	if method == "POST" && len(headers) == 0 {
		headers = []string{"Idempotency-Key", apptest.Key()}
	}
	a := w.OK(t, status, nil, method, path, token, body, headers...)
	p := a.Problem(t)
	if p.Code != code {
		t.Errorf("%s %s: code %q, want %q: %s", method, path, p.Code, code, a.Body)
	}
	if place != "" && (len(p.Errors) == 0 || p.Errors[0].Location != place) {
		t.Errorf("%s %s: not located at %s: %s", method, path, place, a.Body)
	}
	return a
}

func newMarket() object {
	return object{
		"name": "Elm Street", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 1000, "status": "OPEN",
	}
}

// basket is one piece of each product, paid with more than enough.
func basket(products ...object) object {
	lines := make([]object, len(products))
	for i, p := range products {
		lines[i] = object{"productID": p["id"], "quantity": 1}
	}
	return object{"lines": lines, "payment": object{"tender": "CASH", "amount": 1_000_000}}
}

// at is the address of a resource.
func at(collection string, res object) string { return "/v1/" + collection + "/" + res["id"].(string) }
