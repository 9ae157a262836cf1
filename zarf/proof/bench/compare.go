package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// compare is the whole of `make bench`.
func compare(ctx context.Context, o options) error {
	began := time.Now()
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.probe(ctx); err != nil {
		return err
	}
	figures, targets, err := l.program(ctx)
	if err != nil {
		return err
	}
	if err := l.startBare(ctx); err != nil {
		return err
	}
	if err := l.compareAnswers(); err != nil {
		return err
	}
	r := report{
		At: began.UTC(), CPUs: runtime.NumCPU(), Conns: l.conns, Pool: l.pool, Products: l.layout.products() + l.layout.Deep,
		Sales: l.layout.Sales,
		Go:    runtime.Version(), Settings: settings, Lines: map[string]lineCost{}, Service: figures,
	}
	for name, lines := range map[string]string{"ringup1": "1", scenarioRingUp: "3", "ringup10": "10"} {
		r.Lines[lines] = lineCost{len(l.tracks[name].Statements), l.tracks[name].Trips}
	}
	if err := l.conn.QueryRow(ctx, `SELECT version()`).Scan(&r.Postgres); err != nil {
		return err
	}
	for _, s := range scenarios {
		if !l.wants(s.name) {
			continue
		}
		began := time.Now()
		res, err := l.compare(ctx, s)
		if err != nil {
			return err
		}
		l.say("%-8s %8.0f/s  (%.0f s)", s.name, res.PerSecond, time.Since(began).Seconds())
		r.Scenarios = append(r.Scenarios, res)
		if l.profile {
			if err := l.profileOf(ctx, s.name); err != nil {
				return err
			}
		}
	}
	r.Targets = slices.Concat(judge(r.Scenarios), depth(r.Scenarios), targets, []target{
		target{Name: "statements of a get", Value: float64(len(l.tracks[scenarioGet].Statements)), Bound: 1,
			Most: true}.judged(),
		target{Name: "statements of a ring-up of 10 lines", Value: float64(r.Lines["10"].Statements),
			Bound: float64(r.Lines["1"].Statements), Most: true}.judged(),
	})
	r.Seconds = time.Since(began).Seconds()
	l.say("")
	if err := r.table(l.log); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(l.out, "ratios.svg"), []byte(plotRatios(r)), 0o600); err != nil {
		return err
	}
	return writeJSON(filepath.Join(l.out, "latest.json"), r)
}
