package main

import "context"

// scenario is what is asked, and what it is compared with.
type scenario struct {
	name    string
	bare    bool
	pgbench []weighted
}

var scenarios = []scenario{
	{scenarioGet, true, []weighted{{scenarioGet, 1}}},
	{scenarioList, true, nil},
	{scenarioDeep, true, nil},
	{scenarioRingUp, false, []weighted{{scenarioRingUp, 1}}},
	{scenarioHot, false, []weighted{{scenarioHot, 1}}},
	{scenarioCreate, false, []weighted{{scenarioCreate, 1}}},
	{scenarioLogin, false, nil},
	{scenarioMix, false, []weighted{{scenarioGet, 70}, {scenarioList, 20}, {scenarioRingUp, 10}}},
}

// result is what was found for a scenario.
type result struct {
	Name      string  `json:"name"`
	PerSecond float64 `json:"perSecond"`
	VsBare    float64 `json:"vsBare,omitempty"`
	VsPgbench float64 `json:"vsPgbench,omitempty"`
	P50       float64 `json:"p50Ms"`
	P99       float64 `json:"p99Ms"`
	cost
	Trips            int64   `json:"roundTrips,omitempty"`
	HalfRate         float64 `json:"halfRate"` // at which the latencies were measured
	Spread           spread  `json:"perSecondSpread"`
	BareSpread       *spread `json:"vsBareSpread,omitempty"`
	PgbenchSpread    *spread `json:"vsPgbenchSpread,omitempty"`
	BarePerSecond    float64 `json:"barePerSecond,omitempty"`
	PgbenchPerSecond float64 `json:"pgbenchPerSecond,omitempty"`
	BareP50          float64 `json:"bareP50Ms,omitempty"` // at the same rate: what is the machine's and the generator's
	BareP99          float64 `json:"bareP99Ms,omitempty"`
}

// compare measures a scenario: in each round the service and then its controls, so that what disturbs the machine for a
// while disturbs all of them.
func (l *lab) compare(ctx context.Context, s scenario) (result, error) {
	r := result{Name: s.name, Trips: l.tracks[s.name].Trips}
	if s.name == scenarioHot {
		r.Trips = l.tracks[scenarioRingUp].Trips
	}
	var service, bare, bench []float64
	costs := make([]cost, 0, l.rounds)
	for round := range l.rounds {
		sides := []func() error{func() error {
			o, c, err := l.measured(ctx, l.job(s.name, l.service.addr))
			service, costs = append(service, o.perSecond()), append(costs, c)
			return err
		}}
		if s.bare {
			sides = append(sides, func() error {
				o, err := l.load(ctx, l.job(s.name, l.bareAddr))
				bare = append(bare, o.perSecond())
				return err
			})
		}
		if s.pgbench != nil {
			sides = append(sides, func() error {
				n, err := l.pgbench.run(ctx, l.clients, l.length, s.pgbench...)
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
	r.Spread = spreadOf(service)
	r.PerSecond, r.cost = r.Spread.Median, medianCost(costs)
	if s.bare {
		x := spreadOf(ratios(service, bare))
		r.BareSpread, r.VsBare, r.BarePerSecond = &x, x.Median, spreadOf(bare).Median
	}
	if s.pgbench != nil {
		x := spreadOf(ratios(service, bench))
		r.PgbenchSpread, r.VsPgbench, r.PgbenchPerSecond = &x, x.Median, spreadOf(bench).Median
	}
	return r, l.latency(ctx, &r)
}

// latency measures how long answers take at half of the highest rate, from when each request was due: of the service,
// and of bare at the same rate, which tells how much of it is the machine's and the generator's. What a disturbance of
// the machine spoils is one round, not the result.
func (l *lab) latency(ctx context.Context, r *result) error {
	r.HalfRate = r.PerSecond / 2
	addrs := []string{l.service.addr}
	if r.VsBare > 0 {
		addrs = append(addrs, l.bareAddr)
	}
	p50s, p99s := make([][]float64, 2), make([][]float64, 2)
	for range min(3, l.rounds) {
		for i, addr := range addrs {
			j := l.job(r.Name, addr)
			j.Rate = r.HalfRate
			o, err := l.load(ctx, j)
			if err != nil {
				return err
			}
			p50s[i], p99s[i] = append(p50s[i], ms(o.Good.quantile(0.5))), append(p99s[i], ms(o.Good.quantile(0.99)))
		}
		l.service.cutLog()
	}
	r.P50, r.P99 = spreadOf(p50s[0]).Median, spreadOf(p99s[0]).Median
	r.BareP50, r.BareP99 = spreadOf(p50s[1]).Median, spreadOf(p99s[1]).Median
	return nil
}

func medianCost(list []cost) cost {
	of := func(f func(cost) float64) float64 {
		values := make([]float64, len(list))
		for i, c := range list {
			values[i] = f(c)
		}
		return spreadOf(values).Median
	}
	return cost{
		CPU: of(func(c cost) float64 {
			return c.CPU
		}), Postgres: of(func(c cost) float64 {
			return c.Postgres
		}), Generator: of(func(c cost) float64 { return c.Generator }),
		Allocs: of(func(c cost) float64 {
			return c.Allocs
		}), Bytes: of(func(c cost) float64 { return c.Bytes }), Statements: of(func(c cost) float64 { return c.Statements }),
	}
}
