package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// dial opens a connection from 127.0.0.<host>.
func dial(t *testing.T, addr string, host byte) net.Conn {
	t.Helper()
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, host)}}
	c, err := d.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// asks tells whether a request on the connection is answered.
func asks(c net.Conn) bool {
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return false
	}
	b := make([]byte, 1024)
	n, err := c.Read(b)
	return err == nil && n > 0
}

// closed waits until the server has closed the connection.
func closed(c net.Conn) bool {
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	return !errors.As(err, &timeout) || !timeout.Timeout()
}

// wantWaiting waits until so many connections wait for a request: the server notes it after it has answered.
func wantWaiting(t *testing.T, ln net.Listener, want int) {
	t.Helper()
	l := ln.(*listener)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		n := l.waiting.Len()
		l.mu.Unlock()
		if n == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d connections wait, want %d", n, want)
		}
	}
}

func nothing(http.ResponseWriter, *http.Request) {}

// TestEach: an address has so many connections and not one more, until it closes one; another has its own; a proxy's
// are those of many.
func TestEach(t *testing.T) {
	t.Parallel()
	r := runWithin(t, nothing, Config{}, Bounds{Conns: 100, Each: 3, Proxies: []netip.Prefix{
		netip.MustParsePrefix("127.0.0.9/32"),
	}}, Stop{})
	mine := []net.Conn{dial(t, r.addr, 1), dial(t, r.addr, 1), dial(t, r.addr, 1)}
	for i, c := range mine {
		if !asks(c) {
			t.Errorf("connection %d of 3 is not answered", i+1)
		}
	}
	if c := dial(t, r.addr, 1); asks(c) || !closed(c) {
		t.Error("a fourth connection of the address is served")
	}
	if !asks(dial(t, r.addr, 2)) {
		t.Error("another address is kept out")
	}
	for range 10 {
		if !asks(dial(t, r.addr, 9)) {
			t.Fatal("a proxy's connections are counted as one client's")
		}
	}
	_ = mine[0].Close()
	for end := time.Now().Add(5 * time.Second); !asks(dial(t, r.addr, 1)); {
		if time.Now().After(end) {
			t.Fatal("a connection that was closed still counts")
		}
	}
}

// TestIdleMakesRoom: when there is no room, a connection that waits goes: first of the address that has most, and there
// the one that has waited longest. One that is being answered stays.
func TestIdleMakesRoom(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	r := runWithin(t, func(_ http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/busy" {
			close(entered)
			<-finish
		}
	}, Config{}, Bounds{Conns: 5}, Stop{})
	alone := dial(t, r.addr, 2) // has waited longest of all, but has only this one
	if !asks(alone) {
		t.Fatal("not answered")
	}
	busy := dial(t, r.addr, 1)
	if _, err := io.WriteString(busy, "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	first, second := dial(t, r.addr, 1), dial(t, r.addr, 1)
	fresh := dial(t, r.addr, 1)
	wantWaiting(t, r.ln, 4)                       // the server has them all
	for _, c := range []net.Conn{first, second} { // in this order they will have waited
		if !asks(c) {
			t.Fatal("not answered")
		}
		wantWaiting(t, r.ln, 4)
	}
	_, _ = io.WriteString(fresh, "GET / HTTP/1.1\r\nX-Slow: ") // half a header is no request
	third := dial(t, r.addr, 3)
	if !asks(third) {
		t.Fatal("a sixth connection is not served, though four of the five do nothing")
	}
	if !closed(fresh) {
		t.Error("not the one that has waited longest of the address that has most was closed")
	}
	wantWaiting(t, r.ln, 4)
	if !asks(dial(t, r.addr, 4)) || !closed(first) {
		t.Error("the next one did not make room")
	}
	if !asks(alone) || !asks(second) || !asks(third) {
		t.Error("a connection was closed that need not be")
	}
	close(finish)
	if n, err := busy.Read(make([]byte, 1024)); n == 0 || err != nil {
		t.Errorf("a request in flight was cut: %v", err)
	}
}

// told tells of every connection that came from the kernel.
type told struct {
	net.Listener
	taken chan<- struct{}
}

func (l told) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.taken <- struct{}{}
	}
	return c, err
}

// TestFullListenerCloses: a connection that waits for room does not keep the server from its end.
func TestFullListenerCloses(t *testing.T) {
	t.Parallel()
	ln, err := Listen(t.Context(), "127.0.0.1:0", Bounds{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	l, _ := ln.(*listener)
	taken := make(chan struct{})
	l.Listener = told{l.Listener, taken}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for c, err := ln.Accept(); err == nil; c, err = ln.Accept() {
			l.state(c, http.StateActive)
			t.Cleanup(func() { _ = c.Close() })
		}
	}()
	dial(t, ln.Addr().String(), 1)
	<-taken
	waits := dial(t, ln.Addr().String(), 1)
	<-taken                            // it is not in the kernel's queue, which closing would empty,
	time.Sleep(100 * time.Millisecond) // and has found no room
	select {
	case <-ended:
		t.Fatal("nobody waited for room")
	default:
	}
	go func() { _ = ln.Close() }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the server waits for room for 10 s after it was closed")
	}
	if !closed(waits) {
		t.Error("a connection that found no room is left open")
	}
}
