package mid_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/request"
)

// TestWrites: what an account changes costs by its size; what it reads costs nothing, and what others change neither.
func TestWrites(t *testing.T) {
	t.Parallel()
	const most, burst = 64 << 10, 20
	me, you := uuid.New(), uuid.New()
	for name, tt := range map[string]struct {
		size    int // of the body; -1: it does not tell
		allowed int
	}{
		"nothing": {0, 20}, "1 byte": {1, 10}, "4 KiB": {4 << 10, 10}, "4 KiB and 1": {4<<10 + 1, 6}, "36 KiB": {36 << 10, 2},
		"36 KiB and 1": {36<<10 + 1, 1}, "the largest": {most, 1}, "too large": {10 * most, 1}, "not told": {-1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			writes := mid.Writes(mid.Limit{PerSecond: 1e-9, Burst: burst}, most)
			h := writes(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusTeapot)
			}))
			ask := func(method string, who uuid.UUID) *httptest.ResponseRecorder {
				body := io.Reader(strings.NewReader(strings.Repeat("x", max(tt.size, 0))))
				if tt.size < 0 {
					body = io.MultiReader(body)
				}
				r := httptest.NewRequest(method, "/", body)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r.WithContext(request.With(r.Context(), &request.Info{Actor: request.Actor{ID: who}})))
				return w
			}
			for i, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				if w := ask(method, uuid.New()); w.Code != http.StatusTeapot {
					t.Errorf("%s, the first of account %d: %d", method, i, w.Code)
				}
			}
			for i := range tt.allowed {
				if w := ask("POST", me); w.Code != http.StatusTeapot {
					t.Fatalf("number %d: %d, want %d of them", i+1, w.Code, tt.allowed)
				}
			}
			if w := ask("POST", me); w.Code != 429 || w.Header().Get("Retry-After") == "" {
				t.Errorf("number %d: %d %v, want 429", tt.allowed+1, w.Code, w.Header())
			}
			for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
				if w := ask(method, me); w.Code != http.StatusTeapot {
					t.Errorf("%s: %d", method, w.Code)
				}
			}
			for about, who := range map[string]uuid.UUID{"another account": you, "nobody": {}} {
				if w := ask("POST", who); w.Code != http.StatusTeapot {
					t.Errorf("%s: %d", about, w.Code)
				}
			}
		})
	}
}
