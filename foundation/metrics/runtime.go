package metrics

import (
	"runtime"
	"runtime/debug"
	rt "runtime/metrics"
	"time"
)

// Process publishes what is known of the process itself: since when it runs, which build it is, and, under
// the names that Go's own collector has for Prometheus, the runtime. Call it once.
func Process(build string) {
	started := float64(time.Now().UnixMilli()) / 1000
	Func(TypeGauge, "process_start_time_seconds", "When the process started, in seconds since 1970.", nil,
		one(func() float64 {
			return started
		}))
	Func(TypeGauge, "garagesale_build_info", "Always 1; the labels say which build runs.",
		[]string{"version", "goversion"}, func(add func(float64, ...string)) {
			add(1, build, runtime.Version())
		})

	Func(TypeGauge, "go_goroutines", "Goroutines that exist.", nil, sample("/sched/goroutines:goroutines"))
	Func(TypeGauge, "go_sched_gomaxprocs_threads", "Threads that run Go code at once (GOMAXPROCS).", nil,
		sample("/sched/gomaxprocs:threads"))
	Func(TypeGauge, "go_gc_gomemlimit_bytes", "The limit that the garbage collector keeps to (GOMEMLIMIT).", nil,
		sample("/gc/gomemlimit:bytes"))
	Func(TypeGauge, "go_gc_heap_goal_bytes", "Size of the heap at which the next garbage collection ends.", nil,
		sample("/gc/heap/goal:bytes"))
	Func(TypeCounter, "go_gc_heap_allocs_bytes_total", "Memory that was allocated on the heap.", nil,
		sample("/gc/heap/allocs:bytes"))
	Func(TypeCounter, "go_gc_heap_allocs_objects_total", "Allocations on the heap.", nil,
		sample("/gc/heap/allocs:objects"))
	Func(TypeCounter, "go_gc_cycles_total", "Garbage collections that were finished.", nil,
		sample("/gc/cycles/total:gc-cycles"))
	Func(TypeGauge, "go_memory_used_bytes", "Memory that the Go runtime holds, by what for.", []string{"type"},
		func(add func(float64, ...string)) {
			stack, total, released := read("/memory/classes/heap/stacks:bytes"), read("/memory/classes/total:bytes"),
				read("/memory/classes/heap/released:bytes")
			add(total-released-stack, "other")
			add(stack, "stack")
		})
	Func(TypeCounter, "go_gc_pause_seconds_total", "How long garbage collections stopped the program.", nil,
		one(func() float64 {
			var s debug.GCStats
			debug.ReadGCStats(&s)
			return s.PauseTotal.Seconds()
		}))
}

func one(value func() float64) func(func(float64, ...string)) {
	return func(add func(float64, ...string)) { add(value()) }
}

func sample(name string) func(func(float64, ...string)) {
	return one(func() float64 { return read(name) })
}

// read returns one of the runtime's own numbers, or 0 when this version of Go does not have it.
func read(name string) float64 {
	s := []rt.Sample{{Name: name}}
	rt.Read(s)
	switch v := s[0].Value; v.Kind() {
	case rt.KindUint64:
		return float64(v.Uint64())
	case rt.KindFloat64:
		return v.Float64()
	}
	return 0
}
