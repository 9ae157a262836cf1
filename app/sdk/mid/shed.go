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
// that is told so at once can go elsewhere, while one that waits in a queue holds memory and gives up too late. A
// request comes here when it is whole, and leaves with the first byte of its answer, so no client holds a place by
// being slow. Exempt requests, the probes, pass whatever the load; they are not counted. A limit of 0 means none.
func Shed(limit int, exempt func(*http.Request) bool) func(http.Handler) http.Handler {
	var inside atomic.Int64 // one count for all that it wraps
	told := rate.Sometimes{Interval: time.Second}
	return func(next http.Handler) http.Handler {
		if limit <= 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if exempt(r) {
				next.ServeHTTP(w, r)
				return
			}
			p := place{ResponseWriter: w, inside: &inside}
			defer p.leave()
			if inside.Add(1) > int64(limit) {
				p.leave()
				busy(w, r, &told)
				return
			}
			next.ServeHTTP(&p, r)
		})
	}
}

// busy refuses a request. A line in the log for each would cost more than the refusal; the metric counts them.
func busy(w http.ResponseWriter, r *http.Request, told *rate.Sometimes) {
	shed.Add(1)
	rest.Fail(w, r, errBusy)
	info := request.From(r.Context())
	info.Quiet = true
	told.Do(func() { info.Quiet = false })
}

// place is where a request is worked on. Answers are made whole before they are written, so the work is done with the
// first byte; how slowly the client reads is not the others' matter.
type place struct {
	http.ResponseWriter
	inside *atomic.Int64
	left   bool
}

func (p *place) leave() {
	if !p.left {
		p.left = true
		p.inside.Add(-1)
	}
}

func (p *place) Write(b []byte) (int, error) {
	p.leave()
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *place) Unwrap() http.ResponseWriter { return p.ResponseWriter }

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
