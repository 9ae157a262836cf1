package saleapp_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

func (s shop) want(t *testing.T, want string, body any, key string) apptest.Answer {
	t.Helper()
	a, err := s.ringUp(body, key)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(t, a); got != want {
		t.Errorf("answer %s, want %s: %s", got, want, a.Body)
	}
	return a
}

func TestKeyMeansItsBody(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	lamp := s.Product(t, 450, 10)
	key := apptest.Key()
	s.want(t, "201",
		`{"lines":[{"productID":"`+lamp.ID.String()+`","quantity":1}],"payment":{"tender":"CASH","amount":450}}`, key)
	s.want(t, "422 idempotency_key_reused",
		`{"lines":[{"productID":"`+lamp.ID.String()+`","quantity":2}],"payment":{"tender":"CASH","amount":900}}`, key)
	// Byte for byte: a space more is another body.
	s.want(t, "422 idempotency_key_reused",
		`{"lines":[{"productID":"`+lamp.ID.String()+`","quantity":1}],"payment":{"tender":"CASH","amount":450}} `, key)
	s.wantNumbers(t, 1)
}

func TestKeyLives24Hours(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return clock.Now().Add(time.Duration(ahead.Load())) }
	s := setup(t, apptest.Options{Now: now})
	lamp := s.Product(t, 450, 10)
	key := apptest.Key()
	first := s.want(t, "201", basket(lamp), key)
	later := func(d time.Duration) {
		ahead.Store(int64(d))
		s.token = s.Token(t, s.Cashier) // the old one is expired
	}
	later(24*time.Hour - time.Minute)
	if again := s.want(t, "201 replayed", basket(lamp), key); string(again.Body) != string(first.Body) {
		t.Errorf("replayed %s, want %s", again.Body, first.Body)
	}
	later(24*time.Hour + time.Second)
	var sale saleapp.Sale
	s.want(t, "201", basket(lamp), key).JSON(t, &sale)
	if sale.Number != 2 {
		t.Errorf("the sale after a day has number %d, want 2", sale.Number)
	}
	s.want(t, "201 replayed", basket(lamp), key) // of the second
	later(3 * 24 * time.Hour)
	if n, err := s.Shop.Keys.Clean(t.Context()); n != 1 || err != nil {
		t.Errorf("cleaned %d keys: %v", n, err)
	}
	s.want(t, "201", basket(lamp), key)
}

func TestKeyIsOfAccountAndPath(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	lamp := s.Product(t, 450, 10)
	key := apptest.Key()
	s.want(t, "201", basket(lamp), key)

	other := s
	other.token = s.AddUser(t, "other@example.com", role.Cashier).Token
	other.want(t, "201", basket(lamp), key)

	elsewhere := at(t, s.Service, dbtest.NewShop(t, s.Service.Business))
	elsewhere.token = s.token
	elsewhere.want(t, "201", basket(elsewhere.Product(t, 450, 10)), key)
	s.want(t, "201 replayed", basket(lamp), key)
}

// TestKeyIsOfThePathHoweverSpelt: an id in another case, or with some of it escaped, is the same id, so the key sells
// once.
func TestKeyIsOfThePathHoweverSpelt(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	lamp := s.Product(t, 450, 10)
	key := apptest.Key()
	s.want(t, "201", basket(lamp), key)
	id := s.Market.ID.String()
	for _, spelt := range []string{strings.ToUpper(id), strings.ToUpper(id[:18]) + id[18:],
		strings.ReplaceAll(id, "-", "%2D"), strings.ReplaceAll(strings.ToUpper(id), "-", "%2d")} {
		other := s
		other.path = strings.Replace(s.path, id, spelt, 1)
		other.want(t, "201 replayed", basket(lamp), key)
	}
	for _, no := range []string{"{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", "")} {
		other := s
		other.path = strings.Replace(s.path, id, no, 1)
		other.want(t, "400 malformed_request", basket(lamp), key)
	}
	s.wantNumbers(t, 1)
}

func TestRefusalsKeepNoKey(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	admin := s.AddUser(t, "admin@example.com", role.Admin)
	lamp := s.Product(t, 450, 0)
	key := apptest.Key()
	s.want(t, "409 out_of_stock", basket(lamp), key)
	underpaid := basket(lamp)
	underpaid["payment"] = object{"tender": "CASH", "amount": 1}
	s.want(t, "422 underpaid", underpaid, key) // another body, and yet no 422 for the key
	s.OK(t, 200, nil, "PATCH", "/v1/products/"+lamp.ID.String(), admin.Token, object{"quantity": 1})
	s.want(t, "201", basket(lamp), key)
	s.want(t, "201 replayed", basket(lamp), key)
}

// TestRepeatIsAuthorizedAgain: the state is not looked at again, who asks is.
func TestRepeatIsAuthorizedAgain(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	admin := s.AddUser(t, "admin@example.com", role.Admin)
	lamp := s.Product(t, 450, 1)
	key := apptest.Key()
	s.want(t, "201", basket(lamp), key)
	s.OK(t, 200, nil, "PATCH", "/v1/markets/"+s.Market.ID.String(), admin.Token, object{"status": "CLOSED"})
	s.want(t, "201 replayed", basket(lamp), key) // though nothing is left and the market is closed

	s.OK(t, 200, nil, "PUT", "/v1/users/"+s.Cashier.ID.String()+"/roles", admin.Token, object{"roles": []string{"USER"}})
	s.want(t, "401 bad_token", basket(lamp), key)
	user, err := s.Service.Business.Users.Get(t.Context(), s.Cashier.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.token = s.Token(t, user)
	s.want(t, "403 forbidden", basket(lamp), key)
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	s, elsewhere := newStall(t, w), newStall(t, w)
	body := string(apptest.Marshal(t, apptest.Basket(s.lamp)))
	send := func(key, token, body string) apptest.Answer {
		t.Helper()
		return s.Do(t, "POST", s.path, token, body, "Idempotency-Key", key)
	}
	for _, bad := range []string{"", strings.Repeat("k", 256), "tab\there", "ключ", "caf\xe9"} {
		s.Refused(t, 400, "idempotency_key_required", "header.Idempotency-Key", "POST", s.path, s.till.Token, body,
			"Idempotency-Key", bad)
	}
	for _, good := range []string{"k", strings.Repeat("k", 255), "with space", `"quoted"`, "~!@#$%^&*()"} {
		if a := send(good, s.till.Token, body); a.Status != 201 {
			t.Errorf("key %q: %d %s", good, a.Status, a.Body)
		}
	}
	s.left(t, 5, 1)

	first := send("key", s.till.Token, body)
	for range 3 {
		again := send("key", s.till.Token, body)
		if again.Status != 201 || string(again.Body) != string(first.Body) ||
			again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("repeat: %d %v %s", again.Status, again.Header, again.Body)
		}
		for _, name := range []string{"Location", "ETag", "Content-Type", "Content-Length"} {
			if again.Header.Get(name) != first.Header.Get(name) {
				t.Errorf("repeat: %s %q, was %q", name, again.Header.Get(name), first.Header.Get(name))
			}
		}
	}
	s.left(t, 4, 1)
	s.Refused(t, 422, "idempotency_key_reused", "", "POST", s.path, s.till.Token, body+" ", "Idempotency-Key", "key")
	s.Refused(t, 422, "idempotency_key_reused", "", "POST", s.path, s.till.Token, apptest.Basket(s.bike),
		"Idempotency-Key", "key")
	s.left(t, 4, 1)
	// The key belongs to the account and to the address.
	if a := send("key", s.Root.Token, body); a.Status != 201 || a.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("another account: %d %s", a.Status, a.Body)
	}
	if a := s.Do(t, "POST", elsewhere.path, s.till.Token, apptest.Basket(elsewhere.lamp), "Idempotency-Key",
		"key"); a.Status != 201 || a.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("another market: %d %s", a.Status, a.Body)
	}
	// An error keeps nothing: the same request may succeed later.
	short := string(apptest.Marshal(t, paid(lines(object{"productID": s.lamp["id"], "quantity": 5}), "CASH", 10_000)))
	if a := send("later", s.till.Token, short); a.Status != 409 {
		t.Errorf("too many: %d %s", a.Status, a.Body)
	}
	s.Set(t, s.lampPath, "quantity", 5)
	if a := send("later", s.till.Token, short); a.Status != 201 || a.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("later: %d %s", a.Status, a.Body)
	}
	// A repeat asks for the role again, not for the state.
	s.Set(t, apptest.At("markets", s.market), "status", "CLOSED")
	if a := send("key", s.till.Token, body); a.Status != 201 || string(a.Body) != string(first.Body) {
		t.Errorf("repeat at a closed market: %d %s", a.Status, a.Body)
	}
	demoted, token := s.till.User, s.till.Token
	s.OK(t, 200, nil, "PUT", "/v1/users/"+demoted.ID.String()+"/roles", s.Root.Token, object{"roles": []string{"USER"}})
	if a := send("key", token, body); a.Status != 401 {
		t.Errorf("repeat with an old token: %d %s", a.Status, a.Body)
	}
	if a := send("key", s.LogIn(t, 200, string(demoted.Email), apptest.Password).AccessToken, body); a.Status != 403 {
		t.Errorf("repeat without the role: %d %s", a.Status, a.Body)
	}
}
