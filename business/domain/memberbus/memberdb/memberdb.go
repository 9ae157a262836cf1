// Package memberdb keeps members in Postgres.
package memberdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

type row struct {
	MarketID     uuid.UUID        `db:"market_id"`
	UserID       uuid.UUID        `db:"user_id"`
	Name         name.Name        `db:"name"`
	Role         role.Member      `db:"role"`
	Version      int64            `db:"version"`
	CreatedAt    time.Time        `db:"created_at"`
	UpdatedAt    time.Time        `db:"updated_at"`
	MarketStatus marketbus.Status `db:"status"`
	Organised    bool             `db:"organised"`
}

const selectMembers = `
	SELECT b.market_id, b.user_id, u.name, b.role, b.version, b.created_at, b.updated_at, m.status, m.organised
	FROM members b JOIN users u ON u.user_id = b.user_id JOIN markets m ON m.market_id = b.market_id`

// Store implements memberbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements memberbus.Storer.
func (s Store) Create(ctx context.Context, m memberbus.Member) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO members (market_id, user_id, role, version, created_at, updated_at)
		VALUES (:market_id, :user_id, :role, :version, :created_at, :updated_at)`, row(m))
	return failed("create", err)
}

// Update implements memberbus.Storer.
func (s Store) Update(ctx context.Context, m memberbus.Member) error {
	_, err := s.db.NamedExec(ctx, `
		UPDATE members SET role = :role, version = :version, updated_at = :updated_at
		WHERE market_id = :market_id AND user_id = :user_id`, row(m))
	return failed("update", err)
}

// Delete implements memberbus.Storer.
func (s Store) Delete(ctx context.Context, m memberbus.Member) error {
	_, err := s.db.Exec(ctx, `DELETE FROM members WHERE market_id = $1 AND user_id = $2`, m.MarketID, m.UserID)
	return failed("delete", err)
}

// Get implements memberbus.Storer.
func (s Store) Get(ctx context.Context, marketID, userID uuid.UUID) (memberbus.Member, error) {
	r, err := sqldb.One[row](ctx, s.db, selectMembers+` WHERE b.market_id = $1 AND b.user_id = $2`, marketID, userID)
	return memberbus.Member(r), failed("get", err)
}

// Query implements memberbus.Storer.
func (s Store) Query(ctx context.Context, marketID uuid.UUID, p query.Page) (query.Result[memberbus.Member], error) {
	var w sqldb.Where
	w.Scope("b.market_id", marketID)
	return sqldb.List(ctx, s.db, selectMembers, "b.user_id", w, memberbus.OrderBy, p,
		func(r row) memberbus.Member { return memberbus.Member(r) })
}

// Count implements memberbus.Storer.
func (s Store) Count(ctx context.Context, marketID uuid.UUID, now time.Time) (int, error) {
	n, err := sqldb.One[int](ctx, s.db, `
		SELECT (SELECT count(*) FROM members WHERE market_id = $1) +
			(SELECT count(*) FROM invitations WHERE market_id = $1 AND expires_at > $2)`, marketID, now)
	return n, failed("count", err)
}

// Role implements memberbus.Storer.
func (s Store) Role(ctx context.Context, marketID, userID uuid.UUID) (role.Member, error) {
	r, err := sqldb.One[role.Member](ctx, s.db, `SELECT role FROM members WHERE market_id = $1 AND user_id = $2`,
		marketID, userID)
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", nil
	}
	return r, failed("role", err)
}

// Roles implements memberbus.Storer.
func (s Store) Roles(ctx context.Context, marketID uuid.UUID) (map[uuid.UUID]role.Member, error) {
	var rows []struct {
		UserID uuid.UUID   `db:"user_id"`
		Role   role.Member `db:"role"`
	}
	err := s.db.Select(ctx, &rows, `SELECT user_id, role FROM members WHERE market_id = $1`, marketID)
	roles := make(map[uuid.UUID]role.Member, len(rows))
	for _, r := range rows {
		roles[r.UserID] = r.Role
	}
	return roles, failed("roles", err)
}

// Markets implements memberbus.Storer.
func (s Store) Markets(ctx context.Context, userID uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.db.Select(ctx, &ids, `SELECT market_id FROM members WHERE user_id = $1 ORDER BY market_id`, userID)
	return ids, failed("markets", err)
}

// Organisers implements memberbus.Storer.
func (s Store) Organisers(ctx context.Context, marketID uuid.UUID) ([]email.Email, error) {
	var list []email.Email
	err := s.db.Select(ctx, &list, `
		SELECT u.email FROM members b JOIN users u ON u.user_id = b.user_id
		WHERE b.market_id = $1 AND b.role = 'ORGANISER' AND u.enabled ORDER BY b.user_id`, marketID)
	return list, failed("organisers", err)
}

// Organises implements memberbus.Storer.
func (s Store) Organises(ctx context.Context, userID uuid.UUID) (bool, error) {
	found, err := sqldb.One[bool](ctx, s.db,
		`SELECT EXISTS (SELECT 1 FROM members WHERE user_id = $1 AND role = 'ORGANISER')`, userID)
	return found, failed("organises", err)
}

// Others implements memberbus.Storer.
func (s Store) Others(ctx context.Context, marketID, userID uuid.UUID) (bool, error) {
	found, err := sqldb.One[bool](ctx, s.db, `
		SELECT EXISTS (
			SELECT 1 FROM members b JOIN users u ON u.user_id = b.user_id
			WHERE b.market_id = $1 AND b.user_id <> $2 AND b.role = 'ORGANISER' AND u.enabled
		)`, marketID, userID)
	return found, failed("others", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return memberbus.ErrNotFound
	case sqldb.Violates(err, "members_pkey"):
		return memberbus.ErrAlready
	}
	return fmt.Errorf("member: %s: %w", what, err)
}
