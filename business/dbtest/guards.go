package dbtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

// In runs fn in a transaction of its own.
func In[T any](b business.Business, fn func(context.Context, business.Domains) (T, error)) (got T, err error) {
	err = b.InTx(context.Background(), func(ctx context.Context, d business.Domains) (err error) {
		got, err = fn(ctx, d)
		return err
	})
	return got, err
}

// Clock is a clock that a test sets.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a Clock that stands at the present.
func NewClock() *Clock { return &Clock{now: clock.Now()} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// AtOnce runs fn n times at the same moment and returns the errors in their order. Whoever calls meet waits there until
// all n have, but only once: a transaction that runs again passes. A transaction that meets needs a connection, of
// which Open gives 8.
func AtOnce(n int, fn func(i int, meet func()) error) []error {
	var met, done sync.WaitGroup
	met.Add(n)
	failures := make([]error, n)
	start := make(chan struct{})
	for i := range n {
		arrive := sync.OnceFunc(met.Done)
		done.Go(func() {
			defer arrive() // one that fails early keeps nobody waiting
			<-start
			failures[i] = fn(i, func() { arrive(); met.Wait() })
		})
	}
	close(start)
	done.Wait()
	return failures
}

// Blocked returns once n transactions of the database wait for a lock, so that a test knows who came first.
func Blocked(t testing.TB, owner sqldb.DB, n int) {
	t.Helper()
	const most = 20 * time.Second
	waiting := 0
	for deadline := time.Now().Add(most); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err := owner.Get(context.Background(), &waiting, `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`); err != nil {
			t.Errorf("who waits: %v", err)
			return
		}
		if waiting == n {
			return
		}
	}
	t.Errorf("%d transactions wait for a lock after %s, want %d", waiting, most, n)
}

// Constraints demands that the database refuses each statement by the constraint of that name, and that every
// constraint of the tables (primary keys aside) is named. One without statements is there for others to refer to. db is
// the owner's.
func Constraints(t *testing.T, db sqldb.DB, tables []string, breaks map[string][]string) {
	t.Helper()
	undo := errors.New("undo")
	for _, name := range slices.Sorted(maps.Keys(breaks)) {
		for _, q := range breaks[name] {
			err := db.InTx(t.Context(), func(tx sqldb.DB) error {
				n, err := tx.Exec(t.Context(), q)
				if err == nil {
					return fmt.Errorf("taken, of %d rows: %w", n, undo)
				}
				return err
			})
			if !sqldb.Violates(err, name) {
				t.Errorf("%s\n%v, want it refused by %s", strings.TrimSpace(q), err, name)
			}
		}
	}
	var all []string
	if err := db.Select(t.Context(), &all, `
		SELECT conname FROM pg_constraint WHERE conrelid = ANY ($1::regclass[]) AND contype IN ('c', 'f', 'u')
		UNION SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
			WHERE i.indrelid = ANY ($1::regclass[]) AND i.indisunique AND i.indpred IS NOT NULL`, tables); err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if _, ok := breaks[name]; !ok {
			t.Errorf("no statement breaks %s", name)
		}
	}
}

// RefusedBy is the constraint by which the database refused a statement, or else the SQLSTATE; "" if it did not.
func RefusedBy(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return cmp.Or(pg.ConstraintName, pg.Code)
	}
	return ""
}

// IsAppendOnly demands that not even the owner changes or deletes rows of the table.
func IsAppendOnly(t *testing.T, owner sqldb.DB, table, column string) {
	t.Helper()
	for _, q := range []string{"UPDATE " + table + " SET " + column + " = " + column, "DELETE FROM " + table,
		"TRUNCATE " + table} {
		_, err := owner.Exec(t.Context(), q)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23001" {
			t.Errorf("%s: %v, want a restrict_violation", q, err)
		}
	}
}

// HeldInOrder demands that hold takes the rows of the table in the order of their ids, low before high, so that two who
// ask for the same rows wait for each other instead of deadlocking. The running again of a transaction hides a wrong
// order, and a test of two at once finds it by luck only: here the first row is held by another transaction, behind the
// second one on the page, and the second must still be free.
func HeldInOrder(t *testing.T, owner sqldb.DB, table, column string, low, high uuid.UUID, hold func() error) {
	t.Helper()
	row := "SELECT 1 FROM " + table + " WHERE " + column + " = $1 FOR NO KEY UPDATE"
	touch := "UPDATE " + table + " SET " + column + " = " + column + " WHERE " + column + " = $1"
	if _, err := owner.Exec(t.Context(), touch, low); err != nil {
		t.Fatal(err) // a changed row moves behind those that are there
	}
	done := make(chan error, 1)
	err := owner.InTx(t.Context(), func(tx sqldb.DB) error {
		if _, err := tx.Exec(t.Context(), row, low); err != nil {
			return err
		}
		go func() { done <- hold() }()
		Blocked(t, owner, 1)
		var free []int
		if err := owner.Select(t.Context(), &free, row+" SKIP LOCKED", high); err != nil {
			return err
		}
		if len(free) != 1 {
			t.Errorf("%s: the second row is held while the first is waited for", table)
		}
		return nil
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Errorf("%s: %v", table, err)
	}
}
