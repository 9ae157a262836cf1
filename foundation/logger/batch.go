package logger

import (
	"io"
	"sync"
	"time"
)

const (
	batchEvery = 5 * time.Millisecond // the longest that a line waits when it is not the first
	batchLimit = 1 << 20              // bytes that wait; who writes more waits for them
)

// Batch writes lines in the background: the first at once, those that come within the next 5 ms together, so that a
// busy service does not pay a system call for each line. What a program that is killed wrote in its last 5 ms is lost;
// one that ends calls Close. When the output does not keep up, writers wait, so that memory stays bounded and no line
// is dropped.
type Batch struct {
	out   io.Writer
	every time.Duration
	done  chan struct{}

	mu      sync.Mutex
	changed sync.Cond // waiting got longer or shorter, or closed
	waiting []byte
	closed  bool
}

// NewBatch starts a Batch over out.
func NewBatch(out io.Writer) *Batch { return newBatch(out, batchEvery) }

func newBatch(out io.Writer, every time.Duration) *Batch {
	b := &Batch{out: out, every: every, done: make(chan struct{})}
	b.changed.L = &b.mu
	go b.run()
	return b
}

// Write implements io.Writer; it never fails, because nobody could do anything about it. After Close it writes at once.
func (b *Batch) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) >= batchLimit && !b.closed {
		b.changed.Wait()
	}
	if b.closed {
		return b.out.Write(line)
	}
	if b.waiting = append(b.waiting, line...); len(b.waiting) == len(line) {
		b.changed.Broadcast()
	}
	return len(line), nil
}

// Close writes what waits and returns once it is written.
func (b *Batch) Close() {
	b.mu.Lock()
	b.closed = true
	b.changed.Broadcast()
	b.mu.Unlock()
	<-b.done
}

func (b *Batch) run() {
	defer close(b.done)
	var spare []byte
	for {
		b.mu.Lock()
		for len(b.waiting) == 0 && !b.closed {
			b.changed.Wait()
		}
		lines, closed := b.waiting, b.closed
		b.waiting = spare[:0]
		b.changed.Broadcast()
		b.mu.Unlock()
		_, _ = b.out.Write(lines) // there is nowhere else to tell
		if closed {
			return
		}
		spare = lines
		time.Sleep(b.every)
	}
}
