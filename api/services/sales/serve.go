package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/automaxprocs/maxprocs"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/foundation/web"
)

// gcPercent lets the heap grow to three times what lives in it before it is cleaned, which is little, instead of twice:
// less CPU for some memory (zarf/docs/performance.md). The memory limit of the pod stays in force.
const gcPercent = 200

// keepLimits keeps the program within what the pod may use.
func keepLimits(ctx context.Context, log *slog.Logger) error {
	if _, err := maxprocs.Set(); err != nil {
		return fmt.Errorf("GOMAXPROCS: %w", err)
	}
	if _, err := memlimit.Set(); err != nil {
		log.DebugContext(ctx, "no memory limit", "reason", err)
	}
	return nil
}

// serve serves the API and does jobs until ctx is done, and what runs beside them until the API has ended.
func serve(ctx context.Context, cfg settings.Settings, log *slog.Logger, svc *mux.Service, jobs func(context.Context),
	sides []side, ln net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	beside, end := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer end()
	defer stop()
	wg.Go(func() { jobs(ctx) })
	for _, f := range svc.Beside {
		wg.Go(func() { f(beside) })
	}
	wg.Go(debug.FreeOSMemory) // what the start needed; a service that waits is small
	for _, side := range sides {
		wg.Go(func() { side.serve(beside, log) })
	}
	srv := web.NewServer(svc.Handler, log, web.Config{
		ReadHeader: cfg.Web.ReadHeader, Read: cfg.Web.Read, Write: cfg.Web.Write, Idle: cfg.Web.Idle,
		MaxHeaderBytes: cfg.Web.MaxHeaderBytes,
	})
	srv.RegisterOnShutdown(svc.HangUp)
	return web.Serve(ctx, log, srv, ln, web.Stop{
		Draining: func() { svc.Draining.Store(true) }, Delay: cfg.Web.ShutdownDelay, Drain: cfg.Web.ShutdownTimeout,
	})
}
