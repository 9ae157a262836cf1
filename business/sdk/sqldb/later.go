package sqldb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Later is Exec for a statement whose outcome nobody waits for: in a transaction it goes out with the next statement
// that somebody does wait for, or with COMMIT, in one round trip. Then is told the outcome and may turn the error into
// one of the domain; what it returns ends the transaction. Outside of a transaction the statement runs at once.
func (db DB) Later(ctx context.Context, then func(error) error, q string, args ...any) error {
	if db.tx == nil {
		_, err := db.Exec(ctx, q, args...)
		return then(err)
	}
	db.tx.later = append(db.tx.later, pending{sql: q, args: native(args), then: func(_ int64, err error) error {
		return then(err)
	}})
	return nil
}

// LaterRows is Later for a statement that may go well and still be refused, by how many rows it touched. It never goes
// out with COMMIT, which would be done before anybody could refuse.
func (db DB) LaterRows(ctx context.Context, then func(rows int64, err error) error, q string, args ...any) error {
	if db.tx == nil {
		return then(db.Exec(ctx, q, args...))
	}
	db.tx.later = append(db.tx.later, pending{sql: q, args: native(args), then: then, judged: true})
	return nil
}

// LaterNamed is Later with :names for the db-tagged fields of row, or of each row of a list.
func (db DB) LaterNamed(ctx context.Context, then func(error) error, q string, row any) error {
	q, args, err := named(q, row)
	if err != nil {
		return err
	}
	return db.Later(ctx, then, q, args...)
}

// LaterGet is Get for an answer that is only looked at after the next statement, with which it goes out.
func (db DB) LaterGet(ctx context.Context, dest any, q string, args ...any) error {
	if db.tx == nil {
		return db.Get(ctx, dest, q, args...)
	}
	db.tx.later = append(db.tx.later, pending{sql: q, args: native(args), dest: dest, judged: true}) // there may be no row
	return nil
}

// pending is a statement that waits to be sent with others.
type pending struct {
	sql  string
	args []any
	dest any // of the one value that it returns, if it does
	then func(rows int64, err error) error
	// judged: whether it is an error is known only when it has gone well.
	judged bool
}

// tx is a transaction that sends what nobody waits for, BEGIN to begin with, together with the next statement.
type tx struct {
	conn  *pgx.Conn
	later []pending
	begin int // how many of later begin it
	begun bool
}

// earlier is the error of a statement that was sent with another one, which must not take it for its own.
type earlier struct{ error }

func (e earlier) Unwrap() error { return e.error }

// Query implements querier.
func (t *tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if len(t.later) == 0 {
		return t.conn.Query(ctx, sql, args...)
	}
	br, err := t.send(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	rows, err := br.Query()
	if err != nil {
		_ = br.Close() // says the same; left open it would cost the connection
		return nil, err
	}
	return batchRows{rows, br}, nil
}

// Exec implements querier.
func (t *tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if len(t.later) == 0 {
		return t.conn.Exec(ctx, sql, args...)
	}
	br, err := t.send(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := br.Exec()
	return tag, cmp.Or(err, br.Close())
}

// send sends what waits, and then the statement, whose result is the next one to be read.
func (t *tx) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	waiting := t.later
	t.later, t.begun = nil, true
	var b pgx.Batch
	for _, s := range waiting {
		b.Queue(s.sql, s.args...)
	}
	b.Queue(sql, args...)
	br := t.conn.SendBatch(ctx, &b)
	for _, s := range waiting {
		if err := s.read(br); err != nil {
			_ = br.Close() // says the same
			return nil, earlier{err}
		}
	}
	return br, nil
}

func (s pending) read(br pgx.BatchResults) error {
	if s.dest != nil {
		err := br.QueryRow().Scan(s.dest)
		if errors.Is(err, ErrNoRows) {
			return fmt.Errorf("no row: %s", s.sql) // the next statement must not think that it was meant
		}
		return classify(err)
	}
	tag, err := br.Exec()
	if s.then != nil {
		return s.then(tag.RowsAffected(), classify(err))
	}
	return classify(err)
}

// batchRows ends the batch when its last statement has been read.
type batchRows struct {
	pgx.Rows
	br pgx.BatchResults
}

func (r batchRows) Close() {
	r.Rows.Close()
	_ = r.br.Close() // what failed is the rows' error
}

// commit sends what waits together with COMMIT. An error of what waited is known not to be committed.
func (t *tx) commit(ctx context.Context) error {
	if !t.begun && len(t.later) == t.begin {
		return nil // nothing was done
	}
	if slices.ContainsFunc(t.later, func(p pending) bool { return p.judged }) {
		_, err := t.Exec(ctx, "select") // they go out with this, and are judged before COMMIT
		if e, ok := errors.AsType[earlier](err); ok {
			return e.error
		} else if err != nil {
			return classify(err)
		}
	}
	tag, err := t.Exec(ctx, "commit")
	if e, ok := errors.AsType[earlier](err); ok {
		if t.conn.IsClosed() {
			return commitError(e.error) // COMMIT may have arrived
		}
		return e.error
	}
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	return commitError(err)
}

// rollback ends what did not come to COMMIT.
func (t *tx) rollback(ctx context.Context) {
	if t.begun && !t.conn.IsClosed() && t.conn.PgConn().TxStatus() != 'I' {
		_, _ = t.conn.Exec(ctx, "rollback") // there is nothing to keep
	}
}
