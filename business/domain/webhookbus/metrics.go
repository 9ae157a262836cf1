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
	Failing  bool  // whether their last attempt failed, so that it is not for us to hurry
	Seconds  int64 // for which the oldest event has waited, at most; 0: none waits
	Webhooks int64 // for which events wait
}

// Count is how many webhooks are in a state: "taking" or "failing", by how the last attempt went, or "disabled", by the
// service and not by a person.
type Count struct {
	State    string
	Webhooks int64
}

// Publish publishes how webhooks are and how far they are behind, which is the same for every replica; call it once in
// a process.
func (b Business) Publish() {
	lag := func(name, help string, value func(Lag) int64) {
		metrics.Asked(metrics.TypeGauge, name, help+" Every replica says the same.", []string{"failing"},
			func(ctx context.Context, add func(float64, ...string)) {
				list, err := b.store.Lag(ctx)
				if err != nil {
					return
				}
				for _, l := range list {
					add(float64(value(l)), map[bool]string{true: "true", false: "false"}[l.Failing])
				}
			})
	}
	lag("garagesale_webhooks_oldest_undelivered_seconds", "For how long the oldest event has waited for a webhook that "+
		"takes what it gets, or, failing, for one whose last attempt failed; 0 if none waits.",
		func(l Lag) int64 { return l.Seconds })
	lag("garagesale_webhooks_waiting", "Webhooks for which events wait and that take what they get, or, failing, whose "+
		"last attempt failed.", func(l Lag) int64 { return l.Webhooks })
	metrics.Asked(metrics.TypeGauge, "garagesale_webhooks", "Webhooks that take what they get, whose last attempt "+
		"failed, and that were disabled after five days of failure. Every replica says the same.", []string{"state"},
		func(ctx context.Context, add func(float64, ...string)) {
			list, err := b.store.States(ctx)
			if err != nil {
				return
			}
			for _, c := range list {
				add(float64(c.Webhooks), c.State)
			}
		})
}
