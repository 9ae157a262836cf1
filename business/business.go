// Package business wires every domain to one database handle, and opens the transactions.
package business

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/domain/apikeybus/apikeydb"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/factorbus/factordb"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/familybus/familydb"
	"github.com/garagesale/service/business/domain/identitybus"
	"github.com/garagesale/service/business/domain/identitybus/identitydb"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/ledgerbus/ledgerdb"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/marketbus/marketdb"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/memberbus/memberdb"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/passkeybus/passkeydb"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/domain/payoutbus/payoutdb"
	"github.com/garagesale/service/business/domain/placebus"
	"github.com/garagesale/service/business/domain/placebus/placedb"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/productbus/productdb"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/domain/reportbus/reportdb"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/domain/salebus/saledb"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/sessionbus/sessiondb"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/domain/userbus/userdb"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/domain/webhookbus/webhookdb"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/audit"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/mail"
)

// Domains is every domain over one database handle: the pool, or one transaction.
type Domains struct {
	Users    userbus.Business
	Sessions sessionbus.Business
	Passkeys passkeybus.Business
	Factors  factorbus.Business
	APIKeys  apikeybus.Business
	Places   placebus.Business
	Markets  marketbus.Business
	Members  memberbus.Business
	Families familybus.Business
	Products productbus.Business
	Ledger   ledgerbus.Business
	Sales    salebus.Business
	Payouts  payoutbus.Business
	Reports  reportbus.Business
	Webhooks webhookbus.Business
	Keys     idempotency.Store
	Attempts attempts.Store
	Audit    audit.Store
	Outbox   outbox.Store
	Work     work.Queue

	Identities identitybus.Business // at OpenID Connect providers
}

// Config is what the domains need besides the database.
type Config struct {
	Hasher   *passhash.Hasher
	Users    userbus.Config
	Members  memberbus.Config
	Sessions sessionbus.Config
	Passkeys passkeybus.Party
	Factors  factorbus.Config
	Attempts attempts.Config
	Quotas   quota.Config
	Webhooks webhookbus.Config
	Now      func() time.Time // UTC, whole microseconds

	jobs *work.Client // nil: one of its own
}

// Business is the domains over the pool, and the way to have them in a transaction.
type Business struct {
	Domains
	Relay *outbox.Relay
	db    sqldb.DB
	wire  func(sqldb.DB) Domains
}

// New makes a Business of the service's domains.
func New(db sqldb.DB, cfg Config) Business {
	cfg.Attempts = cfg.Attempts.Shared()
	cfg.jobs = work.NewClient()
	return Of(db, func(db sqldb.DB) Domains { return Wire(db, cfg) })
}

// Of makes a Business of the domains that wire makes over a handle: now over the pool, and in InTx over a transaction.
func Of(db sqldb.DB, wire func(sqldb.DB) Domains) Business {
	relay := outbox.NewRelay(db)
	relay.Drained = func(ctx context.Context, tx sqldb.DB, markets []uuid.UUID, position int64) error {
		return wire(tx).Webhooks.Drained(ctx, markets, position)
	}
	return Business{wire(db), relay, db, wire}
}

// Wire makes every domain over one database handle.
func Wire(db sqldb.DB, cfg Config) Domains {
	most := cfg.Quotas.OrDefault()
	if cfg.jobs == nil {
		cfg.jobs = work.NewClient()
	}
	events, queue := outbox.New(db, cfg.Now), work.NewQueue(db, cfg.jobs)
	limits := attempts.New(db, cfg.Attempts, cfg.Now)
	users := userbus.New(userdb.New(db), cfg.Hasher, queue, limits, cfg.Users, cfg.Now)
	markets := marketbus.New(marketdb.New(db), cfg.Now).Within(most.Markets)
	members := memberbus.New(memberdb.New(db), users, markets, queue, limits, cfg.Members, cfg.Now).
		Within(most.Members)
	passkeys := passkeybus.New(passkeydb.New(db), users, cfg.Passkeys, cfg.Now)
	families := familybus.New(familydb.New(db), markets, cfg.Now).Within(most.Families)
	products := productbus.New(productdb.New(db), cfg.Now).Within(most.Products)
	ledger := ledgerbus.New(ledgerdb.New(db), cfg.Now)
	return Domains{
		Users:    users,
		Passkeys: passkeys,
		Factors:  factorbus.New(factordb.New(db), users, members, passkeys, cfg.Factors, cfg.Now),
		APIKeys:  apikeybus.New(apikeydb.New(db), users, cfg.Now).Within(most.Keys),
		Sessions: sessionbus.New(sessiondb.New(db), users, cfg.Sessions, cfg.Now).Within(most.Sessions),
		Places:   placebus.New(placedb.New(db), cfg.Now),
		Markets:  markets,
		Members:  members,
		Families: families,
		Products: products,
		Ledger:   ledger,
		Sales:    salebus.New(saledb.New(db), markets, families, products, ledger, cfg.Now),
		Payouts:  payoutbus.New(payoutdb.New(db), markets, families, ledger, cfg.Now),
		Reports:  reportbus.New(reportdb.New(db)),
		Webhooks: webhookbus.New(webhookdb.New(db), users, markets, members, events, queue, cfg.Webhooks, cfg.Now).
			Within(most.Webhooks),
		Keys:     idempotency.New(db, cfg.Now),
		Audit:    audit.New(db, cfg.Now),
		Outbox:   events,
		Attempts: limits,
		Work:     queue,

		Identities: identitybus.New(identitydb.New(db), users, cfg.Now),
	}
}

// InTx runs fn with the domains over one READ COMMITTED transaction and commits, or rolls back when fn fails. A
// serialization failure or a deadlock runs fn again, so fn must touch nothing but the domains it is given.
func (b Business) InTx(ctx context.Context, fn func(context.Context, Domains) error) error {
	return b.db.InTx(ctx, func(tx sqldb.DB) error { return fn(ctx, b.wire(tx)) })
}

// sessionOver is the oldest generation that is good of a session that was ended. A session's tokens are of generation
// 0, so none of them is.
const sessionOver = 1

// Ended tells what was ended since then: accounts, with the oldest generation of their tokens that is good, and
// sessions.
func (b Business) Ended(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error) {
	ended, err := b.Users.Revocations(ctx, since)
	if err != nil {
		return nil, err
	}
	sessions, err := b.Sessions.Ended(ctx, since)
	for _, id := range sessions {
		ended[id] = sessionOver
	}
	return ended, err
}

// Listen calls heard once it listens and whenever a replica has ended something that Ended tells, until ctx is done or
// the connection is lost (sqldb.DB.Listen).
func (b Business) Listen(ctx context.Context, heard func()) error {
	return b.db.Listen(ctx, userbus.EndedChannel, heard)
}

// Cleaning is the job that deletes what is over: sessions, attempts, links in mails, challenges of passkeys, API keys,
// idempotency keys and events.
type Cleaning struct{}

// Kind implements work.Job.
func (Cleaning) Kind() string { return "clean" }

// Timeout implements work.Timed: there may be much to delete after a long rest.
func (Cleaning) Timeout() time.Duration { return 5 * time.Minute }

// cleanEvery is how often what is over is deleted.
const cleanEvery = 10 * time.Minute

// Jobs has the jobs of the domains done; webhooks are sent by send, and mails by letters, if that is not nil.
func (b Business) Jobs(k *work.Kinds, send webhookbus.Send, letters mail.Sender) {
	mailing.Jobs(k, letters)
	userbus.Mailer{Send: letters,
		InTx: func(ctx context.Context, fn func(context.Context, userbus.Business) error) error {
			return b.InTx(ctx, func(ctx context.Context, d Domains) error { return fn(ctx, d.Users) })
		}}.Jobs(k)
	memberbus.Mailer{Send: letters,
		InTx: func(ctx context.Context, fn func(context.Context, memberbus.Business) error) error {
			return b.InTx(ctx, func(ctx context.Context, d Domains) error { return fn(ctx, d.Members) })
		}}.Jobs(k)
	webhookbus.Deliverer{Business: b.Webhooks, Send: send,
		InTx: func(ctx context.Context, fn func(context.Context, webhookbus.Business) error) error {
			return b.InTx(ctx, func(ctx context.Context, d Domains) error { return fn(ctx, d.Webhooks) })
		}}.Jobs(k)
	work.Handle(k, func(ctx context.Context, _ Cleaning) error { return b.Clean(ctx) })
	work.Every(k, cleanEvery, Cleaning{})
}

// Clean does Cleaning. Each is deleted in a transaction, which may take longer than a read.
func (b Business) Clean(ctx context.Context) error {
	var errs []error
	for _, clean := range []func(context.Context, Domains) (int64, error){
		func(ctx context.Context, d Domains) (int64, error) { return d.Sessions.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Attempts.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Users.CleanLinks(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.APIKeys.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Members.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Identities.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Passkeys.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Keys.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return 0, d.Outbox.Clean(ctx) },
		func(ctx context.Context, d Domains) (int64, error) { return d.Webhooks.Clean(ctx) },
	} {
		errs = append(errs, b.InTx(ctx, func(ctx context.Context, d Domains) error {
			_, err := clean(ctx, d)
			return err
		}))
	}
	return errors.Join(errs...)
}
