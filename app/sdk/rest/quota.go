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
		name := `"` + q.Name + `"`
		h.Add("RateLimit-Policy", name+";q="+strconv.Itoa(q.Limit)+";w="+seconds(q.Window))
		h.Add("RateLimit", name+";r="+strconv.Itoa(q.Left)+";t="+seconds(q.Reset))
	}
}

// seconds rounds up, so that nobody comes back too early; it is never 0.
func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}
