package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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
	var labs []*lab
	defer func() {
		for _, l := range labs {
			l.close()
		}
	}()
	for _, n := range sizes {
		// The databases are all up, so that rounds go from one to the next, and what disturbs one disturbs all.
		size := o
		size.products, size.sales, size.deep = n, n, min(o.deep, n)
		l, err := newLab(ctx, size)
		if err != nil {
			return err
		}
		labs = append(labs, l)
		if err := l.probe(ctx); err != nil {
			return err
		}
		if l.service, err = l.startService(ctx, l.url); err != nil {
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
	l.service.end()
	conns, err := l.byConns(ctx)
	if err != nil {
		return err
	}
	cores, err := l.byCores(ctx)
	if err != nil {
		return err
	}
	o.say("")
	for _, t := range targets {
		o.say("%v", t)
	}
	labels := make([]string, len(sizes))
	for i, n := range sizes {
		labels[i] = short(float64(n))
	}
	svg := plotPanels("Growth", "closed loops; cost is the CPU time of the service and of Postgres for one request",
		[]panel{
			{title: "cost of a request by products and sales, to the smallest", labels: labels, bound: growthBound,
				series: curvesOf(data, func(g grown) []float64 { return g.Cost })},
			{title: "answers a second by products and sales", labels: labels, series: curvesOf(data, func(g grown) []float64 {
				return g.PerSecond
			})},
			{title: "answers a second by connections", labels: texts(connCounts),
				series: curvesOf(conns, func(g grown) []float64 {
					return g.PerSecond
				})},
			{title: "p99 in ms by connections", labels: texts(connCounts), series: curvesOf(conns, func(g grown) []float64 {
				return g.P99
			})},
			{title: "answers a second by the service's processors", labels: texts(coreCounts),
				series: curvesOf(cores, func(g grown) []float64 {
					return g.PerSecond
				})},
		})
	if err := os.WriteFile(filepath.Join(o.out, "growth.svg"), []byte(svg), 0o600); err != nil {
		return err
	}
	return writeJSON(filepath.Join(o.out, "growth.json"), map[string]any{
		"sizes": sizes, "bySize": data, "connections": connCounts, "byConnections": conns, "cores": coreCounts,
		"byCores": cores, "targets": targets,
	})
}

// warm uses each database for a while. The larger one is, the longer it is cold after the data was loaded: pages that
// are not in its cache, not in the page tables of its processes, or not yet whole in the log of changes since the last
// checkpoint.
func warm(ctx context.Context, labs []*lab) error {
	for _, l := range labs {
		for _, name := range []string{scenarioRingUp, scenarioRingUp, scenarioRingUp, scenarioGet, scenarioList} {
			j := l.job(name, l.service.addr)
			j.For *= 4
			if _, err := l.load(ctx, j); err != nil {
				return err
			}
			l.service.cutLog()
		}
	}
	return nil
}

// bySize measures each scenario in each database, round by round.
func bySize(ctx context.Context, o options, labs []*lab) (list []grown, targets []target, err error) {
	for _, s := range scenarios {
		if s.name == scenarioLogin || !o.wants(s.name) { // a login costs its hash, whatever else there is
			continue
		}
		n := len(labs)
		rates, costs, sums := make([][]float64, n), make([][]cost, n), make([][]float64, n)
		for range o.rounds {
			for i, l := range labs {
				out, c, err := l.measured(ctx, l.job(s.name, l.service.addr))
				if err != nil {
					return nil, nil, err
				}
				rates[i], costs[i], sums[i] = append(rates[i], out.perSecond()), append(costs[i], c),
					append(sums[i], c.CPU+c.Postgres)
			}
		}
		g := grown{Name: s.name}
		for i := range labs {
			c := medianCost(costs[i])
			g.PerSecond, g.CPU, g.Postgres = append(g.PerSecond, spreadOf(rates[i]).Median), append(g.CPU, c.CPU),
				append(g.Postgres, c.Postgres)
			g.Cost = append(g.Cost, spreadOf(ratios(sums[i], sums[0])).Median)
		}
		o.say("%-8s per second %.0f, cost to the smallest %.2f", g.Name, g.PerSecond, g.Cost)
		list = append(list, g)
		targets = append(targets, target{Name: g.Name + ": cost in the largest to the smallest", Value: g.Cost[n-1],
			Bound: growthBound, Most: true}.judged())
	}
	return list, targets, nil
}

var (
	connCounts = []int{1, 8, 64, 512}
	coreCounts = []int{1, 2}
	curveNames = []string{scenarioGet, scenarioList, scenarioRingUp, scenarioMix}
)

// byConns measures at ever more connections. So many in a closed loop are more than the service lets in by default.
func (l *lab) byConns(ctx context.Context) (list []grown, err error) {
	if l.service, err = l.startServiceWith(ctx, l.url, []string{"SALES_WEB_MAX_IN_FLIGHT=1024"}); err != nil {
		return nil, err
	}
	defer l.service.end()
	for _, name := range curveNames {
		g := grown{Name: name}
		for _, n := range connCounts {
			j := l.job(name, l.service.addr)
			j.Conns = n
			o, err := l.load(ctx, j)
			if err != nil {
				return nil, err
			}
			l.service.cutLog()
			g.PerSecond, g.P99 = append(g.PerSecond, o.perSecond()), append(g.P99, ms(o.Good.quantile(0.99)))
		}
		l.say("%-8s at %v connections %.0f/s, p99 %.1f ms", name, connCounts, g.PerSecond, g.P99)
		list = append(list, g)
	}
	return list, nil
}

// byCores gives the service one processor and then more; generator and Postgres keep them all.
func (l *lab) byCores(ctx context.Context) (list []grown, err error) {
	list = make([]grown, len(curveNames))
	for _, n := range coreCounts {
		if n > runtime.NumCPU() {
			break
		}
		l.service, err = l.startServiceWith(ctx, l.url, []string{fmt.Sprint("GOMAXPROCS=", n)}, "taskset", "-c",
			fmt.Sprintf("0-%d", n-1))
		if err != nil {
			return nil, err
		}
		for i, name := range curveNames {
			o, err := l.load(ctx, l.job(name, l.service.addr))
			if err != nil {
				return nil, err
			}
			l.service.cutLog()
			list[i].Name, list[i].PerSecond = name, append(list[i].PerSecond, o.perSecond())
		}
		l.service.end()
	}
	for _, g := range list {
		l.say("%-8s on %v processors %.0f/s", g.Name, coreCounts, g.PerSecond)
	}
	return list, nil
}

func curvesOf(list []grown, of func(grown) []float64) (curves []curve) {
	for _, g := range list {
		curves = append(curves, curve{name: g.Name, y: of(g)})
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
