package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

// growthBound is how much more a request may cost in the largest database than in the smallest.
const growthBound = 1.3

// grown is what a scenario cost at each place of a curve.
type grown struct {
	Name      string    `json:"name"`
	PerSecond []float64 `json:"perSecond"`
	P99       []float64 `json:"p99Ms,omitempty"` // of a closed loop
	CPU       []float64 `json:"cpuMicros,omitempty"`
	Postgres  []float64 `json:"postgresCpuMicros,omitempty"`
	Cost      []float64 `json:"costToSmallest,omitempty"`
}

// growth is the whole of `make bench-growth`: more data, more connections, more processors.
func growth(ctx context.Context, o options) error {
	sizes, err := numbers(o.sizes)
	if err != nil {
		return err
	}
	var labs []*lab.Lab
	defer func() {
		for _, l := range labs {
			l.Close()
		}
	}()
	for _, n := range sizes {
		// The databases are all up, so that rounds go from one to the next, and what disturbs one disturbs all.
		size := o
		size.Products, size.Sales, size.Deep = n, n, min(o.Deep, n)
		l, err := lab.New(ctx, size.Config)
		if err != nil {
			return err
		}
		labs = append(labs, l)
		if err := l.Probe(ctx); err != nil {
			return err
		}
		if err := l.StartService(ctx, l.URL, nil); err != nil {
			return err
		}
	}
	if err := warm(ctx, labs); err != nil {
		return err
	}
	data, targets, err := bySize(ctx, o, labs)
	if err != nil {
		return err
	}
	l := labs[min(1, len(labs)-1)]
	l.Service.End()
	conns, err := byConns(ctx, l)
	if err != nil {
		return err
	}
	cores, err := byCores(ctx, l)
	if err != nil {
		return err
	}
	o.Say("")
	for _, t := range targets {
		o.Say("%v", t)
	}
	svg := plotGrowth(sizes, data, conns, cores)
	if err := os.WriteFile(filepath.Join(o.Out, "growth.svg"), []byte(svg), 0o600); err != nil {
		return err
	}
	return report.WriteJSON(filepath.Join(o.Out, "growth.json"), map[string]any{
		"sizes": sizes, "bySize": data, "connections": connCounts, "byConnections": conns, "cores": coreCounts,
		"byCores": cores, "targets": targets,
	})
}

// plotGrowth draws the curves.
func plotGrowth(sizes []int64, data, conns, cores []grown) string {
	labels := make([]string, len(sizes))
	for i, n := range sizes {
		labels[i] = report.Short(float64(n))
	}
	perSecond := func(g grown) []float64 { return g.PerSecond }
	return report.Panels("Growth", "closed loops; cost is the CPU time of the service and of Postgres for one request",
		[]report.Panel{
			{Title: "cost of a request by products and sales, to the smallest", Labels: labels, Bound: growthBound,
				Series: curvesOf(data, func(g grown) []float64 { return g.Cost })},
			{Title: "answers a second by products and sales", Labels: labels, Series: curvesOf(data, perSecond)},
			{Title: "answers a second by connections", Labels: texts(connCounts), Series: curvesOf(conns, perSecond)},
			{Title: "p99 in ms by connections", Labels: texts(connCounts),
				Series: curvesOf(conns, func(g grown) []float64 { return g.P99 })},
			{Title: "answers a second by the service's processors", Labels: texts(coreCounts),
				Series: curvesOf(cores, perSecond)},
		})
}

// warm uses each database for a while. The larger one is, the longer it is cold after the data was loaded: pages that
// are not in its cache, not in the page tables of its processes, or not yet whole in the log of changes since the last
// checkpoint.
func warm(ctx context.Context, labs []*lab.Lab) error {
	for _, l := range labs {
		for _, name := range []string{load.RingUp, load.RingUp, load.RingUp, load.Get, load.List} {
			j := l.Job(name, l.Service.Addr)
			j.For *= 4
			if _, err := l.Load(ctx, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// bySize measures each scenario in each database, round by round.
func bySize(ctx context.Context, o options, labs []*lab.Lab) (list []grown, targets []report.Target, err error) {
	for _, s := range scenarios {
		if s.name == load.Login || !o.wants(s.name) { // a login costs its hash, whatever else there is
			continue
		}
		n := len(labs)
		rates, costs, sums := make([][]float64, n), make([][]report.Cost, n), make([][]float64, n)
		for range o.rounds {
			for i, l := range labs {
				out, c, err := l.Measured(ctx, l.Job(s.name, l.Service.Addr))
				if err != nil {
					return nil, nil, err
				}
				rates[i], costs[i], sums[i] = append(rates[i], out.PerSecond()), append(costs[i], report.Cost(c)),
					append(sums[i], c.CPU+c.Postgres)
			}
		}
		g := grown{Name: s.name}
		for i := range labs {
			c := report.MedianCost(costs[i])
			g.PerSecond, g.CPU, g.Postgres = append(g.PerSecond, report.SpreadOf(rates[i]).Median), append(g.CPU, c.CPU),
				append(g.Postgres, c.Postgres)
			g.Cost = append(g.Cost, report.SpreadOf(report.Ratios(sums[i], sums[0])).Median)
		}
		o.Say("%-8s per second %.0f, cost to the smallest %.2f", g.Name, g.PerSecond, g.Cost)
		list = append(list, g)
		targets = append(targets,
			report.AtMost(g.Name+": cost in the largest to the smallest", g.Cost[n-1], growthBound, ""))
	}
	return list, targets, nil
}

var (
	connCounts = []int{1, 8, 64, 512}
	coreCounts = []int{1, 2}
	curveNames = []string{load.Get, load.List, load.RingUp, load.Mix}
)

// byConns measures at ever more connections. So many in a closed loop are more than the service lets in by default.
func byConns(ctx context.Context, l *lab.Lab) (list []grown, err error) {
	if err = l.StartService(ctx, l.URL, []string{"SALES_WEB_MAX_IN_FLIGHT=1024"}); err != nil {
		return nil, err
	}
	defer l.Service.End()
	for _, name := range curveNames {
		g := grown{Name: name}
		for _, n := range connCounts {
			j := l.Job(name, l.Service.Addr)
			j.Conns = n
			o, err := l.Load(ctx, j)
			if err != nil {
				return nil, err
			}
			g.PerSecond, g.P99 = append(g.PerSecond, o.PerSecond()), append(g.P99, o.Good.Millis(0.99))
		}
		l.Say("%-8s at %v connections %.0f/s, p99 %.1f ms", name, connCounts, g.PerSecond, g.P99)
		list = append(list, g)
	}
	return list, nil
}

// byCores gives the service one processor and then more; generator and Postgres keep them all.
func byCores(ctx context.Context, l *lab.Lab) (list []grown, err error) {
	list = make([]grown, len(curveNames))
	for _, n := range coreCounts {
		if n > runtime.NumCPU() {
			break
		}
		err = l.StartService(ctx, l.URL, []string{fmt.Sprint("GOMAXPROCS=", n)}, "taskset", "-c", fmt.Sprintf("0-%d", n-1))
		if err != nil {
			return nil, err
		}
		for i, name := range curveNames {
			o, err := l.Load(ctx, l.Job(name, l.Service.Addr))
			if err != nil {
				return nil, err
			}
			list[i].Name, list[i].PerSecond = name, append(list[i].PerSecond, o.PerSecond())
		}
		l.Service.End()
	}
	for _, g := range list {
		l.Say("%-8s on %v processors %.0f/s", g.Name, coreCounts, g.PerSecond)
	}
	return list, nil
}

func curvesOf(list []grown, of func(grown) []float64) (curves []report.Curve) {
	for _, g := range list {
		curves = append(curves, report.Curve{Name: g.Name, Y: of(g)})
	}
	return curves
}

func texts(list []int) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return out
}

func numbers(list string) (out []int64, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
