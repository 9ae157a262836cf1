package marketapp_test

import (
	"fmt"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Markets", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples,
		Lists: []apptest.List{{Route: "GET /v1/markets", Fill: list}},
	})
}

// theMarket is a request about the cell's market.
func theMarket(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Market()), body }
}

var rights = []apptest.Row{
	{Route: "GET /v1/markets", Want: apptest.Everybody(200), Call: apptest.Path("/v1/markets")},
	{Route: "POST /v1/markets", Want: apptest.AdminAlone(201), Call: func(*apptest.Cell) (string, any) {
		return "/v1/markets", apptest.NewMarket()
	}},
	{Route: "GET /v1/markets/{marketID}", Want: apptest.Everybody(200), Call: theMarket(nil)},
	{Route: "GET /v1/markets/{marketID}", About: "DRAFT", Want: apptest.Everybody(200).But(404, apptest.Nobody),
		Call: func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Draft().Market()), nil }},
	{Route: "PATCH /v1/markets/{marketID}", Want: apptest.AdminOnly(200), Call: theMarket(object{"name": "Oak Street"})},
	{Route: "DELETE /v1/markets/{marketID}", Want: apptest.AdminOnly(204), Call: theMarket(nil)},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/markets/{marketID}",
	Fields: []apptest.Field{
		{Name: "name", Value: "Oak Street"},
		{Name: "place", Value: "Oak Street 2"},
		{Name: "placeID", Emptied: apptest.Gone, Fresh: func(t *testing.T, w *apptest.World) (value, want any) {
			id := w.Create(t, "/v1/places", object{"code": fmt.Sprint(w.Count()), "name": "N", "city": "N",
				"country": "N"})["id"]
			return id, id
		}},
		{Name: "startsAt", Value: "2026-05-30T09:30:00.1234567+02:00", Want: "2026-05-30T07:30:00.123456Z"},
		{Name: "endsAt", Value: "2026-05-31T00:00:00Z"},
		{Name: "currency", Value: "EUR"},
		{Name: "commission", Value: 0},
		{Name: "status", Value: "CLOSED"},
		{Name: "cashSessionRequired", Value: true},
		{Name: "priceSteps", Value: []any{object{"from": "2026-05-30T14:00:00Z", "percentOff": 50.0}}, Emptied: []any{}},
	},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		return apptest.At("markets", w.Market(t)), apptest.User{}
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	for i, n := range apptest.Names {
		w.Market(t, "name", n, "startsAt", fmt.Sprintf("2026-05-%02dT09:00:00Z", 10+i%4), "status",
			[]string{"DRAFT", "OPEN", "CLOSED"}[i%3])
	}
	return apptest.Listed{
		Path: "/v1/markets", Default: "startsAt",
		Orders: map[string]apptest.Ordering{"startsAt": apptest.ByTime("startsAt"), "name": apptest.ByName,
			"createdAt": apptest.ByTime("createdAt")},
		Filters: map[string]func(object) bool{
			"status=DRAFT": apptest.Is("status", "DRAFT"), "status=OPEN": apptest.Is("status", "OPEN"),
			"status=CLOSED&name=a": func(o object) bool {
				return apptest.Is("status", "CLOSED")(o) && apptest.Named("a")(o)
			},
			"name=%25": apptest.Named("%"), "name=a_b": apptest.Named("a_b"), "name=APPLE": apptest.Named("apple"),
			"name=%5C": apptest.Named(`\`),
		},
	}
}

var (
	right = apptest.Right{"name": apptest.AsName, "place": apptest.AsName, "commission": apptest.AsNumber,
		"cashSessionRequired": apptest.AsBool, "priceSteps": {"[]"}}
	more = object{"cashSessionRequired": false, "placeID": nil,
		"priceSteps": []object{{"from": "2026-05-30T14:00:00Z", "percentOff": 50}}}
	bad = []apptest.Bad{
		{Route: "GET /v1/markets", Params: apptest.Params{"status": {"", "open", "SOLD"}, "name": nil}},
		{Route: "POST /v1/markets", Body: apptest.With(more), Right: right},
		{Route: "PATCH /v1/markets/{marketID}", Right: right, Body: func(c *apptest.Cell, body object) {
			apptest.With(apptest.NewMarket())(c, body)
			apptest.With(more)(c, body)
		}},
	}
)

func examples(r *apptest.Recorder) {
	const elm = `{"name": "Elm Street Garage Sale", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", ` +
		`"endsAt": "2026-05-30T17:00:00Z", "currency": "USD", "commission": 1000}`
	market := apptest.At("markets", r.Do("createMarket", 201, "POST", "/v1/markets", elm))
	r.Do("updateMarket", 200, "PATCH", market, `{"status": "OPEN"}`)
	r.Do("getMarket", 200, "GET", market, "")
	r.Do("listMarkets", 200, "GET", "/v1/markets?status=OPEN&total=true", "")
	r.Do("deleteMarket", 204, "DELETE", market, "")
}
