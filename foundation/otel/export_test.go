package otel

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

type env = map[string]string

const parentBased = "ParentBased{root:"

// standardVariables are settings and an environment, and what they make of each other.
var standardVariables = map[string]struct {
	cfg                         Config
	env                         env
	protocol, endpoint, sampler string
	warns                       string
}{
	"nothing": {Config{}, nil, "", "", parentBased + "TraceIDRatioBased{0}", ""},
	"our own": {Config{Protocol: "grpc", Endpoint: "http://a:1", Ratio: 0.5}, nil, "grpc", "http://a:1",
		parentBased + "TraceIDRatioBased{0.5}", ""},
	"endpoint": {Config{}, env{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://b:2"}, "http/protobuf", "", parentBased,
		""},
	"endpoint wins": {Config{Protocol: "grpc", Endpoint: "http://a:1"},
		env{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b:2"}, "grpc", "", parentBased, ""},
	"protocol": {Config{}, env{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "grpc", "", parentBased, ""},
	"protocol of traces": {Config{},
		env{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, "http/protobuf",
		"", parentBased, ""},
	"unknown protocol": {Config{Protocol: "grpc"}, env{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "grpc", "",
		parentBased, "http/json"},
	"otlp": {Config{}, env{"OTEL_TRACES_EXPORTER": "otlp"}, "http/protobuf", "", parentBased, ""},
	"none": {Config{Protocol: "grpc"}, env{"OTEL_TRACES_EXPORTER": "none"}, "", "", parentBased, ""},
	"console": {Config{Protocol: "grpc"}, env{"OTEL_TRACES_EXPORTER": "console"}, "console", "", parentBased,
		""},
	"unknown exporter": {Config{Protocol: "grpc"}, env{"OTEL_TRACES_EXPORTER": "zipkin"}, "grpc", "", parentBased,
		"zipkin"},
	"disabled":   {Config{Protocol: "grpc"}, env{"OTEL_SDK_DISABLED": "TRUE"}, "", "", parentBased, ""},
	"always on":  {Config{}, env{"OTEL_TRACES_SAMPLER": "always_on"}, "", "", "AlwaysOnSampler", ""},
	"always off": {Config{Ratio: 1}, env{"OTEL_TRACES_SAMPLER": "always_off"}, "", "", "AlwaysOffSampler", ""},
	"ratio": {Config{}, env{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}, "",
		"", "TraceIDRatioBased{0.25}", ""},
	"ratio alone": {Config{}, env{"OTEL_TRACES_SAMPLER": "traceidratio"}, "", "", "TraceIDRatioBased{1}", ""},
	"bad ratio": {Config{}, env{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
		"OTEL_TRACES_SAMPLER_ARG": "7"}, "", "", parentBased + "TraceIDRatioBased{1}", "OTEL_TRACES_SAMPLER_ARG"},
	"parent, always on": {Config{}, env{"OTEL_TRACES_SAMPLER": "parentbased_always_on"}, "", "",
		parentBased + "AlwaysOnSampler", ""},
	"parent, always off": {Config{Ratio: 1}, env{"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, "", "",
		parentBased + "AlwaysOffSampler", ""},
	"argument, not meant": {Config{Ratio: 0.5}, env{"OTEL_TRACES_SAMPLER_ARG": "0.25"}, "", "",
		parentBased + "TraceIDRatioBased{0.5}", ""},
	"unknown sampler": {Config{Ratio: 0.5}, env{"OTEL_TRACES_SAMPLER": "jaeger_remote"}, "", "",
		parentBased + "TraceIDRatioBased{0.5}", "jaeger_remote"},
}

func TestStandardVariables(t *testing.T) {
	t.Parallel()
	for name, c := range standardVariables {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c.cfg.Getenv = func(name string) string { return c.env[name] }
			cfg, sampler := environment(t.Context(), c.cfg, slog.New(slog.NewTextHandler(&log, nil)))
			if cfg.Protocol != c.protocol || cfg.Endpoint != c.endpoint || !strings.HasPrefix(sampler.Description(), c.sampler) {
				t.Errorf("protocol %q, endpoint %q, sampler %s", cfg.Protocol, cfg.Endpoint, sampler.Description())
			}
			if (c.warns != "") != (log.Len() > 0) || !strings.Contains(log.String(), c.warns) {
				t.Errorf("log: %s", log.String())
			}
			if _, err := newExporter(t.Context(), cfg); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBackground: work that goes on after its request has a trace of its own, which is kept when the request's is,
// whatever the ratio, and leads back to it.
func TestBackground(t *testing.T) {
	t.Parallel()
	p, mem := recording(t, 0)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	ctx, _ = p.Accept(ctx, header("00-"+parentTrace+"-"+parentSpan+"-01"))
	ctx, cause := p.Tracer().Start(ctx, "request")
	work, span := Background(ctx, "work")
	cause.End()
	cancel()
	if work.Err() != nil {
		t.Error("the work was cancelled with its request")
	}
	_, child := Span(work, "child")
	child.End()
	span.End()

	unsampled, _ := p.Accept(t.Context(), nil)
	work, none := Background(unsampled, "nothing")
	none.End()
	if none.IsRecording() || Traceparent(work) != Traceparent(unsampled) {
		t.Error("work of a request that is not sampled is traced")
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]tracetest.SpanStub{}
	for _, s := range mem.GetSpans() {
		got[s.Name] = s
	}
	w := got["work"]
	if len(got) != 3 || w.Parent.IsValid() || w.SpanContext.TraceID() == cause.SpanContext().TraceID() ||
		len(w.Links) != 1 || w.Links[0].SpanContext.SpanID() != cause.SpanContext().SpanID() {
		t.Errorf("spans %v", got)
	}
	if got["child"].Parent.SpanID() != w.SpanContext.SpanID() {
		t.Error("the work's child is an orphan")
	}
}

func TestIgnore(t *testing.T) {
	t.Parallel()
	p, _ := recording(t, 1)
	for _, h := range []string{"00-" + parentTrace + "-" + parentSpan + "-01", ""} {
		ctx := p.Ignore(t.Context(), header(h))
		if sc := trace.SpanContextFromContext(ctx); !sc.IsValid() || sc.IsSampled() ||
			(h != "") != (sc.TraceID().String() == parentTrace) {
			t.Errorf("%q: %v", h, Traceparent(ctx))
		}
	}
}
