package authapp_test

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/sdk/passhash"
)

const (
	mib       = 1 << 20
	hashings  = 2
	hashCost  = 8 * mib // less than in production, so that the test is quick
	logins    = 500
	otherwise = 80 * mib // what 500 connections of both sides, and the service, take
)

// TestLoginFlood sends 500 logins at once. The hashings in work hold hashings × hashCost, and the collector lets as
// much again lie about: with the default settings 2 × 4 × 19 MiB. The rest of the logins are told to come back, and
// everybody else is served.
func TestLoginFlood(t *testing.T) { //nolint:paralleltest // it measures the memory of the whole process
	const bound = 2*hashings*hashCost + otherwise
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // what lies about dead is little, however late the collector comes
	peak, checked, busy := flood(t, passhash.Config{Memory: hashCost >> 10, Iterations: 2, Concurrent: hashings}, logins)
	t.Logf("%d logins: %d were checked, %d told to come back; %d MiB at most, of %d", logins, checked, busy, peak/mib,
		bound/mib)
	if peak > bound {
		t.Errorf("%d MiB, more than %d", peak/mib, bound/mib)
	}
	if checked == 0 || busy == 0 || checked+busy != int64(logins) {
		t.Errorf("%d were checked, %d told to come back, of %d", checked, busy, logins)
	}
	// The control: without the bound on how many hash at once a smaller flood takes more. Each hashing is long beside what
	// comes before it, so that 20 of them are in work at once on a busy machine too.
	peak, _, _ = flood(t, passhash.Config{Memory: hashCost >> 10, Iterations: 8, Concurrent: 20, Queue: 1}, 60)
	t.Logf("20 hashings at once: %d MiB at most", peak/mib)
	if peak <= bound {
		t.Errorf("the test notices nothing: 20 hashings at once took %d MiB", peak/mib)
	}
}

func flood(t *testing.T, cfg passhash.Config, logins int) (peak uint64, checked, busy int64) {
	t.Helper()
	hasher, err := passhash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := apptest.NewWith(t, apptest.Options{Hasher: hasher, Limits: strict, Mux: func(c *mux.Config) {
		c.Proxies = []string{"127.0.0.0/8"}
	}})
	before := heap()

	var done atomic.Bool
	var beside, wg sync.WaitGroup
	beside.Go(func() {
		for !done.Load() {
			peak = max(peak, heap())
			time.Sleep(time.Millisecond)
		}
	})
	beside.Go(func() {
		var slowest time.Duration
		n := 0
		for ; !done.Load(); n++ {
			start := time.Now()
			a, err := s.Try("GET", "/v1/markets", "", nil)
			if err != nil || a.Status != 200 {
				t.Errorf("beside the flood: %d %v", a.Status, err)
			}
			slowest = max(slowest, time.Since(start))
			time.Sleep(5 * time.Millisecond)
		}
		t.Logf("beside the flood: %d reads answered, the slowest after %v", n, slowest)
	})
	var ok, later atomic.Int64
	for i := range logins { // each at an account of its own, from an address of its own, so that no other limit stops it
		wg.Go(func() {
			a, err := s.Try("POST", "/v1/auth/token", "", nil,
				"Authorization", apptest.Basic(fmt.Sprintf("u%d@x.org", i), "a guess"), "X-Forwarded-For",
				fmt.Sprintf("198.51.%d.%d", i/250, i%250))
			switch {
			case err == nil && a.Status == 401:
				ok.Add(1)
			case err == nil && a.Status == 503 && a.Header.Get("Retry-After") != "":
				later.Add(1)
			default:
				t.Errorf("login: %d %v %s", a.Status, err, a.Body)
			}
		})
	}
	wg.Wait()
	done.Store(true)
	beside.Wait()
	return peak - min(peak, before), ok.Load(), later.Load()
}

// heap is how many bytes objects take, dead ones that are not yet collected among them.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
