package outbox

import (
	"context"
	"sync"
	"time"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/metrics"
)

var drained = metrics.NewCounter("garagesale_events_total", "Events that this replica took out of the outbox.")

// Publish publishes for how long the oldest event has waited in the outbox, which is the same for every replica; call
// it once in a process.
func Publish(db sqldb.DB) {
	metrics.Asked(metrics.TypeGauge, "garagesale_events_oldest_waiting_seconds", "For how long the oldest event has "+
		"waited in the outbox; 0 if none waits. Every replica says the same.", nil,
		func(ctx context.Context, add func(float64, ...string)) {
			age, err := sqldb.One[float64](ctx, db, `
			SELECT coalesce(extract(epoch FROM now() - (SELECT at FROM outbox ORDER BY seq LIMIT 1)), 0)::float8`)
			if err == nil {
				add(age)
			}
		})
}

var forwarded = metrics.NewCounter("garagesale_events_forwarded_total",
	"Events that this replica handed on, or set aside.", "relay")

// seen is how far each relay was when this replica looked last.
var seen sync.Map

type state struct {
	reach
	late time.Duration
}

func init() {
	gauge := func(name, help string, value func(state) float64) {
		metrics.Func(metrics.TypeGauge, name, help, []string{"relay"}, func(add func(float64, ...string)) {
			seen.Range(func(relay, s any) bool {
				add(value(s.(state)), relay.(string)) //nolint:forcetypeassert // publish stores nothing else
				return true
			})
		})
	}
	gauge("garagesale_events_behind", "Events that are not handed on yet.",
		func(s state) float64 { return float64(max(0, s.Head-s.Position)) })
	gauge("garagesale_events_behind_seconds", "How long ago that happened which is handed on next; 0: all is.",
		func(s state) float64 { return s.late.Seconds() })
	gauge("garagesale_events_set_aside", "Events that were refused, and wait for a person to decide.",
		func(s state) float64 { return float64(s.Aside) })
}

func (f *Forwarder) publish(r reach) {
	s := state{reach: r}
	if r.Oldest != nil && r.Position < r.Head {
		s.late = max(0, f.now().Sub(*r.Oldest))
	}
	seen.Store(f.target.Name(), s)
}
