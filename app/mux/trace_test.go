package mux_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/otel"
)

// traced is a service that traces that part of its requests into memory.
func traced(t testing.TB, ratio float64) (*apptest.Service, func() []tracetest.SpanStub) {
	t.Helper()
	mem := tracetest.NewInMemoryExporter()
	s, p := exporting(t, ratio, mem)
	return s, func() []tracetest.SpanStub {
		if err := p.Flush(context.Background()); err != nil {
			t.Error(err)
		}
		return mem.GetSpans()
	}
}

func exporting(t testing.TB, ratio float64, to sdktrace.SpanExporter, proxies ...string) (*apptest.Service,
	*otel.Provider) {
	t.Helper()
	p, err := otel.Start(t.Context(), otel.Config{Service: "sales", Ratio: ratio, Exporter: to},
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	tracer, err := sqldb.NewTracer()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbtest.URL(t), MaxConns: 8, Tracer: tracer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return apptest.NewWith(t, apptest.Options{DB: &db, Tracing: p,
		Mux: func(c *mux.Config) { c.Proxies = proxies }}), p
}

func attrs(s tracetest.SpanStub) map[attribute.Key]string {
	m := map[attribute.Key]string{}
	for _, a := range s.Attributes {
		m[a.Key] = a.Value.String()
	}
	return m
}

// inTrace returns the spans of the answer's trace, the root first, and checks that all of them hang together.
func inTrace(t *testing.T, spans []tracetest.SpanStub, a apptest.Answer) []tracetest.SpanStub {
	t.Helper()
	id := strings.Split(a.Header.Get("Traceparent"), "-")[1]
	spans = slices.DeleteFunc(slices.Clone(spans), func(s tracetest.SpanStub) bool {
		return s.SpanContext.TraceID().String() != id
	})
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int {
		return int(a.SpanKind-trace.SpanKindServer)*int(a.SpanKind-trace.SpanKindServer) - int(
			b.SpanKind-trace.SpanKindServer)*int(b.SpanKind-trace.SpanKindServer)
	})
	known := map[trace.SpanID]bool{}
	for _, s := range spans {
		known[s.SpanContext.SpanID()] = true
	}
	for i, s := range spans {
		if (s.SpanKind == trace.SpanKindServer) != (i == 0) || i > 0 && !known[s.Parent.SpanID()] {
			t.Errorf("%s is an orphan or a second root", s.Name)
		}
	}
	if len(spans) == 0 {
		t.Fatal("no spans")
	}
	return spans
}

// TestForcedTrace: a client's Traceparent makes the service trace its request only when its peer is trusted.
func TestForcedTrace(t *testing.T) {
	t.Parallel()
	const trace = "00-0af7651916cd43dd8448eb211c80319c-"
	for proxy, want := range map[string]string{"10.0.0.0/8": "00", "127.0.0.0/8": "01"} {
		mem := tracetest.NewInMemoryExporter()
		s, p := exporting(t, 0, mem, proxy)
		a := s.OK(t, 200, nil, "GET", "/v1/markets", "", nil, "Traceparent", trace+"b7ad6b7169203331-01")
		if got := a.Header.Get("Traceparent"); !strings.HasPrefix(got, trace) || !strings.HasSuffix(got, "-"+want) {
			t.Errorf("%s is trusted: %s, want flags %s", proxy, got, want)
		}
		if err := p.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(mem.GetSpans()); (n > 0) != (want == "01") {
			t.Errorf("%s is trusted: %d spans", proxy, n)
		}
	}
}

// TestTrace: what a request does can be seen, and nothing of what it carries.
func TestTrace(t *testing.T) {
	t.Parallel()
	s, spans := traced(t, 1)
	admin := s.AddUser(t, "admin@secret.example", role.Admin)

	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	a := s.OK(t, 201, nil, "POST", "/v1/markets", admin.Token, object{
		"name": "Hidden name", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00+02:00",
		"endsAt": "2026-05-30T17:00:00Z", "currency": "EUR", "commission": 1000,
	}, "Traceparent", parent)
	list := s.OK(t, 200, nil, "GET", "/v1/users?email=admin@secret.example", admin.Token, nil)
	login := s.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", "Basic YWRtaW5Ac2VjcmV0LmV4YW1wbGU6d3Jvbmc=")
	probe := s.Do(t, "GET", "/v1/liveness", "", nil, "Traceparent", parent)
	odd := s.Do(t, "BREW", "/no/admin@secret.example", "", nil)
	all := spans()

	got := inTrace(t, all, a)
	root := attrs(got[0])
	if got[0].Name != "POST /v1/markets" || got[0].Parent.SpanID().String() != "b7ad6b7169203331" ||
		root["http.route"] != "/v1/markets" ||
		root["http.request.method"] != "POST" || root["http.response.status_code"] != "201" || root["url.scheme"] != "http" ||
		root["url.path"] != "/v1/markets" || root["user.id"] != admin.ID.String() || root["server.address"] != "127.0.0.1" ||
		root["server.port"] == "" ||
		root["client.address"] != "127.0.0.1" || root["network.protocol.version"] != "1.1" ||
		got[0].Status.Code != codes.Unset {
		t.Errorf("root %q of %s: %v", got[0].Name, got[0].Parent.SpanID(), root)
	}
	names := map[string]int{}
	for _, sp := range got {
		names[sp.Name]++
		if m := attrs(sp); sp.SpanKind == trace.SpanKindClient &&
			(m["db.system.name"] != "postgresql" || (m["db.query.text"] == "") != (sp.Name == "BATCH") ||
				m["db.operation.name"] == "" || m["db.namespace"] == "") {
			t.Errorf("%s: %v", sp.Name, m)
		}
	}
	for _, want := range []string{"authenticate", "authorize", "INSERT markets"} {
		if names[want] == 0 {
			t.Errorf("no span %q among %v", want, names)
		}
	}

	if sp := inTrace(t, all, list); sp[0].Name != "GET /v1/users" || attrs(sp[0])["url.query"] != "" {
		t.Errorf("list: %v", attrs(sp[0]))
	}
	names = map[string]int{}
	for _, sp := range inTrace(t, all, login) {
		names[sp.Name]++
	}
	if login.Status != 401 || names["compare password"] != 1 || names["SELECT users"] != 1 {
		t.Errorf("login: %d %v", login.Status, names)
	}
	if sp := inTrace(t, all, odd); sp[0].Name != "_OTHER" || attrs(sp[0])["http.request.method_original"] != "BREW" ||
		attrs(sp[0])["url.path"] != "/no/a***@secret.example" {
		t.Errorf("odd: %v", attrs(sp[0]))
	}
	if tp := probe.Header.Get("Traceparent"); !strings.HasPrefix(tp, "00-0af7651916cd43dd8448eb211c80319c-") ||
		!strings.HasSuffix(tp, "-00") {
		t.Errorf("probe: %s", tp)
	}
	for _, sp := range all {
		for k, v := range attrs(sp) {
			for _, secret := range []string{"admin@secret.example", "Hidden name", admin.Token, apptest.Password} {
				if strings.Contains(v, secret) {
					t.Errorf("%s: %s holds a value: %s", sp.Name, k, v)
				}
			}
		}
		if attrs(sp)["http.route"] == "/v1/liveness" {
			t.Error("a probe is traced")
		}
	}
}

// TestTraceOfFailure: a failure is one in the trace and in the log, and a statement tells why without a value.
func TestTraceOfFailure(t *testing.T) {
	t.Parallel()
	s, spans := traced(t, 1)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	if _, err := s.DB.Exec(t.Context(), "ALTER TABLE markets RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	a := s.Do(t, http.MethodGet, "/v1/markets", admin.Token, nil)
	got := inTrace(t, spans(), a)
	if a.Status != 500 || got[0].Status.Code != codes.Error || attrs(got[0])["error.type"] != "500" {
		t.Errorf("%d %v %v", a.Status, got[0].Status, attrs(got[0]))
	}
	found := false
	for _, sp := range got {
		if m := attrs(sp); m["db.response.status_code"] == "42P01" && sp.Status.Code == codes.Error &&
			sp.Status.Description == "" {
			found = true
		}
	}
	if !found {
		t.Error("the statement's span does not tell its SQLSTATE")
	}
	if !strings.Contains(s.Log.String(), `"errorChain":["`) {
		t.Error("the log has no line with the chain")
	}
}

// BenchmarkTracing is a request that is not traced, one of a service that traces 1 %, and one that is traced.
func BenchmarkTracing(b *testing.B) {
	for _, c := range []struct {
		name  string
		ratio float64
	}{{"off", 0}, {"1%", 0.01}, {"100%", 1}} {
		b.Run(c.name, func(b *testing.B) {
			s, _ := exporting(b, c.ratio, tracetest.NewNoopExporter()) // what the service pays, less the encoding
			admin := s.AddUser(b, "admin@x.org", role.Admin)
			var m struct{ ID string }
			s.OK(b, 201, &m, "POST", "/v1/markets", admin.Token, object{
				"name": "Elm Street", "place": "Elm Street 1", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
				"currency": "EUR", "commission": 1000,
			})
			b.ReportAllocs()
			for b.Loop() {
				s.OK(b, 200, nil, "GET", "/v1/markets/"+m.ID, admin.Token, nil)
			}
		})
	}
}
