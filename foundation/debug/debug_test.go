package debug

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

func handler(t *testing.T, level *slog.LevelVar) http.Handler {
	t.Helper()
	h, err := Handler(level)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHandler(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(handler(t, new(slog.LevelVar)))
	t.Cleanup(srv.Close)
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/debug/pprof/":                   {200, "full goroutine stack dump"},
		"/debug/pprof/goroutine?debug=1":  {200, "goroutine profile: total"},
		"/debug/pprof/heap?debug=1":       {200, "heap profile:"},
		"/debug/pprof/cmdline":            {200, "debug.test"},
		"/debug/pprof/symbol":             {200, "num_symbols"},
		"/debug/pprof/profile?seconds=1":  {200, ""},
		"/debug/pprof/trace?seconds=0.01": {200, "go 1."},
		"/debug/vars":                     {200, `"memstats"`},
		"/debug/statsviz":                 {200, "<html"},
		"/debug/statsviz/":                {200, "<html"},
		"/debug/pprof/nonsense":           {404, ""},
		"/debug/log/level":                {200, "INFO"},
		"/":                               {404, ""},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			res, err := srv.Client().Get(srv.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var b strings.Builder
			if err := res.Write(&b); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != want.status || !strings.Contains(b.String(), want.body) {
				t.Errorf("%d, want %d with %q in:\n%.300s", res.StatusCode, want.status, want.body, b.String())
			}
		})
	}
}

func TestSetLevel(t *testing.T) {
	t.Parallel()
	level := new(slog.LevelVar)
	h := handler(t, level)
	for _, c := range []struct {
		from, host, body string
		status           int
		want             slog.Level
	}{
		{"127.0.0.1:50000", "localhost:3010", "debug\n", 200, slog.LevelDebug},
		{"[::1]:50000", "[::1]:3010", "ERROR", 200, slog.LevelError},
		{"10.0.0.7:50000", "localhost:3010", "DEBUG", 403, slog.LevelError},
		{"127.0.0.1:50000", "evil.example:3010", "DEBUG", 403, slog.LevelError},
		{"127.0.0.1:50000", "127.0.0.1:3010", "LOUD", 400, slog.LevelError},
		{"127.0.0.1:50000", "127.0.0.1:3010", strings.Repeat("x", 1000), 400, slog.LevelError},
		{"127.0.0.1:50000", "127.0.0.1", "INFO", 200, slog.LevelInfo},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "PUT", "/debug/log/level", strings.NewReader(c.body))
		r.RemoteAddr, r.Host = c.from, c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || level.Level() != c.want {
			t.Errorf("%+v: %d %s, level %v", c, w.Code, w.Body, level)
		}
	}
}

func TestStatsvizSocket(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(handler(t, new(slog.LevelVar)))
	t.Cleanup(srv.Close)
	ws, res, err := websocket.DefaultDialer.DialContext(t.Context(),
		"ws"+strings.TrimPrefix(srv.URL, "http")+"/debug/statsviz/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	defer ws.Close()
	if _, b, err := ws.ReadMessage(); err != nil || !strings.Contains(string(b), "goroutines") {
		t.Errorf("first message %.100s, %v", b, err)
	}
}
