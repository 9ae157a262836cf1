package mid_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/foundation/otel"
)

func isProbe(r *http.Request) bool { return r.URL.Path == "/v1/liveness" }

// ask returns the status, the Retry-After and how long the answer took.
func ask(h http.Handler, path string) (int, string, time.Duration) {
	w := httptest.NewRecorder()
	began := time.Now()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Header().Get("Retry-After"), time.Since(began)
}

func TestShed(t *testing.T) {
	t.Parallel()
	const limit = 8
	entered, finish := make(chan struct{}, limit+1), make(chan struct{})
	busy := func(limit int) http.Handler {
		return mid.Shed(limit, isProbe)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				entered <- struct{}{}
				<-finish
			}
			w.WriteHeader(http.StatusOK)
		}))
	}
	h := busy(limit)
	var inside, wg sync.WaitGroup
	for range limit {
		inside.Go(func() {
			if status, _, _ := ask(h, "/slow"); status != http.StatusOK {
				t.Errorf("a request within the limit: %d", status)
			}
		})
	}
	for range limit {
		<-entered
	}
	// Many more, all at once: every one is refused, and none of them takes or keeps a place.
	var slowest atomic.Int64
	for range 100 {
		wg.Go(func() {
			status, retry, took := ask(h, "/more")
			if status != http.StatusServiceUnavailable || retry != "1" {
				t.Errorf("beyond the limit: %d, Retry-After %q; want 503, 1", status, retry)
			}
			for old := slowest.Load(); int64(took) > old && !slowest.CompareAndSwap(old, int64(took)); old = slowest.Load() {
			}
		})
		wg.Go(func() {
			if status, _, _ := ask(h, "/v1/liveness"); status != http.StatusOK {
				t.Errorf("a probe beyond the limit: %d, want 200", status)
			}
		})
	}
	// The control: without a limit the same request gets in.
	if status, _, _ := ask(busy(0), "/more"); status != http.StatusOK {
		t.Errorf("without a limit: %d", status)
	}
	wg.Wait()
	close(finish)
	inside.Wait()
	if d := time.Duration(slowest.Load()); d > time.Second {
		t.Errorf("the slowest refusal took %v", d)
	}
	if status, _, _ := ask(h, "/more"); status != http.StatusOK {
		t.Errorf("when all have left: %d, want 200", status)
	}
}

// A handler that panics gives its place back.
func TestShedPanic(t *testing.T) {
	t.Parallel()
	h := mid.Shed(1, isProbe)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("on purpose")
		}
	}))
	for range 3 {
		func() {
			defer func() { _ = recover() }()
			ask(h, "/panic")
		}()
	}
	if status, _, _ := ask(h, "/"); status != http.StatusOK {
		t.Errorf("after panics: %d, want 200", status)
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	h := mid.Only(isProbe)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for path, want := range map[string]int{"/v1/liveness": 200, "/v1/markets": 404} {
		if status, _, _ := ask(h, path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

// TestShedLog: a flood of refusals is one line a second in the log, not a line each.
func TestShedLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tracing, err := otel.Start(t.Context(), otel.Config{Service: "test"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	entered, finish := make(chan struct{}), make(chan struct{})
	h := mid.Trace(tracing, isProbe, mid.Trusted(nil))(mid.Log(slog.New(slog.NewJSONHandler(&out, nil)), isProbe)(
		mid.Shed(1, isProbe)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			entered <- struct{}{}
			<-finish
		}))))
	var wg sync.WaitGroup
	wg.Go(func() { ask(h, "/slow") })
	<-entered
	began := time.Now()
	for range 500 {
		if status, _, _ := ask(h, "/more"); status != http.StatusServiceUnavailable {
			t.Fatal(status)
		}
	}
	most := 1 + int(time.Since(began)/time.Second)
	if n := strings.Count(out.String(), `"status":503`); n < 1 || n > most {
		t.Errorf("%d lines about 500 refusals, want 1 to %d", n, most)
	}
	close(finish)
	wg.Wait()
}

// TestLong: each client has its part of the places, all together have theirs, and a place is free when it is left.
func TestLong(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	h := mid.Long(3, 2)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			entered <- struct{}{}
			<-finish
		}
	}))
	from := func(addr, path string) int {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = addr + ":1"
		w := httptest.NewRecorder()
		with(h).ServeHTTP(w, r)
		return w.Code
	}
	var holding sync.WaitGroup
	hold := func(addr string) {
		holding.Go(func() { from(addr, "/hold") })
		<-entered
	}
	hold("192.0.2.1")
	hold("192.0.2.1")
	if got := from("192.0.2.1", "/"); got != 429 {
		t.Errorf("the third of a client: %d", got)
	}
	if got := from("192.0.2.2", "/"); got != 200 {
		t.Errorf("the third of all: %d", got)
	}
	hold("192.0.2.2")
	if got := from("192.0.2.3", "/"); got != 503 {
		t.Errorf("the fourth of all: %d", got)
	}
	close(finish)
	holding.Wait()
	if got := from("192.0.2.1", "/"); got != 200 {
		t.Errorf("when all have left: %d", got)
	}
}
