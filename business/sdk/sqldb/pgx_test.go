package sqldb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// TestPgx: what a library does with the transaction stands in the order of everything else, and ends with it.
func TestPgx(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	ctx := t.Context()
	insert := func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO t VALUES ($1)`, 2); err != nil {
			return err
		}
		var sum int
		if err := tx.QueryRow(ctx, `SELECT sum(n) FROM t`).Scan(&sum); err != nil || sum != 3 {
			t.Errorf("the sum is %d, %v", sum, err)
		}
		rows, err := tx.Query(ctx, `SELECT n FROM t ORDER BY n`)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if len(list) != 2 {
			t.Errorf("%v", list)
		}
		return err
	}
	failed := errors.New("failed")
	for _, want := range []error{failed, nil} {
		if err := db.InTx(ctx, func(tx sqldb.DB) error {
			later := func(err error) error { return err }
			if err := tx.Later(ctx, later, `INSERT INTO t VALUES (1)`); err != nil { // waits, and is sent before
				return err
			}
			if err := tx.Pgx(ctx, insert); err != nil {
				return err
			}
			return want
		}); !errors.Is(err, want) {
			t.Error(err)
		}
		if n := rows(t, db); n != 2 && want == nil || n != 0 && want != nil {
			t.Errorf("%d rows after %v", n, want)
		}
	}
	// Outside of a transaction it has one of its own.
	if err := db.Pgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO t VALUES (3)`); err != nil {
			return err
		}
		return failed
	}); !errors.Is(err, failed) || rows(t, db) != 2 {
		t.Errorf("%v, %d rows", err, rows(t, db))
	}
}

// TestPgxErrors: an error is that of the statement, and none of them loses the connection.
func TestPgxErrors(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	ctx := t.Context()
	for name, tt := range map[string]struct {
		do   func(tx pgx.Tx) error
		want func(error) bool
	}{
		"no row": {func(tx pgx.Tx) error { return tx.QueryRow(ctx, `SELECT n FROM t`).Scan(new(int)) },
			func(err error) bool { return errors.Is(err, pgx.ErrNoRows) }},
		"fails on its way": {func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, `SELECT 1 / n FROM (VALUES (0)) v (n)`).Scan(new(int))
		}, func(err error) bool { return err != nil && !errors.Is(err, pgx.ErrNoRows) }},
		"wrong type": {func(tx pgx.Tx) error { return tx.QueryRow(ctx, `SELECT 'x'`).Scan(new(int)) },
			func(err error) bool { return err != nil }},
		"no such table": {func(tx pgx.Tx) error { return tx.QueryRow(ctx, `SELECT 1 FROM nothing`).Scan(new(int)) },
			func(err error) bool { return err != nil }},
		"the server is full": {func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `DO $$ BEGIN RAISE SQLSTATE '53200'; END $$`)
			return err
		}, func(err error) bool { return errors.Is(err, errs.ErrUnavailable) }},
	} {
		if err := db.Pgx(ctx, tt.do); !tt.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := db.Pool().Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
}

// TestPgxRefuses: whoever is handed a transaction cannot end it, nor get round it.
func TestPgxRefuses(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	if err := db.Pgx(t.Context(), func(tx pgx.Tx) error {
		ctx := context.Background()
		_, begin := tx.Begin(ctx)
		_, copied := tx.CopyFrom(ctx, pgx.Identifier{"t"}, []string{"n"}, pgx.CopyFromRows(nil))
		_, prepare := tx.Prepare(ctx, "x", "SELECT 1")
		batch := tx.SendBatch(ctx, &pgx.Batch{})
		_, execErr := batch.Exec()
		_, queryErr := batch.Query()
		for name, err := range map[string]error{"Begin": begin, "Commit": tx.Commit(ctx), "Rollback": tx.Rollback(ctx),
			"CopyFrom": copied, "Prepare": prepare, "Exec": execErr, "Query": queryErr,
			"QueryRow": batch.QueryRow().Scan(), "Close": batch.Close()} {
			if err == nil {
				t.Errorf("%s goes well", name)
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO t VALUES (1)`)
		return err
	}); err != nil || rows(t, db) != 1 {
		t.Errorf("%v, %d rows", err, rows(t, db))
	}
}
