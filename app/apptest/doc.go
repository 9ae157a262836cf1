// Package apptest runs the whole HTTP side over a database of the test's own, and asks it as a client would.
//
// Each domain gives its rows to Domain, in a test that is called TestDomain and stands in <x>app_test.go. The rows say
// who may ask for what, what a PATCH can change, how lists are ordered and narrowed, which input is refused, and what
// the examples of the document do; Domain asks for all of that, and names what a route lacks and the file to add it to.
//
//	func TestDomain(t *testing.T) {
//		t.Parallel()
//		apptest.Domain(t, "Places", apptest.Suite{
//			Rights: []apptest.Row{
//				{Route: "GET /v1/places/{placeID}", Want: apptest.Everybody(200), Call: func(c *apptest.Cell) (string, any) {
//					return apptest.At("places", place(c.T, c.World)), nil
//				}},
//				{Route: "POST /v1/places", Want: apptest.AdminOnly(201), Call: func(c *apptest.Cell) (string, any) {
//					return "/v1/places", body()
//				}},
//			},
//			Patches: []apptest.Patch{{Route: "PATCH /v1/places/{placeID}", Make: …, Fields: []apptest.Field{
//				{Name: "city", Value: "Oslo"},              // the member by itself; null is refused
//				{Name: "province", Value: "Viken", Emptied: apptest.Gone}, // null empties it
//			}}},
//			Lists: []apptest.List{{Route: "GET /v1/places", Fill: func(t *testing.T, w *apptest.World) apptest.Listed {…}}},
//			Bad: []apptest.Bad{
//				{Route: "POST /v1/places", Right: apptest.Right{"name": apptest.AsName}},
//				{Route: "GET /v1/places", Params: apptest.Params{"country": {"", "norway"}}},
//			},
//			Examples: func(r *apptest.Recorder) { r.Do("createPlace", 201, "POST", "/v1/places", `{"name": …}`) },
//		})
//	}
//
// What is special about a domain is an ordinary test beside it, over a World: w := apptest.NewWorld(t,
// apptest.Options{}), and then w.Create, w.Set, w.Refused. A Fair is a World with a market at which two families sell
// at two tills.
package apptest
