package work

import (
	"context"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/metrics"
)

var failures = metrics.NewCounter("garagesale_job_failures_total", "Attempts at a job that failed, by its kind.",
	"kind")

// Publish publishes how many jobs there are and for how long the oldest has waited, which is the same for every
// replica; call it once in a process.
func Publish(db sqldb.DB) {
	metrics.Asked(metrics.TypeGauge, "garagesale_jobs", "Jobs by state; discarded are those that were given up. Every "+
		"replica says the same.", []string{"state"}, func(ctx context.Context, add func(float64, ...string)) {
		var rows []struct {
			State string `db:"state"`
			Jobs  int64  `db:"jobs"`
		}
		if db.Select(ctx, &rows, `
			SELECT s.state, (SELECT count(*) FROM river.river_job j WHERE j.state = s.state::river.river_job_state) AS jobs
			FROM unnest('{available,running,retryable,scheduled,discarded}'::text[]) s (state)`) == nil {
			for _, r := range rows {
				add(float64(r.Jobs), r.State)
			}
		}
	})
	metrics.Asked(metrics.TypeGauge, "garagesale_jobs_oldest_waiting_seconds", "For how long the oldest job has waited "+
		"that could be done; 0 if none waits. Every replica says the same.", nil,
		func(ctx context.Context, add func(float64, ...string)) {
			var rows []float64
			if db.Select(ctx, &rows, `
			SELECT coalesce(extract(epoch FROM now() - min(scheduled_at)), 0)::float8 FROM river.river_job
			WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at <= now()`) == nil && len(rows) == 1 {
				add(rows[0])
			}
		})
}
