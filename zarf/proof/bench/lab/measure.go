package lab

import (
	"context"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/load"
)

// Cost is what a request took, beside time.
type Cost struct {
	CPU        float64 // of the service, in µs, as the next two
	Postgres   float64 // of the server and its processes
	Generator  float64
	Allocs     float64
	Bytes      float64
	Statements float64
}

// meter is what is read before and after.
type meter struct {
	service, postgres, generator time.Duration
	vars                         vars
	statements                   int64
}

func (l *Lab) read(ctx context.Context) (m meter, err error) {
	if m.vars, err = l.Service.vars(ctx); err != nil {
		return m, err
	}
	m.service, m.postgres, m.generator = cpuOf(l.Service.pid(), false), cpuOfTree(l.pg.PID()), cpuOf(l.gen.pid(), false)
	// What a trigger runs at COMMIT is counted there as if a client had sent it.
	err = l.conn.QueryRow(ctx, `
		SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
		WHERE r.rolname = $1 AND s.query NOT LIKE '%(SELECT DISTINCT market_id, source_id, event FROM added)%'`,
		serviceRole).Scan(&m.statements)
	return m, err
}

// Measured does a job against the service and reads what it took. The cost counts the warm-up's requests too.
func (l *Lab) Measured(ctx context.Context, j load.Job) (o load.Outcome, c Cost, err error) {
	before, err := l.read(ctx)
	if err != nil {
		return o, c, err
	}
	if o, err = l.Load(ctx, j); err != nil {
		return o, c, err
	}
	after, err := l.read(ctx)
	if err != nil || o.Total == 0 {
		return o, c, err
	}
	n := float64(o.Total)
	micros := func(d time.Duration) float64 { return float64(d.Microseconds()) / n }
	return o, Cost{
		CPU: micros(after.service - before.service), Postgres: micros(after.postgres - before.postgres),
		Generator:  micros(after.generator - before.generator),
		Allocs:     float64(after.vars.Memstats.Mallocs-before.vars.Memstats.Mallocs) / n,
		Bytes:      float64(after.vars.Memstats.TotalAlloc-before.vars.Memstats.TotalAlloc) / n,
		Statements: float64(after.statements-before.statements) / n,
	}, nil
}
