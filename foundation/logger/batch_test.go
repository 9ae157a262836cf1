package logger

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// output counts the writes, and is slow when it is told.
type output struct {
	mu     sync.Mutex
	b      bytes.Buffer
	writes int
	slow   chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	if o.slow != nil {
		<-o.slow
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes++
	return o.b.Write(p)
}

func (o *output) state() (string, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String(), o.writes
}

func TestBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out output
		b := NewBatch(&out)
		say := func(line string) {
			if n, err := b.Write([]byte(line)); n != len(line) || err != nil {
				t.Error(n, err)
			}
		}
		say("one\n")
		synctest.Wait()
		if got, _ := out.state(); got != "one\n" {
			t.Errorf("the first line waits: %q", got)
		}
		say("two\n")
		say("three\n")
		time.Sleep(batchEvery + time.Millisecond)
		if got, n := out.state(); got != "one\ntwo\nthree\n" || n != 2 {
			t.Errorf("%q in %d writes", got, n)
		}
		say("four\n")
		b.Close()
		say("five\n")
		if got, _ := out.state(); got != "one\ntwo\nthree\nfour\nfive\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestBatchBounds: an output that hangs makes writers wait; it loses nothing and fills no memory.
func TestBatchBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := output{slow: make(chan struct{})}
		b := NewBatch(&out)
		line := []byte(strings.Repeat("x", 1<<16) + "\n")
		const lines = 100
		var wg sync.WaitGroup
		written := 0
		wg.Go(func() {
			for range lines {
				_, _ = b.Write(line)
				written++
			}
		})
		synctest.Wait()
		if held := written * len(line); held > 3*batchLimit || written == lines {
			t.Errorf("%d bytes wait", held)
		}
		close(out.slow)
		wg.Wait()
		b.Close()
		if got, _ := out.state(); len(got) != lines*len(line) {
			t.Errorf("%d bytes came", len(got))
		}
	})
}

// TestBatchOrder: however many write, every line is whole and each writer's are in its order.
func TestBatchOrder(t *testing.T) {
	t.Parallel()
	var out output
	b := newBatch(&out, time.Microsecond)
	var wg sync.WaitGroup
	const writers, lines = 8, 500
	for w := range writers {
		wg.Go(func() {
			for n := range lines {
				_, _ = fmt.Fprintf(b, "%d %d\n", w, n)
			}
		})
	}
	wg.Wait()
	b.Close()
	got, _ := out.state()
	var next [writers]int
	for line := range strings.Lines(got) {
		var w, n int
		if _, err := fmt.Sscanf(line, "%d %d\n", &w, &n); err != nil || next[w] != n {
			t.Fatalf("%q, want %d of writer %d (%v)", line, next[w], w, err)
		}
		next[w]++
	}
	for w, n := range next {
		if n != lines {
			t.Errorf("writer %d: %d lines", w, n)
		}
	}
}
