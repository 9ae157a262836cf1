package sqldb_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// setup returns a database with an empty table t.
func setup(t *testing.T) (sqldb.DB, string) {
	t.Helper()
	dbURL := dbtest.EmptyURL(t)
	db := dbtest.Open(t, dbURL)
	exec(t, db, `CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)`)
	return db, dbURL
}

func exec(t *testing.T, db sqldb.DB, q string) {
	t.Helper()
	if _, err := db.Exec(context.Background(), q); err != nil {
		t.Fatal(err)
	}
}

// atCommit has the server do this when a transaction that touched t commits.
func atCommit(t *testing.T, db sqldb.DB, do string) {
	t.Helper()
	exec(t, db, `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN `+do+`; RETURN NULL; END $$`)
	exec(t, db,
		`CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()`)
}

func rows(t *testing.T, db sqldb.DB) (n int) {
	t.Helper()
	if err := db.Get(context.Background(), &n, `SELECT count(*) FROM t`); err != nil {
		t.Fatal(err)
	}
	return n
}

// insert runs a transaction that inserts n, and tells how often it ran.
func insert(ctx context.Context, db sqldb.DB, n int) (ran int, err error) {
	err = db.InTx(ctx, func(tx sqldb.DB) error {
		ran++
		_, err := tx.Exec(ctx, `INSERT INTO t VALUES ($1)`, n)
		return err
	})
	return ran, err
}

func want(t *testing.T, db sqldb.DB, ran, wantRan, wantRows int) {
	t.Helper()
	if n := rows(t, db); n != wantRows || ran != wantRan {
		t.Errorf("ran %d times and left %d rows, want %d and %d", ran, n, wantRan, wantRows)
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	ran, err := insert(t.Context(), db, 1)
	if err != nil {
		t.Fatal(err)
	}
	want(t, db, ran, 1, 1)

	failed := errors.New("failed")
	err = db.InTx(t.Context(), func(tx sqldb.DB) error {
		exec(t, tx, `INSERT INTO t VALUES (2)`)
		return failed
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	want(t, db, 1, 1, 1)

	func() {
		defer func() {
			if recover() != "panicked" {
				t.Error("the panic was lost")
			}
		}()
		_ = db.InTx(t.Context(), func(tx sqldb.DB) error {
			exec(t, tx, `INSERT INTO t VALUES (3)`)
			panic("panicked")
		})
	}()
	want(t, db, 1, 1, 1)
	// Each gave its connection back.
	if n := db.Pool().Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
}

func TestInTxRunsAgain(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	for _, tt := range []struct {
		code    string
		fails   int
		ran     int
		wantErr bool
	}{
		{"40001", 2, 3, false},
		{"40P01", 2, 3, false},
		{"40001", 100, 8, true}, // it gives up
		{"23505", 1, 1, true},
		{"57014", 1, 1, true},
		{"P0001", 1, 1, true},
	} {
		exec(t, db, `DELETE FROM t`)
		ran := 0
		err := db.InTx(t.Context(), func(tx sqldb.DB) error {
			ran++
			exec(t, tx, `INSERT INTO t VALUES (1)`)
			if ran > tt.fails {
				return nil
			}
			_, err := tx.Exec(t.Context(), `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '`+tt.code+`'; END $$`)
			return err
		})
		if (err != nil) != tt.wantErr {
			t.Errorf("%s: %v", tt.code, err)
		}
		if tt.wantErr {
			want(t, db, ran, tt.ran, 0)
		} else {
			want(t, db, ran, tt.ran, 1)
		}
	}
}

// TestDeadlock: two transactions that cross both succeed, whichever the server picks to fail.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	exec(t, db, `CREATE TABLE u (id int, n int)`)
	exec(t, db, `INSERT INTO u VALUES (1, 0), (2, 0)`)
	var together, wg sync.WaitGroup
	together.Add(2)
	var ran atomic.Int32
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		wg.Go(func() {
			var once sync.Once
			err := db.InTx(context.Background(), func(tx sqldb.DB) error {
				ran.Add(1)
				for _, id := range order {
					if _, err := tx.Exec(context.Background(), `UPDATE u SET n = n + 1 WHERE id = $1`, id); err != nil {
						return err
					}
					once.Do(func() { together.Done(); together.Wait() })
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sum int
	if err := db.Get(t.Context(), &sum, `SELECT sum(n) FROM u`); err != nil || sum != 4 || ran.Load() < 3 {
		t.Errorf("sum %d (%v) after %d runs: was there no deadlock?", sum, err, ran.Load())
	}
}

// TestCommitRefused: the server says no at COMMIT, so the outcome is known.
func TestCommitRefused(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	exec(t, db, `INSERT INTO t VALUES (1)`)
	ran, err := insert(t.Context(), db, 1)
	if !sqldb.Violates(err, "t_n_key") || errors.Is(err, errs.ErrOutcomeUnknown) || errors.Is(err, errs.ErrUnavailable) {
		t.Error(err)
	}
	want(t, db, ran, 1, 1)

	exec(t, db, `CREATE SEQUENCE attempts`)
	atCommit(t, db, `IF nextval('attempts') < 3 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF`)
	ran, err = insert(t.Context(), db, 2)
	if err != nil {
		t.Error(err)
	}
	want(t, db, ran, 3, 2) // a serialization failure at COMMIT is run again
}

// TestCommitOfAFailure: the server answers COMMIT by ROLLBACK when a statement failed and nobody minded.
func TestCommitOfAFailure(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	ran := 0
	err := db.InTx(t.Context(), func(tx sqldb.DB) error {
		ran++
		exec(t, tx, `INSERT INTO t VALUES (1)`)
		if _, err := tx.Exec(t.Context(), `SELECT 1 / 0`); err == nil {
			t.Error("the statement did not fail")
		}
		return nil
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, errs.ErrOutcomeUnknown) {
		t.Errorf("got %v, want %v and nothing else", err, pgx.ErrTxCommitRollback)
	}
	want(t, db, ran, 1, 0)
}

// TestCommitUnknown: the connection ends during COMMIT, so nobody knows, and nothing is run again.
func TestCommitUnknown(t *testing.T) {
	t.Parallel()
	t.Run("the backend is told to end", func(t *testing.T) {
		t.Parallel()
		db, _ := setup(t)
		atCommit(t, db, `PERFORM pg_terminate_backend(pg_backend_pid())`)
		ran, err := insert(t.Context(), db, 1)
		if !errors.Is(err, errs.ErrOutcomeUnknown) || ran != 1 {
			t.Errorf("ran %d times: %v", ran, err)
		}
	})
	for name, forward := range map[string]bool{"cut before COMMIT arrives": false, "cut after COMMIT arrived": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct, dbURL := setup(t)
			db := dbtest.Open(t, cutAtCommit(t, dbURL, forward))
			ran, err := insert(t.Context(), db, 1)
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

// cutAtCommit is the address of a proxy before the database which closes a connection when it sees COMMIT.
func cutAtCommit(t *testing.T, dbURL string, forward bool) string {
	t.Helper()
	u, err := url.Parse(dbURL)
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	sum := sha256.Sum256([]byte("commit"))
	prepared := []byte("\x00stmtcache_" + hex.EncodeToString(sum[:24]) + "\x00") // as Bind names it
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	u.Host = ln.Addr().String()
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target)
			if err != nil {
				_ = in.Close()
				return
			}
			var cut atomic.Bool
			go func() { // the answers, up to the one that nobody is told
				defer in.Close()
				b := make([]byte, 64<<10)
				for {
					n, err := out.Read(b)
					// ReadyForQuery: it is committed
					if err != nil || cut.Load() && bytes.HasSuffix(b[:n], []byte("Z\x00\x00\x00\x05I")) {
						return
					}
					if !cut.Load() {
						_, _ = in.Write(b[:n])
					}
				}
			}()
			go func() {
				defer out.Close()
				b := make([]byte, 64<<10)
				for {
					n, err := in.Read(b)
					if err != nil {
						return
					}
					// By itself COMMIT is a simple query; with others it is a statement that was prepared under the hash of its text.
					if bytes.Contains(b[:n], []byte("Q\x00\x00\x00\x0bcommit\x00")) || bytes.Contains(b[:n], prepared) {
						if !forward {
							_ = in.Close()
							return
						}
						cut.Store(true)
					}
					_, _ = out.Write(b[:n])
				}
			}()
		}
	}()
	return u.String()
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		db, _ := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ran, err := insert(ctx, db, 1)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		want(t, db, ran, 0, 0)
	})
	t.Run("within", func(t *testing.T) {
		t.Parallel()
		db, _ := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.InTx(ctx, func(tx sqldb.DB) error {
			exec(t, tx, `INSERT INTO t VALUES (1)`)
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		want(t, db, 1, 1, 0)
	})
	t.Run("a statement", func(t *testing.T) {
		t.Parallel()
		db, _ := setup(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := db.InTx(ctx, func(tx sqldb.DB) error {
			_, err := tx.Exec(ctx, `SELECT pg_sleep(10)`)
			return err
		})
		if !errors.Is(err, errs.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("before it runs again", func(t *testing.T) {
		t.Parallel()
		db, _ := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		ran, deadlock := 0, &pgconn.PgError{Code: "40P01"}
		err := db.InTx(ctx, func(tx sqldb.DB) error {
			ran++
			exec(t, tx, `INSERT INTO t VALUES (1)`)
			cancel()
			return deadlock
		})
		if !errors.Is(err, deadlock) {
			t.Errorf("got %v, want %v", err, deadlock)
		}
		want(t, db, ran, 1, 0)
	})
	t.Run("during COMMIT it is committed", func(t *testing.T) {
		t.Parallel()
		db, _ := setup(t)
		atCommit(t, db, `PERFORM pg_sleep(0.3)`)
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		ran, err := insert(ctx, db, 1)
		if err != nil || ctx.Err() == nil {
			t.Errorf("%v, context: %v", err, ctx.Err())
		}
		want(t, db, ran, 1, 1)
	})
	t.Run("waiting for a connection", func(t *testing.T) {
		t.Parallel()
		_, dbURL := setup(t)
		db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbURL, MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.InTx(t.Context(), func(sqldb.DB) error {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := insert(ctx, db, 1)
			if !errors.Is(err, errs.ErrUnavailable) {
				t.Errorf("the pool is used up: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestReadTimeout: Postgres ends a read that takes too long, and the connection stays good; a transaction has no such
// bound, not even on the connection that had it.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: dbtest.URL(t), MaxConns: 1, ReadTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	sleep := func(db sqldb.DB, seconds float64) (pid int, err error) {
		err = db.Get(t.Context(), &pid, `SELECT pg_backend_pid() FROM pg_sleep($1)`, seconds)
		return pid, err
	}
	first, err := sleep(db, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		began := time.Now()
		if _, err := sleep(db, 30); !errors.Is(err, errs.ErrUnavailable) {
			t.Errorf("a read that takes too long: %v after %v, want %v", err, time.Since(began), errs.ErrUnavailable)
		}
		err := db.Snapshot(t.Context(), func(tx sqldb.DB) error {
			_, err := sleep(tx, 30)
			return err
		})
		if !errors.Is(err, errs.ErrUnavailable) {
			t.Errorf("a snapshot that takes too long: %v", err)
		}
		if err := db.InTx(t.Context(), func(sqldb.DB) error { return nil }); err != nil {
			t.Errorf("a transaction that does nothing: %v", err)
		}
		err = db.InTx(t.Context(), func(tx sqldb.DB) error {
			pid, err := sleep(tx, 0.5)
			if err == nil && pid != first {
				t.Errorf("connection %d was lost, this is %d", first, pid)
			}
			return err
		})
		if err != nil {
			t.Errorf("a transaction that takes as long: %v", err)
		}
	}
}
