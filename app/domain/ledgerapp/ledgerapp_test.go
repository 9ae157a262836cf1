package ledgerapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Ledger", apptest.Suite{
		Rights: rights, Bad: bad, Examples: examples,
		Lists: []apptest.List{{Route: "GET /v1/markets/{marketID}/cash-sessions", Fill: list},
			{Route: "GET /v1/cash-sessions/{cashSessionID}/movements", Fill: movements}},
	})
}

// atMarket is a request at an address beneath the cell's market.
func atMarket(suffix string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Market()) + suffix, body }
}

// aDrawer is a request about an open cash session of the cell's till.
func aDrawer(suffix string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		path, float := atMarket("/cash-sessions", object{"float": 1000})(c)
		return apptest.At("cash-sessions", c.Make(c.Till(), path, float)) + suffix, body
	}
}

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/ledger", Want: apptest.AdminOnly(200), Call: atMarket("/ledger", nil)},
	{Route: "GET /v1/markets/{marketID}/cash-sessions", Want: apptest.Tills(200), Call: atMarket("/cash-sessions", nil)},
	{Route: "POST /v1/markets/{marketID}/cash-sessions", Want: apptest.Tills(201),
		Call: atMarket("/cash-sessions", object{"float": 1000})},
	{Route: "GET /v1/cash-sessions/{cashSessionID}", About: "its own", Want: apptest.HiddenButTills(200),
		Call: aDrawer("", nil)},
	{Route: "GET /v1/cash-sessions/{cashSessionID}/movements", About: "its own", Want: apptest.HiddenButTills(200),
		Call: aDrawer("/movements", nil)},
	{Route: "GET /v1/cash-sessions/{cashSessionID}/movements", About: "another's",
		Want: apptest.HiddenButTills(200).But(404, apptest.Cashier, apptest.CashierOwner),
		Call: func(c *apptest.Cell) (string, any) {
			path, float := atMarket("/cash-sessions", object{"float": 1000})(c)
			return apptest.At("cash-sessions", c.Make(c.Root.Token, path, float)) + "/movements", nil
		}},
	{Route: "POST /v1/cash-sessions/{cashSessionID}/movements", About: "its own", Want: apptest.HiddenButTills(201),
		Call: aDrawer("/movements", object{"amount": -10, "reason": "coffee"}), NoLocation: true},
	{Route: "POST /v1/cash-sessions/{cashSessionID}/close", About: "its own", Want: apptest.HiddenButTills(200),
		Call: aDrawer("/close", object{"counted": 1000})},
}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m, other := apptest.At("markets", w.Market(t)), apptest.At("markets", w.Market(t))
	till := w.Account(t, role.Cashier)
	for range 6 {
		var s object
		w.OK(t, 201, &s, "POST", m+"/cash-sessions", till.Token, object{"float": 5})
		w.OK(t, 200, nil, "POST", apptest.At("cash-sessions", s)+"/close", till.Token, object{"counted": 5},
			"Idempotency-Key", apptest.Key())
		w.OK(t, 201, nil, "POST", m+"/cash-sessions", w.Account(t, role.Cashier).Token, object{"float": 7})
	}
	return apptest.Listed{
		Path: m + "/cash-sessions", Elsewhere: other + "/cash-sessions", Default: "-openedAt",
		Orders: map[string]apptest.Ordering{"openedAt": apptest.ByTime("openedAt")},
		Filters: map[string]func(object) bool{"cashierID=" + till.ID.String(): apptest.Is("cashierID", till.ID),
			"cashierID=" + w.Root.ID.String(): nil},
	}
}

func movements(t *testing.T, w *apptest.World) apptest.Listed {
	m, till := apptest.At("markets", w.Market(t)), w.Account(t, role.Cashier)
	var s, other object
	w.OK(t, 201, &s, "POST", m+"/cash-sessions", till.Token, object{"float": 100})
	w.OK(t, 201, &other, "POST", m+"/cash-sessions", w.Account(t, role.Cashier).Token, object{"float": 100})
	path := apptest.At("cash-sessions", s) + "/movements"
	for n := range 13 {
		w.OK(t, 201, nil, "POST", path, till.Token, object{"amount": n%3*2 - 1, "reason": "change"},
			"Idempotency-Key", apptest.Key())
	}
	return apptest.Listed{
		Path: path, Elsewhere: apptest.At("cash-sessions", other) + "/movements", Default: "createdAt",
		Orders: map[string]apptest.Ordering{"createdAt": apptest.ByTime("createdAt")},
	}
}

var bad = []apptest.Bad{
	{Route: "GET /v1/markets/{marketID}/cash-sessions", Params: apptest.Params{"cashierID": apptest.BadIDs}},
	{Route: "POST /v1/markets/{marketID}/cash-sessions", Right: apptest.Right{"float": apptest.AsNumber}},
	{Route: "POST /v1/cash-sessions/{cashSessionID}/movements",
		Right: apptest.Right{"amount": {"-1"}, "reason": apptest.AsText}},
	{Route: "POST /v1/cash-sessions/{cashSessionID}/close", Right: apptest.Right{"counted": apptest.AsNumber}},
}

func examples(r *apptest.Recorder) {
	p := r.Product(r.T, r.Family(r.T, r.Market(r.T)))
	market := "/v1/markets/" + p["marketID"].(string)
	r.As(r.AddUser(r.T, "till@example.com", role.Cashier))
	drawer := apptest.At("cash-sessions", r.Do("openCashSession", 201, "POST", market+"/cash-sessions",
		`{"float": 5000}`))
	r.Do("moveCash", 201, "POST", drawer+"/movements", `{"amount": -2000, "reason": "to the office"}`,
		"Idempotency-Key", "example")
	r.Do("listMovements", 200, "GET", drawer+"/movements", "")
	r.Do("closeCashSession", 200, "POST", drawer+"/close", `{"counted": 2600}`, "Idempotency-Key", "example")
	r.Do("getCashSession", 200, "GET", drawer, "")
	r.Do("listCashSessions", 200, "GET", market+"/cash-sessions", "")
	r.Sale(r.T, p)
	r.As(r.Root)
	r.Do("getLedger", 200, "GET", market+"/ledger", "")
}
