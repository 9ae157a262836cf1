package webhookapp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/webhook"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Webhooks", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples,
		Lists: []apptest.List{
			{Route: "GET /v1/markets/{marketID}/webhooks", Fill: list},
			{Route: "GET /v1/webhooks/{webhookID}/deliveries", Fill: listDeliveries},
		},
	})
}

const hookURL = "https://example.com/hooks/7Qd1"

func hook(t testing.TB, w *apptest.World, market object, more ...any) object {
	t.Helper()
	w.Drained(t) // a webhook is sent what is told from now on
	return w.Create(t, apptest.At("markets", market)+"/webhooks", object{"url": hookURL}, more...)
}

// aHook is a request about a new webhook.
func aHook(then string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		return apptest.At("webhooks", hook(c.T, c.World, c.Market())) + then, body
	}
}

// ofMarket is a request about the webhooks of a market.
func ofMarket(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Market()) + "/webhooks", body }
}

// aDelivery is a request about one that failed.
func aDelivery(then string) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		h := hook(c.T, c.World, c.Market())
		deliver(c.T, c.World, h, 1, webhook.Result{Status: 500, Took: time.Millisecond, Failure: webhook.FailedStatus})
		return apptest.At("deliveries", deliveries(c.T, c.World, h)[0]) + then, nil
	}
}

func deliveries(t testing.TB, w *apptest.World, hook object) []object {
	t.Helper()
	return w.All(t, apptest.At("webhooks", hook)+"/deliveries")
}

// deliver has n things happen at the webhook's market, and sends them as far as the answer lets it.
func deliver(t testing.TB, w *apptest.World, hook object, n int, answer webhook.Result) {
	t.Helper()
	want := len(deliveries(t, w, hook)) + n
	if answer.Failure != "" {
		want += 1 - n // the others wait
	}
	tell(t, w, uuid.MustParse(hook["marketID"].(string)), n)
	d := webhookbus.Deliverer{Business: w.Business.Webhooks, InTx: nil,
		Send: func(context.Context, webhook.Message) (webhook.Result, error) { return answer, nil }}
	id := uuid.MustParse(hook["id"].(string))
	for range 1000 { // the drain may be the relay's
		_ = d.Do(work.WithID(t.Context(), 1<<40), webhookbus.Deliver{WebhookID: id}) // that it is to come again is no failure
		if len(deliveries(t, w, hook)) >= want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("nothing was delivered")
}

func tell(t testing.TB, w *apptest.World, marketID uuid.UUID, n int) {
	t.Helper()
	err := w.Business.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		for range n {
			e, err := d.Outbox.Stamp(outbox.Event{MarketID: marketID, Kind: "product", KindID: uuid.New(),
				Type: "garagesale.product.updated.v1", Payload: []byte(`{}`)})
			if err != nil {
				return err
			}
			if err := d.Outbox.Add(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Business.Relay.Ring()
}

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/webhooks", Want: apptest.AdminOnly(200), Call: ofMarket(nil)},
	{Route: "POST /v1/markets/{marketID}/webhooks", Want: apptest.AdminOnly(201), Call: ofMarket(object{"url": hookURL})},
	{Route: "GET /v1/webhooks/{webhookID}", Want: apptest.Hidden(200), Call: aHook("", nil)},
	{Route: "PATCH /v1/webhooks/{webhookID}", Want: apptest.Hidden(200), Call: aHook("", object{"enabled": false})},
	{Route: "DELETE /v1/webhooks/{webhookID}", Want: apptest.Hidden(204), Call: aHook("", nil)},
	{Route: "POST /v1/webhooks/{webhookID}/rotate-secret", Want: apptest.Hidden(200),
		Call:       aHook("/rotate-secret", nil),
		NoLocation: true},
	{Route: "GET /v1/webhooks/{webhookID}/deliveries", Want: apptest.Hidden(200), Call: aHook("/deliveries", nil)},
	{Route: "POST /v1/deliveries/{deliveryID}/redeliver", Want: apptest.Hidden(200), Call: aDelivery("/redeliver"),
		NoLocation: true},
	{Route: "POST /v1/deliveries/{deliveryID}/drop", Want: apptest.Hidden(200), Call: aDelivery("/drop"),
		NoLocation: true},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/webhooks/{webhookID}",
	Fields: []apptest.Field{
		{Name: "url", Value: "https://example.org:8443/in?a=b"},
		{Name: "types", Value: []any{"garagesale.sale.completed.v1"}, Emptied: []any{}},
		{Name: "enabled", Value: false},
	},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		return apptest.At("webhooks", hook(t, w, w.Market(t), "types", []string{"garagesale.product.listed.v1"})),
			apptest.User{}
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m, other := w.Market(t), w.Market(t)
	for range 12 {
		hook(t, w, m)
	}
	hook(t, w, other)
	return apptest.Listed{
		Path: apptest.At("markets", m) + "/webhooks", Elsewhere: apptest.At("markets", other) + "/webhooks",
		Default: "createdAt", Orders: map[string]apptest.Ordering{"createdAt": apptest.ByTime("createdAt")},
	}
}

func listDeliveries(t *testing.T, w *apptest.World) apptest.Listed {
	m := w.Market(t)
	h, other := hook(t, w, m), hook(t, w, m)
	deliver(t, w, h, 12, webhook.Result{Status: 200})
	deliver(t, w, h, 1, webhook.Result{Failure: webhook.FailedTimeout})
	return apptest.Listed{
		Path: apptest.At("webhooks", h) + "/deliveries", Elsewhere: apptest.At("webhooks", other) + "/deliveries",
		Default: "-createdAt", Orders: map[string]apptest.Ordering{"createdAt": apptest.ByTime("createdAt")},
		Filters: map[string]func(object) bool{
			"status=DELIVERED": apptest.Is("status", "DELIVERED"), "status=PENDING": apptest.Is("status", "PENDING"),
			"status=DROPPED": nil,
		},
	}
}

var (
	all   = apptest.With(object{"url": hookURL, "types": []string{"garagesale.sale.completed.v1"}, "enabled": true})
	right = apptest.Right{"types": {"[]"}, "enabled": apptest.AsBool}
	bad   = []apptest.Bad{
		{Route: "POST /v1/markets/{marketID}/webhooks", Body: all, Right: right},
		{Route: "PATCH /v1/webhooks/{webhookID}", Body: all, Right: right},
		{Route: "GET /v1/webhooks/{webhookID}/deliveries", Params: apptest.Params{"status": {"", "x", "failed"}}},
	}
)

func examples(r *apptest.Recorder) {
	m := r.Market(r.T)
	hooks := apptest.At("markets", m) + "/webhooks"
	r.Drained(r.T)
	made := r.Do("createWebhook", 201, "POST", hooks,
		`{"url": "https://example.com/hooks/garagesale",
			"types": ["garagesale.sale.completed.v1", "garagesale.product.updated.v1"]}`)
	path := apptest.At("webhooks", made)
	r.Do("getWebhook", 200, "GET", path, "")
	r.Do("updateWebhook", 200, "PATCH", path, `{"types": null}`)
	r.Do("listWebhooks", 200, "GET", hooks, "")
	r.Do("rotateWebhookSecret", 200, "POST", path+"/rotate-secret", "")
	deliver(r.T, r.World, made, 1, webhook.Result{Status: 503, Took: 42 * time.Millisecond, Failure: webhook.FailedStatus})
	r.Do("listDeliveries", 200, "GET", path+"/deliveries", "")
	d := apptest.At("deliveries", deliveries(r.T, r.World, made)[0])
	r.Do("redeliver", 200, "POST", d+"/redeliver", "")
	r.Do("dropDelivery", 200, "POST", d+"/drop", "")
	r.Do("deleteWebhook", 204, "DELETE", path, "")
}

// TestSecret: a secret is in the answers to whoever makes it, and nowhere else.
func TestSecret(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := w.Market(t)
	made := hook(t, w, m)
	path := apptest.At("webhooks", made)
	var rotated object
	w.OK(t, 200, &rotated, "POST", path+"/rotate-secret", w.Root.Token, nil)
	deliver(t, w, made, 1, webhook.Result{Status: 200})
	said := w.Log.String()
	for _, at := range []string{path, apptest.At("markets", m) + "/webhooks", path + "/deliveries",
		"/v1/audit?limit=100"} {
		said += string(w.OK(t, 200, nil, "GET", at, w.Root.Token, nil).Body)
	}
	said += string(w.OK(t, 200, nil, "PATCH", path, w.Root.Token, object{"enabled": false}).Body)
	var kept []string
	if err := dbtest.Owner(t, w.DB).Select(t.Context(), &kept, `
		SELECT row_to_json(k)::text FROM idempotency_keys k UNION ALL SELECT row_to_json(a)::text FROM audit a
		UNION ALL SELECT row_to_json(e)::text FROM events e UNION ALL SELECT row_to_json(d)::text FROM webhook_deliveries d
		UNION ALL SELECT row_to_json(j)::text FROM river.river_job j`); err != nil {
		t.Fatal(err)
	}
	said += strings.Join(kept, "\n")
	for _, o := range []object{made, rotated} {
		secret, _ := o["secret"].(string)
		if !strings.HasPrefix(secret, "whsec_") {
			t.Fatalf("no secret is shown: %v", o)
		}
		if strings.Contains(said, secret) {
			t.Error("a secret is told elsewhere")
		}
	}
	if made["secret"] == rotated["secret"] || !strings.Contains(said, "webhook.create") {
		t.Error("it looked for nothing")
	}
}

// TestRefusals: what a webhook may not be, and how many a market may have.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Business: func(db sqldb.DB, cfg business.Config) business.Business {
		cfg.Quotas.Webhooks = 2
		return business.New(db, cfg)
	}})
	m := w.Market(t)
	hooks := apptest.At("markets", m) + "/webhooks"
	for _, url := range []string{"http://example.com/", "https://127.0.0.1/", "https://u:p@example.com/",
		"https://2130706433/"} {
		w.Refused(t, 422, "validation_failed", "body.url", "POST", hooks, w.Root.Token, object{"url": url})
	}
	w.Refused(t, 422, "validation_failed", "body.types[1]", "POST", hooks, w.Root.Token,
		object{"url": hookURL, "types": []string{"garagesale.sale.completed.v1", "sale.completed"}})
	h := hook(t, w, m)
	hook(t, w, m)
	w.Refused(t, 409, "quota_reached", "", "POST", hooks, w.Root.Token, object{"url": hookURL})
	hook(t, w, w.Market(t)) // another market's
	path := apptest.At("webhooks", h)
	w.Refused(t, 422, "validation_failed", "body.url", "PATCH", path, w.Root.Token, object{"url": "https://localhost/"})
	w.Refused(t, 409, "market_not_empty", "", "DELETE", apptest.At("markets", m), w.Root.Token, nil)
	deliver(t, w, h, 1, webhook.Result{Status: 200})
	d := apptest.At("deliveries", deliveries(t, w, h)[0])
	w.Refused(t, 409, "delivery_is_over", "", "POST", d+"/drop", w.Root.Token, nil)
	w.Set(t, path, "enabled", false)
	w.Refused(t, 409, "webhook_disabled", "", "POST", d+"/redeliver", w.Root.Token, nil)
	w.OK(t, 204, nil, "DELETE", path, w.Root.Token, nil)
	w.Refused(t, 404, "delivery_not_found", "", "POST", d+"/redeliver", w.Root.Token, nil)
}
