package rest

import "github.com/garagesale/service/foundation/metrics"

var (
	refusals = metrics.NewCounter("garagesale_refusals_total", "Requests that were not answered with success, by the "+
		"code in the problem.", "code")
	replays = metrics.NewCounter("garagesale_idempotent_replays_total",
		"Requests that repeated an Idempotency-Key and got the first answer again.")
)
