// Package web runs an HTTP server that bounds what a client can hold on to, and stops without cutting anyone off.
//
// Listen bounds how many connections there are, of all and of one address, NewServer how long each may take for its
// parts, and Serve answers until its context ends: then the program says that it drains, serves on for as long as
// others need to notice, and waits for the requests in flight. The zero Config and the zero Stop are safe. What a
// request may do is not its matter.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/foundation/logger"
)

// Config bounds a connection. A zero field takes the value named beside it, so that the zero Config is safe; a negative
// time means no limit.
type Config struct {
	ReadHeader     time.Duration // 5 s, for the request line and headers: cuts a slow-loris client
	Read           time.Duration // 30 s, for the whole request
	Write          time.Duration // 60 s, from the end of the headers to the end of the answer
	Idle           time.Duration // 120 s, between two requests of a connection
	MaxHeaderBytes int           // 128 KiB; more is answered 431
}

// NewServer returns a server for h within those bounds; its own complaints go to log as warnings.
func NewServer(h http.Handler, log *slog.Logger, cfg Config) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: cmp.Or(cfg.ReadHeader, 5*time.Second),
		ReadTimeout:       cmp.Or(cfg.Read, 30*time.Second),
		WriteTimeout:      cmp.Or(cfg.Write, 60*time.Second),
		IdleTimeout:       cmp.Or(cfg.Idle, 120*time.Second),
		MaxHeaderBytes:    cmp.Or(cfg.MaxHeaderBytes, 128<<10),
		ErrorLog:          logger.Std(log, slog.LevelWarn),
	}
}

// Stop says how a server ends.
type Stop struct {
	Draining func()        // called first, so that readiness can turn 503; may be nil
	Delay    time.Duration // new connections are still taken for so long, while load balancers notice
	Drain    time.Duration // for the requests in flight; 0 means 20 s
}

// ErrCut says that requests were still running when the time to drain was over.
var ErrCut = errors.New("requests cut off")

// Serve serves ln until ctx is done and then stops: Draining, Delay, no new connections, up to Drain for the requests
// in flight. From Draining on every HTTP/1 answer closes its connection, so that clients who keep theirs move elsewhere
// before the end. It returns nil when all of them finished, ErrCut when some had to be cut: their contexts are
// cancelled and their connections closed. It also returns, at once, when ln fails. It closes ln, and replaces
// srv.Handler, srv.ConnState, which tells a Listener of ours who waits, and srv.BaseContext, so that the end of ctx
// does not reach the requests.
func Serve(ctx context.Context, log *slog.Logger, srv *http.Server, ln net.Listener, stop Stop) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut() // a handler that has not read its body would not notice that its connection was closed
	srv.BaseContext = func(net.Listener) context.Context { return base }
	var draining atomic.Bool
	handler := srv.Handler
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if draining.Load() {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
	if l, ok := ln.(*listener); ok {
		srv.ConnState = l.state
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	addr := ln.Addr().String()
	log.InfoContext(ctx, "serving", "addr", addr)

	select {
	case err := <-failed:
		return fmt.Errorf("web: %s: %w", addr, err)
	case <-ctx.Done():
	}
	log.InfoContext(ctx, "draining", "addr", addr)
	draining.Store(true)
	if stop.Draining != nil {
		stop.Draining()
	}
	select {
	case err := <-failed:
		return fmt.Errorf("web: %s: %w", addr, err)
	case <-time.After(stop.Delay):
	}

	limit := cmp.Or(stop.Drain, 20*time.Second)
	wait, cancel := context.WithTimeout(base, limit)
	defer cancel()
	err := srv.Shutdown(wait)
	if err == nil {
		log.InfoContext(ctx, "stopped", "addr", addr)
		return nil
	}
	err = errors.Join(err, srv.Close())
	return fmt.Errorf("web: %s: %w after %v: %w", addr, ErrCut, limit, err)
}
