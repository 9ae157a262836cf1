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
				wait, ok = accounts.take(info, info.Actor.ID)
			} else {
				wait, ok = addresses.take(info, client(r))
			}
			if !ok {
				tooMany(w, r, wait)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// buckets are the requests that each client has left.
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

// take takes one of what the client has left; wait is until it has all of it again.
func (b *buckets[K]) take(info *request.Info, client K) (wait time.Duration, ok bool) {
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
	ok = l.Allow()
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
