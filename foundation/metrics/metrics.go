// Package metrics counts within the process and publishes the counts through expvar, as JSON that says by itself what
// each number means. Whoever reads /debug/vars, such as the metrics sidecar, needs no list of them.
//
// Names, units and labels are those that Prometheus shall see: a counter ends in _total, times are in seconds. A metric
// belongs to the process, so make it once, in a package variable.
package metrics

import (
	"context"
	"expvar"
	"maps"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// The types of a Family.
const (
	TypeCounter   = "counter"
	TypeGauge     = "gauge"
	TypeHistogram = "histogram"
)

// Family is one metric as it is published.
type Family struct {
	Type    string    `json:"type"`
	Help    string    `json:"help"`
	Labels  []string  `json:"labels,omitempty"`
	Buckets []float64 `json:"buckets,omitempty"` // upper bounds of a histogram, ascending, without +Inf
	Series  []Series  `json:"series"`
}

// Series is the number of one combination of labels.
type Series struct {
	Values []string `json:"values,omitempty"` // in the order of Labels
	Value  float64  `json:"value"`            // of a counter or gauge; the sum of a histogram
	// of a histogram: in each bucket alone, and in the last what is above them all
	Counts []uint64 `json:"counts,omitempty"`
}

const (
	maxLabels = 3
	maxSeries = 2000
	// overflow is every label of the series that takes what comes once there are maxSeries of them.
	overflow = "_overflow"
)

type labels [maxLabels]string

// vec finds the cell of a combination of labels, without a lock and without garbage once it is known.
type vec[C any] struct {
	n     int // labels
	cells atomic.Pointer[map[labels]*C]
	mu    sync.Mutex // of those who add a cell
	empty func() *C
}

func newVec[C any](n int, empty func() *C) *vec[C] {
	v := &vec[C]{n: n, empty: empty}
	first := map[labels]*C{}
	if n == 0 {
		first[labels{}] = empty() // so that it is there, as 0, from the start
	}
	v.cells.Store(&first)
	return v
}

func (v *vec[C]) cell(values []string) *C {
	if len(values) != v.n {
		panic("metrics: the number of values is not that of the labels")
	}
	var key labels
	copy(key[:], values)
	if c, ok := (*v.cells.Load())[key]; ok {
		return c
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	old := *v.cells.Load()
	if len(old) >= maxSeries {
		for i := range v.n {
			key[i] = overflow
		}
	}
	if c, ok := old[key]; ok {
		return c
	}
	grown := maps.Clone(old)
	c := v.empty()
	grown[key] = c
	v.cells.Store(&grown)
	return c
}

// series lists the cells in the order of their labels.
func (v *vec[C]) series(fill func(*C, *Series)) []Series {
	cells := *v.cells.Load()
	keys := make([]labels, 0, len(cells))
	for k := range cells {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		for l := range maxLabels {
			if keys[i][l] != keys[j][l] {
				return keys[i][l] < keys[j][l]
			}
		}
		return false
	})
	out := make([]Series, len(keys))
	for i, k := range keys {
		out[i].Values = k[:v.n:v.n]
		fill(cells[k], &out[i])
	}
	return out
}

func publish(name string, n int, read func() Family) {
	if n > maxLabels {
		panic("metrics: " + name + " has too many labels")
	}
	expvar.Publish(name, expvar.Func(func() any { return read() }))
}

// Counter is a number that only grows. It is safe for concurrent use.
type Counter struct{ v *vec[atomic.Int64] }

// NewCounter publishes a counter with up to 3 labels. Of their combinations 2,000 are kept apart, so no client can fill
// the memory. It panics when the name is taken.
func NewCounter(name, help string, labels ...string) *Counter {
	c := &Counter{newVec(len(labels), func() *atomic.Int64 { return new(atomic.Int64) })}
	publish(name, len(labels), func() Family {
		return Family{Type: TypeCounter, Help: help, Labels: labels, Series: c.v.series(func(n *atomic.Int64, s *Series) {
			s.Value = float64(n.Load())
		})}
	})
	return c
}

// Add adds n, which must not be negative, to the series of these values, one for each label.
func (c *Counter) Add(n int64, values ...string) { c.v.cell(values).Add(n) }

// Value is the count of these values.
func (c *Counter) Value(values ...string) int64 { return c.v.cell(values).Load() }

// Histogram counts durations by how long they are. It is safe for concurrent use.
type Histogram struct {
	bounds []time.Duration
	v      *vec[cells]
}

type cells struct {
	counts []atomic.Uint64
	sum    atomic.Int64 // nanoseconds
}

// NewHistogram publishes a histogram of durations, in seconds, with up to 3 labels; bounds are the upper bounds of its
// buckets, ascending.
func NewHistogram(name, help string, bounds []time.Duration, labels ...string) *Histogram {
	h := &Histogram{bounds, newVec(len(labels), func() *cells {
		return &cells{counts: make([]atomic.Uint64, len(bounds)+1)}
	})}
	seconds := make([]float64, len(bounds))
	for i, b := range bounds {
		seconds[i] = b.Seconds()
	}
	publish(name, len(labels), func() Family {
		return Family{Type: TypeHistogram, Help: help, Labels: labels, Buckets: seconds,
			Series: h.v.series(func(c *cells, s *Series) {
				s.Value = time.Duration(c.sum.Load()).Seconds()
				s.Counts = make([]uint64, len(c.counts))
				for i := range c.counts {
					s.Counts[i] = c.counts[i].Load()
				}
			})}
	})
	return h
}

// Observe counts d in the series of these values, one for each label.
func (h *Histogram) Observe(d time.Duration, values ...string) {
	c := h.v.cell(values)
	i := 0
	for i < len(h.bounds) && d > h.bounds[i] {
		i++
	}
	c.counts[i].Add(1)
	c.sum.Add(int64(d))
}

// askTimeout is how long whoever reads the metrics waits for one of Asked; without its answer the numbers are missing.
const askTimeout = time.Second

// Asked is Func for what has to be asked elsewhere, of a database for one.
func Asked(typ, name, help string, labels []string, read func(context.Context, func(float64, ...string))) {
	Func(typ, name, help, labels, func(add func(float64, ...string)) {
		ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
		defer cancel()
		read(ctx, add)
	})
}

// Func publishes a metric of TypeCounter or TypeGauge that is read when somebody asks; read calls add once for each
// combination of labels.
func Func(typ, name, help string, labels []string, read func(add func(value float64, values ...string))) {
	publish(name, len(labels), func() Family {
		f := Family{Type: typ, Help: help, Labels: labels, Series: []Series{}}
		read(func(value float64, values ...string) {
			f.Series = append(f.Series, Series{Values: values, Value: value})
		})
		return f
	})
}
