package main

import (
	"testing"

	"github.com/garagesale/service/zarf/proof/bench/lab"
)

func TestRecovered(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		timeline []int64
		want     float64
	}{
		{[]int64{100, 100, 0, 0, 100, 100, 100}, 0},
		{[]int64{100, 100, 0, 0, 10, 80, 95, 100}, 2},
		{[]int64{100, 100, 0, 0, 100, 10, 100, 100}, 2}, // it fell back
		{[]int64{100, 100, 0, 0, 50, 50, 50, 50}, -1},
	} {
		if got := recovered(test.timeline, 100, 4, len(test.timeline)); got != test.want {
			t.Errorf("%v: %v, want %v", test.timeline, got, test.want)
		}
	}
}

func TestTroubleIsJudged(t *testing.T) {
	t.Parallel()
	good := trouble{Highest: 100, Good: 95, Possible: 80, RefusedP: 20, Recovered: 1,
		Vitals: []lab.Vital{{RSS: 90, Goroutines: 500}}}
	for _, v := range good.judge(1000) {
		if !v.Met {
			t.Errorf("missed where all is well: %v", v)
		}
	}
	bad := trouble{Highest: 100, Good: 50, Possible: 80, RefusedP: 300, Recovered: -1,
		Errors: map[string]int64{"status 500": 1}, Vitals: []lab.Vital{{RSS: 900, Goroutines: 50000}}}
	for _, v := range bad.judge(1000) {
		if v.Met {
			t.Errorf("met where nothing is well: %v", v)
		}
	}
}

func TestFlat(t *testing.T) {
	t.Parallel()
	run := func(leak float64) (missed int) {
		var list []lab.Vital
		for i := range 40 {
			list = append(list, lab.Vital{Goroutines: 50 + leak*float64(i), Heap: 10 + float64(i%3), RSS: 40, Conns: 16,
				Files: 60})
		}
		targets, err := flat(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range targets {
			if !v.Met {
				missed++
			}
		}
		return missed
	}
	if n := run(0); n != 0 {
		t.Errorf("%d figures grow where none does", n)
	}
	if n := run(1); n != 1 { // the negative control
		t.Errorf("%d figures grow where goroutines leak", n)
	}
	if _, err := flat(make([]lab.Vital, 3)); err == nil {
		t.Error("three looks are enough for four quarters")
	}
}
