package rest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/garagesale/service/app/sdk/request"
)

// setQuotas says how much the client may ask (draft-ietf-httpapi-ratelimit-headers-11, 3 and 4).
func setQuotas(h http.Header, info *request.Info) {
	for _, q := range info.Quotas {
		addQuota(h, "Ratelimit-Policy", q.Name, ";q=", q.Limit, ";w=", q.Window)
		addQuota(h, "Ratelimit", q.Name, ";r=", q.Left, ";t=", q.Reset)
	}
}

func addQuota(h http.Header, header, name, count string, n int, window string, d time.Duration) {
	b := append(make([]byte, 0, 48), '"')
	b = append(append(b, name...), '"')
	b = strconv.AppendInt(append(b, count...), int64(n), 10)
	b = strconv.AppendInt(append(b, window...), seconds(d), 10)
	h[header] = append(h[header], string(b))
}

// seconds rounds up, so that nobody comes back too early; it is never 0.
func seconds(d time.Duration) int64 {
	return max(1, int64((d+time.Second-1)/time.Second))
}
