// Package factordb keeps second factors in Postgres.
package factordb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/sdk/sqldb"
)

type row struct {
	UserID      uuid.UUID  `db:"user_id"`
	Secret      []byte     `db:"secret"`
	LastStep    int64      `db:"last_step"`
	ConfirmedAt *time.Time `db:"confirmed_at"`
}

// Store implements factorbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Begin implements factorbus.Storer.
func (s Store) Begin(ctx context.Context, f factorbus.Factor) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO second_factors AS f (user_id, secret, last_step, confirmed_at)
		VALUES (:user_id, :secret, :last_step, :confirmed_at)
		ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret WHERE f.confirmed_at IS NULL`, row(f))
	return failed("begin", err)
}

// Get implements factorbus.Storer.
func (s Store) Get(ctx context.Context, userID uuid.UUID) (factorbus.Factor, error) {
	r, err := sqldb.One[row](ctx, s.db, `
		SELECT user_id, secret, last_step, confirmed_at FROM second_factors WHERE user_id = $1`, userID)
	return factorbus.Factor(r), failed("get", err)
}

// Confirm implements factorbus.Storer.
func (s Store) Confirm(ctx context.Context, f factorbus.Factor, codes [][]byte) error {
	_, err := s.db.NamedExec(ctx, `
		UPDATE second_factors SET last_step = :last_step, confirmed_at = :confirmed_at WHERE user_id = :user_id`, row(f))
	if err == nil {
		_, err = s.db.Exec(ctx, `INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])`, f.UserID,
			codes)
	}
	return failed("confirm", err)
}

// UseStep implements factorbus.Storer.
func (s Store) UseStep(ctx context.Context, userID uuid.UUID, step int64) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2`, userID,
		step)
	return n == 1, failed("use step", err)
}

// UseRecovery implements factorbus.Storer.
func (s Store) UseRecovery(ctx context.Context, userID uuid.UUID, hash []byte, at time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `
		UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL`, userID, hash, at)
	return n == 1, failed("use recovery code", err)
}

// Left implements factorbus.Storer.
func (s Store) Left(ctx context.Context, userID uuid.UUID) (int, error) {
	n, err := sqldb.One[int](ctx, s.db, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`,
		userID)
	return n, failed("left", err)
}

// Delete implements factorbus.Storer.
func (s Store) Delete(ctx context.Context, userID uuid.UUID) error {
	n, err := s.db.Exec(ctx, `DELETE FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL`, userID)
	if err == nil && n == 0 {
		err = sqldb.ErrNoRows
	}
	return failed("delete", err)
}

// Forget implements factorbus.Storer.
func (s Store) Forget(ctx context.Context, userID uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM second_factors WHERE user_id = $1`, userID)
	return failed("forget", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return factorbus.ErrNotFound
	}
	return fmt.Errorf("second factor: %s: %w", what, err)
}
