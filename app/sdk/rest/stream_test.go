package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/sdk/rest"
)

// table is an output that is written as it is made.
type table struct {
	stream func(io.Writer) error
}

func (t table) Stream(_ context.Context, w io.Writer) error { return t.stream(w) }

// serveStream is an API of one operation that streams.
func serveStream(t *testing.T, stream func(io.Writer) error) *httptest.Server {
	t.Helper()
	r := chi.NewRouter()
	api := rest.New(rest.Config[*store]{Router: r, Domains: &store{}, Policy: &policy{},
		Guard: func(rest.Op) func(http.Handler) http.Handler {
			return func(next http.Handler) http.Handler { return next }
		}})
	rest.Read(api, rest.Op{Method: "GET", Path: "/table", Action: "thing.read", Produces: []string{"text/csv"}},
		func(c rest.Call[*store], _ struct{}) (table, error) {
			if c.Form() != "text/csv" {
				return table{}, errors.New("the handler is not told the form")
			}
			return table{stream}, nil
		})
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s
}

// TestStream: what is small or fails early is an answer as any other; what fails later does not look whole.
func TestStream(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 10_000)
	failure := errors.New("secret of the database")
	write := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, failed := io.WriteString(w, text)
			return errors.Join(failed, err)
		}
	}
	for about, tt := range map[string]struct {
		stream func(io.Writer) error
		status int
		body   string
		cut    bool
	}{
		"nothing":                      {func(io.Writer) error { return nil }, 200, "", false},
		"short":                        {write("a,b\r\n", nil), 200, "a,b\r\n", false},
		"long":                         {write(long, nil), 200, long, false},
		"fails at once":                {func(io.Writer) error { return failure }, 500, "", false},
		"fails before the first chunk": {write("a,b\r\n", failure), 500, "", false},
		"fails after it":               {write(long, failure), 200, "", true},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			s := serveStream(t, tt.stream)
			res, err := http.Get(s.URL + "/table")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || (err != nil) != tt.cut {
				t.Errorf("%d, %v, want %d, cut %t", res.StatusCode, err, tt.status, tt.cut)
			}
			if strings.Contains(string(body), "secret") {
				t.Errorf("the answer tells %.200s", body)
			}
			if tt.status == 200 && !tt.cut && (string(body) != tt.body ||
				res.Header.Get("Content-Type") != "text/csv; charset=utf-8") {
				t.Errorf("%d bytes of %s, want %d", len(body), res.Header.Get("Content-Type"), len(tt.body))
			}
			if tt.status == 500 && res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("Content-Type %q of a failure", res.Header.Get("Content-Type"))
			}
			head, err := http.Head(s.URL + "/table")
			if err != nil {
				t.Fatal(err)
			}
			defer head.Body.Close()
			if head.StatusCode != 200 {
				t.Errorf("HEAD: %d", head.StatusCode)
			}
		})
	}
}

// TestStreamIsNotKept: what a stream writes is on its way when the next part is made, at most two chunks behind.
func TestStreamIsNotKept(t *testing.T) {
	t.Parallel()
	const parts, size = 100, 10_000
	var sent atomic.Int64
	s := serveStream(t, func(w io.Writer) error {
		for i := range int64(parts) {
			if behind := i*size - sent.Load(); behind > 64<<10 {
				return errors.New("too much is kept")
			}
			if _, err := w.Write(make([]byte, size)); err != nil {
				return err
			}
		}
		return nil
	})
	counted := &counting{ResponseWriter: httptest.NewRecorder(), n: &sent}
	s.Config.Handler.ServeHTTP(counted, httptest.NewRequest(http.MethodGet, "/table", nil))
	if sent.Load() != parts*size {
		t.Errorf("%d bytes were sent, want %d", sent.Load(), parts*size)
	}
}

// counting counts what is written.
type counting struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counting) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return c.ResponseWriter.Write(b)
}
