package arch_test

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
)

// routes of the service; no request is made, so there is no database. Who may take them stands in each domain's own
// rows of rights, nobody among them.
func routes(t *testing.T) (chi.Routes, []rest.Route) {
	t.Helper()
	policy, err := auth.NewPolicy(t.Context(), auth.Admins)
	check(t, err)
	h, list := mux.New(mux.Config{Log: slog.New(slog.DiscardHandler), Auth: auth.New(nil, policy, nil, nil)})
	return h.(chi.Routes), list
}

func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	router, list := routes(t)
	for _, msg := range unguarded(t, router, list) {
		t.Error(msg)
	}
}

// unguarded names what the router answers that did not come through rest, which guards every route, and what came
// without an action for the policy to decide about.
func unguarded(t *testing.T, router chi.Routes, list []rest.Route) (broken []string) {
	t.Helper()
	known := map[string]bool{}
	for _, r := range list {
		if r.Action == "" {
			broken = append(broken, r.Method+" "+r.Path+" has no action")
		}
		known[r.Method+" "+r.Path] = true
		if r.Method == http.MethodGet {
			known["HEAD "+r.Path] = true
		}
	}
	check(t, chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !known[method+" "+route] {
			broken = append(broken, method+" "+route+" does not go through rest")
		}
		return nil
	}))
	return broken
}

// TestUnguarded is the negative control.
func TestUnguarded(t *testing.T) {
	t.Parallel()
	router, list := routes(t)
	router.(chi.Router).Get("/v1/backdoor", func(http.ResponseWriter, *http.Request) {})
	list[0].Action = ""
	got := unguarded(t, router, list)
	want := []string{list[0].Method + " " + list[0].Path + " has no action", "GET /v1/backdoor does not go through rest"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
