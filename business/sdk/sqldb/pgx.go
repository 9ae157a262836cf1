package sqldb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Pgx hands fn the transaction as pgx knows it, for a library that wants one; outside of InTx it opens one. Fn may
// Exec, Query and QueryRow, in the order of everything else in the transaction. How it ends is not up to fn, so all
// else that a pgx.Tx can do is an error.
func (db DB) Pgx(ctx context.Context, fn func(pgx.Tx) error) error {
	if db.tx == nil {
		return db.InTx(ctx, func(tx DB) error { return tx.Pgx(ctx, fn) })
	}
	return classify(fn(pgxTx{db.tx}))
}

// errNotOurs is what a pgx.Tx of Pgx refuses with.
var errNotOurs = errors.New("sqldb: a transaction that was handed on only runs statements")

type pgxTx struct{ *tx }

// QueryRow implements pgx.Tx.
func (t pgxTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := t.Query(ctx, sql, args...)
	return row{rows, err}
}

// Conn implements pgx.Tx: the connection's settings. Statements that are sent by it would overtake those that wait.
func (t pgxTx) Conn() *pgx.Conn { return t.conn }

// Begin implements pgx.Tx.
func (pgxTx) Begin(context.Context) (pgx.Tx, error) { return nil, errNotOurs }

// Commit implements pgx.Tx.
func (pgxTx) Commit(context.Context) error { return errNotOurs }

// Rollback implements pgx.Tx.
func (pgxTx) Rollback(context.Context) error { return errNotOurs }

// CopyFrom implements pgx.Tx.
func (pgxTx) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errNotOurs
}

// Prepare implements pgx.Tx.
func (pgxTx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, errNotOurs
}

// LargeObjects implements pgx.Tx; they are of a transaction that is over.
func (pgxTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// SendBatch implements pgx.Tx.
func (pgxTx) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return refused{} }

// row is the first of the rows.
type row struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close() // only now is it known whether the statement ended well
	return r.rows.Err()
}

// refused is a batch that was not sent.
type refused struct{}

func (refused) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, errNotOurs }
func (refused) Query() (pgx.Rows, error)         { return nil, errNotOurs }
func (refused) QueryRow() pgx.Row                { return row{err: errNotOurs} }
func (refused) Tx() pgx.Tx                       { return nil }
func (refused) Close() error                     { return errNotOurs }
