package main

import (
	"context"
	"time"
)

// cost is what a request took, beside time.
type cost struct {
	CPU        float64 `json:"cpuMicros"`         // of the service
	Postgres   float64 `json:"postgresCpuMicros"` // of the server and its processes
	Generator  float64 `json:"generatorCpuMicros"`
	Allocs     float64 `json:"allocs"`
	Bytes      float64 `json:"bytes"`
	Statements float64 `json:"statements"`
}

// meter is what is read before and after.
type meter struct {
	service, postgres, generator time.Duration
	vars                         vars
	statements                   int64
}

func (l *lab) read(ctx context.Context) (m meter, err error) {
	if m.vars, err = l.service.vars(ctx); err != nil {
		return m, err
	}
	m.service, m.postgres, m.generator = cpuOf(l.service.pid(), false), cpuOfTree(l.pg.PID()), cpuOf(l.gen.pid(), false)
	// What a trigger runs at COMMIT is counted there as if a client had sent it.
	err = l.conn.QueryRow(ctx, `
		SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
		WHERE r.rolname = $1 AND s.query NOT LIKE '%(SELECT DISTINCT market_id, source_id, event FROM added)%'`, serviceRole).Scan(&m.statements)
	return m, err
}

// measured does a job against the service and reads what it took. The cost counts the warm-up's requests too.
func (l *lab) measured(ctx context.Context, j job) (o outcome, c cost, err error) {
	before, err := l.read(ctx)
	if err != nil {
		return o, c, err
	}
	if o, err = l.load(ctx, j); err != nil {
		return o, c, err
	}
	after, err := l.read(ctx)
	l.service.cutLog()
	if err != nil || o.Total == 0 {
		return o, c, err
	}
	n := float64(o.Total)
	micros := func(d time.Duration) float64 { return float64(d.Microseconds()) / n }
	return o, cost{
		CPU: micros(after.service - before.service), Postgres: micros(after.postgres - before.postgres),
		Generator:  micros(after.generator - before.generator),
		Allocs:     float64(after.vars.Memstats.Mallocs-before.vars.Memstats.Mallocs) / n,
		Bytes:      float64(after.vars.Memstats.TotalAlloc-before.vars.Memstats.TotalAlloc) / n,
		Statements: float64(after.statements-before.statements) / n,
	}, nil
}
