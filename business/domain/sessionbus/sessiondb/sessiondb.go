// Package sessiondb keeps sessions in Postgres.
package sessiondb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
)

type row struct {
	ID         uuid.UUID  `db:"session_id"`
	UserID     uuid.UUID  `db:"user_id"`
	Generation int64      `db:"generation"`
	CreatedAt  time.Time  `db:"created_at"`
	ExpiresAt  time.Time  `db:"expires_at"`
	EndedAt    *time.Time `db:"ended_at"`
}

type tokenRow struct {
	Hash      []byte     `db:"token_hash"`
	SessionID uuid.UUID  `db:"session_id"`
	ExpiresAt time.Time  `db:"expires_at"`
	UsedAt    *time.Time `db:"used_at"`
	Successor []byte     `db:"successor"`
}

// Store implements sessionbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements sessionbus.Storer.
func (s Store) Create(ctx context.Context, session sessionbus.Session) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO sessions (session_id, user_id, generation, created_at, expires_at, ended_at)
		VALUES (:session_id, :user_id, :generation, :created_at, :expires_at, :ended_at)`, row(session))
	return failed("create", err)
}

// CountLive implements sessionbus.Storer.
func (s Store) CountLive(ctx context.Context, userID uuid.UUID, generation int64, now time.Time) (int, error) {
	if _, err := s.db.Exec(ctx, `SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE`, userID); err != nil {
		return 0, failed("hold user", err)
	}
	// A second statement, whose snapshot is taken after the lock.
	n, err := sqldb.One[int](ctx, s.db, `
		SELECT count(*) FROM sessions s
		WHERE s.user_id = $1 AND s.generation = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND EXISTS (
			SELECT 1 FROM refresh_tokens t
			WHERE t.session_id = s.session_id AND t.used_at IS NULL AND t.expires_at > $3
		)`, userID, generation, now)
	return n, failed("count live", err)
}

// Lock implements sessionbus.Storer.
func (s Store) Lock(ctx context.Context, hash []byte) (sessionbus.Session, bool, error) {
	r, err := sqldb.One[row](ctx, s.db, `
		SELECT s.session_id, s.user_id, s.generation, s.created_at, s.expires_at, s.ended_at
		FROM sessions s JOIN refresh_tokens t USING (session_id)
		WHERE t.token_hash = $1 FOR NO KEY UPDATE OF s`, hash)
	if errors.Is(err, sqldb.ErrNoRows) {
		return sessionbus.Session{}, false, nil
	}
	return sessionbus.Session(r), err == nil, failed("lock", err)
}

// End implements sessionbus.Storer, and tells the other replicas once the transaction commits.
func (s Store) End(ctx context.Context, id uuid.UUID, at time.Time) error {
	if _, err := s.db.Exec(ctx, `UPDATE sessions SET ended_at = $2 WHERE session_id = $1`, id, at); err != nil {
		return failed("end", err)
	}
	return failed("end", s.db.Notify(ctx, userbus.EndedChannel))
}

// Ended implements sessionbus.Storer.
func (s Store) Ended(ctx context.Context, since time.Time) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.db.Select(ctx, &ids, `SELECT session_id FROM sessions WHERE ended_at >= $1`, since)
	return ids, failed("ended", err)
}

// AddToken implements sessionbus.Storer.
func (s Store) AddToken(ctx context.Context, t sessionbus.Token) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO refresh_tokens (token_hash, session_id, expires_at, used_at, successor)
		VALUES (:token_hash, :session_id, :expires_at, :used_at, :successor)`, tokenRow(t))
	return failed("add token", err)
}

// Token implements sessionbus.Storer.
func (s Store) Token(ctx context.Context, hash []byte) (sessionbus.Token, error) {
	r, err := sqldb.One[tokenRow](ctx, s.db,
		`SELECT token_hash, session_id, expires_at, used_at, successor FROM refresh_tokens WHERE token_hash = $1`, hash)
	return sessionbus.Token(r), failed("token", err)
}

// Use implements sessionbus.Storer.
func (s Store) Use(ctx context.Context, t sessionbus.Token) error {
	_, err := s.db.NamedExec(ctx,
		`UPDATE refresh_tokens SET used_at = :used_at, successor = :successor WHERE token_hash = :token_hash`, tokenRow(t))
	return failed("use token", err)
}

// Clean implements sessionbus.Storer; the tokens go with their sessions.
func (s Store) Clean(ctx context.Context, before time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM sessions WHERE expires_at < $1 OR ended_at < $1`, before)
	return n, failed("clean", err)
}

// CleanTokens implements sessionbus.Storer.
func (s Store) CleanTokens(ctx context.Context, by time.Time) error {
	_, err := s.db.Exec(ctx, `DELETE FROM refresh_tokens WHERE used_at IS NOT NULL AND expires_at <= $1`, by)
	return failed("clean tokens", err)
}

func failed(what string, err error) error {
	if err != nil {
		return fmt.Errorf("session: %s: %w", what, err)
	}
	return nil
}
