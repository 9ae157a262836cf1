package reportapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Reports", apptest.Suite{Rights: rights, Bad: bad, Examples: examples})
}

// atMarket is a request at an address beneath the cell's market.
func atMarket(suffix string) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Market()) + suffix, nil }
}

var rights = []apptest.Row{
	{Route: "GET /v1/families/{familyID}/statement", Want: apptest.HiddenButOwn(200),
		Call: func(c *apptest.Cell) (string, any) { return apptest.At("families", c.Family()) + "/statement", nil }},
	{Route: "GET /v1/markets/{marketID}/summary", Want: apptest.Tills(200), Call: atMarket("/summary")},
	{Route: "GET /v1/markets/{marketID}/top-sellers", Want: apptest.Tills(200), Call: atMarket("/top-sellers")},
}

var badLimits = []string{"", "0", "-1", "1.5", "1e3", "x", "%201", "0x10", "1000000000000000000000000000000",
	"9223372036854775808", "%2B"}

var bad = []apptest.Bad{
	{Route: "GET /v1/markets/{marketID}/top-sellers",
		Params: apptest.Params{"limit": badLimits, "by": {"", "price", "Revenue"}}},
	{Route: "GET /v1/families/{familyID}/statement", Params: apptest.Params{"limit": badLimits, "cursor": nil}},
}

func examples(r *apptest.Recorder) {
	f := r.Family(r.T, r.Market(r.T), "number", 12)
	market := "/v1/markets/" + f["marketID"].(string)
	r.Sale(r.T, r.Product(r.T, f))
	r.Do("getStatement", 200, "GET", apptest.At("families", f)+"/statement", "")
	r.Do("getSummary", 200, "GET", market+"/summary", "")
	r.Do("listTopSellers", 200, "GET", market+"/top-sellers?limit=3&by=revenue", "")
}
