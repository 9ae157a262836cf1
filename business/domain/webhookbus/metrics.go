package webhookbus

import (
	"context"

	"github.com/garagesale/service/foundation/metrics"
	"github.com/garagesale/service/foundation/webhook"
)

var (
	attempts = metrics.NewCounter("garagesale_webhook_attempts_total", "Attempts to send an event to a webhook, by what "+
		"became of them: delivered, or why not.", "outcome")
	disabled = metrics.NewCounter("garagesale_webhook_disabled_total", "Webhooks that were disabled after five days of "+
		"failure.")
)

func count(r webhook.Result) {
	outcome := string(r.Failure)
	if outcome == "" {
		outcome = "DELIVERED"
	}
	attempts.Add(1, outcome)
}

// Lag is how far enabled webhooks are behind.
type Lag struct {
	Failing bool  // whether their last attempt failed, so that it is not for us to hurry
	Seconds int64 // for which the oldest event has waited, at most; 0: none waits
}

// Publish publishes how far webhooks are behind, which is the same for every replica; call it once in a process.
func (b Business) Publish() {
	metrics.Asked(metrics.TypeGauge, "garagesale_webhooks_oldest_undelivered_seconds", "For how long the oldest event "+
		"has waited for a webhook that takes what it gets, or, failing, for one whose last attempt failed; 0 if none waits. "+
		"Every replica says the same.", []string{"failing"}, func(ctx context.Context, add func(float64, ...string)) {
		list, err := b.store.Lag(ctx)
		if err != nil {
			return
		}
		for _, l := range list {
			add(float64(l.Seconds), map[bool]string{true: "true", false: "false"}[l.Failing])
		}
	})
}
