// Command metrics is the sidecar of the sales service: it reads what the service counts from its debug listener and
// publishes that for Prometheus, so that the service itself needs no metrics library.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ardanlabs/conf/v3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/web"
)

// build is the revision, set by the linker.
var build = "develop"

type config struct {
	conf.Version
	Web struct {
		Host          string        `conf:"default:127.0.0.1:4000,help:address of /metrics and the probes"`
		ShutdownDelay time.Duration `conf:"default:0s,help:how long to serve on after readiness turned 503"`
	}
	Source struct {
		URL     string        `conf:"default:http://127.0.0.1:3010/debug/vars,help:where the service publishes its variables"`
		Timeout time.Duration `conf:"default:2s,help:how long the service may take; less than Prometheus's scrape_timeout"`
	}
	Log struct {
		Level slog.Level `conf:"default:INFO,help:DEBUG or INFO or WARN or ERROR"`
	}
}

func main() {
	cfg := config{Version: conf.Version{Build: build, Desc: "The metrics of the sales service, for Prometheus."}}
	help, err := conf.Parse("METRICS", &cfg)
	switch {
	case errors.Is(err, conf.ErrHelpWanted):
		_, _ = fmt.Fprintln(os.Stdout, help)
		return
	case err == nil:
		err = run(cfg, logger.New(os.Stdout, cfg.Log.Level, "metrics"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "metrics:", err)
		os.Exit(1)
	}
}

func run(cfg config, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if cfg.Source.Timeout <= 0 {
		return errors.New("the timeout must be positive")
	}
	ln, err := web.Listen(ctx, cfg.Web.Host, web.Bounds{Conns: 64})
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "starting", "build", build, "source", cfg.Source.URL)
	var draining atomic.Bool
	h := handler(newExporter(cfg.Source.URL, cfg.Source.Timeout, log), log, &draining)
	return web.Serve(ctx, log, web.NewServer(h, log, web.Config{}), ln, web.Stop{
		Draining: func() { draining.Store(true) }, Delay: cfg.Web.ShutdownDelay, Drain: 5 * time.Second,
	})
}

// handler serves /metrics, and the probes of the sidecar itself: that the service is down is no reason to restart it,
// or to keep Prometheus from being told.
func handler(e *exporter, log *slog.Logger, draining *atomic.Bool) http.Handler {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(e)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: logger.Std(log, slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	}))
	mux.HandleFunc("GET /liveness", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readiness", func(w http.ResponseWriter, _ *http.Request) {
		if draining.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	return mux
}
