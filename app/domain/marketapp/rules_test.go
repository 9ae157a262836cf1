package marketapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

func TestMarkets(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	body := apptest.NewMarket()
	delete(body, "status")
	body["startsAt"], body["endsAt"], body["name"] = "2026-05-30T09:00:00.1234567+02:00", "2026-05-30T17:00:00-05:00",
		"  Elm  Street "
	m := w.Create(t, "/v1/markets", body)
	for name, want := range (object{"status": "DRAFT", "startsAt": "2026-05-30T07:00:00.123456Z",
		"endsAt": "2026-05-30T22:00:00Z", "name": "Elm  Street", "currency": "USD", "commission": 1000.0}) {
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
		b := apptest.NewMarket()
		b[bad.name] = bad.value
		w.Refused(t, 422, "validation_failed", "body."+bad.name, "POST", "/v1/markets", w.Root.Token, b)
	}
	w.Refused(t, 422, "validation_failed", "body.endsAt", "PATCH", apptest.At("markets", m), w.Root.Token,
		object{"startsAt": "2026-06-01T00:00:00Z"})
	for _, missing := range []string{"name", "place", "startsAt", "endsAt", "currency", "commission"} {
		b := apptest.NewMarket()
		delete(b, missing)
		w.Refused(t, 422, "validation_failed", "body."+missing, "POST", "/v1/markets", w.Root.Token, b)
	}
}

func TestMarketStatus(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"DRAFT", "DRAFT", true}, {"DRAFT", "OPEN", true}, {"DRAFT", "CLOSED", false},
		{"OPEN", "DRAFT", false}, {"OPEN", "OPEN", true}, {"OPEN", "CLOSED", true},
		{"CLOSED", "DRAFT", false}, {"CLOSED", "OPEN", true}, {"CLOSED", "CLOSED", true},
	} {
		path := apptest.At("markets", w.Market(t, "status", c.from))
		if c.allowed {
			if m := w.Set(t, path, "status", c.to); m["status"] != c.to {
				t.Errorf("%s → %s: %v", c.from, c.to, m)
			}
		} else {
			w.Refused(t, 409, "status_not_allowed", "", "PATCH", path, w.Root.Token, object{"status": c.to})
		}
	}
}

func TestMarketCurrencyAndDelete(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := w.Market(t)
	path := apptest.At("markets", m)
	f := w.Family(t, m)
	w.Set(t, path, "currency", "EUR")
	p := w.Product(t, f)
	w.Refused(t, 409, "currency_fixed", "", "PATCH", path, w.Root.Token, object{"currency": "USD"})
	w.Set(t, path, "currency", "EUR", "name", "The same currency")
	w.Refused(t, 409, "market_not_empty", "", "DELETE", path, w.Root.Token, nil)
	w.OK(t, 204, nil, "DELETE", apptest.At("products", p), w.Root.Token, nil)
	w.Set(t, path, "currency", "JPY")
	w.Refused(t, 409, "market_not_empty", "", "DELETE", path, w.Root.Token, nil)
	w.OK(t, 204, nil, "DELETE", apptest.At("families", f), w.Root.Token, nil)
	w.OK(t, 204, nil, "DELETE", path, w.Root.Token, nil)
	w.Refused(t, 404, "market_not_found", "", "GET", path, w.Root.Token, nil)
}

// TestBadTimes gives a market times that nobody can keep.
func TestBadTimes(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	path := apptest.At("markets", w.Market(t))
	for _, bad := range []string{
		"0000-01-01T00:00:00Z", "0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
		"1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+00:01", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-05-30", "2026-05-30T09:00:00",
		"2026-05-30 09:00:00Z",
		"2026-05-30T24:00:00Z", "2026-05-30T9:00:00Z", "2026-05-30T09:00:00,5Z", "2026-05-30T09:00:00+24:00",
		"2026-05-30T23:59:60Z", "-2026-05-30T09:00:00Z", "now", "",
	} {
		for _, name := range []string{"startsAt", "endsAt"} {
			body := apptest.NewMarket()
			body[name] = bad
			apptest.Placed(t, "POST "+name+" "+bad, w.Do(t, "POST", "/v1/markets", w.Root.Token, body), "body."+name)
			apptest.Placed(t, "PATCH "+name+" "+bad, w.Do(t, "PATCH", path, w.Root.Token, object{name: bad}), "body."+name)
		}
	}
}

// TestListByCaller wants each caller to see what it may, and no more to be counted.
func TestListByCaller(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	w.Market(t, "status", "DRAFT")
	w.Market(t)
	for who, c := range map[string]struct {
		token           string
		markets, drafts int
	}{
		"nobody": {"", 1, 0}, "ADMIN": {w.Root.Token, 2, 1}, "CASHIER": {w.Account(t, role.Cashier).Token, 2, 1},
		"USER": {w.Account(t, role.User).Token, 2, 1},
	} {
		for query, want := range map[string]int{"": c.markets, "&status=DRAFT": c.drafts} {
			var p apptest.Page
			w.OK(t, 200, &p, "GET", "/v1/markets?total=true"+query, c.token, nil)
			if len(p.Items) != want || *p.Total != want {
				t.Errorf("%s sees %d markets%s of %d, want %d", who, len(p.Items), query, *p.Total, want)
			}
		}
	}
}
