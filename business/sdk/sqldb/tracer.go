package sqldb

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/otel"
)

// Tracer makes a span of every statement of a sampled request, by the semantic conventions of databases: operation and
// table, and the text with its placeholders, never a value. A wait for a connection that is worth knowing gets a span
// too.
type Tracer struct {
	known *lru.Cache[string, statement] // a text is taken apart once
}

type statement struct {
	name  string
	attrs []attribute.KeyValue
}

// NewTracer makes a Tracer.
func NewTracer() (*Tracer, error) {
	known, err := lru.New[string, statement](1024)
	return &Tracer{known}, err
}

var (
	table    = regexp.MustCompile(`(?i)\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_][a-z_0-9]*)`)
	function = regexp.MustCompile(`(?i)^SELECT\s+([a-z_][a-z_0-9]*)\(`)
)

// describe returns what is known of a statement by its text.
func (t *Tracer) describe(conn *pgx.Conn, text string) statement {
	text = strings.TrimSpace(text)
	if s, ok := t.known.Get(text); ok {
		return s
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{"EMPTY"}
	}
	op := strings.ToUpper(strings.TrimRight(words[0], ";"))
	s := statement{name: op, attrs: []attribute.KeyValue{semconv.DBSystemNamePostgreSQL, semconv.DBOperationName(op),
		semconv.DBQueryText(text)}}
	if m := table.FindStringSubmatch(text); m != nil {
		s.name += " " + m[1]
		s.attrs = append(s.attrs, semconv.DBCollectionName(m[1]))
	} else if m := function.FindStringSubmatch(text); m != nil {
		s.name += " " + m[1]
	}
	s.attrs = append(append(s.attrs, semconv.DBQuerySummary(s.name)), server(conn)...)
	t.known.Add(text, s)
	return s
}

func server(conn *pgx.Conn) []attribute.KeyValue {
	if conn == nil {
		return nil
	}
	cfg := conn.Config()
	return []attribute.KeyValue{semconv.DBNamespace(cfg.Database), semconv.ServerAddress(cfg.Host),
		semconv.ServerPort(int(cfg.Port))}
}

// TraceQueryStart implements pgx.QueryTracer.
func (t *Tracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx
	}
	s := t.describe(conn, data.SQL)
	ctx, _ = otel.Span(ctx, s.name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(s.attrs...))
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (t *Tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		fail(span, data.Err)
		span.End()
	}
}

type batchKey struct{}

// batch is where the next statement of a batch begins: where the one before ended.
type batch struct {
	ctx  context.Context //nolint:containedctx // of the batch's span, whose children the statements are
	from time.Time
}

// TraceBatchStart implements pgx.BatchTracer.
func (t *Tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx
	}
	ctx, _ = otel.Span(ctx, "BATCH", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(append(server(conn), semconv.DBSystemNamePostgreSQL, semconv.DBOperationName("BATCH"),
			semconv.DBOperationBatchSize(data.Batch.Len()))...))
	return context.WithValue(ctx, batchKey{}, &batch{ctx, clock.Now()})
}

// TraceBatchQuery implements pgx.BatchTracer.
func (t *Tracer) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	b, ok := ctx.Value(batchKey{}).(*batch)
	if !ok {
		return
	}
	s := t.describe(conn, data.SQL)
	_, span := otel.Span(b.ctx, s.name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(s.attrs...),
		trace.WithTimestamp(b.from))
	fail(span, data.Err)
	b.from = clock.Now()
	span.End(trace.WithTimestamp(b.from))
}

// TraceBatchEnd implements pgx.BatchTracer.
func (t *Tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	if _, ok := ctx.Value(batchKey{}).(*batch); ok {
		span := trace.SpanFromContext(ctx)
		fail(span, data.Err)
		span.End()
	}
}

// fail notes an error by its SQLSTATE; its text may quote values.
func fail(span trace.Span, err error) {
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return
	}
	span.SetStatus(codes.Error, "")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		span.SetAttributes(semconv.DBResponseStatusCode(pg.Code), semconv.ErrorTypeKey.String(pg.Code))
		return
	}
	span.SetAttributes(semconv.ErrorType(err))
}

type acquireKey struct{}

// longWait is from when on a wait for a connection tells something: the pool is too small, or the database too slow.
const longWait = time.Millisecond

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (t *Tracer) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool,
	_ pgxpool.TraceAcquireStartData) context.Context {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx
	}
	return context.WithValue(ctx, acquireKey{}, clock.Now())
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (t *Tracer) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	if began, ok := ctx.Value(acquireKey{}).(time.Time); ok && (data.Err != nil || clock.Now().Sub(began) > longWait) {
		_, span := otel.Span(ctx, "wait for a connection", trace.WithTimestamp(began))
		fail(span, data.Err)
		span.End()
	}
}
