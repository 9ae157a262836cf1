package mid

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/garagesale/service/app/sdk/request"
)

// Client notes the client's address, for limits, log and audit: the peer's, or, when the peer is one of these proxies
// (prefixes such as 10.0.0.0/8), the last address in X-Forwarded-For that is none of them. Without proxies the header
// means nothing, so nobody can make up an address.
func Client(proxies []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		h := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			addr := middleware.GetClientIPAddr(r.Context())
			if !addr.IsValid() { // the proxies name nobody but themselves
				if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
					addr = peer.Addr().Unmap()
				}
			}
			request.From(r.Context()).RemoteAddr = addr
			next.ServeHTTP(w, r)
		}))
		if len(proxies) > 0 {
			h = middleware.ClientIPFromXFF(proxies...)(h)
		}
		return h
	}
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
