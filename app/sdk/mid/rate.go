package mid

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
)

// maxAccounts is how many accounts are counted at once; the one that asked least lately is forgotten first, and may
// then use its burst again.
const maxAccounts = 10_000

// Refusals are what any operation may answer with, for the document.
var Refusals = []*errs.Error{attempts.ErrTooMany, errBusy, errSlow}

// Rate bounds the requests of each account: perSecond in the long run, burst at once. It is this replica's own bound,
// against clients that run wild; 0 switches it off. It comes after authentication.
func Rate(perSecond float64, burst int) func(http.Handler) http.Handler {
	if perSecond <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	burst = max(1, burst)
	accounts, _ := lru.New[uuid.UUID, *rate.Limiter](maxAccounts) // fails for a size below 1 only
	fill := func(n float64) time.Duration { return time.Duration(n / perSecond * float64(time.Second)) }
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := request.From(r.Context())
			if info.Actor.ID == uuid.Nil {
				next.ServeHTTP(w, r)
				return
			}
			l, ok := accounts.Get(info.Actor.ID)
			if !ok {
				l = rate.NewLimiter(rate.Limit(perSecond), burst)
				if other, found, _ := accounts.PeekOrAdd(info.Actor.ID, l); found {
					l = other
				}
			}
			ok = l.Allow()
			left := max(0, l.Tokens())
			info.Quotas = append(info.Quotas, attempts.Quota{
				Name: "account", Limit: burst, Left: int(left), Window: fill(float64(burst)), Reset: fill(float64(burst) - left),
			})
			if !ok {
				tooMany(w, r, fill(float64(burst)-left))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
