package userdb

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
)

type linkRow struct {
	UserID    uuid.UUID       `db:"user_id"`
	Purpose   userbus.Purpose `db:"purpose"`
	Email     email.Email     `db:"email"`
	Hash      []byte          `db:"token_hash"`
	ExpiresAt time.Time       `db:"expires_at"`
}

// PutLink implements userbus.Storer.
func (s Store) PutLink(ctx context.Context, l userbus.Link) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO links (user_id, purpose, email, token_hash, expires_at)
		VALUES (:user_id, :purpose, :email, :token_hash, :expires_at)
		ON CONFLICT (user_id, purpose) DO UPDATE SET email = excluded.email, token_hash = excluded.token_hash,
			expires_at = excluded.expires_at`, linkRow(l))
	return failed("put link", err)
}

// FillLink implements userbus.Storer.
func (s Store) FillLink(ctx context.Context, l userbus.Link) error {
	n, err := s.db.NamedExec(ctx, `
		UPDATE links SET token_hash = :token_hash, expires_at = :expires_at
		WHERE user_id = :user_id AND purpose = :purpose AND email = :email`, linkRow(l))
	if err == nil && n == 0 {
		err = sqldb.ErrNoRows
	}
	return failed("fill link", err)
}

// Link implements userbus.Storer.
func (s Store) Link(ctx context.Context, userID uuid.UUID, p userbus.Purpose) (userbus.Link, error) {
	r, err := sqldb.One[linkRow](ctx, s.db, `
		SELECT user_id, purpose, email, token_hash, expires_at FROM links WHERE user_id = $1 AND purpose = $2`, userID, p)
	return userbus.Link(r), failed("link", err)
}

// LockByLink implements userbus.Storer.
func (s Store) LockByLink(ctx context.Context, p userbus.Purpose, hash []byte) (userbus.User, error) {
	r, err := sqldb.One[row](ctx, s.db, selectUsers+` JOIN links l USING (user_id)
		WHERE l.token_hash = $1 AND l.purpose = $2 FOR NO KEY UPDATE OF u`, hash, p)
	return userbus.User(r), failed("lock by link", err)
}

// SpendLink implements userbus.Storer.
func (s Store) SpendLink(ctx context.Context, p userbus.Purpose, hash []byte) (userbus.Link, error) {
	r, err := sqldb.One[linkRow](ctx, s.db, `
		DELETE FROM links WHERE token_hash = $1 AND purpose = $2
		RETURNING user_id, purpose, email, token_hash, expires_at`, hash, p)
	return userbus.Link(r), failed("spend link", err)
}

// DropLinks implements userbus.Storer.
func (s Store) DropLinks(ctx context.Context, userID uuid.UUID, keep email.Email) error {
	_, err := s.db.Exec(ctx, `DELETE FROM links WHERE user_id = $1 AND email <> $2`, userID, keep)
	return failed("drop links", err)
}

// CleanLinks implements userbus.Storer.
func (s Store) CleanLinks(ctx context.Context, now time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM links WHERE expires_at <= $1`, now)
	return n, failed("clean links", err)
}
