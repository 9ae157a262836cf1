package sqldb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/business/sdk/errs"
)

const (
	maxAttempts = 8
	endTimeout  = time.Minute // of a whole transaction, COMMIT included
)

// InTx runs fn in a READ COMMITTED transaction and commits it, or rolls it back when fn fails. A serialization failure
// or a deadlock runs fn again, so fn must touch nothing but the database. When the connection is lost during COMMIT
// nobody can know whether it happened: that is errs.ErrOutcomeUnknown, and fn is not run again.
func (db DB) InTx(ctx context.Context, fn func(DB) error) error {
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, fn)
		if !again(err) || attempt == maxAttempts {
			return err
		}
		trace.SpanFromContext(ctx).AddEvent("transaction runs again")
		// Jitter parts those who collided.
		wait := time.Duration(rand.Int64N(int64(attempt) * int64(10*time.Millisecond))) //nolint:gosec // no secret
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// Snapshot runs fn so that all its reads see the database at one moment. Within a transaction that is the
// transaction's business, and fn just runs.
func (db DB) Snapshot(ctx context.Context, fn func(DB) error) error {
	if db.pool == nil {
		return fn(db)
	}
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // there is nothing to keep
	return fn(DB{q: tx})
}

func (db DB) once(ctx context.Context, fn func(DB) error) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return classify(cmp.Or(ctx.Err(), err))
	}
	defer conn.Release() // one that is still in a transaction is closed
	tx := &tx{conn: conn.Conn(), later: db.begin()}
	tx.begin = len(tx.later)
	// A client that hangs up must not make the outcome of a COMMIT unknown, so how it ends is not up to ctx.
	endCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	defer tx.rollback(endCtx) // does nothing after COMMIT
	if err := fn(DB{q: tx, tx: tx}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return classify(err) // nobody waits for the answer any more
	}
	return tx.commit(endCtx)
}

// begin is how a transaction starts. The time of a read is not for it: a COMMIT that was cut off while it waits for a
// standby would be acknowledged without it.
func (db DB) begin() []pending {
	begin := []pending{{sql: "begin isolation level read committed"}}
	if db.bounded {
		begin = append(begin, pending{sql: "set local statement_timeout = 0"})
	}
	return begin
}

// commitError tells a COMMIT that the server refused from one whose outcome nobody knows. A FATAL may come after the
// change is durable: a backend that is told to end while it waits for a standby, for instance.
func commitError(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR", errors.Is(err, pgx.ErrTxCommitRollback):
		return fmt.Errorf("commit: %w", err)
	}
	return fmt.Errorf("commit: %w: %w", errs.ErrOutcomeUnknown, err)
}

func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// lost tells whether the connection broke.
func lost(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, pgx.ErrTxClosed)
}
