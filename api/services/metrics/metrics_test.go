package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// vars is what a service publishes, with strangers among it.
const vars = `{
	"cmdline": ["sales"],
	"memstats": {"Alloc": 1},
	"audit_dropped": 3,
	"http_server_request_duration_seconds": {"type": "histogram", "help": "Times.",
		"labels": ["http_route", "http_response_status_code"], "buckets": [0.1, 1],
		"series": [{"values": ["/v1/products/{productID}", "200"], "value": 3.5, "counts": [5, 1, 2]}]},
	"garagesale_sales_total": {"type": "counter", "help": "Sales.", "labels": ["currency", "tender"],
		"series": [{"values": ["USD", "CASH"], "value": 3}, {"values": ["EUR", "CARD"], "value": 9007199254740991}]},
	"go_goroutines": {"type": "gauge", "help": "Goroutines.", "series": [{"value": 12}]}
}`

func start(t *testing.T, source http.HandlerFunc) (srv *httptest.Server, service *httptest.Server) {
	t.Helper()
	service = httptest.NewServer(source)
	t.Cleanup(service.Close)
	e := newExporter(service.URL, 200*time.Millisecond, slog.New(slog.DiscardHandler))
	srv = httptest.NewServer(handler(e, slog.New(slog.DiscardHandler), &atomic.Bool{}))
	t.Cleanup(srv.Close)
	return srv, service
}

func get(t *testing.T, srv *httptest.Server, path string) string {
	t.Helper()
	res, err := srv.Client().Get(srv.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v %d %s", path, err, res.StatusCode, b)
	}
	return string(b)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	srv, _ := start(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, vars) })
	got := get(t, srv, "/metrics")
	const of = `{http_response_status_code="200",http_route="/v1/products/{productID}"`
	for _, want := range []string{
		"# HELP http_server_request_duration_seconds Times.\n# TYPE http_server_request_duration_seconds histogram\n" +
			`http_server_request_duration_seconds_bucket` + of + `,le="0.1"} 5` + "\n" +
			`http_server_request_duration_seconds_bucket` + of + `,le="1"} 6` + "\n" +
			`http_server_request_duration_seconds_bucket` + of + `,le="+Inf"} 8` + "\n" +
			`http_server_request_duration_seconds_sum` + of + `} 3.5` + "\n" +
			`http_server_request_duration_seconds_count` + of + `} 8` + "\n",
		"# TYPE garagesale_sales_total counter\n" +
			`garagesale_sales_total{currency="EUR",tender="CARD"} 9.007199254740991e+15` + "\n",
		"go_goroutines 12\n", "garagesale_up 1\n", "garagesale_scrapes_failed_total 0\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing:\n%s\nin:\n%s", want, got)
		}
	}
	if strings.Contains(got, "memstats") || strings.Contains(got, "audit") {
		t.Errorf("strangers:\n%s", got)
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

// TestDown: whatever the service does instead of answering, the sidecar answers, and says that it does not.
func TestDown(t *testing.T) {
	t.Parallel()
	var answer atomic.Pointer[http.HandlerFunc]
	set := func(h http.HandlerFunc) { answer.Store(&h) }
	srv, service := start(t, func(w http.ResponseWriter, r *http.Request) { (*answer.Load())(w, r) })
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, vars) }
	failed := 0
	for name, bad := range map[string]http.HandlerFunc{
		"500":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"half":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, vars[:200]) },
		"stranger": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"memstats": {}}`) },
		"hangs":    func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		set(bad)
		got := get(t, srv, "/metrics")
		failed++
		if !strings.Contains(got, "garagesale_up 0\n") || strings.Contains(got, "garagesale_sales_total") {
			t.Errorf("%s:\n%s", name, got)
		}
		set(ok)
		if got := get(t, srv, "/metrics"); !strings.Contains(got, "garagesale_up 1\n") ||
			!strings.Contains(got, "garagesale_sales_total") {
			t.Errorf("after %s:\n%s", name, got)
		}
	}
	service.Close()
	if got := get(t, srv, "/metrics"); !strings.Contains(got, "garagesale_up 0\n") || failed != 4 ||
		!strings.Contains(got, "garagesale_scrapes_failed_total 5\n") {
		t.Errorf("closed:\n%s", got)
	}
	if get(t, srv, "/liveness") != "alive\n" || get(t, srv, "/readiness") != "ready\n" {
		t.Error("the sidecar's own probes depend on the service")
	}
}

// TestBroken: one variable that makes no sense does not hide the others.
func TestBroken(t *testing.T) {
	t.Parallel()
	srv, _ := start(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"a_total": {"type": "counter", "help": "A.", "labels": ["x"], "series": [{"value": 1}]},
			"b": {"type": "summary", "series": [{"value": 1}]}, "c": {"type": "histogram", "buckets": [1],
			"series": [{"value": 1}]}, "d_total": {"type": "counter", "help": "D.", "series": [{"value": 7}]}}`)
	})
	if got := get(t, srv, "/metrics"); !strings.Contains(got, "d_total 7\n") || strings.Contains(got, "a_total") {
		t.Errorf("got:\n%s", got)
	}
}
