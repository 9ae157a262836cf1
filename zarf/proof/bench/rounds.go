package main

import (
	"context"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

// scenario is what is asked, and what it is compared with.
type scenario struct {
	name    string
	bare    bool
	pgbench map[string]int // its script, or more with their shares
}

var scenarios = []scenario{
	{load.Get, true, map[string]int{load.Get: 1}},
	{load.List, true, nil},
	{load.Deep, true, nil},
	{load.RingUp, false, map[string]int{load.RingUp: 1}},
	{load.Hot, false, map[string]int{load.Hot: 1}},
	{load.Create, false, map[string]int{load.Create: 1}},
	{load.Login, false, nil},
	{load.Mix, false, map[string]int{load.Get: 70, load.List: 20, load.RingUp: 10}},
}

// inRounds measures a scenario: in each round the service and then its controls, so that what disturbs the machine for
// a while disturbs all of them.
func inRounds(ctx context.Context, l *lab.Lab, o options, s scenario) (report.Result, error) {
	r := report.Result{Name: s.name, Trips: l.Tracks[s.name].Trips}
	if s.name == load.Hot {
		r.Trips = l.Tracks[load.RingUp].Trips
	}
	var service, bare, bench []float64
	costs := make([]report.Cost, 0, o.rounds)
	for round := range o.rounds {
		sides := []func() error{func() error {
			out, c, err := l.Measured(ctx, l.Job(s.name, l.Service.Addr))
			service, costs = append(service, out.PerSecond()), append(costs, report.Cost(c))
			return err
		}}
		if s.bare {
			sides = append(sides, func() error {
				out, err := l.Load(ctx, l.Job(s.name, l.BareAddr))
				bare = append(bare, out.PerSecond())
				return err
			})
		}
		if s.pgbench != nil {
			sides = append(sides, func() error {
				n, err := l.Pgbench(ctx, o.clients, l.Length, s.pgbench)
				bench = append(bench, n)
				return err
			})
		}
		for i := range sides {
			if err := sides[(round+i)%len(sides)](); err != nil { // none is always the first
				return r, err
			}
		}
	}
	r.Spread = report.SpreadOf(service)
	r.PerSecond, r.Cost = r.Spread.Median, report.MedianCost(costs)
	if s.bare {
		x := report.SpreadOf(report.Ratios(service, bare))
		r.BareSpread, r.VsBare, r.BarePerSecond = &x, x.Median, report.SpreadOf(bare).Median
	}
	if s.pgbench != nil {
		x := report.SpreadOf(report.Ratios(service, bench))
		r.PgbenchSpread, r.VsPgbench, r.PgbenchPerSecond = &x, x.Median, report.SpreadOf(bench).Median
	}
	return r, latency(ctx, l, o, &r)
}

// latency measures how long answers take at half of the highest rate, from when each request was due: of the service,
// and of bare at the same rate, which tells how much of it is the machine's and the generator's. What a disturbance of
// the machine spoils is one round, not the result.
func latency(ctx context.Context, l *lab.Lab, o options, r *report.Result) error {
	r.HalfRate = r.PerSecond / 2
	addrs := []string{l.Service.Addr}
	if r.VsBare > 0 {
		addrs = append(addrs, l.BareAddr)
	}
	p50s, p99s := make([][]float64, 2), make([][]float64, 2)
	for range min(3, o.rounds) {
		for i, addr := range addrs {
			j := l.Job(r.Name, addr)
			j.Rate = r.HalfRate
			out, err := l.Load(ctx, j)
			if err != nil {
				return err
			}
			p50s[i], p99s[i] = append(p50s[i], out.Good.Millis(0.5)), append(p99s[i], out.Good.Millis(0.99))
		}
	}
	r.P50, r.P99 = report.SpreadOf(p50s[0]).Median, report.SpreadOf(p99s[0]).Median
	r.BareP50, r.BareP99 = report.SpreadOf(p50s[1]).Median, report.SpreadOf(p99s[1]).Median
	return nil
}

// highest is the rate that the service answers at in a closed loop: the median of some runs.
func highest(ctx context.Context, l *lab.Lab, scenario string) (float64, error) {
	var rates []float64
	for range 3 {
		o, err := l.Load(ctx, l.Job(scenario, l.Service.Addr))
		if err != nil {
			return 0, err
		}
		rates = append(rates, o.PerSecond())
	}
	return report.SpreadOf(rates).Median, nil
}
