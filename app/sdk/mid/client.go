package mid

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
)

// Client notes the client's address, for limits, log and audit: the peer's, or, when the peer is one of these proxies
// (prefixes such as 10.0.0.0/8), the last address in X-Forwarded-For that is none of them. Without proxies the header
// means nothing, so nobody can make up an address; that it comes from another peer is logged, once a minute, because
// that peer may be a proxy which nobody named, and then all its clients have one address.
func Client(proxies []string, log *slog.Logger) func(http.Handler) http.Handler {
	trusted := Trusted(proxies)
	told := rate.Sometimes{Interval: time.Minute}
	return func(next http.Handler) http.Handler {
		h := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			addr := middleware.GetClientIPAddr(r.Context())
			if !addr.IsValid() { // the proxies name nobody but themselves
				addr = peer(r)
			}
			request.From(r.Context()).RemoteAddr = addr
			if r.Header.Get("X-Forwarded-For") != "" && !trusted(r) {
				told.Do(func() {
					log.WarnContext(r.Context(), "X-Forwarded-For from a peer that is not trusted: if it is a proxy of yours, "+
						"name it in SALES_WEB_TRUSTED_PROXIES, or all its clients share one address", "peer", peer(r).String())
				})
			}
			next.ServeHTTP(w, r)
		}))
		if len(proxies) > 0 {
			h = middleware.ClientIPFromXFF(proxies...)(h)
		}
		return h
	}
}

// Trusted tells whether a request's peer is one of these proxies.
func Trusted(proxies []string) func(*http.Request) bool {
	prefixes := make([]netip.Prefix, len(proxies))
	for i, p := range proxies {
		prefixes[i] = netip.MustParsePrefix(p) // the settings are checked
	}
	return func(r *http.Request) bool {
		addr := peer(r)
		return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	p, _ := netip.ParseAddrPort(r.RemoteAddr)
	return p.Addr().Unmap()
}

// HSTS tells browsers to use HTTPS only, for so long, and for every name below (RFC 6797). Set it where TLS is in
// force, if the ingress does not; 0 leaves it out.
func HSTS(maxAge time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if maxAge <= 0 {
			return next
		}
		value := "max-age=" + strconv.Itoa(int(maxAge.Seconds())) + "; includeSubDomains"
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Strict-Transport-Security", value)
			next.ServeHTTP(w, r)
		})
	}
}
