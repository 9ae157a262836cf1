// Package idempotency keeps the first answer to a request that moves money, in the transaction of what the request did,
// so that a repeat gets that answer and does nothing.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// Lifetime is how long a key means its first request; after that it is new.
const Lifetime = 24 * time.Hour

// The errors of a key.
var (
	ErrInProgress = errs.New(errs.Conflict, "idempotency_key_in_progress",
		"a request with this Idempotency-Key is still being carried out; repeat it later",
		"Wait a moment and repeat the request with the same key and body.")
	ErrReused = errs.New(errs.Invalid, "idempotency_key_reused",
		"this Idempotency-Key was used with another request body",
		"Use a new key for a new request; a repeat must have the same body, byte for byte.")
)

// Key is what makes two requests the same one.
type Key struct {
	AccountID uuid.UUID `db:"account_id"`
	Method    string    `db:"method"`
	Path      string    `db:"path"`
	Key       string    `db:"key"`
}

// Answer is what is kept and sent again.
type Answer struct {
	Status   int    `db:"status"`
	Location string `db:"location"`
	ETag     string `db:"etag"`
	Body     []byte `db:"body"`
	// MarketID is where the actor was allowed to do what this answers; nil: nowhere, or the version before kept it.
	MarketID *uuid.UUID `db:"market_id"`
}

// Store keeps answers in one transaction.
type Store struct {
	db  sqldb.DB
	now func() time.Time
}

// New makes a Store.
func New(db sqldb.DB, now func() time.Time) Store { return Store{db, now} }

// Begin claims the key until the transaction ends and returns the answer that is kept for it, if any. It returns
// ErrInProgress when another transaction holds the key, ErrReused when the key was used with another body.
func (s Store) Begin(ctx context.Context, k Key, body []byte) (*Answer, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %q %q", k.AccountID, k.Method, k.Path, k.Key))
	var got bool
	if err := s.db.LaterGet(ctx, &got, `SELECT pg_try_advisory_xact_lock($1)`,
		int64(binary.BigEndian.Uint64(sum[:]))); err != nil { //nolint:gosec // any 64 bits do
		return nil, fmt.Errorf("idempotency lock: %w", err)
	}
	// A second statement, because its snapshot is taken after the lock: in one statement doubles slip through. They go out
	// together all the same.
	var row struct {
		Answer
		RequestHash []byte `db:"request_hash"`
	}
	err := s.db.Get(ctx, &row, `
		SELECT status, location, etag, body, market_id, request_hash FROM idempotency_keys
		WHERE account_id = $1 AND method = $2 AND path = $3 AND key = $4 AND created_at > $5`,
		k.AccountID, k.Method, k.Path, k.Key, s.now().Add(-Lifetime))
	missing := errors.Is(err, sqldb.ErrNoRows)
	switch {
	case err != nil && !missing:
		return nil, fmt.Errorf("idempotency record: %w", err)
	case !got: // what was read without the lock means nothing
		return nil, ErrInProgress
	case missing:
		return nil, nil
	case [sha256.Size]byte(row.RequestHash) != sha256.Sum256(body):
		return nil, ErrReused
	}
	return &row.Answer, nil
}

// Keep stores the answer to the request that claimed the key, on the way to COMMIT.
func (s Store) Keep(ctx context.Context, k Key, body []byte, a Answer) error {
	sum := sha256.Sum256(body)
	if a.Body == nil {
		a.Body = []byte{} // of a 204; nil would be NULL
	}
	return s.db.LaterNamed(ctx, func(err error) error {
		if err != nil {
			return fmt.Errorf("idempotency record: %w", err)
		}
		return nil
	}, `
		INSERT INTO idempotency_keys (account_id, method, path, key, request_hash, status, location, etag, body, market_id,
			created_at)
		VALUES (:account_id, :method, :path, :key, :request_hash, :status, :location, :etag, :body, :market_id, :created_at)
		ON CONFLICT (account_id, method, path, key) DO UPDATE SET request_hash = excluded.request_hash,
			status = excluded.status, location = excluded.location, etag = excluded.etag, body = excluded.body,
			market_id = excluded.market_id, created_at = excluded.created_at`,
		struct {
			Key
			Answer
			RequestHash []byte    `db:"request_hash"`
			CreatedAt   time.Time `db:"created_at"`
		}{k, a, sum[:], s.now()})
}

// Clean deletes the keys that are past their lifetime and returns how many.
func (s Store) Clean(ctx context.Context) (int64, error) {
	return s.db.Exec(ctx, `DELETE FROM idempotency_keys WHERE created_at <= $1`, s.now().Add(-Lifetime))
}
