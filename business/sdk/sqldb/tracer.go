package sqldb

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/foundation/otel"
)

// Tracer makes a span of every statement of a sampled request: operation and table, and the text with its placeholders,
// never a value.
type Tracer struct{}

var table = regexp.MustCompile(`(?i)\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)`)

// TraceQueryStart implements pgx.QueryTracer.
func (Tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx
	}
	op, _, _ := strings.Cut(strings.TrimSpace(data.SQL), " ")
	name := strings.ToUpper(op)
	attrs := trace.WithAttributes(semconv.DBSystemNamePostgreSQL, semconv.DBOperationName(name), semconv.DBQueryText(strings.TrimSpace(data.SQL)))
	if m := table.FindStringSubmatch(data.SQL); m != nil {
		name += " " + m[1]
		attrs = trace.WithAttributes(semconv.DBSystemNamePostgreSQL, semconv.DBOperationName(strings.ToUpper(op)),
			semconv.DBQueryText(strings.TrimSpace(data.SQL)), semconv.DBCollectionName(m[1]))
	}
	ctx, _ = otel.Span(ctx, name, trace.WithSpanKind(trace.SpanKindClient), attrs)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (Tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	if data.Err != nil && !errors.Is(data.Err, pgx.ErrNoRows) {
		span.SetStatus(codes.Error, "") // the text of the error may quote values
	}
	span.End()
}
