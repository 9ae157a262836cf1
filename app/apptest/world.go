package apptest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/business/types/role"
)

// Object is a JSON object.
type Object = map[string]any

// World is a service with an account that may do everything, and short ways to fill it over HTTP.
type World struct {
	*Service
	Root  User // ADMIN
	count atomic.Int64
}

// NewWorld starts a service.
func NewWorld(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{Service: NewWith(t, o)}
	w.Root = w.Account(t, role.Admin)
	return w
}

// Account is a new one.
func (w *World) Account(t testing.TB, roles ...role.Role) User {
	t.Helper()
	return w.AddUser(t, fmt.Sprintf("u%d@x.org", w.Count()), roles...)
}

// Count is another number each time, for what must be new.
func (w *World) Count() int64 { return w.count.Add(1) }

// Create POSTs as Root, wants 201 and returns what was made. Members are given as pairs, later ones win.
func (w *World) Create(t testing.TB, path string, body Object, more ...any) Object {
	t.Helper()
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	var out Object
	w.OK(t, 201, &out, "POST", path, w.Root.Token, body, "Idempotency-Key", Key())
	return out
}

// Market is an OPEN one in USD, unless more says otherwise.
func (w *World) Market(t testing.TB, more ...any) Object {
	t.Helper()
	return w.Create(t, "/v1/markets", NewMarket(), more...)
}

// Member makes an account a member of the market.
func (w *World) Member(t testing.TB, market Object, u User, as role.Member) Object {
	t.Helper()
	return w.Create(t, At("markets", market)+"/members", Object{"email": u.Email, "role": as})
}

// Family is one of the market; without an ownerID it has no owner.
func (w *World) Family(t testing.TB, market Object, more ...any) Object {
	t.Helper()
	return w.Create(t, At("markets", market)+"/families", Object{"name": "Family"}, more...)
}

// Product is ten lamps for 450 each.
func (w *World) Product(t testing.TB, family Object, more ...any) Object {
	t.Helper()
	return w.Create(t, "/v1/markets/"+family["marketID"].(string)+"/products",
		Object{"familyID": family["id"], "name": "Lamp", "price": 450, "quantity": 10}, more...)
}

// Sale is one piece of the product.
func (w *World) Sale(t testing.TB, product Object) Object {
	t.Helper()
	return w.Create(t, "/v1/markets/"+product["marketID"].(string)+"/sales", Basket(product))
}

// Set PATCHes as Root.
func (w *World) Set(t testing.TB, path string, pairs ...any) Object {
	t.Helper()
	body, out := Object{}, Object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		body[pairs[i].(string)] = pairs[i+1]
	}
	w.OK(t, 200, &out, "PATCH", path, w.Root.Token, body)
	return out
}

// All is every item of a list of at most 100, as Root sees it.
func (w *World) All(t testing.TB, path string) []Object {
	t.Helper()
	var p Page
	w.OK(t, 200, &p, "GET", path+"?limit=100", w.Root.Token, nil)
	return p.Items
}

// Refused wants a problem of that status, code and, unless it is empty, first place.
func (w *World) Refused(t testing.TB, status int, code, place, method, path, token string, body any,
	headers ...string) Answer {
	t.Helper()
	if method == "POST" && len(headers) == 0 {
		headers = []string{"Idempotency-Key", Key()}
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

// LogIn wants a login to be answered with 200 or refused with 401.
func (w *World) LogIn(t testing.TB, status int, addr, pass string) authapp.Token {
	t.Helper()
	var token authapp.Token
	a := w.OK(t, status, nil, "POST", "/v1/auth/token", "", nil, "Authorization", Basic(addr, pass))
	if status == 200 {
		a.JSON(t, &token)
	} else if p := a.Problem(t); p.Code != "bad_credentials" {
		t.Errorf("login as %s: %s", addr, a.Body)
	}
	return token
}

// Basic is what Authorization says to log in.
func Basic(user, pass string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+pass))
}

// NewMarket is the body of an OPEN market.
func NewMarket() Object {
	return Object{
		"name": "Elm Street", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 1000, "status": "OPEN",
	}
}

// Basket is one piece of each product, paid with more than enough.
func Basket(products ...Object) Object {
	lines := make([]Object, len(products))
	for i, p := range products {
		lines[i] = Object{"productID": p["id"], "quantity": 1}
	}
	return Object{"lines": lines, "payment": Object{"tender": "CASH", "amount": 1_000_000}}
}

// At is the address of a resource.
func At(collection string, res Object) string { return "/v1/" + collection + "/" + res["id"].(string) }

// Marshal is v as JSON.
func Marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return b
}
