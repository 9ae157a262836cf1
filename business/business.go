// Package business wires every domain to one database handle, and opens the transactions.
package business

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/familybus/familydb"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/marketbus/marketdb"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/productbus/productdb"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/domain/salebus/saledb"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/sessionbus/sessiondb"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/domain/userbus/userdb"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/audit"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// Domains is every domain over one database handle: the pool, or one transaction.
type Domains struct {
	Users    userbus.Business
	Sessions sessionbus.Business
	Markets  marketbus.Business
	Families familybus.Business
	Products productbus.Business
	Sales    salebus.Business
	Keys     idempotency.Store
	Attempts attempts.Store
	Audit    audit.Store
}

// Config is what the domains need besides the database.
type Config struct {
	Hasher   *passhash.Hasher
	Sessions sessionbus.Config
	Attempts attempts.Config
	Now      func() time.Time // UTC, whole microseconds
}

// Business is the domains over the pool, and the way to have them in a transaction.
type Business struct {
	Domains
	db  sqldb.DB
	cfg Config
}

// New makes a Business.
func New(db sqldb.DB, cfg Config) Business {
	cfg.Attempts = cfg.Attempts.Shared()
	return Business{Domains: wire(db, cfg), db: db, cfg: cfg}
}

func wire(db sqldb.DB, cfg Config) Domains {
	users := userbus.New(userdb.New(db), cfg.Hasher, cfg.Now)
	markets := marketbus.New(marketdb.New(db), cfg.Now)
	families := familybus.New(familydb.New(db), markets, cfg.Now)
	products := productbus.New(productdb.New(db), markets, families, cfg.Now)
	return Domains{
		Users:    users,
		Sessions: sessionbus.New(sessiondb.New(db), users, cfg.Sessions, cfg.Now),
		Markets:  markets,
		Families: families,
		Products: products,
		Sales:    salebus.New(saledb.New(db), markets, families, products, cfg.Now),
		Keys:     idempotency.New(db, cfg.Now),
		Audit:    audit.New(db, cfg.Now),
		Attempts: attempts.New(db, cfg.Attempts, cfg.Now),
	}
}

// InTx runs fn with the domains over one READ COMMITTED transaction and commits, or rolls back when fn fails. A
// serialization failure or a deadlock runs fn again, so fn must touch nothing but the domains it is given.
func (b Business) InTx(ctx context.Context, fn func(context.Context, Domains) error) error {
	return b.db.InTx(ctx, func(tx sqldb.DB) error { return fn(ctx, wire(tx, b.cfg)) })
}

// Ended tells what was ended since then: accounts, with the oldest generation of their tokens that is good, and sessions.
func (b Business) Ended(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error) {
	ended, err := b.Users.Revocations(ctx, since)
	if err != nil {
		return nil, err
	}
	sessions, err := b.Sessions.Ended(ctx, since)
	for _, id := range sessions {
		ended[id] = 1
	}
	return ended, err
}

// Clean deletes what is over: sessions, attempts and idempotency keys.
func (b Business) Clean(ctx context.Context) error {
	_, sessions := b.Sessions.Clean(ctx)
	_, counts := b.Attempts.Clean(ctx)
	_, keys := b.Keys.Clean(ctx)
	return errors.Join(sessions, counts, keys)
}
