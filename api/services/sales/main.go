// Command sales serves the sales API. It starts in the order config, log, traces, database, business, routes, and stops
// in reverse: readiness turns 503, requests and jobs in flight finish, what runs beside them ends, then the database is
// closed.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/metrics"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/web"
)

// build is the revision, set by the linker.
var build = "develop"

func main() {
	if err := logged(); err != nil {
		fmt.Fprintln(os.Stderr, "sales:", err)
		os.Exit(1)
	}
}

func logged() error {
	cfg, done, err := settings.Read(build, "The sales API of multi-family garage sales.")
	if err != nil || done {
		return err
	}
	if cfg.DB.URL == "" {
		return errors.New("settings: SALES_DB_URL is not set; `make run` starts a database of its own (see --help)")
	}
	level := new(slog.LevelVar) // the debug listener changes it
	level.Set(cfg.Log.Level)
	if logger.IsTerminal(os.Stdout) {
		return run(cfg, logger.New(os.Stdout, level, "sales"), level)
	}
	lines := logger.NewBatch(os.Stdout)
	defer lines.Close()
	return run(cfg, logger.New(lines, level, "sales"), level)
}

func run(cfg settings.Settings, log *slog.Logger, level *slog.LevelVar) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := keepLimits(ctx, log); err != nil {
		return err
	}
	log.InfoContext(ctx, "starting", slog.String("build", build), cfg.Attr())

	tracing, err := otel.Start(ctx, otel.Config{
		Service: "sales", Version: build, Protocol: cfg.Trace.Protocol, Endpoint: cfg.Trace.Endpoint, Ratio: cfg.Trace.Ratio,
		Getenv: os.Getenv,
	}, log)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := tracing.Shutdown(ctx); err != nil {
			log.WarnContext(ctx, "spans lost", logger.Error(err))
		}
	}()

	tracer, err := sqldb.NewTracer()
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, sqldb.Config{
		URL: cfg.DB.URL, MaxConns: int32(cfg.DB.MaxConns), Tracer: tracer, //nolint:gosec // its bounds are checked
		ReadTimeout: cfg.Web.RequestTimeout * 9 / 10, // before the request gives up, which would cost the connection
	})
	if err != nil {
		return err
	}
	defer db.Close()
	metrics.Process(build)
	db.Publish()
	work.Publish(db)

	// The probes have a connection of their own, so that they need not wait for the requests'.
	probeDB, err := sqldb.Open(ctx, sqldb.Config{URL: cfg.DB.URL, MaxConns: 1})
	if err != nil {
		return err
	}
	defer probeDB.Close()

	svc, jobs, err := wire(ctx, cfg, log, tracing, db, probeDB)
	if err != nil {
		return err
	}
	sides, err := openSides(ctx, cfg, log, level, svc)
	if err != nil {
		return err
	}
	ln, err := web.Listen(ctx, cfg.Web.APIHost, web.Bounds{
		Conns: cfg.Web.MaxConns, Each: cfg.Web.MaxEach, Proxies: cfg.Web.Proxies(),
	})
	if err != nil {
		return err
	}
	return serve(ctx, cfg, log, svc, jobs, sides, ln)
}
