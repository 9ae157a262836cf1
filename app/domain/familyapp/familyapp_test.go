package familyapp_test

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
	apptest.Domain(t, "Families", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples,
		Lists: []apptest.List{{Route: "GET /v1/markets/{marketID}/families", Fill: list}},
	})
}

// atMarket is a request about the families of a market that is in that state.
func atMarket(market func(*apptest.Cell) object, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("markets", market(c)) + "/families", body }
}

func open(c *apptest.Cell) object { return c.Market() }

func draft(c *apptest.Cell) object { return c.Draft().Market() }

func closed(c *apptest.Cell) object {
	c.Closed("")
	return c.Market()
}

// aFamily is a request about the cell's family.
func aFamily(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("families", c.Family()), body }
}

// afterClosing is aFamily once the market is CLOSED.
func afterClosing(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return c.Closed(apptest.At("families", c.Family())), body }
}

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/families", Want: apptest.Accounts(200), Call: atMarket(open, nil)},
	{Route: "GET /v1/markets/{marketID}/families", About: "DRAFT", Want: apptest.Accounts(200),
		Call: atMarket(draft, nil)},
	{Route: "POST /v1/markets/{marketID}/families",
		Want: apptest.Accounts(201).But(403, apptest.Cashier, apptest.CashierOwner).But(201, apptest.CashierHere),
		Call: atMarket(open, object{"name": "New"})},
	{Route: "POST /v1/markets/{marketID}/families", About: "CLOSED", Want: apptest.AdminOnly(201),
		Call: atMarket(closed, object{"name": "New"})},
	{Route: "POST /v1/markets/{marketID}/families", About: "with an owner", Want: apptest.AdminOnly(201),
		Call: func(c *apptest.Cell) (string, any) {
			return apptest.At("markets", c.Market()) + "/families", object{"name": "New", "ownerID": c.Stranger.ID}
		}},
	{Route: "GET /v1/families/{familyID}", Want: apptest.Accounts(200).But(404, apptest.Other), Call: aFamily(nil)},
	{Route: "PATCH /v1/families/{familyID}",
		Want: apptest.Accounts(200).But(403, apptest.Cashier).But(404, apptest.Other), Call: aFamily(object{"name": "M"})},
	{Route: "PATCH /v1/families/{familyID}", About: "number",
		Want: apptest.AdminOnly(200).But(404, apptest.Other), Call: aFamily(object{"number": 77})},
	{Route: "PATCH /v1/families/{familyID}", About: "CLOSED",
		Want: apptest.AdminOnly(200).But(404, apptest.Other), Call: afterClosing(object{"name": "M"})},
	{Route: "DELETE /v1/families/{familyID}",
		Want: apptest.Accounts(204).But(403, apptest.Cashier).But(404, apptest.Other), Call: aFamily(nil)},
	{Route: "DELETE /v1/families/{familyID}", About: "CLOSED",
		Want: apptest.AdminOnly(204).But(404, apptest.Other), Call: afterClosing(nil)},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/families/{familyID}",
	Fields: []apptest.Field{
		{Name: "name", Value: "Jones", ByOwner: true},
		{Name: "ownerID", Emptied: apptest.Null, Fresh: func(t *testing.T, w *apptest.World) (value, want any) {
			id := w.Account(t, role.User).ID.String()
			return id, id
		}},
		{Name: "number", Value: 99_999},
		{Name: "commission", Value: 10_000, Emptied: apptest.Gone},
	},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		u := w.Account(t, role.User)
		return apptest.At("families", w.Family(t, w.Market(t), "ownerID", u.ID, "commission", 500)), u
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m, other := w.Market(t), w.Market(t)
	for i, n := range apptest.Names {
		w.Family(t, m, "name", n, "number", 100-i*7%len(apptest.Names))
	}
	w.Family(t, other)
	return apptest.Listed{
		Path: apptest.At("markets", m) + "/families", Elsewhere: apptest.At("markets", other) + "/families",
		Default: "number", Orders: map[string]apptest.Ordering{"number": apptest.ByNumber("number"), "name": apptest.ByName},
	}
}

var (
	all   = apptest.With(object{"name": "N", "ownerID": nil, "number": 5, "commission": 5})
	right = apptest.Right{"name": apptest.AsName, "number": apptest.AsNumber, "commission": apptest.AsNumber}
	bad   = []apptest.Bad{
		{Route: "POST /v1/markets/{marketID}/families", Body: all, Right: right},
		{Route: "PATCH /v1/families/{familyID}", Body: all, Right: right},
	}
)

func examples(r *apptest.Recorder) {
	smith := r.AddUser(r.T, "smith@example.com", role.User)
	families := apptest.At("markets", r.Market(r.T)) + "/families"
	family := apptest.At("families", r.Do("createFamily", 201, "POST", families,
		`{"name": "Smith", "ownerID": "`+smith.ID.String()+`", "number": 12}`))
	r.Do("getFamily", 200, "GET", family, "")
	r.Do("updateFamily", 200, "PATCH", family, `{"name": "The Smiths", "commission": 500}`)
	r.Do("listFamilies", 200, "GET", families, "")
	r.Do("deleteFamily", 204, "DELETE", family, "")
}
