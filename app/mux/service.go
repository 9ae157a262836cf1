package mux

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/app/domain/apikeyapp"
	"github.com/garagesale/service/app/domain/checkapp"
	"github.com/garagesale/service/app/domain/eventapp"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/app/sdk/trail"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/logger"
)

// Login is how the service knows who asks.
type Login struct {
	Keys   Keys
	Tokens auth.TokenConfig
	Now    func() time.Time
	// Listen calls heard whenever another replica has ended a session (business.Business.Listen); nil: nobody tells, and
	// the service looks for itself every second.
	Listen func(ctx context.Context, heard func()) error
}

// Keys sign the tokens and verify them, as a keystore does.
type Keys interface {
	auth.Keys
	PublicKeys() []keystore.PublicKey
}

// Service is the API, and what it is made of.
type Service struct {
	Handler  http.Handler
	Liveness http.Handler // says who answers, for listeners that are not public
	Routes   []rest.Route
	Auth     *auth.Auth
	Tokens   *auth.Tokens
	HangUp   func()                  // ends the streams, whose clients come back elsewhere
	Draining atomic.Bool             // while it is set, readiness answers 503
	Beside   []func(context.Context) // to be run beside the handler, each until its context is done
}

// NewService puts the service together, the same for production and for tests. It makes what cfg needs for telling who
// asks, Auth, Tokens, Keys and Refusals, and cfg.Draining. That the database does not answer yet is no error.
func NewService(ctx context.Context, cfg Config, l Login) (*Service, error) {
	tokens, err := auth.NewTokens(l.Tokens, l.Keys, l.Now)
	if err != nil {
		return nil, err
	}
	policy, err := auth.NewPolicy(ctx, cfg.Makers)
	if err != nil {
		return nil, err
	}
	revoked := auth.NewRevoked(cfg.Business.Ended, l.Tokens.Life, l.Now)
	if err := revoked.Read(ctx); err != nil { // until it can be read every token is answered 503
		cfg.Log.WarnContext(ctx, "revocations cannot be read", logger.Error(err))
	}
	refusals := trail.NewRefusals(cfg.Business.Audit, cfg.Log)
	cfg.Events = eventapp.NewHub(cfg.Business, cfg.Log)
	s := &Service{Auth: auth.New(tokens, policy, revoked, apikeyapp.Actor(cfg.Business.APIKeys)), Tokens: tokens,
		HangUp: cfg.Events.Stop}
	s.Beside = []func(context.Context){
		func(ctx context.Context) { cfg.Business.Relay.Run(ctx, cfg.Log) },
		cfg.Events.Run,
		func(ctx context.Context) { revoked.Watch(ctx, cfg.Log, l.Listen) },
		refusals.Run,
	}
	cfg.Auth, cfg.Tokens, cfg.Keys, cfg.Refusals, cfg.Draining = s.Auth, tokens, l.Keys.PublicKeys, refusals, &s.Draining
	s.Handler, s.Routes = New(cfg)
	s.Liveness = checkapp.Liveness(cfg.Info)
	return s, nil
}
