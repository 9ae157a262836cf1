package report

// Result is what was found for a scenario.
type Result struct {
	Name      string  `json:"name"`
	PerSecond float64 `json:"perSecond"`
	VsBare    float64 `json:"vsBare,omitempty"`
	VsPgbench float64 `json:"vsPgbench,omitempty"`
	P50       float64 `json:"p50Ms"`
	P99       float64 `json:"p99Ms"`
	Cost
	Trips            int64   `json:"roundTrips,omitempty"`
	HalfRate         float64 `json:"halfRate"` // at which the latencies were measured
	Spread           Spread  `json:"perSecondSpread"`
	BareSpread       *Spread `json:"vsBareSpread,omitempty"`
	PgbenchSpread    *Spread `json:"vsPgbenchSpread,omitempty"`
	BarePerSecond    float64 `json:"barePerSecond,omitempty"`
	PgbenchPerSecond float64 `json:"pgbenchPerSecond,omitempty"`
	BareP50          float64 `json:"bareP50Ms,omitempty"` // at the same rate: what is the machine's and the generator's
	BareP99          float64 `json:"bareP99Ms,omitempty"`
}

// Cost is what a request took, beside time.
type Cost struct {
	CPU        float64 `json:"cpuMicros"`         // of the service
	Postgres   float64 `json:"postgresCpuMicros"` // of the server and its processes
	Generator  float64 `json:"generatorCpuMicros"`
	Allocs     float64 `json:"allocs"`
	Bytes      float64 `json:"bytes"`
	Statements float64 `json:"statements"`
}

// MedianCost is the middle of each figure for itself.
func MedianCost(list []Cost) Cost {
	of := func(f func(Cost) float64) float64 {
		values := make([]float64, len(list))
		for i, c := range list {
			values[i] = f(c)
		}
		return SpreadOf(values).Median
	}
	return Cost{
		CPU:        of(func(c Cost) float64 { return c.CPU }),
		Postgres:   of(func(c Cost) float64 { return c.Postgres }),
		Generator:  of(func(c Cost) float64 { return c.Generator }),
		Allocs:     of(func(c Cost) float64 { return c.Allocs }),
		Bytes:      of(func(c Cost) float64 { return c.Bytes }),
		Statements: of(func(c Cost) float64 { return c.Statements }),
	}
}
