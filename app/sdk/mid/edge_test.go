package mid_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/request"
)

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestHSTS(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{0: "", 365 * 24 * time.Hour: "max-age=31536000; includeSubDomains"} {
		w := httptest.NewRecorder()
		mid.HSTS(age)(http.HandlerFunc(ok)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%v: %q", age, got)
		}
	}
}

// TestNoLimit: what has a limit of 0 is not even in the way.
func TestNoLimit(t *testing.T) {
	t.Parallel()
	next := http.NewServeMux()
	for name, h := range map[string]http.Handler{
		"Each": mid.Each(0, isProbe)(next), "Dear": mid.Dear(0, time.Minute, isProbe)(next),
		"Shed": mid.Shed(0, isProbe)(next), "HSTS": mid.HSTS(0)(next),
	} {
		if h != http.Handler(next) {
			t.Errorf("%s of 0 is in the way", name)
		}
	}
}

// TestOrigins: without the setting no origin may read an answer; with it, exactly those.
func TestOrigins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		origins []string
		origin  string
		allowed bool
	}{
		{nil, "https://shop.example", false},
		{[]string{"https://shop.example"}, "https://shop.example", true},
		{[]string{"https://shop.example"}, "http://shop.example", false},
		{[]string{"https://shop.example"}, "https://shop.example.evil.example", false},
		{[]string{"https://shop.example"}, "https://sub.shop.example", false},
		{[]string{"https://shop.example"}, "null", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Origin", test.origin)
		w := httptest.NewRecorder()
		mid.CORS(test.origins)(http.HandlerFunc(ok)).ServeHTTP(w, r)
		if got := w.Header().Get("Access-Control-Allow-Origin"); (got == test.origin) != test.allowed || !test.allowed &&
			got != "" {
			t.Errorf("%v, %s: %q", test.origins, test.origin, got)
		}
		if w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Error("credentials")
		}
	}
}

// TestClient: X-Forwarded-For counts only behind a proxy that is trusted; from elsewhere it is told in the log.
func TestClient(t *testing.T) {
	t.Parallel()
	proxies := []string{"10.0.0.0/8"}
	for _, test := range []struct {
		proxies         []string
		peer, xff, want string
	}{
		{nil, "192.0.2.1:1", "203.0.113.1", "192.0.2.1"},
		{nil, "[2001:db8::1]:1", "", "2001:db8::1"},
		{proxies, "192.0.2.1:1", "203.0.113.1", "192.0.2.1"}, // not a proxy
		{proxies, "10.0.0.1:1", "203.0.113.1", "203.0.113.1"},
		{proxies, "10.0.0.1:1", "made up, 203.0.113.1", "203.0.113.1"},
		{proxies, "10.0.0.1:1", "198.51.100.1, 203.0.113.1, 10.9.9.9", "203.0.113.1"},
		{proxies, "10.0.0.1:1", "", "10.0.0.1"},
		{proxies, "10.0.0.1:1", "10.0.0.2", "10.0.0.1"},
		{proxies, "10.0.0.1:1", "nonsense", "10.0.0.1"},
		{proxies, "[::ffff:10.0.0.1]:1", "203.0.113.1", "203.0.113.1"},
	} {
		var got string
		var out bytes.Buffer
		client := mid.Client(test.proxies, slog.New(slog.NewTextHandler(&out, nil)))
		h := client(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = request.From(r.Context()).RemoteAddr.String()
		}))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = test.peer
		if test.xff != "" {
			r.Header.Set("X-Forwarded-For", test.xff)
		}
		for range 2 {
			h.ServeHTTP(httptest.NewRecorder(), r.WithContext(request.With(r.Context(), &request.Info{})))
		}
		if got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
		warned := 0
		if test.xff != "" && strings.HasPrefix(test.peer, "192.0.2.1") {
			warned = 1 // and not twice
		}
		if strings.Count(out.String(), "SALES_WEB_TRUSTED_PROXIES") != warned ||
			strings.Count(out.String(), "peer=192.0.2.1") != warned {
			t.Errorf("%+v: the log says %q", test, &out)
		}
	}
}
