// Package identitydb keeps identities in Postgres.
package identitydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/identitybus"
	"github.com/garagesale/service/business/sdk/sqldb"
)

type row struct {
	ID        uuid.UUID `db:"identity_id"`
	UserID    uuid.UUID `db:"user_id"`
	Issuer    string    `db:"issuer"`
	Subject   string    `db:"subject"`
	CreatedAt time.Time `db:"created_at"`
	UsedAt    time.Time `db:"used_at"`
}

type login struct {
	Hash      []byte     `db:"login_hash"`
	TokenHash []byte     `db:"token_hash"`
	UserID    *uuid.UUID `db:"user_id"`
	Issuer    string     `db:"issuer"`
	Subject   string     `db:"subject"`
	AuthAt    time.Time  `db:"auth_at"`
	Linked    bool       `db:"linked"`
	ExpiresAt time.Time  `db:"expires_at"`
}

// Store implements identitybus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Spend implements identitybus.Storer.
func (s Store) Spend(ctx context.Context, w identitybus.Waiting) error {
	_, err := s.db.Exec(ctx, `DELETE FROM provider_logins WHERE user_id = $1`, w.UserID)
	if err != nil {
		return failed("spend", err)
	}
	_, err = s.db.NamedExec(ctx, `
		INSERT INTO provider_logins (login_hash, token_hash, user_id, issuer, subject, auth_at, linked, expires_at)
		VALUES (:login_hash, :token_hash, :user_id, :issuer, :subject, :auth_at, :linked, :expires_at)`, login(w))
	return failed("spend", err)
}

// Waiting implements identitybus.Storer.
func (s Store) Waiting(ctx context.Context, tokenHash []byte) (identitybus.Waiting, error) {
	l, err := sqldb.One[login](ctx, s.db, `
		SELECT login_hash, token_hash, user_id, issuer, subject, auth_at, linked, expires_at
		FROM provider_logins WHERE token_hash = $1`, tokenHash)
	if errors.Is(err, sqldb.ErrNoRows) {
		return identitybus.Waiting{}, identitybus.ErrToken
	}
	return identitybus.Waiting(l), failed("waiting", err)
}

// End implements identitybus.Storer.
func (s Store) End(ctx context.Context, tokenHash []byte) error {
	n, err := s.db.Exec(ctx, `DELETE FROM provider_logins WHERE token_hash = $1`, tokenHash)
	if err == nil && n == 0 {
		return identitybus.ErrToken
	}
	return failed("end", err)
}

// Clean implements identitybus.Storer.
func (s Store) Clean(ctx context.Context, now time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM provider_logins WHERE expires_at <= $1`, now)
	return n, failed("clean", err)
}

const selectIdentities = `SELECT identity_id, user_id, issuer, subject, created_at, used_at FROM identities `

// Find implements identitybus.Storer.
func (s Store) Find(ctx context.Context, issuer, subject string) (identitybus.Identity, error) {
	r, err := sqldb.One[row](ctx, s.db, selectIdentities+`WHERE issuer = $1 AND subject = $2`, issuer, subject)
	return identitybus.Identity(r), failed("find", err)
}

// Create implements identitybus.Storer.
func (s Store) Create(ctx context.Context, i identitybus.Identity) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO identities (identity_id, user_id, issuer, subject, created_at, used_at)
		VALUES (:identity_id, :user_id, :issuer, :subject, :created_at, :used_at)`, row(i))
	return failed("create", err)
}

// Use implements identitybus.Storer.
func (s Store) Use(ctx context.Context, id uuid.UUID, at time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE identities SET used_at = $2 WHERE identity_id = $1`, id, at)
	return failed("use", err)
}

// Of implements identitybus.Storer.
func (s Store) Of(ctx context.Context, userID uuid.UUID) ([]identitybus.Identity, error) {
	var rows []row
	err := s.db.Select(ctx, &rows, selectIdentities+`WHERE user_id = $1 ORDER BY identity_id`, userID)
	list := make([]identitybus.Identity, len(rows))
	for i, r := range rows {
		list[i] = identitybus.Identity(r)
	}
	return list, failed("list", err)
}

// Delete implements identitybus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM identities WHERE identity_id = $1`, id)
	return failed("delete", err)
}

// Forget implements identitybus.Storer.
func (s Store) Forget(ctx context.Context, userID uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM identities WHERE user_id = $1`, userID)
	if err == nil {
		_, err = s.db.Exec(ctx, `DELETE FROM provider_logins WHERE user_id = $1`, userID)
	}
	return failed("forget", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return identitybus.ErrNotFound
	case sqldb.Violates(err, "provider_logins_pkey"):
		return identitybus.ErrUsed
	case sqldb.Violates(err, "identities_subject_key"):
		return identitybus.ErrLinked
	}
	return fmt.Errorf("identity: %s: %w", what, err)
}
