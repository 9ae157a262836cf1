package outbox

import (
	"sync"
	"time"

	"github.com/garagesale/service/foundation/metrics"
)

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
