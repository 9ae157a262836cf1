package main

import (
	"context"
	"sync"
	"time"
)

// vital is what the service holds at one moment.
type vital struct {
	At         float64 `json:"at"` // seconds
	Goroutines float64 `json:"goroutines"`
	Heap       float64 `json:"heapMiB"`
	RSS        float64 `json:"rssMiB"`
	Conns      float64 `json:"databaseConnections"`
	Files      float64 `json:"files"`
}

func (l *lab) vital(ctx context.Context, began time.Time) (vital, error) {
	v, err := l.service.vars(ctx)
	pid := l.service.pid()
	return vital{
		At: time.Since(began).Seconds(), Goroutines: v.Goroutines.sum(), Heap: float64(v.Memstats.HeapAlloc) / mebi,
		Conns: v.Connections.sum(),
		RSS:   float64(memoryOf(pid, "VmRSS")) / mebi, Files: float64(filesOf(pid)),
	}, err
}

// watch looks at the service while f runs. A look that fails is left out: under overload the service may be too busy to
// tell.
func (l *lab) watch(ctx context.Context, every time.Duration, f func() error) ([]vital, error) {
	watching, stop := context.WithCancel(ctx)
	var list []vital
	var wg sync.WaitGroup
	began := time.Now()
	wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-watching.Done():
				return
			case <-tick.C:
			}
			if v, err := l.vital(watching, began); err == nil {
				list = append(list, v)
			}
			l.service.cutLog()
		}
	})
	err := f()
	stop()
	wg.Wait()
	return list, err
}

// series is one of the figures over time.
func series(list []vital, name string, of func(vital) float64) curve {
	c := curve{name: name, x: make([]float64, len(list)), y: make([]float64, len(list))}
	for i, v := range list {
		c.x[i], c.y[i] = v.At, of(v)
	}
	return c
}

// highest is the rate that the service answers at in a closed loop: the median of some runs.
func (l *lab) highest(ctx context.Context, scenario string) (float64, error) {
	var rates []float64
	for range 3 {
		o, err := l.load(ctx, l.job(scenario, l.service.addr))
		if err != nil {
			return 0, err
		}
		l.service.cutLog()
		rates = append(rates, o.perSecond())
	}
	return spreadOf(rates).Median, nil
}
