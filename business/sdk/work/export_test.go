package work

import "time"

// Within is cfg for jobs that may take so long, and are taken for dead after so long.
func Within(cfg Config, timeout, rescueAfter time.Duration) Config {
	cfg.timeout, cfg.rescueAfter = timeout, rescueAfter
	return cfg
}

// Next is when a periodic job comes after now.
func Next(period time.Duration, now time.Time) time.Time { return aligned(period).Next(now) }
