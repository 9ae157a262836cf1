package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answers is a server for the generator to ask.
func answers(t *testing.T, h http.HandlerFunc) *job {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &job{
		Addr: s.Listener.Addr().String(), Scenario: scenarioMix, Conns: 4, For: time.Second, Wait: 5 * time.Second,
		Layout: newLayout(2000, 100, 3, 0), Tokens: []string{"t"}, Admin: "a",
	}
}

// TestStall: the server stops for a while. Who only asks when he was answered hardly notices, since he does not ask
// meanwhile; the open loop, whose requests were due all the same, does.
func TestStall(t *testing.T) {
	t.Parallel()
	const stall = 300 * time.Millisecond
	run := func(rate float64) outcome {
		begin := time.Now()
		j := answers(t, func(w http.ResponseWriter, _ *http.Request) {
			if at := time.Since(begin); at > 400*time.Millisecond && at < 400*time.Millisecond+stall {
				time.Sleep(400*time.Millisecond + stall - at)
			}
			_, _ = io.WriteString(w, "{}")
		})
		j.Rate = rate
		return load(j)
	}
	open, closed := run(1000), run(0)
	if p99 := open.Good.quantile(0.99); p99 < 200*time.Millisecond {
		t.Errorf("an open loop saw p99 %v although nothing was answered for %v", p99, stall)
	}
	if p99 := closed.Good.quantile(0.99); p99 > 100*time.Millisecond {
		t.Errorf("the negative control, a closed loop, saw p99 %v: the stall is no longer hidden from it", p99)
	}
}

func TestOpenLoop(t *testing.T) {
	t.Parallel()
	const delay = 20 * time.Millisecond
	j := answers(t, func(w http.ResponseWriter, _ *http.Request) { time.Sleep(delay); _, _ = io.WriteString(w, "{}") })
	j.Rate, j.Warm = 100, 100*time.Millisecond
	o := load(j)
	if o.OK != 100 || o.Total != 110 || len(o.Errors) > 0 {
		t.Errorf("at 100/s for 1 s: %d good of %d, %v", o.OK, o.Total, o.Errors)
	}
	if p50 := o.Good.quantile(0.5); p50 < delay || p50 > 3*delay {
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
	o := load(j)
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
	if o := load(&job{Addr: "192.0.2.1:80", Conns: 1, For: time.Second}); o.Error == "" || o.Total > 0 {
		t.Errorf("load went to another machine: %+v", o)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	lay := newLayout(100_000, 200_040, 10_000, 0)
	for _, scenario := range []string{scenarioGet, scenarioList, scenarioDeep, scenarioRingUp, scenarioHot, scenarioCreate,
		scenarioLogin, scenarioMix} {
		j := answers(t, func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil || int64(len(b)) != r.ContentLength && r.ContentLength != 0 ||
				strings.Contains(r.URL.Path+string(b), "«") {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, "{}")
		})
		j.Scenario, j.Layout, j.For = scenario, lay, 20*time.Millisecond
		if o := load(j); o.OK == 0 || len(o.Errors) > 0 {
			t.Errorf("%s: %+v", scenario, o)
		}
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	if got := spreadOf(ratios([]float64{50, 90, 30}, []float64{100, 100, 100})); got != (spread{0.5, 0.3, 0.9}) {
		t.Errorf("three rounds: %+v", got)
	}
	if got := spreadOf([]float64{1, 2, 3, 10}); got.Median != 2.5 {
		t.Errorf("the median of four is %v", got.Median)
	}
	var h hist
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 500, 0.99: 990, 1: 1000} {
		if got := float64(h.quantile(q).Milliseconds()); math.Abs(got-want)/want > 0.035 {
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

func TestTargets(t *testing.T) {
	t.Parallel()
	got := judge([]result{{Name: scenarioGet, VsBare: 0.74, VsPgbench: 0.3, P50: 1, P99: 4}})
	if len(got) != 3 || got[0].Met || !got[1].Met || !got[2].Met {
		t.Errorf("judged: %v", got)
	}
}

func TestLogIsRead(t *testing.T) {
	t.Parallel()
	var l pgLog
	for _, part := range []string{"12 sales LOG:  execute stmtcache_1: \n\tSELECT $1,\n\t\t$2\n12 sales DET",
		"AIL:  parameters: $1 = 'it''s, $2 = ', $2 = NULL, $3 = '{a,b}'\n13  LOG:  checkpoint\n",
		"14 sales LOG:  statement: begin\n"} {
		_, _ = l.Write([]byte(part))
	}
	if len(l.entries) != 2 || normal(l.entries[0].SQL) != "execute stmtcache_1: SELECT $1, $2" {
		t.Fatalf("%+v", l.entries)
	}
	v := l.entries[0].Values
	if len(v) != 3 || *v[0] != "it's, $2 = " || v[1] != nil || *v[2] != "{a,b}" {
		t.Errorf("the values are %v", v)
	}
}

func TestScriptText(t *testing.T) {
	t.Parallel()
	id := ident(kindMarket, 7)
	tr := translator{ids: map[string]string{id: known(kindMarket, ":m")}, texts: map[string]string{"key-1": ":k"},
		fresh: map[string]int{}}
	got := tr.text("/v1/" + id + "/it's:x")
	if want := `E'/v1/' || E'01900000-0000-7002-8000-' || lpad(to_hex((:m)::bigint), 12, '0') || E'/it''s\x3ax'`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := tr.text("a key-1"); got != `E'a ' || :k` {
		t.Error(got)
	}
}

func TestPlotsAreXML(t *testing.T) {
	t.Parallel()
	one := spread{0.5, 0.4, 0.6}
	for name, svg := range map[string]string{
		"ratios": plotRatios(
			report{Scenarios: []result{{Name: "get <&>", BareSpread: &one, PgbenchSpread: &one},
				{Name: scenarioRingUp, PgbenchSpread: &one}}}),
		"curves": plotPanels("a & b", "c", []panel{{title: "<x>", series: []curve{{name: "y", y: []float64{1, 2, 3}}}},
			{title: "empty"}}),
	} {
		dec := xml.NewDecoder(strings.NewReader(svg))
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: a number is none\n%s", name, svg)
		}
	}
}
