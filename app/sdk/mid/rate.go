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
	return limited("account", perSecond, burst, func(*http.Request) int { return 1 })
}

// Writes bounds in the same way what each account changes, by what it sends: a request costs 1, and 1 for every perCost
// bytes of its body that have begun. A body that does not tell its length costs as much as one of most bytes, which is
// what any body may have. It comes before the body is read.
func Writes(perSecond float64, burst int, most int64) func(http.Handler) http.Handler {
	return limited("account-writes", perSecond, burst, func(r *http.Request) int {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			return 0
		}
		size := r.ContentLength
		if size < 0 || size > most {
			size = most
		}
		return 1 + int((size+perCost-1)/perCost)
	})
}

// perCost is how many bytes cost as much as a request.
const perCost = 4 << 10

func limited(name string, perSecond float64, burst int, cost func(*http.Request) int) func(http.Handler) http.Handler {
	if perSecond <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	burst = max(1, burst)
	accounts, _ := lru.New[uuid.UUID, *rate.Limiter](maxAccounts) // fails for a size below 1 only
	fill := func(n float64) time.Duration { return time.Duration(n / perSecond * float64(time.Second)) }
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := request.From(r.Context())
			n := min(cost(r), burst) // what costs more than all there is takes all there is
			if info.Actor.ID == uuid.Nil || n == 0 {
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
			ok = l.AllowN(time.Now(), n)
			left := max(0, l.Tokens())
			info.Quotas = append(info.Quotas, attempts.Quota{
				Name: name, Limit: burst, Left: int(left), Window: fill(float64(burst)), Reset: fill(float64(burst) - left),
			})
			if !ok {
				tooMany(w, r, fill(float64(burst)-left))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
