package mid_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/foundation/metrics"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/testenv"
)

// serve sends a request through all middleware, as mux orders it, to h; it returns the answer and the lines of the log.
func serve(t *testing.T, r *http.Request, h http.HandlerFunc) (*httptest.ResponseRecorder, []map[string]any, string) {
	t.Helper()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	tracing, err := otel.Start(t.Context(), otel.Config{Service: "test"}, log)
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(r *http.Request) bool { return r.URL.Path == "/quiet" }
	var next http.Handler = h
	for _, m := range []func(http.Handler) http.Handler{
		mid.Timeout(time.Second), mid.Whole(mid.Body{Max: 100}), mid.CORS([]string{"https://shop.example"}), mid.Headers,
		mid.Recover, mid.Metrics, mid.Log(log, quiet), mid.Client(nil, log), mid.Trace(tracing, quiet, mid.Trusted(nil)),
	} {
		next = m(next)
	}
	w := httptest.NewRecorder()
	next.ServeHTTP(w, r)
	var lines []map[string]any
	for dec := json.NewDecoder(strings.NewReader(out.String())); ; {
		var line map[string]any
		if err := dec.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return w, lines, out.String()
}

func panics(t *testing.T) float64 {
	return testenv.Published(t, "garagesale_panics_total").Series[0].Value
}

// TestRecover is not parallel, because it counts.
func TestRecover(t *testing.T) { //nolint:paralleltest // it counts panics
	before := panics(t)
	w, lines, _ := serve(t, httptest.NewRequest("GET", "/x", nil), func(_ http.ResponseWriter, r *http.Request) {
		request.From(r.Context()).Route = "/x"
		panic("the reason")
	})
	var p rest.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 500 || p.Code != "internal_error" ||
		p.TraceID == "" || strings.Contains(w.Body.String(), "reason") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(lines) != 1 || lines[0]["status"] != 500.0 || lines[0]["level"] != "ERROR" ||
		!strings.Contains(fmt.Sprint(lines[0]["stack"]), "mid_test.go") || !strings.Contains(fmt.Sprint(lines[0]["error"]),
		"the reason") {
		t.Errorf("log: %v", lines)
	}
	if panics(t) != before+1 {
		t.Errorf("%v panics were counted", panics(t)-before)
	}
	if !slices.ContainsFunc(testenv.Published(t, "http_server_request_duration_seconds").Series,
		func(s metrics.Series) bool {
			return slices.Equal(s.Values, []string{"GET", "/x", "500"})
		}) {
		t.Error("not counted as 500")
	}
	// A handler that gives up on purpose is left to the server.
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v", err)
		}
		if n := testenv.Published(t, "http_server_active_requests").Series[0].Value; n != 0 {
			t.Errorf("%v in flight", n)
		}
	}()
	serve(t, httptest.NewRequest("GET", "/x", nil), func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	me := uuid.New()
	r := httptest.NewRequest("POST", "/v1/x?token=query-secret", strings.NewReader(`{"password":"body-secret"}`))
	r.Header.Set("Authorization", "Bearer header-secret")
	r.Header.Set("Cookie", "session=cookie-secret")
	r.Header.Set("X-Request-ID", "till-7/42")
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	r.RemoteAddr = "192.0.2.7:4711"
	w, lines, all := serve(t, r, func(w http.ResponseWriter, r *http.Request) {
		info := request.From(r.Context())
		info.Route, info.Actor.ID = "/v1/x", me
		rest.Fail(w, r, fmt.Errorf("for %v: %w", password.Given("field-secret"), errors.New("the cause")))
	})
	if len(lines) != 1 {
		t.Fatalf("log: %v", lines)
	}
	for field, want := range map[string]any{
		"msg": "request", "level": "ERROR", "method": "POST", "route": "/v1/x", "status": 500.0, "remoteAddr": "192.0.2.7",
		"requestID": "till-7/42", "userID": me.String(),
		"bytes": float64(w.Body.Len()),
	} {
		if lines[0][field] != want {
			t.Errorf("%s is %v, want %v", field, lines[0][field], want)
		}
	}
	if _, ok := lines[0]["durationMs"]; !ok || !strings.Contains(fmt.Sprint(lines[0]["error"]), "the cause") {
		t.Errorf("log: %v", lines[0])
	}
	if strings.Contains(all, "secret") {
		t.Errorf("a secret is in the log: %s", all)
	}
	if w.Header().Get("X-Request-ID") != "till-7/42" || !strings.HasPrefix(w.Header().Get("Traceparent"),
		"00-0af7651916cd43dd8448eb211c80319c-") {
		t.Errorf("%v", w.Header())
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{200: 0, 503: 1} {
		_, lines, _ := serve(t, httptest.NewRequest("GET", "/quiet", nil), func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
		})
		if len(lines) != want {
			t.Errorf("a probe with %d: %v", status, lines)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for given, kept := range map[string]bool{"a": true, strings.Repeat("a", 128): true, "": false,
		strings.Repeat("a", 129): false, "a b": false, "a\tb": false, "ü": false, "a\x7f": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-ID", given)
		w, _, _ := serve(t, r, func(http.ResponseWriter, *http.Request) {})
		if got := w.Header().Get("X-Request-ID"); got == "" || (got == given) != kept {
			t.Errorf("%q: answered %q", given, got)
		}
	}
	for _, bad := range []string{"", "00-xyz", "00-00000000000000000000000000000000-b7ad6b7169203331-01"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Traceparent", bad)
		w, _, _ := serve(t, r, func(http.ResponseWriter, *http.Request) {})
		if got := w.Header().Get("Traceparent"); len(got) != 55 || got == bad ||
			strings.Contains(got, strings.Repeat("0", 32)) {
			t.Errorf("%q: answered %q", bad, got)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	w, lines, _ := serve(t, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		rest.Fail(w, r, context.Cause(r.Context()))
	})
	if took := time.Since(begin); w.Code != 503 || w.Header().Get("Retry-After") == "" || took > 5*time.Second ||
		len(lines) != 1 {
		t.Errorf("a request without end: %d after %v: %s", w.Code, took, w.Body)
	}
	for size, want := range map[int]bool{100: true, 101: false} {
		serve(t, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", size))),
			func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				tooLarge, ok := errors.AsType[*http.MaxBytesError](err)
				if (err == nil) != want || !want && (!ok || tooLarge.Limit != 100) {
					t.Errorf("%d bytes: %v", size, err)
				}
			})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for path, cache := range map[string]string{"/v1/markets": "no-cache", "/v1/auth/token": "no-store"} {
		w, _, _ := serve(t, httptest.NewRequest("GET", path, nil), func(http.ResponseWriter, *http.Request) {})
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cache-Control": cache} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

// TestCORS: pages of the origins that are named may ask, others may not.
func TestCORS(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]string{"https://shop.example": "https://shop.example", "https://evil.example": "",
		"null": "", "https://shop.example.evil": ""} {
		r := httptest.NewRequest("OPTIONS", "/v1/markets", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
		w, _, _ := serve(t, r, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(405) })
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want ||
			w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", origin, w.Code, w.Header())
		}
	}
	if h := mid.CORS(nil)(http.NotFoundHandler()); fmt.Sprintf("%p", h) != fmt.Sprintf("%p", http.NotFoundHandler()) {
		t.Error("without origins CORS is not off")
	}
}

// TestMadeUpMethods: a client cannot make up counters.
func TestMadeUpMethods(t *testing.T) {
	t.Parallel()
	for _, m := range []string{"BREW", "GETT"} {
		serve(t, httptest.NewRequest(m, "/"+uuid.NewString(), nil), func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
		})
		if all := expvar.Get("http_server_request_duration_seconds").String(); strings.Contains(all, m) ||
			!strings.Contains(all, "_OTHER") {
			t.Errorf("counters: %s", all)
		}
	}
}
