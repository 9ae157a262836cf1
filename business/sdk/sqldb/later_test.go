package sqldb_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/sqldb"
)

func ok(err error) error { return err }

// later queues an insert of n, whose error is marked.
func later(ctx context.Context, tx sqldb.DB, n int) error {
	return tx.Later(ctx, func(err error) error {
		if err != nil {
			return fmt.Errorf("insert of %d: %w", n, err)
		}
		return nil
	}, `INSERT INTO t VALUES ($1)`, n)
}

func TestLater(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	var seen int
	err := db.InTx(t.Context(), func(tx sqldb.DB) error {
		if err := later(t.Context(), tx, 1); err != nil {
			return err
		}
		if err := tx.Get(t.Context(), &seen, `SELECT count(*) FROM t`); err != nil {
			return err
		}
		return later(t.Context(), tx, 2)
	})
	if err != nil || seen != 1 || rows(t, db) != 2 {
		t.Errorf("%v; saw %d, left %d", err, seen, rows(t, db))
	}
	// Outside of a transaction nothing would send it, so it is done at once.
	if err := later(t.Context(), db, 3); err != nil || rows(t, db) != 3 {
		t.Errorf("%v, %d rows", err, rows(t, db))
	}
	refused := errors.New("too few")
	if err := db.LaterRows(t.Context(), func(n int64, err error) error {
		if n != 3 {
			return errors.Join(refused, err)
		}
		return err
	}, `UPDATE t SET n = n + 10 WHERE n < $1`, 3); !errors.Is(err, refused) {
		t.Errorf("two rows: got %v, want %v", err, refused)
	}
	var got, next int
	if err := db.LaterGet(t.Context(), &got, `SELECT count(*) FROM t WHERE n > $1`, 10); err != nil || got != 2 {
		t.Errorf("%v: %d rows are changed, want 2", err, got)
	}
	err = db.InTx(t.Context(), func(tx sqldb.DB) error {
		if err := tx.LaterGet(t.Context(), &got, `SELECT 41`); err != nil {
			return err
		}
		return tx.Get(t.Context(), &next, `SELECT 1`)
	})
	if err != nil || got+next != 42 {
		t.Errorf("%v: %d %d", err, got, next)
	}
}

// TestLaterFails: the error of a statement that waited ends the transaction, whatever it was sent with, and is its own.
func TestLaterFails(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	exec(t, db, `CREATE TABLE u (n int CONSTRAINT positive CHECK (n > 0))`)
	sent := map[string]func(context.Context, sqldb.DB) error{
		"with COMMIT": func(context.Context, sqldb.DB) error { return nil },
		"with Exec": func(ctx context.Context, tx sqldb.DB) error {
			_, err := tx.Exec(ctx, `INSERT INTO u VALUES (1)`)
			return err
		},
		"with Get": func(ctx context.Context, tx sqldb.DB) error {
			var n int
			return tx.Get(ctx, &n, `SELECT 1`)
		},
		"with Select": func(ctx context.Context, tx sqldb.DB) error {
			var n []int
			return tx.Select(ctx, &n, `SELECT 1`)
		},
	}
	for name, send := range sent {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mine := errors.New("mine")
			err := db.InTx(t.Context(), func(tx sqldb.DB) error {
				if err := later(t.Context(), tx, 1); err != nil {
					return err
				}
				if err := tx.Later(t.Context(), func(err error) error {
					if sqldb.Violates(err, "positive") {
						return fmt.Errorf("%w: %w", mine, err)
					}
					return err
				}, `INSERT INTO u VALUES (0)`); err != nil {
					return err
				}
				err := send(t.Context(), tx)
				if sqldb.Violates(err, "positive") {
					t.Error("the other statement took the violation for its own")
				}
				return err
			})
			if !errors.Is(err, mine) || errors.Is(err, errs.ErrOutcomeUnknown) {
				t.Error(err)
			}
			if n := rows(t, db); n != 0 {
				t.Errorf("left %d rows", n)
			}
		})
	}
	t.Run("no row is not the next statement's", func(t *testing.T) {
		t.Parallel()
		err := db.InTx(t.Context(), func(tx sqldb.DB) error {
			var n int
			if err := tx.LaterGet(t.Context(), &n, `SELECT n FROM u WHERE n = 17`); err != nil {
				return err
			}
			return tx.Get(t.Context(), &n, `SELECT 1`)
		})
		if err == nil || errors.Is(err, sqldb.ErrNoRows) {
			t.Error(err)
		}
	})
}

// TestLaterRows: what is refused for its rows is not committed, whatever it was sent with: the last statement neither.
func TestLaterRows(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	refused := errors.New("too few")
	update := func(tx sqldb.DB, want int64) error {
		return tx.LaterRows(t.Context(), func(rows int64, err error) error {
			if err == nil && rows != want {
				return refused
			}
			return err
		}, `UPDATE t SET n = n + 100 WHERE n < 100`)
	}
	for name, then := range map[string]func(sqldb.DB) error{
		"the last":    func(sqldb.DB) error { return nil },
		"one of many": func(tx sqldb.DB) error { return later(t.Context(), tx, 7) },
		"before another": func(tx sqldb.DB) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO t VALUES (8)`)
			return err
		},
	} {
		err := db.InTx(t.Context(), func(tx sqldb.DB) error {
			return cmp.Or(later(t.Context(), tx, 1), update(tx, 2), then(tx))
		})
		if !errors.Is(err, refused) || errors.Is(err, errs.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v, want %v", name, err, refused)
		}
		if n := rows(t, db); n != 0 {
			t.Fatalf("%s: %d rows were committed all the same", name, n)
		}
	}
	if err := db.InTx(t.Context(), func(tx sqldb.DB) error {
		return cmp.Or(later(t.Context(), tx, 1), update(tx, 1))
	}); err != nil || rows(t, db) != 1 {
		t.Errorf("what is not refused: %v, %d rows", err, rows(t, db))
	}
	// Nor is what wants a row and finds none.
	err := db.InTx(t.Context(), func(tx sqldb.DB) error {
		var n int
		return cmp.Or(later(t.Context(), tx, 2), tx.LaterGet(t.Context(), &n, `SELECT n FROM t WHERE n = 17`))
	})
	if err == nil || rows(t, db) != 1 {
		t.Errorf("no row: %v, %d rows", err, rows(t, db))
	}
}

// TestLaterRunsAgain: a deadlock or serialization failure of a statement that waited runs the transaction again.
func TestLaterRunsAgain(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	exec(t, db, `CREATE SEQUENCE attempts`)
	exec(t, db,
		`CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('attempts') < 3 THEN RAISE EXCEPTION USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$`)
	exec(t, db, `CREATE TRIGGER c BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`)
	ran := 0
	err := db.InTx(t.Context(), func(tx sqldb.DB) error {
		ran++
		return later(t.Context(), tx, 1)
	})
	if err != nil {
		t.Error(err)
	}
	want(t, db, ran, 3, 1)
}

// TestLaterCommitUnknown: what waited goes with COMMIT, so when the connection ends nobody knows about either.
func TestLaterCommitUnknown(t *testing.T) {
	t.Parallel()
	for name, forward := range map[string]bool{"cut before it arrives": false, "cut after it arrived": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct, dbURL := setup(t)
			db := dbtest.Open(t, cutAtCommit(t, dbURL, forward))
			ran := 0
			err := db.InTx(t.Context(), func(tx sqldb.DB) error {
				ran++
				return later(t.Context(), tx, 1)
			})
			if !errors.Is(err, errs.ErrOutcomeUnknown) || ran != 1 {
				t.Errorf("ran %d times: %v", ran, err)
			}
			done := 0
			for end := time.Now().Add(5 * time.Second); forward && done == 0 &&
				time.Now().Before(end); time.Sleep(time.Millisecond) {
				done = rows(t, direct)
			}
			if forward != (done == 1) {
				t.Errorf("%d rows", done)
			}
		})
	}
}

// sends counts what goes to the server together.
type sends struct{ batches [][]string }

func (s *sends) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	s.batches = append(s.batches, []string{d.SQL})
	return ctx
}
func (*sends) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *sends) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	var batch []string
	for _, q := range d.Batch.QueuedQueries {
		batch = append(batch, q.SQL)
	}
	s.batches = append(s.batches, batch)
	return ctx
}
func (*sends) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*sends) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func TestLaterRoundTrips(t *testing.T) {
	t.Parallel()
	_, dbURL := setup(t)
	seen := &sends{}
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbURL, MaxConns: 1, Tracer: seen})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, tt := range map[string]struct {
		fn   func(sqldb.DB) error
		want [][]string
	}{
		"nothing": {func(sqldb.DB) error { return nil }, nil},
		"all with COMMIT": {func(tx sqldb.DB) error {
			return errors.Join(tx.Later(t.Context(), ok, `SELECT 1`), tx.Later(t.Context(), ok, `SELECT 2`))
		}, [][]string{{"begin isolation level read committed", "SELECT 1", "SELECT 2", "commit"}}},
		"some with the next": {func(tx sqldb.DB) error {
			var n int
			return errors.Join(tx.Later(t.Context(), ok, `SELECT 1`), tx.Get(t.Context(), &n, `SELECT 2`),
				tx.Get(t.Context(), &n, `SELECT 3`))
		}, [][]string{{"begin isolation level read committed", "SELECT 1", "SELECT 2"}, {"SELECT 3"}, {"commit"}}},
	} {
		seen.batches = nil
		if err := db.InTx(t.Context(), tt.fn); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.EqualFunc(seen.batches, tt.want, slices.Equal) {
			t.Errorf("%s: %q, want %q", name, seen.batches, tt.want)
		}
	}
}
