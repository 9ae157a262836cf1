package mid

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
)

// maxClients is how many accounts, and how many addresses, are counted at once; the one that asked least lately is
// forgotten first, and may then use its burst again.
const maxClients = 10_000

// Refusals are what any operation may answer with, for the document.
var Refusals = []*errs.Error{attempts.ErrTooMany, errBusy, errSlow}

// Limit is how many requests one client may make: PerSecond in the long run, 0 for any, Burst at once.
type Limit struct {
	PerSecond float64
	Burst     int
}

// Rate bounds the requests of each account, and of each address those of nobody. It is this replica's own bound,
// against clients that run wild. It comes after authentication.
func Rate(account, address Limit) func(http.Handler) http.Handler {
	accounts, addresses := newBuckets[uuid.UUID]("account", account), newBuckets[netip.Prefix]("address", address)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := request.From(r.Context())
			var wait time.Duration
			var ok bool
			if info.Actor.ID != uuid.Nil {
				wait, ok = accounts.take(info, info.Actor.ID, 1)
			} else {
				wait, ok = addresses.take(info, client(r), 1)
			}
			if !ok {
				tooMany(w, r, wait)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// perCost is how many bytes cost as much as a request.
const perCost = 4 << 10

// Writes bounds in the same way what each account changes, by what it sends: a request costs 1, and 1 for every perCost
// bytes of its body that have begun. A body that does not tell its length costs as much as one of most bytes, which is
// what any body may have. It comes before the body is read.
func Writes(l Limit, most int64) func(http.Handler) http.Handler {
	accounts := newBuckets[uuid.UUID]("account-writes", l)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := request.From(r.Context())
			if n := cost(r, most); n > 0 && info.Actor.ID != uuid.Nil {
				if wait, ok := accounts.take(info, info.Actor.ID, n); !ok {
					tooMany(w, r, wait)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// cost is what a change costs; 0 for what changes nothing.
func cost(r *http.Request, most int64) int {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return 0
	}
	size := r.ContentLength
	if size < 0 || size > most {
		size = most
	}
	return 1 + int((size+perCost-1)/perCost)
}

// buckets are what each client has left.
type buckets[K comparable] struct {
	Limit
	name string
	of   *lru.Cache[K, *rate.Limiter]
}

// newBuckets is nil without a limit.
func newBuckets[K comparable](name string, l Limit) *buckets[K] {
	if l.PerSecond <= 0 {
		return nil
	}
	of, _ := lru.New[K, *rate.Limiter](maxClients) // fails for a size below 1 only
	return &buckets[K]{Limit{l.PerSecond, max(1, l.Burst)}, name, of}
}

// take takes n of what the client has left, all there is if n is more; wait is until it has all of it again.
func (b *buckets[K]) take(info *request.Info, client K, n int) (wait time.Duration, ok bool) {
	if b == nil {
		return 0, true
	}
	l, ok := b.of.Get(client)
	if !ok {
		l = rate.NewLimiter(rate.Limit(b.PerSecond), b.Burst)
		if other, found, _ := b.of.PeekOrAdd(client, l); found {
			l = other
		}
	}
	ok = l.AllowN(time.Now(), min(n, b.Burst))
	left := max(0, l.Tokens())
	wait = b.fill(float64(b.Burst) - left)
	info.Quotas = append(info.Quotas, attempts.Quota{
		Name: b.name, Limit: b.Burst, Left: int(left), Window: b.fill(float64(b.Burst)), Reset: wait,
	})
	return wait, ok
}

// fill is how long it takes until so many requests are there again.
func (b *buckets[K]) fill(n float64) time.Duration {
	return time.Duration(n / b.PerSecond * float64(time.Second))
}
