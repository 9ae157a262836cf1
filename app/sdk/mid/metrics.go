package mid

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/foundation/metrics"
)

// What the service counts of HTTP, by OpenTelemetry's names. Requests are counted by route, never by path, and by known
// methods, so the number of series is bounded by what the service has.
var (
	// The bounds that OpenTelemetry advises, and finer ones below, because most answers take less than 5 ms.
	durations = metrics.NewHistogram("http_server_request_duration_seconds",
		"How long requests took, from the headers to the end of the answer.",
		[]time.Duration{
			500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
			25 * time.Millisecond,
			50 * time.Millisecond, 75 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
			750 * time.Millisecond,
			time.Second, 2500 * time.Millisecond, 5 * time.Second, 7500 * time.Millisecond, 10 * time.Second,
		}, "http_request_method", "http_route", "http_response_status_code")
	inFlight  atomic.Int64
	following atomic.Int64
	panics    = metrics.NewCounter("garagesale_panics_total", "Requests whose handler panicked; each was answered 500.")
)

func init() {
	metrics.Func(metrics.TypeGauge, "http_server_active_requests", "Requests that are being served.", nil,
		func(add func(float64, ...string)) {
			add(float64(inFlight.Load()))
		})
	metrics.Func(metrics.TypeGauge, "garagesale_event_streams", "Clients that listen to what happens.", nil,
		func(add func(float64, ...string)) {
			add(float64(following.Load()))
		})
}

// Metrics counts and times requests. What matched no route has the route "".
func Metrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := wrap(w, r)
		inFlight.Add(1)
		defer inFlight.Add(-1)
		next.ServeHTTP(ww, r)
		if request.From(r.Context()).Long {
			return // how long somebody listens says nothing of the service
		}
		durations.Observe(time.Since(start), method(r.Method), request.From(r.Context()).Route, statusText(statusOf(ww)))
	})
}

// method keeps made-up methods from making up series.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY":
		return m
	}
	return "_OTHER"
}

func statusText(status int) string {
	switch status {
	case http.StatusOK:
		return "200"
	case http.StatusCreated:
		return "201"
	}
	return strconv.Itoa(status)
}
