package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// running is a server under test and the ways to stop it and to see it end.
type running struct {
	addr string
	ln   net.Listener
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, h http.HandlerFunc, cfg Config, maxConns int, stop Stop) running {
	t.Helper()
	return runWithin(t, h, cfg, Bounds{Conns: maxConns}, stop)
}

func runWithin(t *testing.T, h http.HandlerFunc, cfg Config, b Bounds, stop Stop) running {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	ln, err := Listen(t.Context(), "127.0.0.1:0", b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := running{ln.Addr().String(), ln, cancel, make(chan error, 1)}
	go func() { r.done <- Serve(ctx, log, NewServer(h, log, cfg), ln, stop) }()
	return r
}

func (r running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the server did not stop")
		return nil
	}
}

// get asks on a connection of its own.
func get(ctx context.Context, addr string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr, nil)
	if err != nil {
		return "", err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

func TestRequestInFlightFinishes(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	draining := make(chan struct{})
	r := run(t, func(w http.ResponseWriter, req *http.Request) {
		close(entered)
		<-finish
		_, _ = fmt.Fprint(w, "whole ", req.Context().Err())
	}, Config{}, 0, Stop{Draining: func() { close(draining) }})

	type answer struct {
		body string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		body, err := get(context.Background(), r.addr)
		got <- answer{body, err}
	}()
	<-entered
	r.stop()
	<-draining
	for range 1000 { // Shutdown closes the listener in its own time.
		if _, err := net.DialTimeout("tcp", r.addr, time.Second); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := get(t.Context(), r.addr); err == nil {
		t.Error("a new connection was taken while draining")
	}
	select {
	case err := <-r.done:
		t.Fatalf("stopped with a request in flight: %v", err)
	default:
	}
	close(finish)
	if a := <-got; a.err != nil || a.body != "whole <nil>" {
		t.Errorf("got %q, %v", a.body, a.err)
	}
	if err := r.wait(t); err != nil {
		t.Errorf("a clean stop returned %v", err)
	}
}

func TestHangingRequestIsCut(t *testing.T) {
	t.Parallel()
	entered, left := make(chan struct{}), make(chan struct{})
	r := run(t, func(_ http.ResponseWriter, req *http.Request) {
		close(entered)
		<-req.Context().Done()
		close(left)
	}, Config{}, 0, Stop{Drain: 50 * time.Millisecond})
	got := make(chan error, 1)
	go func() {
		// A body that never comes: the server cannot see this connection close.
		c, err := net.Dial("tcp", r.addr)
		if err == nil {
			_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
			_, err = c.Read(make([]byte, 1))
		}
		got <- err
	}()
	<-entered
	began := time.Now()
	r.stop()
	if err := r.wait(t); !errors.Is(err, ErrCut) {
		t.Errorf("got %v, want ErrCut", err)
	}
	if d := time.Since(began); d < 50*time.Millisecond || d > 3*time.Second {
		t.Errorf("took %v to drain, want 50 ms", d)
	}
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Error("the handler's context was not cancelled")
	}
	if err := <-got; err == nil {
		t.Error("the connection was not closed")
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	var draining atomic.Bool
	began := make(chan struct{})
	r := run(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, draining.Load()) }, Config{}, 0,
		Stop{Draining: func() { draining.Store(true); close(began) }, Delay: 300 * time.Millisecond})
	if body, err := get(t.Context(), r.addr); err != nil || body != "false" {
		t.Fatalf("before: %q, %v", body, err)
	}
	r.stop()
	<-began
	if body, err := get(t.Context(), r.addr); err != nil || body != "true" {
		t.Errorf("in the delay: %q, %v; want an answer that knows it", body, err)
	}
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
	if _, err := get(t.Context(), r.addr); err == nil {
		t.Error("a new connection was taken after the end")
	}
}

// A client that keeps its connection would meet the end of it; it is told to open another while there is time.
func TestDrainingClosesConnections(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	r := run(t, func(http.ResponseWriter, *http.Request) {}, Config{}, 0,
		Stop{Draining: func() { close(began) }, Delay: 300 * time.Millisecond})
	client := &http.Client{Transport: &http.Transport{}}
	closes := func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.Close
	}
	if closes() {
		t.Error("before the end the connection is not kept")
	}
	r.stop()
	<-began
	if !closes() {
		t.Error("while draining the connection is kept")
	}
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
}

func TestListenerFails(t *testing.T) {
	t.Parallel()
	ln, err := Listen(t.Context(), "127.0.0.1:0", Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), ln.Addr().String(), Bounds{}); err == nil ||
		!strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("an address in use: %v, want an error that names it", err)
	}
	_ = ln.Close()
	log := slog.New(slog.DiscardHandler)
	if err := Serve(t.Context(), log, NewServer(nil, log, Config{}), ln, Stop{}); err == nil {
		t.Error("no error for a closed listener")
	}
}

func TestSlowLoris(t *testing.T) {
	t.Parallel()
	r := run(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "ok")
	}, Config{ReadHeader: 100 * time.Millisecond}, 0, Stop{})
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_ = c.SetReadDeadline(began.Add(5 * time.Second))
	if b, _ := io.ReadAll(c); bytes.Contains(b, []byte("200")) {
		t.Errorf("half a request was answered: %q", b)
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("cut after %v, want 100 ms", d)
	}
	if body, err := get(t.Context(), r.addr); err != nil || body != "ok" {
		t.Errorf("another client: %q, %v", body, err)
	}
}

func TestHeaderFlood(t *testing.T) {
	t.Parallel()
	r := run(t, func(http.ResponseWriter, *http.Request) {}, Config{}, 0, Stop{})
	for size, want := range map[int]int{100_000: 200, 200_000: 431} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", strings.Repeat("a", size))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", size, res.StatusCode, want)
		}
	}
}

func TestMaxConns(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}, 2), make(chan struct{})
	r := run(t, func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-finish
	}, Config{}, 1, Stop{})
	got := make(chan error, 2)
	ask := func() {
		_, err := get(context.Background(), r.addr)
		got <- err
	}
	go ask()
	<-entered
	go ask()
	select {
	case <-entered:
		t.Error("a second connection was served beside the only one allowed")
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	for range 2 {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
}
