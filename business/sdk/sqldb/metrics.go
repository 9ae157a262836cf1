package sqldb

import "github.com/garagesale/service/foundation/metrics"

// Publish publishes the state of the pool; call it once in a process, for the pool that serves.
func (db DB) Publish() {
	stat := db.pool.Stat
	metrics.Func(metrics.TypeGauge, "garagesale_db_connections", "Connections to the database.", []string{"state"},
		func(add func(float64, ...string)) {
			s := stat()
			add(float64(s.IdleConns()), "idle")
			add(float64(s.AcquiredConns()), "used")
		})
	metrics.Func(metrics.TypeGauge, "garagesale_db_connections_max", "Connections to the database that may be open.", nil,
		func(add func(float64, ...string)) {
			add(float64(stat().MaxConns()))
		})
	counter := func(name, help string, value func() float64) {
		metrics.Func(metrics.TypeCounter, name, help, nil, func(add func(float64, ...string)) { add(value()) })
	}
	counter("garagesale_db_acquires_total", "Connections that were taken from the pool.", func() float64 {
		return float64(stat().AcquireCount())
	})
	counter("garagesale_db_acquires_waited_total", "Connections that had to be waited for, because none was idle.",
		func() float64 {
			return float64(stat().EmptyAcquireCount())
		})
	counter("garagesale_db_acquires_canceled_total", "Waits for a connection that were given up.", func() float64 {
		return float64(stat().CanceledAcquireCount())
	})
	counter("garagesale_db_acquire_wait_seconds_total", "How long was waited for connections.", func() float64 {
		return stat().EmptyAcquireWaitTime().Seconds()
	})
	counter("garagesale_db_connections_opened_total", "Connections to the database that were opened.", func() float64 {
		return float64(stat().NewConnsCount())
	})
}
