package mid

import (
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/foundation/metrics"
)

// errBusy is what a request gets that comes while the service has as many as it can serve.
var errBusy = errs.New(errs.Unavailable, "overloaded", "the service has more requests than it can serve; try again",
	"Wait as long as `Retry-After` says and repeat the request.")

var shed = metrics.NewCounter("garagesale_requests_shed_total", "Requests that were refused with 503 because there "+
	"were too many at once.")

// Shed lets at most limit requests in at once and refuses the rest with 503 before any work is done for them: a client
// that is told so at once can go elsewhere, while one that waits in a queue holds memory and gives up too late. Exempt
// requests, the probes, pass whatever the load; they are not counted. A limit of 0 means none.
func Shed(limit int, exempt func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if limit <= 0 {
			return next
		}
		var inside atomic.Int64
		told := rate.Sometimes{Interval: time.Second}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if exempt(r) {
				next.ServeHTTP(w, r)
				return
			}
			defer inside.Add(-1)
			if inside.Add(1) > int64(limit) {
				shed.Add(1)
				rest.Fail(w, r, errBusy)
				info := request.From(r.Context())
				info.Quiet = true // a line for each would cost more than the refusal; the metric counts them
				told.Do(func() { info.Quiet = false })
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Only serves what allowed says and nothing else: for a listener of its own, such as that of the probes.
func Only(allowed func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !allowed(r) {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
