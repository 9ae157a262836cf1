package otel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

const (
	parentTrace = "0af7651916cd43dd8448eb211c80319c"
	parentSpan  = "b7ad6b7169203331"
)

func start(t *testing.T, cfg Config) *Provider {
	t.Helper()
	p, err := Start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return p
}

func recording(t *testing.T, ratio float64) (*Provider, *tracetest.InMemoryExporter) {
	t.Helper()
	mem := tracetest.NewInMemoryExporter()
	return start(t, Config{Service: "sales", Version: "v1", Ratio: ratio, Exporter: mem}), mem
}

func header(traceparent ...string) http.Header {
	return http.Header{"Traceparent": traceparent}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	all, _ := recording(t, 1)
	none, _ := recording(t, 0)
	off := start(t, Config{Ratio: 1})
	parent := "00-" + parentTrace + "-" + parentSpan
	for name, c := range map[string]struct {
		p           *Provider
		h           http.Header
		joins, want bool
	}{
		"root, all":            {all, nil, false, true},
		"root, none":           {none, nil, false, false},
		"root, off":            {off, nil, false, false},
		"sampled parent":       {none, header(parent + "-01"), true, true},
		"unsampled parent":     {all, header(parent + "-00"), true, false},
		"sampled parent, off":  {off, header(parent + "-01"), true, false},
		"later version":        {none, header("01-" + parentTrace + "-" + parentSpan + "-01-more"), true, true},
		"malformed":            {none, header("nonsense"), false, false},
		"capitals":             {all, header(strings.ToUpper(parent) + "-00"), false, true},
		"too long":             {none, header(parent + "-01-x"), false, false},
		"all zero":             {none, header("00-" + strings.Repeat("0", 32) + "-" + parentSpan + "-01"), false, false},
		"repeated":             {none, header(parent+"-01", parent+"-01"), false, false},
		"forbidden version ff": {none, header("ff-" + parentTrace + "-" + parentSpan + "-01"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, sampled := c.p.Accept(t.Context(), c.h)
			if sampled != c.want {
				t.Errorf("sampled = %v, want %v", sampled, c.want)
			}
			if sampled {
				ctx, _ = c.p.Tracer().Start(ctx, "GET /")
			}
			sc := trace.SpanContextFromContext(ctx)
			if !sc.IsValid() || sc.IsSampled() != c.want {
				t.Fatalf("span context %v, want a valid one, sampled %v", Traceparent(ctx), c.want)
			}
			if joins := sc.TraceID().String() == parentTrace; joins != c.joins {
				t.Errorf("joins the parent's trace: %v, want %v", joins, c.joins)
			}
			if sc.SpanID().String() == parentSpan {
				t.Error("the parent's span id is used again")
			}
		})
	}
}

// TestStranger: a stranger's trace is joined, but neither its flag nor its trace id decides whether it is sampled.
func TestStranger(t *testing.T) {
	t.Parallel()
	for ratio, want := range map[float64][2]int{0: {0, 0}, 0.25: {150, 350}, 1: {1000, 1000}} {
		p, _ := recording(t, ratio)
		for _, traceparent := range []string{
			"00-" + parentTrace + "-" + parentSpan + "-01",
			"00-" + parentTrace + "-" + parentSpan + "-00",
			"00-0af7651916cd43dd0000000000000001-" + parentSpan + "-01", // within every ratio above 0
			"00-0af7651916cd43ddffffffffffffffff-" + parentSpan + "-01", // within none below 1
			"nonsense",
		} {
			n := 0
			for range 1000 {
				ctx, sampled := p.AcceptStranger(t.Context(), header(traceparent))
				if sampled {
					n++
					ctx, _ = p.Tracer().Start(ctx, "GET /")
				}
				sc := trace.SpanContextFromContext(ctx)
				joins := strings.Contains(traceparent, sc.TraceID().String())
				if sc.IsSampled() != sampled || joins != (traceparent != "nonsense") || sc.SpanID().String() == parentSpan {
					t.Fatalf("%s: %s, sampled %v", traceparent, Traceparent(ctx), sampled)
				}
			}
			if n < want[0] || n > want[1] {
				t.Errorf("%s: %d of 1,000 sampled at %v", traceparent, n, ratio)
			}
		}
	}
}

// TestRatio shows that the decision is the one that the SDK makes of the same trace id, so that it holds down the
// chain.
func TestRatio(t *testing.T) {
	t.Parallel()
	p, _ := recording(t, 0.25)
	n := 0
	for range 4000 {
		ctx, sampled := p.Accept(t.Context(), nil)
		if !sampled {
			continue
		}
		n++
		before := trace.SpanContextFromContext(ctx).TraceID()
		_, span := p.Tracer().Start(ctx, "x")
		if !span.IsRecording() || span.SpanContext().TraceID() != before {
			t.Fatalf("accepted trace %s became %s, recording %v", before, span.SpanContext().TraceID(), span.IsRecording())
		}
	}
	if n < 800 || n > 1200 {
		t.Errorf("%d of 4000 sampled at a quarter", n)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	p, mem := recording(t, 1)

	ctx, _ := p.Accept(t.Context(), nil)
	ctx, root := p.Tracer().Start(ctx, "root")
	_, child := Span(ctx, "child")
	child.End()
	root.End()
	ctx, _ = p.Accept(t.Context(), header("00-"+parentTrace+"-"+parentSpan+"-01"))
	_, joined := p.Tracer().Start(ctx, "joined")
	joined.End()
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}

	got := map[string]tracetest.SpanStub{}
	for _, s := range mem.GetSpans() {
		got[s.Name] = s
	}
	if len(got) != 3 {
		t.Fatalf("spans %v, want root, child, joined", got)
	}
	if got["root"].Parent.SpanID().IsValid() {
		t.Error("the root has a parent")
	}
	if got["child"].Parent.SpanID() != root.SpanContext().SpanID() {
		t.Error("the child's parent is not the root")
	}
	if got["joined"].Parent.SpanID().String() != parentSpan {
		t.Error("the joined span's parent is not the client's span")
	}
	res := got["root"].Resource.String()
	if !strings.Contains(res, "service.name=sales") || !strings.Contains(res, "service.version=v1") {
		t.Errorf("resource %s", res)
	}
}

func TestSpanUnsampled(t *testing.T) {
	t.Parallel()
	p, mem := recording(t, 0)
	ctx, _ := p.Accept(t.Context(), nil)
	for _, ctx := range []context.Context{ctx, t.Context()} {
		in, span := Span(ctx, "child")
		span.End()
		if in != ctx || span.IsRecording() {
			t.Error("work was done for a request that is not sampled")
		}
	}
	if err := p.Flush(t.Context()); err != nil || len(mem.GetSpans()) != 0 {
		t.Errorf("exported %v, %v", mem.GetSpans(), err)
	}
}

func TestTraceparent(t *testing.T) {
	t.Parallel()
	if got := Traceparent(t.Context()); got != "" {
		t.Errorf("without a span: %q", got)
	}
	p, _ := recording(t, 0)
	ctx, _ := p.Accept(t.Context(), header("00-"+parentTrace+"-"+parentSpan+"-00"))
	got := Traceparent(ctx)
	if len(got) != 55 || !strings.HasPrefix(got, "00-"+parentTrace+"-") || !strings.HasSuffix(got, "-00") {
		t.Errorf("got %q", got)
	}
	p, _ = recording(t, 1)
	ctx, _ = p.Tracer().Start(t.Context(), "x")
	if got := Traceparent(ctx); !strings.HasSuffix(got, "-01") {
		t.Errorf("sampled: %q", got)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"protocol":     {Protocol: "thrift"},
		"ratio":        {Ratio: 1.1},
		"negative":     {Ratio: -1},
		"not a number": {Ratio: math.NaN()},
		"no scheme":    {Protocol: "grpc", Endpoint: "collector:4317"},
		"no host":      {Protocol: "grpc", Endpoint: "http:///"},
	} {
		if _, err := Start(t.Context(), cfg, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type collector struct {
	coltracepb.UnimplementedTraceServiceServer
	got chan string
}

func (c collector) Export(_ context.Context, r *coltracepb.ExportTraceServiceRequest) (
	*coltracepb.ExportTraceServiceResponse, error) {
	c.got <- r.ResourceSpans[0].ScopeSpans[0].Spans[0].Name
	return &coltracepb.ExportTraceServiceResponse{}, nil
}

func TestExport(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			c := collector{got: make(chan string, 1)}
			var endpoint string
			if protocol == "grpc" {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				srv := grpc.NewServer()
				coltracepb.RegisterTraceServiceServer(srv, c)
				go func() { _ = srv.Serve(ln) }()
				t.Cleanup(srv.Stop)
				endpoint = "http://" + ln.Addr().String()
			} else {
				srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					b, _ := io.ReadAll(r.Body)
					var m coltracepb.ExportTraceServiceRequest
					if err := proto.Unmarshal(b, &m); err != nil || r.URL.Path != "/v1/traces" {
						t.Errorf("POST %s: %v", r.URL.Path, err)
						return
					}
					_, _ = c.Export(r.Context(), &m)
				}))
				t.Cleanup(srv.Close)
				endpoint = srv.URL
			}

			p := start(t, Config{Protocol: protocol, Endpoint: endpoint, Ratio: 1})
			_, span := p.Tracer().Start(t.Context(), "hello")
			span.End()
			if err := p.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			select {
			case name := <-c.got:
				if name != "hello" {
					t.Errorf("got span %q", name)
				}
			default:
				t.Error("Shutdown did not flush")
			}
		})
	}
}

// TestCollectorDown: refusing and hanging collectors hold up neither Start, nor a span, nor a bounded Shutdown.
func TestCollectorDown(t *testing.T) {
	t.Parallel()
	hang, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, answers nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hang.Close() })
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		for _, addr := range []string{"127.0.0.1:1", hang.Addr().String()} {
			t.Run(protocol+" "+addr, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				p, err := Start(t.Context(), Config{Protocol: protocol, Endpoint: "http://" + addr, Ratio: 1},
					slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				for range 3 * sdktrace.DefaultMaxQueueSize {
					_, span := p.Tracer().Start(t.Context(), "x")
					span.End()
				}
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_ = p.Shutdown(ctx)
				if d := time.Since(began); d > 3*time.Second {
					t.Errorf("took %v", d)
				}
			})
		}
	}
}

type failing struct{ sdktrace.SpanExporter }

func (failing) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return errors.New("down") }

func TestWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		w := &warned{SpanExporter: failing{}, log: slog.New(slog.NewTextHandler(&b, nil))}
		for range 150 { // seconds
			if err := w.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 2)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if got := strings.Count(b.String(), "level=WARN"); got != 3 {
			t.Errorf("%d warnings in 150 s, want 3:\n%s", got, b.String())
		}
		if got := strings.Count(b.String(), "lost=120 error=down"); got != 2 {
			t.Errorf("the spans lost meanwhile are not counted:\n%s", b.String())
		}
	})
}

// TestEnvironment is not parallel: it sets variables.
func TestEnvironment(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got <- r.URL.Path + " " + r.Header.Get("X-Tenant")
	}))
	defer srv.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", srv.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=elm")
	p := start(t, Config{Protocol: "http/protobuf", Ratio: 1})
	_, span := p.Tracer().Start(t.Context(), "x")
	span.End()
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "/v1/traces elm"; len(got) != 1 || <-got != want {
		t.Errorf("the collector of the environment did not get %q", want)
	}
}

// TestCost is not parallel: it counts allocations. An unsampled request pays for its context and nothing else.
//
//nolint:paralleltest // AllocsPerRun refuses to run beside other tests
func TestCost(t *testing.T) {
	p, _ := recording(t, 0)
	h := header()
	ctx, _ := p.Accept(t.Context(), h)
	if n := testing.AllocsPerRun(100, func() { p.Accept(context.Background(), h) }); n > 2 {
		t.Errorf("Accept: %v allocations, want at most 2: the span context and the context", n)
	}
	if n := testing.AllocsPerRun(100, func() { Span(ctx, "x") }); n != 0 {
		t.Errorf("Span: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { Traceparent(ctx) }); n > 1 {
		t.Errorf("Traceparent: %v allocations", n)
	}
}

func BenchmarkAccept(b *testing.B) {
	child := header("00-" + parentTrace + "-" + parentSpan + "-00")
	for name, h := range map[string]http.Header{"root": nil, "child": child} {
		b.Run(name, func(b *testing.B) {
			p, err := Start(b.Context(), Config{Exporter: tracetest.NewNoopExporter()}, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = p.Shutdown(b.Context()) }()
			b.ReportAllocs()
			for b.Loop() {
				p.Accept(b.Context(), h)
			}
		})
	}
}

// TestContinue: work that was asked for elsewhere is in the trace of who asked, and sampled when that is.
func TestContinue(t *testing.T) {
	t.Parallel()
	p, mem := recording(t, 0)
	for _, tt := range []struct {
		parent  string
		sampled bool
	}{
		{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
		{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false},
		{"", false},
		{"nonsense", false},
	} {
		ctx, span := p.Continue(t.Context(), tt.parent, "work")
		got := Traceparent(ctx)
		span.End()
		if trace.SpanFromContext(ctx).SpanContext().IsSampled() != tt.sampled || got == "" || got == tt.parent ||
			strings.Contains(got, "0af7651916cd43dd8448eb211c80319c") != (len(tt.parent) == 55) {
			t.Errorf("%q goes on as %q", tt.parent, got)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if spans := mem.GetSpans(); len(spans) != 1 || spans[0].Parent.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("%+v", spans)
	}
}
