package outbox

import (
	"context"
	"time"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/metrics"
)

var drained = metrics.NewCounter("garagesale_events_total", "Events that this replica took out of the outbox.")

// askTimeout is how long whoever reads the metrics waits for the database; without it the number is missing.
const askTimeout = time.Second

// Publish publishes for how long the oldest event has waited in the outbox, which is the same for every replica; call
// it once in a process.
func Publish(db sqldb.DB) {
	metrics.Func(metrics.TypeGauge, "garagesale_events_oldest_waiting_seconds", "For how long the oldest event has waited "+
		"in the outbox; 0 if none waits. Every replica says the same.", nil, func(add func(float64, ...string)) {
		ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
		defer cancel()
		age, err := sqldb.One[float64](ctx, db, `
			SELECT coalesce(extract(epoch FROM now() - (SELECT at FROM outbox ORDER BY seq LIMIT 1)), 0)::float8`)
		if err == nil {
			add(age)
		}
	})
}
