package web

import (
	"container/list"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/garagesale/service/foundation/netaddr"
)

// Bounds are how many connections a listener has at once. The zero Bounds are none.
type Bounds struct {
	Conns   int            // of all, idle ones included; 0: no limit
	Each    int            // of one address, or /64 with IPv6; more are closed at once; 0: no limit
	Proxies []netip.Prefix // whose connections are those of many clients, so Each does not hold for them
}

// Listen opens a TCP address within these bounds. When there are as many connections as may be, one that has long been
// waiting for a request makes room for the next, so that connections that do nothing keep nobody out; who has many
// loses one first. Only when all of them are being answered does the next one wait, in the kernel's queue.
func Listen(ctx context.Context, addr string, b Bounds) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	l := &listener{Listener: ln, bounds: b, of: map[netip.Prefix]int{}, waiting: list.New()}
	l.room.L = &l.mu
	return l, nil
}

type listener struct {
	net.Listener
	bounds Bounds

	mu      sync.Mutex
	room    sync.Cond // there is some, or the listener is closed
	open    int
	of      map[netip.Prefix]int
	waiting *list.List // of *conn: those that are not in a request, longest first
	closed  bool
}

// conn is a connection that is counted.
type conn struct {
	net.Conn
	l      *listener
	client netip.Prefix // the zero Prefix is not counted by itself
	wait   *list.Element
	gone   bool
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if cc := l.admit(c); cc != nil {
			return cc, nil
		}
		_ = c.Close()
	}
}

// admit counts a connection, and makes room for it; nil when it may not be.
func (l *listener) admit(c net.Conn) *conn {
	cc := &conn{Conn: c, l: l, client: l.client(c)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if cc.client.IsValid() && l.bounds.Each > 0 && l.of[cc.client] >= l.bounds.Each {
		return nil
	}
	for l.bounds.Conns > 0 && l.open >= l.bounds.Conns {
		if l.closed {
			return nil
		}
		if old := l.idlest(); old != nil {
			l.forget(old)
			_ = old.Conn.Close() // before it can become a request
			continue
		}
		l.room.Wait()
	}
	l.open++
	if cc.client.IsValid() {
		l.of[cc.client]++
	}
	cc.wait = l.waiting.PushBack(cc)
	return cc
}

// lookAt is among how many that have waited longest the one is chosen that goes.
const lookAt = 64

// idlest is the connection that can best be spared: of those that have waited longest, one whose client has most. Nil
// when none is waiting.
func (l *listener) idlest() (found *conn) {
	for e, n := l.waiting.Front(), 0; e != nil && n < lookAt; e, n = e.Next(), n+1 {
		c := e.Value.(*conn) //nolint:forcetypeassert // nothing else is in the list
		if found == nil || l.of[c.client] > l.of[found.client] {
			found = c
		}
	}
	return found
}

// client is whom a connection is counted for.
func (l *listener) client(c net.Conn) netip.Prefix {
	peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
	addr := peer.Addr().Unmap()
	if err != nil ||
		slices.ContainsFunc(l.bounds.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return netip.Prefix{}
	}
	return netaddr.Client(addr)
}

// state notes whether a connection is in a request or waits for one, as http.Server.ConnState tells.
func (l *listener) state(c net.Conn, s http.ConnState) {
	cc, ok := c.(*conn)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case cc.gone:
	case s == http.StateIdle && cc.wait == nil:
		cc.wait = l.waiting.PushBack(cc)
		l.room.Signal() // this one can go
	case s == http.StateActive && cc.wait != nil:
		l.waiting.Remove(cc.wait)
		cc.wait = nil
	}
}

// forget no longer counts a connection. The lock is held.
func (l *listener) forget(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	if c.wait != nil {
		l.waiting.Remove(c.wait)
	}
	l.open--
	if c.client.IsValid() {
		if l.of[c.client]--; l.of[c.client] == 0 {
			delete(l.of, c.client)
		}
	}
	l.room.Signal()
}

func (l *listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.room.Broadcast()
	return l.Listener.Close()
}

func (c *conn) Close() error {
	c.l.mu.Lock()
	c.l.forget(c)
	c.l.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets a client that is still sending read the answer, before its connection is closed.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
