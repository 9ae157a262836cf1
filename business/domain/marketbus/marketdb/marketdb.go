// Package marketdb keeps markets in Postgres.
package marketdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/pricing"
)

type row struct {
	ID                  uuid.UUID         `db:"market_id"`
	Name                name.Name         `db:"name"`
	Place               name.Name         `db:"place"`
	PlaceID             *uuid.UUID        `db:"place_id"`
	StartsAt            time.Time         `db:"starts_at"`
	EndsAt              time.Time         `db:"ends_at"`
	Currency            currency.Currency `db:"currency"`
	Commission          int               `db:"commission"`
	Status              marketbus.Status  `db:"status"`
	PriceSteps          pricing.Steps     `db:"price_steps"`
	CashSessionRequired bool              `db:"cash_session_required"`
	Settled             bool              `db:"settled"`
	Organised           bool              `db:"organised"`
	Version             int64             `db:"version"`
	CreatedAt           time.Time         `db:"created_at"`
	UpdatedAt           time.Time         `db:"updated_at"`
}

const selectMarkets = `
	SELECT m.market_id, m.name, m.place, m.place_id, m.starts_at, m.ends_at, m.currency, m.commission, m.status,
		m.price_steps, m.cash_session_required, m.settled, m.organised, m.version, m.created_at, m.updated_at
	FROM markets m`

// Store implements marketbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements marketbus.Storer.
func (s Store) Create(ctx context.Context, m marketbus.Market, by *uuid.UUID) error {
	const q = `
		INSERT INTO markets (market_id, name, place, place_id, starts_at, ends_at, currency, commission, status, price_steps,
			cash_session_required, created_by, organised, version, created_at, updated_at)
		VALUES (:market_id, :name, :place, :place_id, :starts_at, :ends_at, :currency, :commission, :status, :price_steps,
			:cash_session_required, :created_by, :organised, :version, :created_at, :updated_at)`
	made := struct {
		row
		CreatedBy *uuid.UUID `db:"created_by"`
	}{row(m), by}
	if _, err := s.db.NamedExec(ctx, q, made); err != nil {
		return failed("create", err)
	}
	_, err := s.db.Exec(ctx, `INSERT INTO market_counters (market_id, open) VALUES ($1, $2)`, m.ID,
		m.Status == marketbus.Open)
	return failed("create counter", err)
}

// CountMade implements marketbus.Storer.
func (s Store) CountMade(ctx context.Context, by uuid.UUID) (int, error) {
	if _, err := s.db.Exec(ctx, `SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE`, by); err != nil {
		return 0, failed("hold maker", err)
	}
	// A second statement, whose snapshot is taken after the lock.
	n, err := sqldb.One[int](ctx, s.db, `SELECT count(*) FROM markets WHERE created_by = $1 AND status <> 'CLOSED'`, by)
	return n, failed("count made", err)
}

// Update implements marketbus.Storer.
func (s Store) Update(ctx context.Context, m marketbus.Market) error {
	const q = `
		UPDATE markets SET name = :name, place = :place, place_id = :place_id, starts_at = :starts_at,
			ends_at = :ends_at, currency = :currency,
			commission = :commission, status = :status, price_steps = :price_steps,
			cash_session_required = :cash_session_required, version = :version, updated_at = :updated_at
		WHERE market_id = :market_id`
	_, err := s.db.NamedExec(ctx, q, row(m))
	return failed("update", err)
}

// Delete implements marketbus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM markets WHERE market_id = $1`, id)
	return failed("delete", err)
}

// Get implements marketbus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (marketbus.Market, error) {
	r, err := sqldb.One[row](ctx, s.db, selectMarkets+` WHERE m.market_id = $1`, id)
	return marketbus.Market(r), failed("get", err)
}

// Lock implements marketbus.Storer.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (marketbus.Market, error) {
	r, err := sqldb.One[row](ctx, s.db, selectMarkets+` WHERE m.market_id = $1 FOR NO KEY UPDATE`, id)
	return marketbus.Market(r), failed("lock", err)
}

// Query implements marketbus.Storer.
func (s Store) Query(ctx context.Context, f marketbus.Filter, p query.Page) (query.Result[marketbus.Market], error) {
	var w sqldb.Where
	sqldb.If(&w, "m.status = ?", f.Status)
	if f.Name != nil {
		w.And("m.name ILIKE ?", sqldb.Contains(*f.Name))
	}
	if f.HideDraft {
		w.And("m.status <> 'DRAFT'")
	}
	return sqldb.List(ctx, s.db, selectMarkets, "m.market_id", w, marketbus.OrderBy, p, func(r row) marketbus.Market {
		return marketbus.Market(r)
	})
}

// SetOpen implements marketbus.Storer.
func (s Store) SetOpen(ctx context.Context, id uuid.UUID, open bool) error {
	_, err := s.db.Exec(ctx, `UPDATE market_counters SET open = $2 WHERE market_id = $1`, id, open)
	return failed("set open", err)
}

// TakeNumber implements marketbus.Storer.
func (s Store) TakeNumber(ctx context.Context, id uuid.UUID, total, reduced money.Money) (int64, error) {
	n, err := sqldb.One[int64](ctx, s.db, `
		UPDATE market_counters SET next_sale = next_sale + 1, turnover = turnover + $2, reduced = reduced + $3
		WHERE market_id = $1 AND open RETURNING next_sale - 1`, id, total, reduced)
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return 0, marketbus.ErrNotOpen
	case sqldb.Violates(err, "market_counters_turnover_check"), sqldb.Violates(err, "market_counters_reduced_check"):
		return 0, marketbus.ErrTurnover
	}
	return n, failed("take number", err)
}

// Settle implements marketbus.Storer.
func (s Store) Settle(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `UPDATE markets SET settled = true WHERE market_id = $1`, id)
	return failed("settle", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return marketbus.ErrNotFound
	case sqldb.Violates(err, "families_market_fkey"), sqldb.Violates(err, "cash_sessions_market_fkey"),
		sqldb.Violates(err, "webhooks_market_fkey"):
		return marketbus.ErrNotEmpty
	case sqldb.Violates(err, "markets_place_fkey"):
		return errs.ErrInvalid.At("placeID", "there is no such place")
	case sqldb.Violates(err, "products_currency_fkey"), sqldb.Violates(err, "sales_currency_fkey"):
		return marketbus.ErrCurrencyFixed
	}
	return fmt.Errorf("market: %s: %w", what, err)
}
