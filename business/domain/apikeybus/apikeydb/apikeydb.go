// Package apikeydb keeps API keys in Postgres.
package apikeydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

type row struct {
	ID         uuid.UUID  `db:"key_id"`
	UserID     uuid.UUID  `db:"user_id"`
	Name       name.Name  `db:"name"`
	MarketID   *uuid.UUID `db:"market_id"`
	Actions    []string   `db:"actions"`
	Version    int64      `db:"version"`
	CreatedAt  time.Time  `db:"created_at"`
	ExpiresAt  time.Time  `db:"expires_at"`
	LastUsedAt *time.Time `db:"last_used_at"`
}

const columns = `k.key_id, k.user_id, k.name, k.market_id, k.actions, k.version, k.created_at, k.expires_at,
	k.last_used_at`

const one = `SELECT ` + columns + ` FROM api_keys k WHERE k.user_id = $1 AND k.key_id = $2`

// Store implements apikeybus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements apikeybus.Storer.
func (s Store) Create(ctx context.Context, k apikeybus.Key, hash []byte) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO api_keys (key_id, user_id, name, market_id, actions, version, created_at, expires_at, last_used_at,
			token_hash)
		VALUES (:key_id, :user_id, :name, :market_id, :actions, :version, :created_at, :expires_at, :last_used_at,
			:token_hash)`,
		struct {
			row
			Hash []byte `db:"token_hash"`
		}{row(k), hash})
	return failed("create", err)
}

// Count implements apikeybus.Storer.
func (s Store) Count(ctx context.Context, userID uuid.UUID) (int, error) {
	n, err := sqldb.One[int](ctx, s.db, `SELECT count(*) FROM api_keys WHERE user_id = $1`, userID)
	return n, failed("count", err)
}

// Of implements apikeybus.Storer.
func (s Store) Of(ctx context.Context, userID uuid.UUID) ([]apikeybus.Key, error) {
	var rows []row
	err := s.db.Select(ctx, &rows, `SELECT `+columns+` FROM api_keys k WHERE k.user_id = $1
		ORDER BY k.created_at DESC, k.key_id DESC`, userID)
	list := make([]apikeybus.Key, len(rows))
	for i, r := range rows {
		list[i] = apikeybus.Key(r)
	}
	return list, failed("of", err)
}

// Get implements apikeybus.Storer.
func (s Store) Get(ctx context.Context, userID, id uuid.UUID) (apikeybus.Key, error) {
	r, err := sqldb.One[row](ctx, s.db, one, userID, id)
	return apikeybus.Key(r), failed("get", err)
}

// Lock implements apikeybus.Storer.
func (s Store) Lock(ctx context.Context, userID, id uuid.UUID) (apikeybus.Key, error) {
	r, err := sqldb.One[row](ctx, s.db, one+` FOR UPDATE`, userID, id)
	return apikeybus.Key(r), failed("lock", err)
}

// Delete implements apikeybus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM api_keys WHERE key_id = $1`, id)
	return failed("delete", err)
}

// Forget implements apikeybus.Storer.
func (s Store) Forget(ctx context.Context, userID uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM api_keys WHERE user_id = $1`, userID)
	return failed("forget", err)
}

// Find implements apikeybus.Storer.
func (s Store) Find(ctx context.Context, hash []byte, now time.Time) (apikeybus.Grant, error) {
	r, err := sqldb.One[struct {
		row
		Roles role.Set `db:"roles"`
	}](ctx, s.db, `
		SELECT `+columns+`, u.roles FROM api_keys k JOIN users u USING (user_id)
		WHERE k.token_hash = $1 AND k.expires_at > $2 AND u.enabled`, hash, now)
	return apikeybus.Grant{Key: apikeybus.Key(r.row), Roles: r.Roles}, failed("find", err)
}

// Use implements apikeybus.Storer.
func (s Store) Use(ctx context.Context, id uuid.UUID, at, since time.Time) error {
	_, err := s.db.Exec(ctx, `
		UPDATE api_keys SET last_used_at = $2, version = version + 1
		WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)`, id, at, since)
	return failed("use", err)
}

// Clean implements apikeybus.Storer.
func (s Store) Clean(ctx context.Context, by time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM api_keys WHERE expires_at <= $1`, by)
	return n, failed("clean", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return apikeybus.ErrNotFound
	case sqldb.Violates(err, "api_keys_market_fkey"):
		return apikeybus.ErrNoMarket
	}
	return fmt.Errorf("API key: %s: %w", what, err)
}
