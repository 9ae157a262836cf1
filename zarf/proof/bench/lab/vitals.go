package lab

import (
	"context"
	"sync"
	"time"
)

// Vital is what the service holds at one moment.
type Vital struct {
	At         float64 `json:"at"` // seconds
	Goroutines float64 `json:"goroutines"`
	Heap       float64 `json:"heapMiB"`
	RSS        float64 `json:"rssMiB"`
	Conns      float64 `json:"databaseConnections"`
	Files      float64 `json:"files"`
}

func (l *Lab) vital(ctx context.Context, began time.Time) (Vital, error) {
	v, err := l.Service.vars(ctx)
	return Vital{
		At: time.Since(began).Seconds(), Goroutines: v.Goroutines.sum(), Heap: float64(v.Memstats.HeapAlloc) / mebi,
		Conns: v.Connections.sum(), RSS: l.Service.RSS(), Files: float64(filesOf(l.Service.pid())),
	}, err
}

// Watch looks at the service while f runs. A look that fails is left out: under overload the service may be too busy to
// tell.
func (l *Lab) Watch(ctx context.Context, every time.Duration, f func() error) ([]Vital, error) {
	watching, stop := context.WithCancel(ctx)
	var list []Vital
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
			l.Service.cutLog()
		}
	})
	err := f()
	stop()
	wg.Wait()
	return list, err
}
