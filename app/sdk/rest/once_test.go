package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

// onceAPI is a service over a database, because that is where the answers are kept. Its things are made with PUT and
// POST.
func onceAPI(t *testing.T) func(method, path, body string, actor uuid.UUID, keys ...string) *httptest.ResponseRecorder {
	t.Helper()
	db := dbtest.New(t)
	router := chi.NewRouter()
	a := rest.New(rest.Config[sqldb.DB]{
		Router: router, Domains: db,
		InTx: func(ctx context.Context, fn func(context.Context, sqldb.DB) error) error {
			return db.InTx(ctx, func(tx sqldb.DB) error { return fn(ctx, tx) })
		},
		Policy: &policy{},
		Keys:   func(tx *sqldb.DB) idempotency.Store { return idempotency.New(*tx, clock.Now) },
		Guard:  func(rest.Op) func(http.Handler) http.Handler { return func(h http.Handler) http.Handler { return h } },
	})
	made := 0
	for _, method := range []string{"POST", "PUT"} {
		rest.Once(a, rest.Op{Method: method, Path: "/things/{id}", Action: "thing.create", Location: "/things/"},
			func(_ rest.Call[sqldb.DB], in struct {
				ID   string `path:"id" json:"-"`
				Fail bool   `json:"fail,omitempty"`
			},
			) (Thing, error) {
				made++
				if in.Fail {
					return Thing{}, errExists
				}
				return Thing{ID: thingID, Got: fmt.Sprint(made, " <&>   ", in.ID)}, nil
			})
	}
	rest.Once(a, rest.Op{Method: "POST", Path: "/nothing", Action: "thing.create"},
		func(rest.Call[sqldb.DB], struct{}) (rest.None, error) {
			made++
			return rest.None{}, nil
		})
	return func(method, path, body string, actor uuid.UUID, keys ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for _, k := range keys {
			r.Header.Add("Idempotency-Key", k)
		}
		w := httptest.NewRecorder()
		info := &request.Info{TraceID: "0af7651916cd43dd8448eb211c80319c", Actor: request.Actor{ID: actor}}
		router.ServeHTTP(w, r.WithContext(request.With(r.Context(), info)))
		return w
	}
}

// TestOnce: the first answer comes again as it was, byte for byte and header for header.
func TestOnce(t *testing.T) {
	t.Parallel()
	ask := onceAPI(t)
	me, you := uuid.New(), uuid.New()
	first := ask("POST", "/things/a", `{}`, me, "k")
	if first.Code != 201 || first.Header().Get("Location") == "" || first.Header().Get("ETag") != tag ||
		first.Header().Get("Idempotency-Replayed") != "" {
		t.Fatalf("%d %v %s", first.Code, first.Header(), first.Body)
	}
	again := ask("POST", "/things/a", `{}`, me, "k")
	if again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("%v", again.Header())
	}
	again.Header().Del("Idempotency-Replayed")
	if again.Code != first.Code || again.Body.String() != first.Body.String() ||
		fmt.Sprint(again.Header()) != fmt.Sprint(first.Header()) {
		t.Errorf("first\n%d %v %s\nagain\n%d %v %s", first.Code, first.Header(), first.Body, again.Code, again.Header(),
			again.Body)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"another path": ask("POST", "/things/b", `{}`, me, "k"), "another method": ask("PUT", "/things/a", `{}`, me, "k"),
		"another account": ask("POST", "/things/a", `{}`, you, "k"), "another key": ask("POST", "/things/a", `{}`, me, "K"),
	} {
		if w.Code >= 300 || w.Header().Get("Idempotency-Replayed") != "" || w.Body.String() == first.Body.String() {
			t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
	if got := problem(t, ask("POST", "/things/a", `{ }`, me, "k")); got != "Unprocessable Entity idempotency_key_reused" {
		t.Errorf("another body: %s", got)
	}
	// An error keeps nothing.
	for range 2 {
		if got := problem(t, ask("POST", "/things/a", `{"fail":true}`, me, "f")); got != "Conflict thing_exists" {
			t.Errorf("a failure: %s", got)
		}
	}
	if w := ask("POST", "/things/a", `{}`, me, "f"); w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("after a failure: %d %v", w.Code, w.Header())
	}
	// An answer without a body is kept too.
	for i := range 2 {
		if w := ask("POST", "/nothing", "", me, "k"); w.Code != 204 || w.Body.Len() > 0 ||
			(w.Header().Get("Idempotency-Replayed") == "true") != (i == 1) {
			t.Errorf("nothing, time %d: %d %v %s", i+1, w.Code, w.Header(), w.Body)
		}
	}
}

// TestKeyRequired: 1 to 255 printable characters, before the body is looked at.
func TestKeyRequired(t *testing.T) {
	t.Parallel()
	ask := onceAPI(t)
	const refused = "Bad Request idempotency_key_required header.Idempotency-Key"
	for name, keys := range map[string][]string{
		"none": nil, "empty": {""}, "long": {strings.Repeat("k", 256)}, "control": {"a\x7f"}, "tab": {"a\tb"},
		"not ASCII": {"schlüssel"}, "two": {"a", "b"},
	} {
		if got := problem(t, ask("POST", "/things/a", `{`, uuid.New(), keys...)); got != refused {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, key := range []string{"k", strings.Repeat("k", 255), `"quoted" key ~!`} {
		if w := ask("POST", "/things/a", `{}`, uuid.New(), key); w.Code != 201 {
			t.Errorf("%s: %d %s", key, w.Code, w.Body)
		}
	}
}
