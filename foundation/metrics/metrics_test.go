package metrics

import (
	"encoding/json"
	"expvar"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"
)

func published(t *testing.T, name string) Family {
	t.Helper()
	var f Family
	if err := json.Unmarshal([]byte(expvar.Get(name).String()), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCounter(t *testing.T) {
	t.Parallel()
	c := NewCounter("test_things_total", "Things.", "kind", "size")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				c.Add(1, "a", []string{"small", "big"}[i%2])
			}
		})
	}
	wg.Wait()
	c.Add(5, "A", "big")
	want := Family{Type: "counter", Help: "Things.", Labels: []string{"kind", "size"}, Series: []Series{
		{Values: []string{"A", "big"}, Value: 5},
		{Values: []string{"a", "big"}, Value: 4000},
		{Values: []string{"a", "small"}, Value: 4000},
	}}
	if got := published(t, "test_things_total"); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if c.Value("A", "big") != 5 {
		t.Error("Value")
	}
	NewCounter("test_nothing_total", "Nothing.")
	if got := published(t, "test_nothing_total"); len(got.Series) != 1 || got.Series[0].Value != 0 {
		t.Errorf("a counter without labels is not there from the start: %+v", got)
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	h := NewHistogram("test_seconds", "Times.", []time.Duration{time.Millisecond, time.Second}, "route")
	for _, d := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, time.Second, time.Second + 1,
		time.Minute} {
		h.Observe(d, "/x")
	}
	got := published(t, "test_seconds")
	want := Family{Type: "histogram", Help: "Times.", Labels: []string{"route"}, Buckets: []float64{0.001, 1},
		Series: []Series{
			{Values: []string{"/x"}, Value: got.Series[0].Value, Counts: []uint64{2, 2, 2}},
		}}
	if sum := got.Series[0].Value; !reflect.DeepEqual(got, want) || sum < 62.002 || sum > 62.0021 {
		t.Errorf("got %+v", got)
	}
}

// TestOverflow: labels that somebody makes up end in one series.
func TestOverflow(t *testing.T) {
	t.Parallel()
	c := NewCounter("test_made_up_total", "Made up.", "name")
	for i := range 2 * maxSeries {
		c.Add(1, fmt.Sprint(i))
	}
	got := published(t, "test_made_up_total")
	if n := len(got.Series); n != maxSeries+1 || c.Value(overflow) != maxSeries {
		t.Errorf("%d series, %d in overflow", n, c.Value(overflow))
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	Process("v1")
	for name, least := range map[string]float64{
		"process_start_time_seconds": 1.7e9, "go_goroutines": 1, "go_sched_gomaxprocs_threads": 1,
		"go_gc_gomemlimit_bytes": 1,
		"go_gc_heap_goal_bytes":  1, "go_gc_heap_allocs_bytes_total": 1, "go_gc_heap_allocs_objects_total": 1,
		"go_memory_used_bytes":  1 << 10,
		"garagesale_build_info": 1, "go_gc_cycles_total": 0, "go_gc_pause_seconds_total": 0,
	} {
		f := published(t, name)
		if len(f.Series) == 0 || f.Help == "" || f.Series[0].Value < least {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

//nolint:paralleltest // AllocsPerRun refuses to run beside other tests
func TestCost(t *testing.T) {
	c := NewCounter("test_cost_total", "Cost.", "a", "b", "c")
	h := NewHistogram("test_cost_seconds", "Cost.", []time.Duration{1, 2, 3}, "a", "b", "c")
	if n := testing.AllocsPerRun(100, func() {
		c.Add(1, "GET", "/v1/products/{productID}", "200")
		h.Observe(2, "GET", "/v1/products/{productID}", "200")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	h := NewHistogram("bench_seconds", "Cost.", make([]time.Duration, 17), "a", "b", "c")
	b.ReportAllocs()
	for b.Loop() {
		h.Observe(2, "GET", "/v1/products/{productID}", "200")
	}
}
