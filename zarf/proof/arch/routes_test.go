package arch_test

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
)

// public is what everybody may ask for without an account. Adding to it is a decision.
var public = []string{
	"GET /v1/liveness",
	"GET /v1/readiness",
	"POST /v1/auth/signup",
	"POST /v1/auth/token",
	"POST /v1/auth/refresh",
	"POST /v1/auth/logout",
	"GET /.well-known/jwks.json",
	"GET /v1/markets",
	"GET /v1/markets/{marketID}",
	"GET /v1/markets/{marketID}/products",
	"GET /v1/markets/{marketID}/labels",
	"GET /v1/products/{productID}",
	"GET /openapi.json",
	"GET /openapi.yaml",
	"GET /docs",
	"GET /docs/{file}",
	"GET /docs/errors",
	"GET /docs/errors/{code}",
}

// routes of the service, with the policy; no request is made, so there is no database.
func routes(t *testing.T) (chi.Routes, []rest.Route, *auth.Policy) {
	t.Helper()
	policy, err := auth.NewPolicy(t.Context())
	check(t, err)
	h, list := mux.New(mux.Config{Log: slog.New(slog.DiscardHandler), Auth: auth.New(nil, policy, nil)})
	return h.(chi.Routes), list, policy
}

func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	router, list, policy := routes(t)
	for _, msg := range unguarded(t, router, list) {
		t.Error(msg)
	}
	var open []string
	for _, r := range list {
		ok, err := policy.Allows(t.Context(), request.Actor{}, r.Action, nil)
		check(t, err)
		if ok {
			open = append(open, r.Method+" "+r.Path)
		}
	}
	for _, r := range open {
		if !slices.Contains(public, r) {
			t.Errorf("%s is open to everybody and is not on the list of public routes", r)
		}
	}
	for _, r := range public {
		if !slices.Contains(open, r) {
			t.Errorf("%s is on the list of public routes and is not open", r)
		}
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
	router, list, _ := routes(t)
	router.(chi.Router).Get("/v1/backdoor", func(http.ResponseWriter, *http.Request) {})
	list[0].Action = ""
	got := unguarded(t, router, list)
	want := []string{list[0].Method + " " + list[0].Path + " has no action", "GET /v1/backdoor does not go through rest"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
