package dbtest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/otel"
)

// Work does jobs until the test ends, those of webhooks too.
func Work(t testing.TB, db sqldb.DB, kinds *work.Kinds) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	tracing, err := otel.Start(context.Background(), otel.Config{}, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := work.Run(ctx, db, kinds, work.Config{Workers: 2, Queues: map[string]int{webhookbus.Queue: 2}, Log: log,
			Tracing: tracing}); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); wg.Wait() })
}
