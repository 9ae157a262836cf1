package main

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// relay stands between the service and the database: it counts round trips, can be slow, and can cut.
type relay struct {
	ln     net.Listener
	target string
	delay  atomic.Int64 // of every answer
	trips  atomic.Int64 // how often a client began to send after an answer

	mu    sync.Mutex
	down  bool // connections are refused
	conns map[net.Conn]bool
}

func newRelay(target string) (*relay, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{ln: ln, target: target, conns: map[net.Conn]bool{}}
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

func (r *relay) addr() string { return r.ln.Addr().String() }

// cut ends all connections; while down no new one comes about.
func (r *relay) cut(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
	for c := range r.conns {
		_ = c.Close()
	}
}

func (r *relay) close() {
	_ = r.ln.Close()
	r.cut(true)
}

func (r *relay) add(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.down {
		r.conns[c] = true
	}
	return !r.down
}

func (r *relay) remove(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

func (r *relay) forward(in net.Conn) {
	defer r.remove(in)
	out, err := dial(r.target, time.Second)
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
