package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/foundation/debug"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/web"
)

// side is a listener beside the API's, which serves until the API has ended.
type side struct {
	ln  net.Listener
	srv *http.Server
}

// openSides opens the debug listener and, if it has an address, that of the probes.
func openSides(ctx context.Context, cfg settings.Settings, log *slog.Logger, level *slog.LevelVar,
	svc *mux.Service) ([]side, error) {
	inside, err := debug.Handler(level)
	if err != nil {
		return nil, err
	}
	h := http.NewServeMux()
	h.Handle("/", inside)
	h.Handle("/v1/liveness", svc.Liveness)
	ln, err := web.Listen(ctx, cfg.Web.DebugHost, web.Bounds{})
	if err != nil {
		return nil, err
	}
	sides := []side{{ln, web.NewServer(h, log, web.Config{Write: -1})}}
	if cfg.Web.ProbeHost != "" {
		if ln, err = web.Listen(ctx, cfg.Web.ProbeHost, web.Bounds{}); err != nil {
			return nil, err
		}
		sides = append(sides, side{ln, web.NewServer(svc.Probes(), log, web.Config{})})
	}
	return sides, nil
}

func (s side) serve(ctx context.Context, log *slog.Logger) {
	if err := web.Serve(ctx, log, s.srv, s.ln, web.Stop{Drain: time.Second}); err != nil {
		log.WarnContext(ctx, "listener beside the API", logger.Error(err))
	}
}
