package mux_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
)

func TestMarkets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	body := newMarket()
	delete(body, "status")
	body["startsAt"], body["endsAt"], body["name"] = "2026-05-30T09:00:00.1234567+02:00", "2026-05-30T17:00:00-05:00",
		"  Elm  Street "
	m := w.create(t, "/v1/markets", body)
	for name, want := range (object{"status": "DRAFT", "startsAt": "2026-05-30T07:00:00.123456Z", "endsAt": "2026-05-30T22:00:00Z",
		"name": "Elm  Street", "currency": "USD", "commission": 1000.0}) {
		if m[name] != want {
			t.Errorf("%s: %v, want %v", name, m[name], want)
		}
	}
	for _, bad := range []struct {
		name  string
		value any
	}{
		{"endsAt", "2026-05-30T09:00:00Z"}, {"endsAt", "2026-05-30T08:59:59.999999Z"},
		{"endsAt", "2026-05-30T09:00:00.0000009Z"},
		{"currency", "usd"}, {"currency", "US"}, {"currency", "ZZZ"}, {"currency", "$$$"}, {"commission", -1},
		{"commission", 10_001}, {"status", "PAID"},
	} {
		b := newMarket()
		b[bad.name] = bad.value
		w.refused(t, 422, "validation_failed", "body."+bad.name, "POST", "/v1/markets", w.root.Token, b)
	}
	w.refused(t, 422, "validation_failed", "body.endsAt", "PATCH", at("markets", m), w.root.Token,
		object{"startsAt": "2026-06-01T00:00:00Z"})
	for _, missing := range []string{"name", "place", "startsAt", "endsAt", "currency", "commission"} {
		b := newMarket()
		delete(b, missing)
		w.refused(t, 422, "validation_failed", "body."+missing, "POST", "/v1/markets", w.root.Token, b)
	}
}

func TestMarketStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"DRAFT", "DRAFT", true}, {"DRAFT", "OPEN", true}, {"DRAFT", "CLOSED", false},
		{"OPEN", "DRAFT", false}, {"OPEN", "OPEN", true}, {"OPEN", "CLOSED", true},
		{"CLOSED", "DRAFT", false}, {"CLOSED", "OPEN", true}, {"CLOSED", "CLOSED", true},
	} {
		path := at("markets", w.market(t, "status", c.from))
		if c.allowed {
			if m := w.set(t, path, "status", c.to); m["status"] != c.to {
				t.Errorf("%s → %s: %v", c.from, c.to, m)
			}
		} else {
			w.refused(t, 409, "status_not_allowed", "", "PATCH", path, w.root.Token, object{"status": c.to})
		}
	}
}

func TestMarketCurrencyAndDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	m := w.market(t)
	path := at("markets", m)
	f := w.family(t, m)
	w.set(t, path, "currency", "EUR")
	p := w.product(t, f)
	w.refused(t, 409, "currency_fixed", "", "PATCH", path, w.root.Token, object{"currency": "USD"})
	w.set(t, path, "currency", "EUR", "name", "The same currency")
	w.refused(t, 409, "market_not_empty", "", "DELETE", path, w.root.Token, nil)
	w.OK(t, 204, nil, "DELETE", at("products", p), w.root.Token, nil)
	w.set(t, path, "currency", "JPY")
	w.refused(t, 409, "market_not_empty", "", "DELETE", path, w.root.Token, nil)
	w.OK(t, 204, nil, "DELETE", at("families", f), w.root.Token, nil)
	w.OK(t, 204, nil, "DELETE", path, w.root.Token, nil)
	w.refused(t, 404, "market_not_found", "", "GET", path, w.root.Token, nil)
}
