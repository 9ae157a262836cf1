package mid

import (
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/types/role"
)

// Dear has so many places for requests that are dear, of which one client gets at most half, and refuses more with 503:
// whatever the public asks for, what is left is the tills'. Such a request keeps its place until its answer, which may
// be large, is written, for which it has within. Who works for the service as ADMIN or CASHIER is not held up. 0 places
// mean no limit.
func Dear(places int, within time.Duration, dear func(*http.Request) bool) func(http.Handler) http.Handler {
	inside := newShares(int64(places), max(1, int64(places)/2))
	told := rate.Sometimes{Interval: time.Second}
	return func(next http.Handler) http.Handler {
		if places <= 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			roles := request.From(r.Context()).Actor.Roles
			if !dear(r) || roles.Has(role.Admin) || roles.Has(role.Cashier) {
				next.ServeHTTP(w, r)
				return
			}
			who := client(r)
			if !inside.take(who, 1) {
				busy(w, r, &told)
				return
			}
			defer inside.give(who, 1)
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(within)) // a recorder in a test has none
			next.ServeHTTP(w, r)
		})
	}
}
