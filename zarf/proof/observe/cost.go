package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"
)

// variant is a service that is traced in its own way, and what was measured of it.
type variant struct {
	name     string
	exporter string
	ratio    float64
	least    float64 // of the throughput without tracing
	addr     string
	p        *process
	rates    []float64 // answers a second
	ratios   []float64 // to the one that does not trace, in the same round
	cpus     []float64 // microseconds of CPU an answer
	cpuRatio []float64
}

// checkCost measures what tracing costs: three services over one database, one that does not trace, one that traces 1 %
// and one that traces everything, asked in turn. The spans go to a sink that drops them, so that the Collector's work
// on the same processors does not count.
func (l *lab) checkCost() error {
	var got atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		got.Add(n)
	}))
	defer sink.Close()
	otlp := "OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_ENDPOINT=" + sink.URL
	variants := []*variant{{name: "off", exporter: "OTEL_TRACES_EXPORTER=none"},
		{name: "1 %", exporter: otlp, ratio: 0.01, least: 0.93}, {name: "100 %", exporter: otlp, ratio: 1, least: 0.55}}
	for i, v := range variants {
		debug, err := freeAddr()
		if err != nil {
			return err
		}
		if v.addr, err = freeAddr(); err != nil {
			return err
		}
		if v.p, err = l.service(fmt.Sprintf("cost%d", i), v.addr, debug, v.exporter, v.ratio); err != nil {
			return err
		}
		defer v.p.kill()
		l.load(v.addr, time.Second) // warm
	}
	const costRounds = 15
	for round := range costRounds {
		for i := range variants {
			v := variants[(round+i)%len(variants)] // no one is always the first
			before := cpu(v.p)
			began := time.Now()
			times, failed := l.load(v.addr, time.Second)
			if failed > 0 || len(times) == 0 {
				return fmt.Errorf("%s: %d of %d failed", v.name, failed, len(times))
			}
			v.rates = append(v.rates, float64(len(times))/time.Since(began).Seconds())
			v.cpus = append(v.cpus, float64((cpu(v.p)-before).Microseconds())/float64(len(times)))
		}
		for _, v := range variants {
			v.ratios = append(v.ratios, v.rates[round]/variants[0].rates[round])
			v.cpuRatio = append(v.cpuRatio, v.cpus[round]/variants[0].cpus[round])
		}
	}
	for _, v := range variants {
		l.check(median(v.ratios) >= v.least, "traced %-5s  %6.0f requests/s, %.2f of off (at least %.2f); %4.0f µs of CPU "+
			"a request, %.2f of off",
			v.name, median(v.rates), median(v.ratios), v.least, median(v.cpus), median(v.cpuRatio))
	}
	l.check(got.Load() > 0, "the sink got %d kB of spans", got.Load()/1000)
	return nil
}
