package mid

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/foundation/netaddr"
)

// shares hands out parts of something that there is so much of for all, and so much for each client; 0: any.
type shares struct {
	all, each int64

	mu    sync.Mutex
	taken int64
	by    map[netip.Prefix]int64
}

func newShares(all, each int64) *shares {
	return &shares{all: all, each: each, by: map[netip.Prefix]int64{}}
}

// take takes n for a client, or nothing.
func (s *shares) take(client netip.Prefix, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all > 0 && s.taken+n > s.all || s.each > 0 && s.by[client]+n > s.each {
		return false
	}
	s.taken += n
	s.by[client] += n
	return true
}

// give gives n back.
func (s *shares) give(client netip.Prefix, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken -= n
	if s.by[client] -= n; s.by[client] == 0 {
		delete(s.by, client)
	}
}

// client is whom a request is counted for.
func client(r *http.Request) netip.Prefix {
	return netaddr.Client(request.From(r.Context()).RemoteAddr)
}

// Each lets at most limit requests of one client in at once, whole or not, answered or not, and refuses more with 429:
// what a bound on its connections does for one that comes by itself, this does behind a proxy. A limit of 0 means none.
func Each(limit int, exempt func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if limit <= 0 {
			return next
		}
		inside := newShares(0, int64(limit))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if exempt(r) {
				next.ServeHTTP(w, r)
				return
			}
			who := client(r)
			if !inside.take(who, 1) {
				tooMany(w, r, time.Second)
				return
			}
			defer inside.give(who, 1)
			next.ServeHTTP(w, r)
		})
	}
}

// Long lets at most limit requests in at once whose answers go on for as long as the client stays, and each of one
// client; more are refused with 503 or 429. Zeros mean none.
func Long(limit, each int) func(http.Handler) http.Handler {
	all, own := newShares(int64(limit), 0), newShares(0, int64(each))
	told := rate.Sometimes{Interval: time.Second}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who := client(r)
			if !own.take(who, 1) {
				tooMany(w, r, time.Second)
				return
			}
			defer own.give(who, 1)
			if !all.take(netip.Prefix{}, 1) {
				busy(w, r, &told)
				return
			}
			defer all.give(netip.Prefix{}, 1)
			following.Add(1)
			defer following.Add(-1)
			next.ServeHTTP(w, r)
		})
	}
}

// tooMany refuses a request of a client that has had its share.
func tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	refusal := *attempts.ErrTooMany
	refusal.RetryAfter = wait
	rest.Fail(w, r, &refusal)
}
