package otel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/garagesale/service/foundation/metrics"
)

// console is the exporter that writes spans to standard error, for a person.
const console = "console"

// settings are the standard variables; one that is not known is a warning and changes nothing, as the OpenTelemetry
// specification wants it.
type settings struct {
	getenv func(string) string
	warn   func(name, value string)
}

func (s settings) get(name string) string { return strings.TrimSpace(s.getenv(name)) }

// first is the first of the variables that is set.
func (s settings) first(names ...string) string {
	for _, n := range names {
		if v := s.get(n); v != "" {
			return v
		}
	}
	return ""
}

func (s settings) ignore(name string) { s.warn(name, s.get(name)) }

// environment returns cfg as the standard variables change it, and the sampler.
func environment(ctx context.Context, cfg Config, log *slog.Logger) (Config, sdktrace.Sampler) {
	s := settings{getenv: cfg.Getenv, warn: func(name, value string) {
		log.WarnContext(ctx, "otel: a setting is not known", "name", name, "value", value)
	}}
	if s.getenv == nil {
		s.getenv = func(string) string { return "" }
	}
	return s.export(cfg), s.sampler(cfg.Ratio)
}

// export returns cfg with where the spans go, and how.
func (s settings) export(cfg Config) Config {
	if s.first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") != "" {
		cfg.Endpoint = "" // the exporters read it
		if cfg.Protocol == "" {
			cfg.Protocol = "http/protobuf" // the specification's default
		}
	}
	switch p := s.first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); p {
	case "":
	case "grpc", "http/protobuf":
		cfg.Protocol = p
	default:
		s.warn("OTEL_EXPORTER_OTLP_PROTOCOL", p)
	}
	switch s.get("OTEL_TRACES_EXPORTER") {
	case "":
	case "otlp":
		if cfg.Protocol == "" {
			cfg.Protocol = "http/protobuf"
		}
	case "none":
		cfg.Protocol = ""
	case console:
		cfg.Protocol = console
	default:
		s.ignore("OTEL_TRACES_EXPORTER")
	}
	if strings.EqualFold(s.get("OTEL_SDK_DISABLED"), "true") {
		cfg.Protocol, cfg.Exporter = "", nil
	}
	return cfg
}

// sampler is the one that the variables name, or one that takes the given part of the traces.
func (s settings) sampler(ratio float64) sdktrace.Sampler {
	name := s.get("OTEL_TRACES_SAMPLER")
	if strings.HasSuffix(name, "traceidratio") {
		ratio = 1
		if arg := s.get("OTEL_TRACES_SAMPLER_ARG"); arg != "" {
			if r, err := strconv.ParseFloat(arg, 64); err == nil && r >= 0 && r <= 1 {
				ratio = r
			} else {
				s.ignore("OTEL_TRACES_SAMPLER_ARG")
			}
		}
	}
	ratioBased := linked{sdktrace.TraceIDRatioBased(ratio)}
	switch name {
	case "always_on":
		return sdktrace.AlwaysSample()
	case "always_off":
		return sdktrace.NeverSample()
	case "traceidratio":
		return ratioBased
	case "parentbased_always_on":
		return sdktrace.ParentBased(sdktrace.AlwaysSample())
	case "parentbased_always_off":
		return sdktrace.ParentBased(sdktrace.NeverSample())
	case "", "parentbased_traceidratio":
	default:
		s.ignore("OTEL_TRACES_SAMPLER")
	}
	return sdktrace.ParentBased(ratioBased)
}

// linked samples work whose cause was sampled, so that a link never points from nothing.
type linked struct{ sdktrace.Sampler }

func (s linked) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	for _, l := range p.Links {
		if l.SpanContext.IsSampled() {
			return sdktrace.AlwaysSample().ShouldSample(p)
		}
	}
	return s.Sampler.ShouldSample(p)
}

func newExporter(ctx context.Context, cfg Config) (sdktrace.SpanExporter, error) {
	if cfg.Exporter != nil {
		return cfg.Exporter, nil
	}
	if cfg.Endpoint != "" {
		u, err := url.Parse(cfg.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, errors.New("endpoint is not a URL such as http://collector:4317")
		}
	}
	switch cfg.Protocol {
	case "":
		return nil, nil
	case "grpc":
		var opts []otlptracegrpc.Option
		if cfg.Endpoint != "" {
			opts = append(opts, otlptracegrpc.WithEndpointURL(cfg.Endpoint))
		}
		return otlptracegrpc.New(ctx, opts...)
	case "http/protobuf":
		var opts []otlptracehttp.Option
		if cfg.Endpoint != "" {
			signal, err := url.JoinPath(cfg.Endpoint, "v1/traces") // as the OTLP specification does with a base URL
			if err != nil {
				return nil, err
			}
			opts = append(opts, otlptracehttp.WithEndpointURL(signal))
		}
		return otlptracehttp.New(ctx, opts...)
	case console:
		return stdouttrace.New(stdouttrace.WithWriter(os.Stderr)) // standard output is the log's
	}
	return nil, fmt.Errorf("protocol %q is none of grpc, http/protobuf", cfg.Protocol)
}

var lost = metrics.NewCounter("garagesale_spans_lost_total", "Spans that could not be exported.")

// warned turns failed exports into warnings, at most one a minute: a collector that is down is no reason to flood the
// log.
type warned struct {
	sdktrace.SpanExporter
	log *slog.Logger

	mu   sync.Mutex
	last time.Time
	lost int
}

func (w *warned) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := w.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	lost.Add(int64(len(spans)))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost += len(spans)
	if w.last.IsZero() || time.Since(w.last) >= time.Minute {
		w.log.WarnContext(ctx, "otel: spans could not be exported", "lost", w.lost, "error", err)
		w.last, w.lost = time.Now(), 0
	}
	return nil // else the SDK writes it to standard error, each time
}
