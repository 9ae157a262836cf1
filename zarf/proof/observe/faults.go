package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	rounds      = 5
	connections = 8

	// What a pod may hold (the limit in zarf/deploy/k8s/base), and what spans that wait for a Collector may add to the
	// usual. The usual is nearly all logins: hashing a password takes 19 MiB, and the collector of garbage, at GOGC=200,
	// lets the heap grow to three times what lives before it cleans.
	podMemory   = 256 << 20
	spansMemory = 32 << 20
)

// load reads a product over and over, and returns how long each answer took, and how many failed.
func (l *lab) load(addr string, d time.Duration) (times []time.Duration, failed int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	deadline := time.Now().Add(d)
	for range connections {
		wg.Go(func() {
			c := http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
			defer c.CloseIdleConnections()
			var mine []time.Duration
			bad := 0
			for time.Now().Before(deadline) {
				req, _ := http.NewRequestWithContext(l.ctx, http.MethodGet, "http://"+addr+"/v1/products/"+shopOf.product, nil)
				req.Header.Set("Authorization", "Bearer "+shopOf.cashier)
				began := time.Now()
				res, err := c.Do(req)
				if err != nil {
					bad++
					continue
				}
				var p struct{ ID string }
				err = json.NewDecoder(res.Body).Decode(&p)
				_, _ = bufio.NewReader(res.Body).Discard(1 << 10)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || p.ID != shopOf.product {
					bad++
					continue
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			times, failed = append(times, mine...), failed+bad
		})
	}
	wg.Wait()
	l.client.mu.Lock()
	l.client.counts[series{"GET", routeProduct, "200"}] += len(times)
	l.client.mu.Unlock()
	return times, failed
}

func p99(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)*99/100]
}

func median[T time.Duration | float64](list []T) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// checkCollectorDown: a Collector that is dead, hangs or refuses is no trouble to the service's clients.
func (l *lab) checkCollectorDown() error {
	before := rss(l.sales)
	l.load(l.addr["api"], time.Second) // warm
	found := map[string][]time.Duration{}
	failedIn := map[string]int{}
	most := map[string]int{} // by mode
	modes := []string{alive, dead, hanging, refusing}
	for round := range rounds {
		for i := range modes {
			mode := modes[(round+i)%len(modes)] // no one is always the first
			if err := l.relay.set(mode); err != nil {
				return err
			}
			times, failed := l.load(l.addr["api"], 2*time.Second)
			if len(times) == 0 {
				return fmt.Errorf("%s: no answers", mode)
			}
			found[mode] = append(found[mode], p99(times))
			failedIn[mode] += failed
			most[mode] = max(most[mode], rss(l.sales))
		}
	}
	if err := l.relay.set(alive); err != nil {
		return err
	}
	base := median(found[alive])
	for _, mode := range modes[1:] {
		p := median(found[mode])
		l.check(failedIn[mode] == 0 && float64(p) <= 1.5*float64(base),
			"Collector %s: %d failed; p99 %v, %.2f × that of an alive one (%v)", mode, failedIn[mode],
			p.Round(10*time.Microsecond), float64(p)/float64(base), base.Round(10*time.Microsecond))
	}
	usual := max(before, most[alive])
	l.check(usual < podMemory, "the service's memory: %d MB before, at most %d MB under load; the pod's limit is %d MB",
		before>>20, usual>>20, podMemory>>20)
	for _, mode := range modes[1:] {
		l.check(most[mode] < podMemory && most[mode] <= usual+spansMemory, "Collector %s: at most %d MB", mode,
			most[mode]>>20)
	}
	warnings, least, err := l.warnings()
	if err != nil {
		return err
	}
	lost, err := l.promNumber(`garagesale_spans_lost_total`)
	l.check(err == nil && warnings > 0 && lost > 0 && least >= time.Minute,
		"%.0f spans were lost; %d warnings in the log, never two within a minute %s", lost, warnings, text(err))

	// Back up: a new trace arrives. Between its attempts to connect gRPC waits up to 120 s and a fifth more.
	began := time.Now()
	err = l.eventually(160*time.Second, func() error {
		a, err := l.client.want(200, nil, "GET", routeProduct, "/v1/products/"+shopOf.product, shopOf.cashier, nil)
		if err != nil {
			return err
		}
		time.Sleep(2 * time.Second)
		_, err = l.trace(traceID(a.header.Get("Traceparent")))
		return err
	})
	l.check(err == nil, "back up: spans flow again after %.0f s %s", time.Since(began).Seconds(), text(err))
	return nil
}

// warnings counts the service's warnings about exports, and tells how close two of them came.
func (l *lab) warnings() (n int, least time.Duration, err error) {
	b, err := os.ReadFile(filepath.Join(l.dir, "service.log"))
	if err != nil {
		return 0, 0, err
	}
	least = time.Hour
	var last time.Time
	for line := range strings.Lines(string(b)) {
		var r struct {
			Time       time.Time
			Level, Msg string
		}
		if json.Unmarshal([]byte(line), &r) != nil || r.Level != "WARN" || !strings.HasPrefix(r.Msg, "otel:") {
			continue
		}
		n++
		if !last.IsZero() {
			least = min(least, r.Time.Sub(last))
		}
		last = r.Time
	}
	return n, least, nil
}

// checkRestart kills the service, and starts it again.
func (l *lab) checkRestart() error {
	before, err := l.promNumber(`garagesale_sales_total{currency="USD"}`)
	if err != nil {
		return err
	}
	l.sales.kill()
	err = l.eventually(20*time.Second, func() error {
		up, err := l.promNumber(`garagesale_up`)
		sales, err2 := l.prom(`garagesale_sales_total`)
		if err == nil && err2 == nil && (up != 0 || len(sales) != 0) {
			err = fmt.Errorf("garagesale_up %v, %d series of sales", up, len(sales))
		}
		return errors.Join(err, err2)
	})
	l.check(err == nil, "killed: garagesale_up is 0, and nothing is told of the time before %s", text(err))
	sidecar, err := l.promNumber(`up{job="sales"}`)
	l.check(err == nil && sidecar == 1, "the sidecar itself is up %s", text(err))
	if err := l.startSales(); err != nil {
		return err
	}
	l.client.counts = map[series]int{}
	shopOf.sales = 0
	if err := l.ringUp(20); err != nil {
		return err
	}
	err = l.eventually(20*time.Second, func() error {
		now, err := l.promNumber(`garagesale_sales_total{currency="USD"}`)
		if err == nil && now != float64(shopOf.sales) {
			err = fmt.Errorf("%v sales, not %d", now, shopOf.sales)
		}
		return err
	})
	l.check(err == nil, "started again: %d sales are counted, from 0 %s", shopOf.sales, text(err))
	resets, err := l.promNumber(`resets(garagesale_sales_total{currency="USD"}[10m])`)
	l.check(err == nil && resets == 1, "Prometheus sees %v reset %s", resets, text(err))
	grown, err := l.promNumber(`increase(garagesale_sales_total{currency="USD"}[10m])`)
	l.check(err == nil && grown > 0 && grown < 2*(before+float64(shopOf.sales)),
		"increase() over it is %.0f: %v were sold before, %d after %s", grown, before, shopOf.sales, text(err))
	starts, err := l.promNumber(`changes(process_start_time_seconds{job="sales"}[10m])`)
	l.check(err == nil && starts == 1, "process_start_time_seconds changed %v time %s", starts, text(err))
	return nil
}

// rss is the memory that a process holds, in bytes.
func rss(p *process) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * syscall.Getpagesize()
}

// cpu is the processor time that a process has used.
func cpu(p *process) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if err != nil || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}
