// Package payoutdb keeps payouts in Postgres.
package payoutdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
)

type row struct {
	ID         uuid.UUID   `db:"payout_id"`
	MarketID   uuid.UUID   `db:"market_id"`
	FamilyID   uuid.UUID   `db:"family_id"`
	Gross      money.Money `db:"gross"`
	Commission money.Money `db:"commission"`
	Net        money.Money `db:"net"`
	PaidBy     uuid.UUID   `db:"paid_by"`
	CreatedAt  time.Time   `db:"created_at"`
	OwnerID    *uuid.UUID  `db:"owner_id"`
}

const selectPayouts = `
	SELECT p.payout_id, p.market_id, p.family_id, p.gross, p.commission, p.net, p.paid_by, p.created_at, f.owner_id
	FROM payouts p JOIN families f ON f.market_id = p.market_id AND f.family_id = p.family_id`

// Store implements payoutbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements payoutbus.Storer.
func (s Store) Create(ctx context.Context, p payoutbus.Payout) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO payouts (payout_id, market_id, family_id, gross, commission, net, paid_by, created_at)
		VALUES (:payout_id, :market_id, :family_id, :gross, :commission, :net, :paid_by, :created_at)`, row(p))
	return failed("create", err)
}

// Get implements payoutbus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (payoutbus.Payout, error) {
	r, err := sqldb.One[row](ctx, s.db, selectPayouts+` WHERE p.payout_id = $1`, id)
	return payoutbus.Payout(r), failed("get", err)
}

// Query implements payoutbus.Storer.
func (s Store) Query(ctx context.Context, f payoutbus.Filter, p query.Page) (query.Result[payoutbus.Payout], error) {
	var w sqldb.Where
	w.Scope("p.market_id", f.MarketID)
	sqldb.If(&w, "f.owner_id = ?", f.OwnerID)
	return sqldb.List(ctx, s.db, selectPayouts, "p.payout_id", w, payoutbus.OrderBy, p, func(r row) payoutbus.Payout {
		return payoutbus.Payout(r)
	})
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return payoutbus.ErrNotFound
	case sqldb.Violates(err, "payouts_family_key"):
		return payoutbus.ErrAlreadyPaid
	case sqldb.Violates(err, "payouts_paid_by_fkey"):
		return payoutbus.ErrNoAccount
	}
	return fmt.Errorf("payout: %s: %w", what, err)
}
