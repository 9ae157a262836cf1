package main

import (
	"io"
	"net"
	"sync"
)

// The ways of a Collector.
const (
	alive    = "alive"
	dead     = "dead"     // nobody listens
	hanging  = "hanging"  // takes connections and says nothing
	refusing = "refusing" // takes connections and closes them
)

// relay stands between the service and the Collector, and can be as bad as one.
type relay struct {
	addr, target string

	mu    sync.Mutex
	mode  string
	ln    net.Listener
	conns map[net.Conn]bool
}

func newRelay(target string) (*relay, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	r := &relay{addr: addr, target: target, conns: map[net.Conn]bool{}}
	return r, r.set(alive)
}

// set cuts every connection and goes on in another way.
func (r *relay) set(mode string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode = mode
	for c := range r.conns {
		_ = c.Close()
	}
	clear(r.conns)
	if mode == dead {
		err := r.ln.Close()
		r.ln = nil
		return err
	}
	if r.ln == nil {
		ln, err := net.Listen("tcp", r.addr)
		if err != nil {
			return err
		}
		r.ln = ln
		go r.accept(ln)
	}
	return nil
}

func (r *relay) accept(ln net.Listener) {
	for {
		in, err := ln.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		mode := r.mode
		r.conns[in] = true
		r.mu.Unlock()
		switch mode {
		case refusing:
			_ = in.Close()
		case alive:
			go r.forward(in)
		}
	}
}

func (r *relay) forward(in net.Conn) {
	defer in.Close()
	out, err := new(net.Dialer).Dial("tcp", r.target)
	if err != nil {
		return
	}
	defer out.Close()
	r.mu.Lock()
	r.conns[out] = true
	r.mu.Unlock()
	go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
	_, _ = io.Copy(in, out)
}
