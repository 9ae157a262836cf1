// Package otel sets up OpenTelemetry tracing, so that a request that is not sampled costs nothing but its context.
//
// A server decides with Accept before it does anything else; whatever works beneath uses Span, which does nothing where
// the request is not sampled.
package otel

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Config says who traces, how much of it, and where to. Its zero value exports nothing.
type Config struct {
	Service, Version string // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES always override them
	Protocol         string // "grpc", "http/protobuf", or "" for no export: then nothing is sampled
	// base URL, http://collector:4317; "" leaves it to OTEL_EXPORTER_OTLP_ENDPOINT and the exporter's default, localhost
	// with TLS
	Endpoint string
	Ratio    float64 // of the traces that begin here, 0–1; others follow their parent

	// Getenv looks up the standard OTEL_* variables, which win over the fields above; nil: none of those that are read
	// here. The SDK reads the rest of them by itself.
	Getenv func(string) string

	Exporter sdktrace.SpanExporter // instead of Protocol and Endpoint; for tests
}

// Provider makes spans. It is safe for concurrent use.
type Provider struct {
	sdk     *sdktrace.TracerProvider
	tracer  trace.Tracer
	sampler sdktrace.Sampler
}

const scope = "github.com/garagesale/service/foundation/otel"

var propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// Start sets tracing up and never waits for a collector; it fails on a wrong Config only. The exporters and the batches
// (at most 2,048 spans wait, more are dropped) heed the standard OTEL_EXPORTER_OTLP_* and OTEL_BSP_* variables. Failing
// exports are warnings in log, at most one a minute. The process-wide propagator becomes W3C trace context and baggage;
// no other global is touched.
func Start(ctx context.Context, cfg Config, log *slog.Logger) (*Provider, error) {
	if !(cfg.Ratio >= 0 && cfg.Ratio <= 1) { // also refuses NaN
		return nil, fmt.Errorf("otel: ratio %v is not between 0 and 1", cfg.Ratio)
	}
	cfg, sampler := environment(ctx, cfg, log)
	exporter, err := newExporter(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("otel: %w", err)
	}
	res, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName(cfg.Service), semconv.ServiceVersion(cfg.Version)),
		resource.WithFromEnv(),
	)
	if err != nil {
		log.WarnContext(ctx, "otel: part of the resource is missing", "error", err)
	}

	otel.SetTextMapPropagator(propagator)
	opts := []sdktrace.TracerProviderOption{sdktrace.WithResource(res)}
	if exporter != nil {
		opts = append(opts, sdktrace.WithBatcher(&warned{SpanExporter: exporter, log: log}))
	} else {
		sampler = sdktrace.NeverSample()
	}
	sdk := sdktrace.NewTracerProvider(append(opts, sdktrace.WithSampler(sampler))...)
	return &Provider{sdk: sdk, tracer: sdk.Tracer(scope), sampler: sampler}, nil
}

// Tracer starts spans that may have no parent. Beneath a request, Span costs less.
func (p *Provider) Tracer() trace.Tracer { return p.tracer }

// Flush exports the spans that have ended. Failed exports are logged, not returned.
func (p *Provider) Flush(ctx context.Context) error { return p.sdk.ForceFlush(ctx) }

// Shutdown flushes and stops; when ctx is done first, it returns ctx.Err() and the rest is lost.
func (p *Provider) Shutdown(ctx context.Context) error { return p.sdk.Shutdown(ctx) }

// Accept decides whether an incoming request is sampled, by its W3C Traceparent or, when that is missing, repeated or
// malformed, by the ratio. It returns a context for either case: of a sampled request, to start its span with Tracer;
// of any other, ready to use, with a span context of the same trace that only logs and Traceparent will see.
func (p *Provider) Accept(ctx context.Context, h http.Header) (_ context.Context, sampled bool) {
	return p.accept(join(ctx, h))
}

func (p *Provider) accept(ctx context.Context, sc trace.SpanContext) (context.Context, bool) {
	d := p.sampler.ShouldSample(sdktrace.SamplingParameters{ParentContext: ctx, TraceID: sc.TraceID()})
	if d.Decision == sdktrace.RecordAndSample {
		// Without a span id this is no parent, but the SDK takes the trace id that the decision was made for.
		return trace.ContextWithSpanContext(ctx, sc), true
	}
	return unsampled(ctx, sc), false
}

// AcceptStranger is Accept for a request from who is not trusted: the trace is joined, so that its id can be found, but
// whether it is sampled is decided here. The client's trace id has no say in that either, since it can be chosen.
func (p *Provider) AcceptStranger(ctx context.Context, h http.Header) (_ context.Context, sampled bool) {
	_, sc := join(ctx, h)
	if !sc.HasSpanID() {
		return p.Accept(ctx, nil)
	}
	_, dice := join(ctx, nil)
	d := p.sampler.ShouldSample(sdktrace.SamplingParameters{ParentContext: ctx, TraceID: dice.TraceID()})
	flags := sc.TraceFlags().WithSampled(d.Decision == sdktrace.RecordAndSample)
	return p.accept(trace.ContextWithRemoteSpanContext(ctx, sc.WithTraceFlags(flags)), sc.WithTraceFlags(flags))
}

// Ignore is Accept for a request that is never sampled, whatever its client or the ratio say.
func (p *Provider) Ignore(ctx context.Context, h http.Header) context.Context {
	ctx, sc := join(ctx, h)
	return unsampled(ctx, sc)
}

// join returns the client's trace, or a new one.
func join(ctx context.Context, h http.Header) (context.Context, trace.SpanContext) {
	if len(h["Traceparent"]) == 1 {
		ctx = propagator.Extract(ctx, propagation.HeaderCarrier(h))
	}
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		var id trace.TraceID
		binary.BigEndian.PutUint64(id[:8], nonZero())
		binary.BigEndian.PutUint64(id[8:], nonZero())
		sc = trace.NewSpanContext(trace.SpanContextConfig{TraceID: id})
	}
	return ctx, sc
}

func unsampled(ctx context.Context, sc trace.SpanContext) context.Context {
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], nonZero())
	return trace.ContextWithSpanContext(ctx,
		sc.WithSpanID(id).WithTraceFlags(sc.TraceFlags().WithSampled(false)).WithRemote(false))
}

// nonZero suits ids, which W3C trace context forbids to be all zero.
func nonZero() uint64 {
	for {
		if n := rand.Uint64(); n != 0 { //nolint:gosec // ids are no secrets, and this is as the SDK makes them
			return n
		}
	}
}

// Span starts a child of the span in ctx. Where that is not sampled, or there is none, it returns ctx as it came and a
// span that ignores everything. Options are built before they can be ignored, so set costly attributes afterwards, if
// the span IsRecording.
func Span(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.SpanContext().IsSampled() {
		return ctx, parent
	}
	return parent.TracerProvider().Tracer(scope).Start(ctx, name, opts...)
}

// Background starts the root span of work that outlives what caused it: a trace of its own, linked to the span in ctx.
// The work is sampled when its cause is; otherwise nothing is done for it. The context that comes back outlives ctx as
// well.
func Background(ctx context.Context, name string) (context.Context, trace.Span) {
	cause := trace.SpanFromContext(ctx)
	ctx = context.WithoutCancel(ctx)
	if !cause.SpanContext().IsSampled() {
		return ctx, trace.SpanFromContext(context.Background())
	}
	return cause.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithNewRoot(),
		trace.WithLinks(trace.Link{SpanContext: cause.SpanContext()}))
}

// Continue starts the span of work that was asked for elsewhere, of which traceparent (see Traceparent) tells: in the
// trace of who asked, and sampled when that is. An empty or malformed one begins a trace, by the ratio.
func (p *Provider) Continue(ctx context.Context, traceparent, name string) (context.Context, trace.Span) {
	ctx, sampled := p.Accept(ctx, http.Header{"Traceparent": {traceparent}})
	if !sampled {
		return ctx, trace.SpanFromContext(context.Background())
	}
	return p.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindConsumer))
}

// Traceparent is the W3C header for the span context in ctx; empty without one.
func Traceparent(ctx context.Context) string {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return ""
	}
	traceID, spanID := sc.TraceID(), sc.SpanID()
	b := append(make([]byte, 0, 55), "00-"...)
	b = append(hex.AppendEncode(b, traceID[:]), '-')
	b = append(hex.AppendEncode(b, spanID[:]), '-')
	return string(hex.AppendEncode(b, []byte{byte(sc.TraceFlags() & trace.FlagsSampled)}))
}
