package sqldb_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/otel"
)

// tracedDB is a database of one connection whose statements are traced, a context within a sampled span, and the spans.
func tracedDB(t *testing.T) (sqldb.DB, context.Context, func() map[string]tracetest.SpanStub) {
	t.Helper()
	mem := tracetest.NewInMemoryExporter()
	p, err := otel.Start(t.Context(), otel.Config{Ratio: 1, Exporter: mem}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	tracer, err := sqldb.NewTracer()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbtest.URL(t), MaxConns: 1, Tracer: tracer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx, span := p.Tracer().Start(t.Context(), "request")
	return db, ctx, func() map[string]tracetest.SpanStub {
		span.End()
		if err := p.Flush(context.Background()); err != nil {
			t.Error(err)
		}
		got := map[string]tracetest.SpanStub{}
		for _, s := range mem.GetSpans() {
			got[s.Name] = s
		}
		return got
	}
}

func attr(s tracetest.SpanStub, key attribute.Key) string {
	i := slices.IndexFunc(s.Attributes, func(a attribute.KeyValue) bool { return a.Key == key })
	if i < 0 {
		return ""
	}
	return s.Attributes[i].Value.String()
}

// TestTracerBatch: each statement of a batch has its own span, one after the other, beneath the batch's.
func TestTracerBatch(t *testing.T) {
	t.Parallel()
	db, ctx, spans := tracedDB(t)
	var b pgx.Batch
	b.Queue("SELECT pg_sleep(0.02)")
	b.Queue("UPDATE users SET name = $1 WHERE user_id = $2", "hidden", "00000000-0000-0000-0000-000000000000")
	b.Queue("SELECT 1/0 FROM users RIGHT JOIN (SELECT 1) AS one ON true")
	if err := db.Pool().SendBatch(ctx, &b).Close(); err == nil {
		t.Fatal("no error")
	}
	got := spans()
	batch, sleep, update, failed := got["BATCH"], got["SELECT pg_sleep"], got["UPDATE users"], got["SELECT users"]
	if attr(batch, "db.operation.batch.size") != "3" || batch.Status.Code != codes.Error {
		t.Errorf("batch: %v %v", batch.Attributes, batch.Status)
	}
	for _, s := range []tracetest.SpanStub{sleep, update, failed} {
		if s.Parent.SpanID() != batch.SpanContext.SpanID() || attr(s, "db.query.text") == "" {
			t.Errorf("statement %q: %+v", s.Name, s)
		}
	}
	if d := sleep.EndTime.Sub(sleep.StartTime); d < 20*time.Millisecond || update.StartTime.Before(sleep.EndTime) {
		t.Errorf("the first took %v, the second began %v after it", d, update.StartTime.Sub(sleep.EndTime))
	}
	if attr(failed, "db.response.status_code") != "22012" || attr(update, "db.collection.name") != "users" {
		t.Errorf("failed: %v; update: %v", failed.Attributes, update.Attributes)
	}
}

// TestTracerWait: a request that had to wait for a connection shows it.
func TestTracerWait(t *testing.T) {
	t.Parallel()
	db, ctx, spans := tracedDB(t)
	held, err := db.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, held.Release)
	if _, err := db.Exec(ctx, "SELECT 1"); err != nil {
		t.Fatal(err)
	}
	w := spans()["wait for a connection"]
	if d := w.EndTime.Sub(w.StartTime); d < 10*time.Millisecond {
		t.Errorf("the wait took %v: %+v", d, w)
	}
}
