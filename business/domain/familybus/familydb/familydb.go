// Package familydb keeps families in Postgres.
package familydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/name"
)

type row struct {
	ID           uuid.UUID        `db:"family_id"`
	MarketID     uuid.UUID        `db:"market_id"`
	OwnerID      *uuid.UUID       `db:"owner_id"`
	Number       int              `db:"number"`
	Name         name.Name        `db:"name"`
	Commission   *int             `db:"commission"`
	Version      int64            `db:"version"`
	CreatedAt    time.Time        `db:"created_at"`
	UpdatedAt    time.Time        `db:"updated_at"`
	MarketStatus marketbus.Status `db:"market_status"`
	Settled      bool             `db:"settled"`
}

const selectFamilies = `
	SELECT f.family_id, f.market_id, f.owner_id, f.number, f.name, f.commission, f.version, f.created_at, f.updated_at,
		m.status AS market_status, m.settled
	FROM families f JOIN markets m ON m.market_id = f.market_id`

// Store implements familybus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements familybus.Storer.
func (s Store) Create(ctx context.Context, f familybus.Family) error {
	const q = `
		INSERT INTO families (family_id, market_id, owner_id, number, name, commission, version, created_at, updated_at)
		VALUES (:family_id, :market_id, :owner_id, :number, :name, :commission, :version, :created_at, :updated_at)`
	_, err := s.db.NamedExec(ctx, q, row(f))
	return failed("create", err)
}

// Update implements familybus.Storer.
func (s Store) Update(ctx context.Context, f familybus.Family) error {
	const q = `
		UPDATE families SET owner_id = :owner_id, number = :number, name = :name, commission = :commission,
			version = :version, updated_at = :updated_at
		WHERE market_id = :market_id AND family_id = :family_id`
	_, err := s.db.NamedExec(ctx, q, row(f))
	if sqldb.Violates(err, "products_family_fkey") {
		return familybus.ErrNumberFixed
	}
	return failed("update", err)
}

// Delete implements familybus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM families WHERE family_id = $1`, id)
	return failed("delete", err)
}

// Get implements familybus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (familybus.Family, error) {
	r, err := sqldb.One[row](ctx, s.db, selectFamilies+` WHERE f.family_id = $1`, id)
	return familybus.Family(r), failed("get", err)
}

// Lock implements familybus.Storer.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (familybus.Family, error) {
	r, err := sqldb.One[row](ctx, s.db, selectFamilies+` WHERE f.family_id = $1 FOR NO KEY UPDATE OF f`, id)
	return familybus.Family(r), failed("lock", err)
}

// OfMarket implements familybus.Storer.
func (s Store) OfMarket(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID) ([]familybus.Family, error) {
	var rows []row
	err := s.db.Select(ctx, &rows, selectFamilies+` WHERE f.market_id = $1 AND f.family_id = ANY ($2)`, marketID, ids)
	list := make([]familybus.Family, len(rows))
	for i, r := range rows {
		list[i] = familybus.Family(r)
	}
	return list, failed("of market", err)
}

// Hold implements familybus.Storer.
func (s Store) Hold(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID) error {
	_, err := s.db.Exec(ctx, `
		SELECT 1 FROM families WHERE market_id = $1 AND family_id = ANY ($2) ORDER BY family_id FOR NO KEY UPDATE`,
		marketID, ids)
	return failed("hold", err)
}

// Query implements familybus.Storer.
func (s Store) Query(ctx context.Context, f familybus.Filter, p query.Page) (query.Result[familybus.Family], error) {
	var w sqldb.Where
	w.Scope("f.market_id", f.MarketID)
	sqldb.If(&w, "f.owner_id = ?", f.OwnerID)
	return sqldb.List(ctx, s.db, selectFamilies, "f.family_id", w, familybus.OrderBy, p, func(r row) familybus.Family {
		return familybus.Family(r)
	})
}

// LockOwned implements familybus.Storer.
func (s Store) LockOwned(ctx context.Context, ownerID uuid.UUID) ([]familybus.Family, error) {
	var rows []row
	err := s.db.Select(ctx, &rows,
		selectFamilies+` WHERE f.owner_id = $1 ORDER BY f.family_id FOR NO KEY UPDATE OF f`, ownerID)
	list := make([]familybus.Family, len(rows))
	for i, r := range rows {
		list[i] = familybus.Family(r)
	}
	return list, failed("lock owned", err)
}

// CountOwned implements familybus.Storer.
func (s Store) CountOwned(ctx context.Context, ownerID uuid.UUID) (int, error) {
	_, err := sqldb.One[uuid.UUID](ctx, s.db,
		`SELECT user_id FROM users WHERE user_id = $1 AND erased_at IS NULL FOR NO KEY UPDATE`, ownerID)
	if errors.Is(err, sqldb.ErrNoRows) {
		return 0, errNoOwner
	}
	if err != nil {
		return 0, failed("hold owner", err)
	}
	// A second statement, whose snapshot is taken after the lock.
	n, err := sqldb.One[int](ctx, s.db, `
		SELECT count(*) FROM families f JOIN markets m ON m.market_id = f.market_id
		WHERE f.owner_id = $1 AND m.status <> 'CLOSED'`, ownerID)
	return n, failed("count owned", err)
}

var errNoOwner = errs.ErrInvalid.At("ownerID", "there is no such user")

// FreeNumber implements familybus.Storer.
func (s Store) FreeNumber(ctx context.Context, marketID uuid.UUID) (int, error) {
	n, err := sqldb.One[int](ctx, s.db, `
		SELECT CASE WHEN EXISTS (SELECT 1 FROM families WHERE market_id = $1 AND number = 1) THEN (
			SELECT f.number + 1 FROM families f
			WHERE f.market_id = $1 AND NOT EXISTS (
				SELECT 1 FROM families g WHERE g.market_id = $1 AND g.number = f.number + 1
			)
			ORDER BY f.number LIMIT 1
		) ELSE 1 END`, marketID)
	if err == nil && n > code.MaxFamily {
		return 0, familybus.ErrNoNumber
	}
	return n, failed("free number", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return familybus.ErrNotFound
	case sqldb.Violates(err, "families_number_key"):
		return familybus.ErrNumberTaken
	case sqldb.Violates(err, "families_owner_key"):
		return familybus.ErrAlreadyJoined
	case sqldb.Violates(err, "families_owner_fkey"):
		return errNoOwner
	case sqldb.Violates(err, "products_family_fkey"), sqldb.Violates(err, "sale_lines_family_fkey"),
		sqldb.Violates(err, "ledger_entries_family_fkey"), sqldb.Violates(err, "payouts_family_fkey"):
		return familybus.ErrNotEmpty
	}
	return fmt.Errorf("family: %s: %w", what, err)
}
