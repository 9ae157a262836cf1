// Package passkeydb keeps passkeys in Postgres.
package passkeydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/name"
)

type row struct {
	ID             uuid.UUID  `db:"passkey_id"`
	UserID         uuid.UUID  `db:"user_id"`
	Name           name.Name  `db:"name"`
	CredentialID   []byte     `db:"credential_id"`
	PublicKey      []byte     `db:"public_key"`
	SignCount      int64      `db:"sign_count"`
	Transports     []string   `db:"transports"`
	BackupEligible bool       `db:"backup_eligible"`
	BackedUp       bool       `db:"backed_up"`
	AAGUID         uuid.UUID  `db:"aaguid"`
	Version        int64      `db:"version"`
	CreatedAt      time.Time  `db:"created_at"`
	UpdatedAt      time.Time  `db:"updated_at"`
	LastUsedAt     *time.Time `db:"last_used_at"`
}

const selectPasskeys = `
	SELECT passkey_id, user_id, name, credential_id, public_key, sign_count, transports, backup_eligible, backed_up,
		aaguid, version, created_at, updated_at, last_used_at
	FROM passkeys `

// Store implements passkeybus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements passkeybus.Storer.
func (s Store) Create(ctx context.Context, k passkeybus.Passkey) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO passkeys (passkey_id, user_id, name, credential_id, public_key, sign_count, transports, backup_eligible,
			backed_up, aaguid, version, created_at, updated_at, last_used_at)
		VALUES (:passkey_id, :user_id, :name, :credential_id, :public_key, :sign_count,
			coalesce(CAST(:transports AS text[]), '{}'), :backup_eligible, :backed_up, :aaguid, :version, :created_at,
			:updated_at, :last_used_at)`, row(k))
	return failed("create", err)
}

// Update implements passkeybus.Storer.
func (s Store) Update(ctx context.Context, k passkeybus.Passkey) error {
	_, err := s.db.NamedExec(ctx, `
		UPDATE passkeys SET name = :name, sign_count = :sign_count, backed_up = :backed_up, version = :version,
			updated_at = :updated_at, last_used_at = :last_used_at
		WHERE passkey_id = :passkey_id`, row(k))
	return failed("update", err)
}

// Delete implements passkeybus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM passkeys WHERE passkey_id = $1`, id)
	return failed("delete", err)
}

// Of implements passkeybus.Storer.
func (s Store) Of(ctx context.Context, userID uuid.UUID) ([]passkeybus.Passkey, error) {
	var rows []row
	err := s.db.Select(ctx, &rows, selectPasskeys+`WHERE user_id = $1 ORDER BY passkey_id`, userID)
	list := make([]passkeybus.Passkey, len(rows))
	for i, r := range rows {
		list[i] = passkeybus.Passkey(r)
	}
	return list, failed("list", err)
}

// ByCredential implements passkeybus.Storer.
func (s Store) ByCredential(ctx context.Context, credentialID []byte) (passkeybus.Passkey, error) {
	r, err := sqldb.One[row](ctx, s.db, selectPasskeys+`WHERE credential_id = $1`, credentialID)
	return passkeybus.Passkey(r), failed("get", err)
}

// DeleteOf implements passkeybus.Storer.
func (s Store) DeleteOf(ctx context.Context, userID uuid.UUID) (int64, error) {
	_, err := s.db.Exec(ctx, `DELETE FROM passkey_challenges WHERE user_id = $1`, userID)
	if err != nil {
		return 0, failed("delete challenges", err)
	}
	n, err := s.db.Exec(ctx, `DELETE FROM passkeys WHERE user_id = $1`, userID)
	return n, failed("delete all", err)
}

// Ask implements passkeybus.Storer.
func (s Store) Ask(ctx context.Context, c passkeybus.Challenge) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO passkey_challenges (challenge_hash, purpose, user_id, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, purpose) DO UPDATE SET challenge_hash = excluded.challenge_hash,
			expires_at = excluded.expires_at`, c.Hash, c.Purpose, c.UserID, c.ExpiresAt)
	return failed("ask", err)
}

// Answer implements passkeybus.Storer.
func (s Store) Answer(ctx context.Context, c passkeybus.Challenge, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `
		DELETE FROM passkey_challenges
		WHERE challenge_hash = $1 AND purpose = $2 AND user_id IS NOT DISTINCT FROM $3 AND expires_at > $4`,
		c.Hash, c.Purpose, c.UserID, now)
	return n == 1, failed("answer", err)
}

// Clean implements passkeybus.Storer.
func (s Store) Clean(ctx context.Context, before time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM passkey_challenges WHERE expires_at <= $1`, before)
	return n, failed("clean", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return passkeybus.ErrNotFound
	case sqldb.Violates(err, "passkeys_credential_key"):
		return passkeybus.ErrExists
	}
	return fmt.Errorf("passkey: %s: %w", what, err)
}
