package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/natsserver"
)

// nats is a command of the scripts: a server of its own that takes messages up to so many bytes.
func nats(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nats BYTES")
	}
	most, err := strconv.ParseInt(args[0], 10, 32)
	ts.Check(err)
	srv, err := natsserver.Start(natsserver.Config{Dir: filepath.Join(ts.Getenv("WORK"), "nats"+args[0]),
		MaxPayload: int32(most)})
	ts.Check(err)
	ts.Defer(srv.Stop)
	ts.Setenv("SALES_EVENTS_NATS_URL", srv.ClientURL())
}

// tell is a command of the scripts: so many events happen at a market, in the script's database.
func tell(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tell MARKET COUNT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i := range n {
		happen(ts, args[0], fmt.Sprintf(`{"n": %d}`, i+1)).Close()
	}
}

// refused is a command of the scripts: an event happens at a market that is too large for a server of 1000 bytes, which
// refuses it.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: refused MARKET")
	}
	db := happen(ts, args[0], `{"n": "`+strings.Repeat("x", 1000)+`"}`)
	defer db.Close()
	srv, err := natsserver.Start(natsserver.Config{Dir: ts.MkAbs(uuid.NewString()), MaxPayload: 1000})
	ts.Check(err)
	defer srv.Stop()
	b, err := broker.Open(broker.Config{URL: srv.ClientURL()})
	ts.Check(err)
	defer b.Close()
	ts.Check(outbox.NewForwarder(db, clock.Now, b, slog.New(slog.DiscardHandler)).Forward(context.Background()))
}

// happen has something happen at a market, and drains the outbox.
func happen(ts *testscript.TestScript, market, payload string) sqldb.DB {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, sqldb.Config{URL: ts.Getenv("SALES_DB_URL"), MaxConns: 2})
	ts.Check(err)
	store := outbox.New(db, clock.Now)
	e, err := store.Stamp(outbox.Event{MarketID: uuid.MustParse(market), Kind: "thing", KindID: uuid.New(),
		Type: "garagesale.thing.made.v1", Payload: []byte(payload)})
	ts.Check(err)
	ts.Check(store.Add(ctx, e))
	_, err = business.New(db, business.Config{Now: clock.Now}).Relay.Drain(ctx)
	ts.Check(err)
	return db
}
