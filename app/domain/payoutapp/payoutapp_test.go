package payoutapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Payouts", apptest.Suite{
		Rights: rights, Examples: examples,
		Lists: []apptest.List{{Route: "GET /v1/markets/{marketID}/payouts", Fill: list}},
	})
}

// earner is the cell's family once it has sold something and the market is CLOSED.
func earner(c *apptest.Cell) string {
	f := c.Family()
	c.Sale(c.T, c.World.Product(c.T, f))
	return c.Closed(apptest.At("families", f))
}

var rights = []apptest.Row{
	{Route: "POST /v1/families/{familyID}/payouts", Want: apptest.AdminOnly(201).But(404, apptest.Other),
		Call: func(c *apptest.Cell) (string, any) { return earner(c) + "/payouts", nil }},
	{Route: "GET /v1/payouts/{payoutID}", Want: apptest.HiddenButOwn(200), Call: func(c *apptest.Cell) (string, any) {
		return apptest.At("payouts", c.Make(c.Root.Token, earner(c)+"/payouts", nil)), nil
	}},
	{Route: "GET /v1/markets/{marketID}/payouts", Want: apptest.Accounts(200), Call: func(c *apptest.Cell) (string, any) {
		return apptest.At("markets", c.Market()) + "/payouts", nil
	}},
}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m, other := w.Market(t), w.Market(t)
	var families []string
	for range 12 {
		f := w.Family(t, m)
		w.Sale(t, w.Product(t, f))
		families = append(families, apptest.At("families", f))
	}
	w.Set(t, apptest.At("markets", m), "status", "CLOSED")
	for _, f := range families {
		w.OK(t, 201, nil, "POST", f+"/payouts", w.Root.Token, nil, "Idempotency-Key", apptest.Key())
	}
	return apptest.Listed{
		Path: apptest.At("markets", m) + "/payouts", Elsewhere: apptest.At("markets", other) + "/payouts",
		Default: "createdAt", Orders: map[string]apptest.Ordering{"createdAt": apptest.ByTime("createdAt")},
	}
}

func examples(r *apptest.Recorder) {
	f := r.Family(r.T, r.Market(r.T))
	market := "/v1/markets/" + f["marketID"].(string)
	r.Sale(r.T, r.Product(r.T, f))
	r.Set(r.T, market, "status", "CLOSED")
	p := r.Do("createPayout", 201, "POST", apptest.At("families", f)+"/payouts", "", "Idempotency-Key", "example")
	r.Do("getPayout", 200, "GET", apptest.At("payouts", p), "")
	r.Do("listPayouts", 200, "GET", market+"/payouts", "")
}
