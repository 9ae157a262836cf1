package placeapp_test

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
	apptest.Domain(t, "Places", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples,
		Lists: []apptest.List{{Route: "GET /v1/places", Fill: list}},
	})
}

func body(w *apptest.World) object {
	return object{"code": fmt.Sprint("P", w.Count()), "name": "Town hall", "city": "Boulder", "country": "USA"}
}

func place(t *testing.T, w *apptest.World, more ...any) object {
	t.Helper()
	return w.Create(t, "/v1/places", body(w), more...)
}

// aPlace is a request about a new place.
func aPlace(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("places", place(c.T, c.World)), body }
}

var rights = []apptest.Row{
	{Route: "GET /v1/places", Want: apptest.Everybody(200), Call: apptest.Path("/v1/places")},
	{Route: "POST /v1/places", Want: apptest.AdminAlone(201), Call: func(c *apptest.Cell) (string, any) {
		return "/v1/places", body(c.World)
	}},
	{Route: "GET /v1/places/{placeID}", Want: apptest.Everybody(200), Call: aPlace(nil)},
	{Route: "PATCH /v1/places/{placeID}", Want: apptest.AdminAlone(200), Call: aPlace(object{"name": "Park"})},
	{Route: "DELETE /v1/places/{placeID}", Want: apptest.AdminAlone(204), Call: aPlace(nil)},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/places/{placeID}",
	Fields: []apptest.Field{
		{Name: "code", Fresh: func(_ *testing.T, w *apptest.World) (value, want any) {
			code := fmt.Sprint("C", w.Count())
			return code, code
		}},
		{Name: "name", Value: "Park"},
		{Name: "city", Value: "Denver"},
		{Name: "country", Value: "Mexico"},
		{Name: "alias", Value: []any{"The park", "Old park"}, Emptied: []any{}},
		{Name: "regions", Value: []any{"West"}, Emptied: []any{}},
		{Name: "unlocs", Value: []any{"USDEN"}, Emptied: []any{}},
		{Name: "latitude", Value: -33.8688197, Emptied: apptest.Gone},
		{Name: "longitude", Value: 151.2092955, Emptied: apptest.Gone},
		{Name: "timeZone", Value: "Australia/Sydney", Emptied: apptest.Gone},
		{Name: "province", Value: "Colorado", Emptied: apptest.Gone},
	},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		return apptest.At("places", place(t, w, "alias", []string{"Hall"}, "timeZone", "America/Denver")), apptest.User{}
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	for i, n := range apptest.Names {
		place(t, w, "name", n, "code", fmt.Sprintf("%02d", i*7%len(apptest.Names)), "country", []string{"USA", "Mexico"}[i%2])
	}
	return apptest.Listed{
		Path: "/v1/places", Default: "code",
		Orders: map[string]apptest.Ordering{"code": apptest.ByText("code"), "name": apptest.ByName},
		Filters: map[string]func(object) bool{
			"country=USA": apptest.Is("country", "USA"), "country=usa": nil, "name=apple": apptest.Named("apple"),
			"name=%25&country=Mexico": func(o object) bool {
				return apptest.Named("%")(o) && apptest.Is("country", "Mexico")(o)
			},
		},
	}
}

var (
	degrees = []string{"-0", "-1", "-0.5", "1.5", "1.0"}
	right   = apptest.Right{
		"code": apptest.AsName, "name": apptest.AsName, "city": apptest.AsName, "country": apptest.AsName,
		"province": apptest.AsName, "alias": {"[]"}, "regions": {"[]"}, "unlocs": {"[]"}, "alias[]": apptest.AsName,
		"regions[]": apptest.AsName, "unlocs[]": apptest.AsName, "latitude": degrees, "longitude": degrees,
	}
	all = apptest.With(object{
		"code": "X", "name": "N", "city": "N", "country": "N", "alias": []string{"N"}, "regions": []string{"N"},
		"unlocs": []string{"N"}, "latitude": 1, "longitude": 1, "timeZone": "UTC", "province": "N",
	})
	bad = []apptest.Bad{
		{Route: "GET /v1/places", Params: apptest.Params{"name": nil, "country": {"", "%20"}}},
		{Route: "POST /v1/places", Body: all, Right: right},
		{Route: "PATCH /v1/places/{placeID}", Body: all, Right: right},
	}
)

func examples(r *apptest.Recorder) {
	p := apptest.At("places", r.Do("createPlace", 201, "POST", "/v1/places",
		`{"code": "elm-1", "name": "Elm Street Hall", "city": "Boulder", "country": "USA", "timeZone": "America/Denver"}`))
	r.Do("getPlace", 200, "GET", p, "")
	r.Do("updatePlace", 200, "PATCH", p, `{"alias": ["The hall"], "latitude": 40.0149, "longitude": -105.2705}`)
	r.Do("listPlaces", 200, "GET", "/v1/places?country=USA", "")
	r.Do("deletePlace", 204, "DELETE", p, "")
}

// TestRefusals: a code is one place's alone, and a place stays while a market names it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	p, other := place(t, w, "code", "A"), place(t, w, "code", "B")
	again := body(w)
	again["code"] = "A"
	w.Refused(t, 409, "place_code_taken", "", "POST", "/v1/places", w.Root.Token, again)
	w.Refused(t, 409, "place_code_taken", "", "PATCH", apptest.At("places", other), w.Root.Token, object{"code": "A"})
	m := w.Market(t, "placeID", p["id"])
	w.Refused(t, 409, "place_in_use", "", "DELETE", apptest.At("places", p), w.Root.Token, nil)
	w.Set(t, apptest.At("markets", m), "placeID", nil)
	w.OK(t, 204, nil, "DELETE", apptest.At("places", p), w.Root.Token, nil)
	nowhere := object{"placeID": p["id"]}
	w.Refused(t, 422, "validation_failed", "body.placeID", "PATCH", apptest.At("markets", m), w.Root.Token, nowhere)
}
