// Package mux puts the service's HTTP side together: the order of the middleware, and the routes of every domain.
package mux

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/domain/apikeyapp"
	"github.com/garagesale/service/app/domain/auditapp"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/app/domain/checkapp"
	"github.com/garagesale/service/app/domain/docsapp"
	"github.com/garagesale/service/app/domain/eventapp"
	"github.com/garagesale/service/app/domain/factorapp"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/ledgerapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/memberapp"
	"github.com/garagesale/service/app/domain/passkeyapp"
	"github.com/garagesale/service/app/domain/payoutapp"
	"github.com/garagesale/service/app/domain/placeapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/reportapp"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/app/domain/userapp"
	"github.com/garagesale/service/app/domain/webhookapp"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/app/sdk/trail"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/openid"
	"github.com/garagesale/service/foundation/otel"
)

// Config is what the HTTP side needs.
type Config struct {
	Log      *slog.Logger
	Tracing  *otel.Provider
	Business business.Business
	Auth     *auth.Auth
	Tokens   *auth.Tokens
	Keys     func() []keystore.PublicKey // that verify the tokens
	Refusals *trail.Refusals
	Info     checkapp.Info
	Check    func(context.Context) error // nil when the database can be used
	Draining *atomic.Bool
	Proxies  []string      // whose X-Forwarded-For is believed: prefixes such as 10.0.0.0/8
	HSTS     time.Duration // 0: left to the ingress
	Account  mid.Limit     // requests of an account
	Address  mid.Limit     // requests that nobody makes, of an address
	Writes   mid.Limit     // changes of an account, by their size
	Makers   auth.Makers   // who may make markets; "": Admins
	Dear     int           // dear requests at once; more are refused with 503 (0: no limit)
	Origins  []string      // that may use the API from a browser
	Timeout  time.Duration // of the work for a request
	Streams  int           // clients that listen to events at once; more are refused with 503 (0: no limit)
	Events   *eventapp.Hub
	InFlight int      // requests at once, probes aside; more are refused with 503 (0: no limit)
	Each     int      // requests of one client at once, whole or not; more are refused with 429 (0: no limit)
	Body     mid.Body // what a body may cost; its Max is MaxBody

	OpenID openid.Providers // with which accounts log in too
}

// MaxBody is how large a request's body may be, in bytes.
const MaxBody = 1 << 20

// New makes the handler of the whole service, and lists its routes.
func New(cfg Config) (http.Handler, []rest.Route) {
	router := chi.NewRouter()
	router.Use(
		mid.Trace(cfg.Tracing, untraced, mid.Trusted(cfg.Proxies)),
		mid.Client(cfg.Proxies, cfg.Log),
		mid.Log(cfg.Log, probe),
		mid.Metrics,
		cfg.Refusals.Middleware,
		mid.Recover,
		mid.Headers,
		mid.HSTS(cfg.HSTS),
		mid.CORS(cfg.Origins),
		mid.Each(cfg.Each, func(r *http.Request) bool { return probe(r) || listens(r) }),
	)
	api := register(cfg, router)
	doc, events := documents(api)
	docsapp.Routes(api, doc, events)
	return router, api.Routes
}

type api = rest.API[business.Domains]

// register adds the routes of every domain.
func register(cfg Config, router chi.Router) *api {
	cfg.Body.Max = MaxBody
	limited, writes := mid.Rate(cfg.Account, cfg.Address), mid.Writes(cfg.Writes, MaxBody)
	whole, shed := mid.Whole(cfg.Body), mid.Shed(cfg.InFlight, probe)
	few, streams := mid.Dear(cfg.Dear, 2*cfg.Timeout, dear), mid.Dear(cfg.Dear, 2*cfg.Timeout, streamed)
	timeout, long := mid.Timeout(cfg.Timeout), mid.Long(cfg.Streams, cfg.Each)
	api := rest.New(rest.Config[business.Domains]{
		Router:  router,
		Domains: cfg.Business.Domains,
		InTx:    cfg.Business.InTx,
		Keys:    func(d *business.Domains) idempotency.Store { return d.Keys },
		Audit:   trail.Change,
		Outbox:  func(d *business.Domains) outbox.Store { return d.Outbox },
		Told:    cfg.Business.Relay.Ring,
		Policy:  cfg.Auth,
		Member: func(ctx context.Context, d *business.Domains, who, marketID uuid.UUID) (role.Member, error) {
			return d.Members.Role(ctx, marketID, who)
		},
		Guard: func(op rest.Op) func(http.Handler) http.Handler {
			guard := mid.Guard(cfg.Auth, op)
			return func(next http.Handler) http.Handler {
				if op.Long {
					next = whole(long(next))
				} else {
					next = writes(whole(few(streams(shed(timeout(next))))))
				}
				if op.Action != probeAction {
					next = limited(next)
				}
				return guard(next)
			}
		},
		Refusals: func(action string) []*errs.Error {
			if action == probeAction {
				return nil
			}
			return mid.Refusals
		},
	})
	checkapp.Routes(api, cfg.Check, cfg.Draining)
	authapp.Routes(api, cfg.Auth, cfg.Tokens, cfg.Keys, cfg.OpenID)
	userapp.Routes(api, cfg.Auth)
	factorapp.Routes(api, cfg.Auth)
	passkeyapp.Routes(api, cfg.Auth)
	apikeyapp.Routes(api, cfg.Auth)
	placeapp.Routes(api)
	marketapp.Routes(api)
	memberapp.Routes(api)
	familyapp.Routes(api)
	productapp.Routes(api)
	saleapp.Routes(api)
	ledgerapp.Routes(api)
	payoutapp.Routes(api)
	reportapp.Routes(api)
	auditapp.Routes(api)
	eventapp.Routes(api, cfg.Events) // when all the others have said what may happen
	webhookapp.Routes(api)
	return api
}

// Probes is what Kubernetes asks of the service, for a listener of its own, which also tells who answers.
func (s *Service) Probes() http.Handler {
	probes := http.NewServeMux()
	probes.Handle("/v1/liveness", s.Liveness)
	probes.Handle("/", mid.Only(probe)(s.Handler))
	return probes
}

// untraced tells whether a request is not worth a trace: the probes, the pages of the documentation, and streams, which
// last too long.
func untraced(r *http.Request) bool {
	return probe(r) || listens(r) || slices.ContainsFunc([]string{"/docs", "/openapi.", "/asyncapi."},
		func(prefix string) bool { return strings.HasPrefix(r.URL.Path, prefix) })
}

// dear tells whether a request costs much more than others that anybody may make: a page of labels, and what looks at
// all products of a market, to search or to count them.
func dear(r *http.Request) bool {
	if strings.HasSuffix(r.URL.Path, "/labels") {
		return true
	}
	if r.URL.RawQuery == "" || !strings.HasSuffix(r.URL.Path, "/products") {
		return false
	}
	q := r.URL.Query()
	return q.Has("name") || q.Has("total")
}

// listens tells whether a request is for a stream of events, which is counted for itself.
func listens(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/events") }

// streamed tells whether the answer is written while it is read, so that a slow client holds a connection to the
// database.
func streamed(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/statement") && strings.Contains(rest.Accept(r), "text/csv")
}

// probeAction is that of the probes, which are let in however many there are.
const probeAction = "service.probe"

// probe tells whether a request is one of Kubernetes's, which come every few seconds and say nothing.
func probe(r *http.Request) bool {
	return r.URL.Path == "/v1/liveness" || r.URL.Path == "/v1/readiness"
}
