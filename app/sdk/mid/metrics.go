package mid

import (
	"expvar"
	"net/http"
	"strconv"

	"github.com/garagesale/service/app/sdk/request"
)

// What the service counts, for /debug/vars. Requests are counted by route, never by path, so their number is bounded.
var (
	requests = expvar.NewMap("requests") // "GET /v1/products/{productID} 2xx" → count
	inFlight = expvar.NewInt("requests_in_flight")
	panics   = expvar.NewInt("panics")
)

// Metrics counts requests.
func Metrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww := wrap(w, r)
		inFlight.Add(1)
		defer inFlight.Add(-1)
		next.ServeHTTP(ww, r)
		route := request.From(r.Context()).Route
		if route == "" {
			route = "none"
		}
		requests.Add(method(r.Method)+" "+route+" "+strconv.Itoa(statusOf(ww)/100)+"xx", 1)
	})
}

// method keeps made-up methods from making up counters.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "_OTHER"
}
