package lab

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Relay stands between the service and the database: it counts round trips, can be slow, and can cut.
type Relay struct {
	ln     net.Listener
	target string
	delay  atomic.Int64 // of every answer
	trips  atomic.Int64 // how often a client began to send after an answer

	mu    sync.Mutex
	down  bool // connections are refused
	conns map[net.Conn]bool
}

// NewRelay passes connections to its address on to the target, until it is closed.
func NewRelay(target string) (*Relay, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{ln: ln, target: target, conns: map[net.Conn]bool{}}
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go r.forward(in)
		}
	}()
	return r, nil
}

// Addr is where it listens, on this machine.
func (r *Relay) Addr() string { return r.ln.Addr().String() }

// Slow has every answer come later from now on.
func (r *Relay) Slow(by time.Duration) { r.delay.Store(int64(by)) }

// Cut ends all connections; while down no new one comes about.
func (r *Relay) Cut(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
	for c := range r.conns {
		_ = c.Close()
	}
}

// Close ends it and all connections.
func (r *Relay) Close() {
	_ = r.ln.Close()
	r.Cut(true)
}

func (r *Relay) add(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.down {
		r.conns[c] = true
	}
	return !r.down
}

func (r *Relay) remove(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

func (r *Relay) forward(in net.Conn) {
	defer r.remove(in)
	out, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", r.target)
	if err != nil {
		return
	}
	defer r.remove(out)
	if !r.add(in) || !r.add(out) {
		return
	}
	var answered atomic.Bool
	answered.Store(true)
	go func() {
		pass(out, in, func() {
			if answered.Swap(false) {
				r.trips.Add(1)
			}
		})
		_ = out.Close()
	}()
	pass(in, out, func() {
		if d := time.Duration(r.delay.Load()); d > 0 {
			time.Sleep(d)
		}
		answered.Store(true)
	})
}

// pass copies until one side ends; before is called for each piece before it is passed on.
func pass(to, from net.Conn, before func()) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			before()
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
