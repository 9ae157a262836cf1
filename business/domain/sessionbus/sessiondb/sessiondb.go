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
	Address    string     `db:"address"`
	UserAgent  string     `db:"user_agent"`
	UsedAt     time.Time  `db:"used_at"`
	AuthAt     time.Time  `db:"auth_at"`
}

const columns = `s.session_id, s.user_id, s.generation, s.created_at, s.expires_at, s.ended_at, s.address, s.user_agent,
	coalesce(s.used_at, s.created_at) AS used_at, coalesce(s.auth_at, s.created_at) AS auth_at`

// live are the sessions of an account ($1) and a generation ($2) that can be refreshed ($3: now).
const live = `
	FROM sessions s
	WHERE s.user_id = $1 AND s.generation = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND EXISTS (
		SELECT 1 FROM refresh_tokens t
		WHERE t.session_id = s.session_id AND t.used_at IS NULL AND t.expires_at > $3
	)`

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
		INSERT INTO sessions (session_id, user_id, generation, created_at, expires_at, ended_at, address, user_agent,
			used_at, auth_at)
		VALUES (:session_id, :user_id, :generation, :created_at, :expires_at, :ended_at, :address, :user_agent, :used_at,
			:auth_at)`, row(session))
	return failed("create", err)
}

// CountLive implements sessionbus.Storer.
func (s Store) CountLive(ctx context.Context, userID uuid.UUID, generation int64, now time.Time) (int, error) {
	if _, err := s.db.Exec(ctx, `SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE`, userID); err != nil {
		return 0, failed("hold user", err)
	}
	// A second statement, whose snapshot is taken after the lock.
	n, err := sqldb.One[int](ctx, s.db, `SELECT count(*)`+live, userID, generation, now)
	return n, failed("count live", err)
}

// Live implements sessionbus.Storer.
func (s Store) Live(ctx context.Context, userID uuid.UUID, generation int64, now time.Time) ([]sessionbus.Session,
	error) {
	var rows []row
	err := s.db.Select(ctx, &rows, `SELECT `+columns+live+` ORDER BY used_at DESC, s.session_id DESC`, userID, generation,
		now)
	list := make([]sessionbus.Session, len(rows))
	for i, r := range rows {
		list[i] = sessionbus.Session(r)
	}
	return list, failed("live", err)
}

// EndOf implements sessionbus.Storer, and tells the other replicas once the transaction commits.
func (s Store) EndOf(ctx context.Context, userID uuid.UUID, ids []uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	var ended []uuid.UUID
	if err := s.db.Select(ctx, &ended, `
		UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND session_id = ANY ($2) AND ended_at IS NULL
		RETURNING session_id`, userID, ids, at); err != nil {
		return nil, failed("end of", err)
	}
	return ended, failed("end of", s.db.Notify(ctx, userbus.EndedChannel))
}

// Confirm implements sessionbus.Storer.
func (s Store) Confirm(ctx context.Context, session sessionbus.Session) error {
	n, err := s.db.NamedExec(ctx, `
		UPDATE sessions SET auth_at = :auth_at
		WHERE session_id = :session_id AND user_id = :user_id AND generation = :generation AND ended_at IS NULL`,
		row(session))
	if err == nil && n == 0 {
		return sessionbus.ErrNotFound
	}
	return failed("confirm", err)
}

// Devices implements sessionbus.Storer.
func (s Store) Devices(ctx context.Context, userID uuid.UUID, device []byte) (known bool, n int, err error) {
	var r struct {
		Known bool `db:"known"`
		N     int  `db:"n"`
	}
	err = s.db.Get(ctx, &r, `SELECT coalesce(bool_or(device = $2), false) AS known, count(*) AS n FROM devices
		WHERE user_id = $1`, userID, device)
	return r.Known, r.N, failed("devices", err)
}

// SeeDevice implements sessionbus.Storer.
func (s Store) SeeDevice(ctx context.Context, userID uuid.UUID, device []byte, at time.Time, most int) error {
	if _, err := s.db.Exec(ctx, `
		INSERT INTO devices (user_id, device, seen_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, device) DO UPDATE SET seen_at = excluded.seen_at`, userID, device, at); err != nil {
		return failed("see device", err)
	}
	_, err := s.db.Exec(ctx, `
		DELETE FROM devices d WHERE d.user_id = $1 AND d.device IN (
			SELECT o.device FROM devices o WHERE o.user_id = $1 ORDER BY o.seen_at DESC, o.device OFFSET $2
		)`, userID, most)
	return failed("forget devices", err)
}

// CleanDevices implements sessionbus.Storer.
func (s Store) CleanDevices(ctx context.Context, before time.Time) error {
	_, err := s.db.Exec(ctx, `DELETE FROM devices WHERE seen_at < $1`, before)
	return failed("clean devices", err)
}

// Lock implements sessionbus.Storer.
func (s Store) Lock(ctx context.Context, hash []byte) (sessionbus.Session, bool, error) {
	r, err := sqldb.One[row](ctx, s.db, `
		SELECT `+columns+`
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
func (s Store) Use(ctx context.Context, t sessionbus.Token, session sessionbus.Session) error {
	if _, err := s.db.NamedExec(ctx,
		`UPDATE refresh_tokens SET used_at = :used_at, successor = :successor WHERE token_hash = :token_hash`,
		tokenRow(t)); err != nil {
		return failed("use token", err)
	}
	_, err := s.db.NamedExec(ctx, `UPDATE sessions SET used_at = :used_at, address = :address, user_agent = :user_agent
		WHERE session_id = :session_id`, row(session))
	return failed("use session", err)
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
