package load

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/layout"
)

// answers is a server for the generator to ask.
func answers(t *testing.T, h http.HandlerFunc) *Job {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &Job{
		Addr: s.Listener.Addr().String(), Scenario: Mix, Conns: 4, For: time.Second, Wait: 5 * time.Second,
		Layout: layout.New(2000, 100, 3, 0), Tokens: []string{"t"}, Admin: "a",
	}
}

// TestStall: the server stops for a while. Who only asks when he was answered hardly notices, since he does not ask
// meanwhile; the open loop, whose requests were due all the same, does.
func TestStall(t *testing.T) {
	t.Parallel()
	const stall = 300 * time.Millisecond
	run := func(rate float64) Outcome {
		begin := time.Now()
		j := answers(t, func(w http.ResponseWriter, _ *http.Request) {
			if at := time.Since(begin); at > 400*time.Millisecond && at < 400*time.Millisecond+stall {
				time.Sleep(400*time.Millisecond + stall - at)
			}
			_, _ = io.WriteString(w, "{}")
		})
		j.Rate = rate
		return Do(j)
	}
	open, closed := run(1000), run(0)
	if p99 := open.Good.Quantile(0.99); p99 < 200*time.Millisecond {
		t.Errorf("an open loop saw p99 %v although nothing was answered for %v", p99, stall)
	}
	if p99 := closed.Good.Quantile(0.99); p99 > 100*time.Millisecond {
		t.Errorf("the negative control, a closed loop, saw p99 %v: the stall is no longer hidden from it", p99)
	}
}

func TestOpenLoop(t *testing.T) {
	t.Parallel()
	const delay = 20 * time.Millisecond
	j := answers(t, func(w http.ResponseWriter, _ *http.Request) { time.Sleep(delay); _, _ = io.WriteString(w, "{}") })
	j.Rate, j.Warm = 100, 100*time.Millisecond
	o := Do(j)
	if o.OK != 100 || o.Total != 110 || len(o.Errors) > 0 {
		t.Errorf("at 100/s for 1 s: %d good of %d, %v", o.OK, o.Total, o.Errors)
	}
	if p50 := o.Good.Quantile(0.5); p50 < delay || p50 > 20*delay { // a machine may be busy
		t.Errorf("p50 is %v where every answer takes %v", p50, delay)
	}
}

func TestErrorsAreCounted(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	j := answers(t, func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 5 {
		case 1:
			w.WriteHeader(http.StatusConflict)
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			panic(http.ErrAbortHandler)
		case 4:
			_, _ = io.WriteString(w, "{") // not whole
		default:
			_, _ = fmt.Fprint(w, strings.Repeat("x", 5000)) // in chunks
		}
	})
	j.For, j.Least, j.Refusals = 200*time.Millisecond, 2, true
	o := Do(j)
	for _, kind := range []string{"status 409", "connection lost", "a body of 1 bytes"} {
		if o.Errors[kind] == 0 {
			t.Errorf("no %q among %v", kind, o.Errors)
		}
	}
	if o.OK == 0 || o.Refused.N == 0 {
		t.Errorf("%d good, %d refused", o.OK, o.Refused.N)
	}
}

func TestLoadStaysHere(t *testing.T) {
	t.Parallel()
	if o := Do(&Job{Addr: "192.0.2.1:80", Conns: 1, For: time.Second}); o.Error == "" || o.Total > 0 {
		t.Errorf("load went to another machine: %+v", o)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	lay := layout.New(100_000, 200_040, 10_000, 0)
	for _, scenario := range []string{Get, List, Deep, RingUp, Hot, Create, Login, Mix} {
		j := answers(t, func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil || int64(len(b)) != r.ContentLength && r.ContentLength != 0 ||
				strings.Contains(r.URL.Path+string(b), "«") {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, "{}")
		})
		j.Scenario, j.Layout, j.For = scenario, lay, 200*time.Millisecond // a machine may be busy
		if o := Do(j); o.OK == 0 || len(o.Errors) > 0 {
			t.Errorf("%s: %+v", scenario, o)
		}
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var h Hist
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 500, 0.99: 990, 1: 1000} {
		if got := float64(h.Quantile(q).Milliseconds()); math.Abs(got-want)/want > 0.035 {
			t.Errorf("quantile %v is %v ms, want %v", q, got, want)
		}
	}
	for us := range int64(100_000) { // buckets neither overlap nor leave gaps
		d := time.Duration(us) * time.Microsecond
		if m := bucketMiddle(bucketOf(d)); bucketOf(m) != bucketOf(d) || us > 32 &&
			math.Abs(float64(m-d))/float64(d) > 0.035 {
			t.Fatalf("%v is counted as %v", d, m)
		}
	}
}
