package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/webhook"
)

// receiver is a command of the scripts: a market, MARKET, has a webhook, HOOK, whose receiver takes what it gets, and
// somebody who does the jobs.
func receiver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: receiver")
	}
	t := ts.Value("t").(testing.TB)
	db := dbtest.Open(t, ts.Getenv("SALES_DB_URL"))
	bus := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now})
	shop := dbtest.NewShop(t, bus)
	var verify *standardwebhooks.Webhook
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := verify.Verify(body, r.Header); err != nil {
			t.Error(err)
		}
		ts.Value("received").(chan string) <- r.Header.Get("Webhook-Id") + " " + string(body)
		w.WriteHeader(http.StatusNoContent)
	}))
	ts.Defer(srv.Close)
	var hook webhookbus.Webhook
	ts.Check(bus.InTx(context.Background(), func(ctx context.Context, d business.Domains) (err error) {
		var secret string
		hook, secret, err = d.Webhooks.Create(ctx, webhookbus.NewWebhook{MarketID: shop.Market.ID, URL: srv.URL,
			Enabled: true, CreatedBy: shop.Cashier.ID})
		if err == nil {
			verify, err = standardwebhooks.NewWebhook(secret)
		}
		return err
	}))
	kinds := work.NewKinds()
	bus.Jobs(kinds, webhook.New(webhook.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}).Send, nil)
	dbtest.Work(t, db, kinds)
	ts.Setenv("MARKET", shop.Market.ID.String())
	ts.Setenv("HOOK", hook.ID.String())
}

// received is a command of the scripts: the receiver has got these events, in this order, and no other; events of the
// same number have the same id.
func received(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: received [NUMBER]...")
	}
	ids := ts.Value("ids").(map[string]string)
	for _, n := range args {
		select {
		case got := <-ts.Value("received").(chan string):
			id, body, _ := strings.Cut(got, " ")
			if known, ok := ids[body]; !strings.Contains(body, `"n": `+n+"}") || ok && known != id {
				ts.Fatalf("%s came, want number %s, %s", got, n, known)
			}
			ids[body] = id
		case <-time.After(30 * time.Second):
			ts.Fatalf("number %s did not come", n)
		}
	}
	select {
	case got := <-ts.Value("received").(chan string):
		ts.Fatalf("%s came besides", got)
	case <-time.After(200 * time.Millisecond):
	}
}
