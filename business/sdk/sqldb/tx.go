package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
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
	maxAttempts   = 8
	commitTimeout = 10 * time.Second
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

func (db DB) once(ctx context.Context, fn func(DB) error) error {
	// A client that hangs up must not make the outcome of a COMMIT unknown, so the transaction lives on a context of
	// its own; the statements within still obey ctx.
	txCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := ctx.Err(); err != nil {
		return classify(err)
	}
	stop := context.AfterFunc(ctx, cancel) // waiting for a connection obeys ctx too
	tx, err := db.sqlx.BeginTxx(txCtx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	stop()
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after COMMIT
	if err := fn(DB{q: tx}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return classify(err) // nobody waits for the answer any more
	}
	timer := time.AfterFunc(commitTimeout, cancel)
	defer timer.Stop()
	return commitError(tx.Commit())
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
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone)
}
