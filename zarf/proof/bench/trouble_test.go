package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
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
		Vitals: []vital{{RSS: 90, Goroutines: 500}}}
	for _, v := range good.judge(1000) {
		if !v.Met {
			t.Errorf("missed where all is well: %v", v)
		}
	}
	bad := trouble{Highest: 100, Good: 50, Possible: 80, RefusedP: 300, Recovered: -1,
		Errors: map[string]int64{"status 500": 1}, Vitals: []vital{{RSS: 900, Goroutines: 50000}}}
	for _, v := range bad.judge(1000) {
		if v.Met {
			t.Errorf("met where nothing is well: %v", v)
		}
	}
}

func TestFlat(t *testing.T) {
	t.Parallel()
	run := func(leak float64) (missed int) {
		var list []vital
		for i := range 40 {
			list = append(list, vital{Goroutines: 50 + leak*float64(i), Heap: 10 + float64(i%3), RSS: 40, Conns: 16, Files: 60})
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
	if _, err := flat(make([]vital, 3)); err == nil {
		t.Error("three looks are enough for four quarters")
	}
}

// TestRelay: it counts turns, however many pieces a turn has, is as slow as it is told, and cuts.
func TestRelay(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					_, _ = fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	r, err := newRelay(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	ask := func(c net.Conn) (time.Duration, error) {
		began := time.Now()
		_, _ = io.WriteString(c, "hello\n")
		_, err := io.ReadFull(c, make([]byte, 6))
		return time.Since(began), err
	}
	c, err := net.Dial("tcp", r.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if _, err := ask(c); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.trips.Load(); n != 3 {
		t.Errorf("%d round trips, want 3", n)
	}
	r.delay.Store(int64(50 * time.Millisecond))
	if d, err := ask(c); err != nil || d < 50*time.Millisecond {
		t.Errorf("answered after %v, %v", d, err)
	}
	r.cut(true)
	if _, err := ask(c); err == nil {
		t.Error("a connection that was cut answers")
	}
	if again, err := net.Dial("tcp", r.addr()); err == nil {
		if _, err := ask(again); err == nil {
			t.Error("a new connection answers although the relay is down")
		}
		_ = again.Close()
	}
	r.cut(false)
	again, err := net.Dial("tcp", r.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := ask(again); err != nil {
		t.Errorf("up again: %v", err)
	}
}
