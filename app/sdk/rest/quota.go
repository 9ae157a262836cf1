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
		b := appendQuota(make([]byte, 0, 96), q.Name, ";q=", q.Limit, ";w=", q.Window)
		n := len(b)
		both := string(appendQuota(b, q.Name, ";r=", q.Left, ";t=", q.Reset)) // every answer pays for this: one string
		h["Ratelimit-Policy"] = append(h["Ratelimit-Policy"], both[:n])
		h["Ratelimit"] = append(h["Ratelimit"], both[n:])
	}
}

func appendQuota(b []byte, name, count string, n int, window string, d time.Duration) []byte {
	b = append(append(append(b, '"'), name...), '"')
	b = strconv.AppendInt(append(b, count...), int64(n), 10)
	return strconv.AppendInt(append(b, window...), seconds(d), 10)
}

// seconds rounds up, so that nobody comes back too early; it is never 0.
func seconds(d time.Duration) int64 {
	return max(1, int64((d+time.Second-1)/time.Second))
}
