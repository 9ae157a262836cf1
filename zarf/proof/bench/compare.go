package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

// compare is the whole of `make bench`.
func compare(ctx context.Context, o options) error {
	began := time.Now()
	l, err := lab.New(ctx, o.Config)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Probe(ctx); err != nil {
		return err
	}
	figures, targets, err := program(ctx, l, o)
	if err != nil {
		return err
	}
	if err := l.StartBare(ctx); err != nil {
		return err
	}
	if err := l.CompareAnswers(); err != nil {
		return err
	}
	r := report.Report{
		At: began.UTC(), CPUs: runtime.NumCPU(), Conns: o.Conns, Pool: o.Pool,
		Products: l.Layout.Products() + l.Layout.Deep, Sales: l.Layout.Sales,
		Go: runtime.Version(), Settings: lab.Settings, Lines: map[string]report.LineCost{}, Service: figures,
	}
	for name, lines := range map[string]string{"ringup1": "1", load.RingUp: "3", "ringup10": "10"} {
		r.Lines[lines] = report.LineCost{Statements: len(l.Tracks[name].Statements), Trips: l.Tracks[name].Trips}
	}
	if r.Postgres, err = l.PostgresVersion(ctx); err != nil {
		return err
	}
	if r.Scenarios, err = eachScenario(ctx, l, o); err != nil {
		return err
	}
	r.Targets = slices.Concat(report.Judge(r.Scenarios), report.Depth(r.Scenarios), targets, []report.Target{
		report.AtMost("statements of a get", float64(len(l.Tracks[load.Get].Statements)), 1, ""),
		report.AtMost("statements of a ring-up of 10 lines", float64(r.Lines["10"].Statements),
			float64(r.Lines["1"].Statements), ""),
	})
	r.Seconds = time.Since(began).Seconds()
	o.Say("")
	if err := r.Table(o.Log); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.Out, "ratios.svg"), []byte(report.Bars(r)), 0o600); err != nil {
		return err
	}
	return report.WriteJSON(filepath.Join(o.Out, "latest.json"), r)
}

// eachScenario measures those that were asked for.
func eachScenario(ctx context.Context, l *lab.Lab, o options) (list []report.Result, err error) {
	for _, s := range scenarios {
		if !o.wants(s.name) {
			continue
		}
		began := time.Now()
		r, err := inRounds(ctx, l, o, s)
		if err != nil {
			return nil, err
		}
		o.Say("%-8s %8.0f/s  (%.0f s)", s.name, r.PerSecond, time.Since(began).Seconds())
		list = append(list, r)
		if o.profile {
			if err := l.Profile(ctx, s.name); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}
