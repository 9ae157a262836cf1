package idempotency_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func setup(t *testing.T) (sqldb.DB, idempotency.Key) {
	t.Helper()
	db := dbtest.Owner(t, dbtest.New(t)) // it makes a table
	if _, err := db.Exec(t.Context(), `CREATE TABLE effects (n int)`); err != nil {
		t.Fatal(err)
	}
	return db, idempotency.Key{AccountID: uuid.New(), Method: "POST", Path: "/v1/x", Key: "a"}
}

// begin tells whether the request was done before.
type begin func(ctx context.Context, tx sqldb.DB, k idempotency.Key) (done bool, err error)

func real(ctx context.Context, tx sqldb.DB, k idempotency.Key) (bool, error) {
	a, err := idempotency.New(tx, clock.Now).Begin(ctx, k, nil)
	return a != nil, err
}

// request does something once, or what one takes for once.
func request(ctx context.Context, db sqldb.DB, k idempotency.Key, begin begin, meanwhile func()) error {
	return db.InTx(ctx, func(tx sqldb.DB) error {
		done, err := begin(ctx, tx, k)
		if err != nil || done {
			return err
		}
		meanwhile()
		if _, err := tx.Exec(ctx, `INSERT INTO effects VALUES (1)`); err != nil {
			return err
		}
		return idempotency.New(tx, clock.Now).Keep(ctx, k, nil, idempotency.Answer{Status: 204})
	})
}

func effects(t *testing.T, db sqldb.DB) (n int) {
	t.Helper()
	if err := db.Get(t.Context(), &n, `SELECT count(*) FROM effects`); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestInProgress sends the request again while the first is being carried out.
func TestInProgress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		begin begin
		want  error
		done  int
	}{
		{"the store", real, idempotency.ErrInProgress, 1},
		{"without the lock it is done twice", func(ctx context.Context, tx sqldb.DB, k idempotency.Key) (done bool,
			err error) {
			err = tx.Get(ctx, &done, `SELECT EXISTS (SELECT 1 FROM idempotency_keys WHERE account_id = $1 AND key = $2)`,
				k.AccountID, k.Key)
			return done, err
		}, nil, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db, k := setup(t)
			err := request(t.Context(), db, k, tt.begin, func() {
				if err := request(context.Background(), db, k, tt.begin, func() {}); !errors.Is(err, tt.want) {
					t.Errorf("the second: %v, want %v", err, tt.want)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := effects(t, db); n != tt.done {
				t.Errorf("done %d times, want %d", n, tt.done)
			}
		})
	}
}

// TestLockAndRecordInOneStatement is why Begin has two: the snapshot of one is older than its lock. The pause stands
// for any delay between the two.
func TestLockAndRecordInOneStatement(t *testing.T) {
	t.Parallel()
	const pause = time.Second
	for _, tt := range []struct {
		name  string
		begin begin
		done  int
	}{
		{"the store", func(ctx context.Context, tx sqldb.DB, k idempotency.Key) (bool, error) {
			if _, err := tx.Exec(ctx, `SELECT pg_sleep($1)`, pause.Seconds()); err != nil {
				return false, err
			}
			return real(ctx, tx, k)
		}, 1},
		{"in one statement it is done twice", func(ctx context.Context, tx sqldb.DB, k idempotency.Key) (bool, error) {
			var row struct{ Got, Done bool }
			err := tx.Get(ctx, &row, `
				WITH l AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(1) AS got FROM pg_sleep($3))
				SELECT l.got, k.key IS NOT NULL AS done FROM l LEFT JOIN idempotency_keys k ON k.account_id = $1 AND k.key = $2`,
				k.AccountID, k.Key, pause.Seconds())
			if err == nil && !row.Got {
				err = idempotency.ErrInProgress
			}
			return row.Done, err
		}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db, k := setup(t)
			second := make(chan error, 1)
			// The first has its lock; the second begins, and finds it free after the first is committed.
			err := request(t.Context(), db, k, real, func() {
				go func() { second <- request(context.Background(), db, k, tt.begin, func() {}) }()
				begun(t, db)
			})
			if err := errors.Join(err, <-second); err != nil {
				t.Fatal(err)
			}
			if n := effects(t, db); n != tt.done {
				t.Errorf("done %d times, want %d", n, tt.done)
			}
		})
	}
}

// begun waits until a statement that pauses has its snapshot.
func begun(t *testing.T, db sqldb.DB) {
	t.Helper()
	for range 2000 {
		var found bool
		err := db.Get(t.Context(), &found, `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event = 'PgSleep')`)
		if err != nil {
			t.Fatal(err)
		}
		if found {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("the second request did not begin")
}

// TestScope: every part of the key counts, and where one ends and the next begins.
func TestScope(t *testing.T) {
	t.Parallel()
	db, k := setup(t)
	others := []idempotency.Key{
		{AccountID: uuid.New(), Method: k.Method, Path: k.Path, Key: k.Key},
		{AccountID: k.AccountID, Method: "PUT", Path: k.Path, Key: k.Key},
		{AccountID: k.AccountID, Method: k.Method, Path: "/v1/y", Key: k.Key},
		{AccountID: k.AccountID, Method: k.Method, Path: k.Path, Key: "b"},
		{AccountID: k.AccountID, Method: k.Method, Path: k.Path + " a", Key: ""},
	}
	err := request(t.Context(), db, k, real, func() {
		for _, other := range others { // the first is still in progress
			if err := request(context.Background(), db, other, real, func() {}); err != nil {
				t.Errorf("%+v: %v", other, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := effects(t, db); n != 1+len(others) {
		t.Errorf("done %d times, want %d", n, 1+len(others))
	}
}

// TestKept: what is kept comes back as it was, and rolled back it is not there.
func TestKept(t *testing.T) {
	t.Parallel()
	db, k := setup(t)
	ctx := t.Context()
	want := idempotency.Answer{Status: 201, Location: "/v1/x/1", ETag: `"1"`, Body: []byte("{\"a\":\"\x00\xff\"}")}
	cancelled := errors.New("cancelled")
	for _, end := range []error{cancelled, nil} {
		err := db.InTx(ctx, func(tx sqldb.DB) error {
			s := idempotency.New(tx, clock.Now)
			if a, err := s.Begin(ctx, k, []byte("body")); a != nil || err != nil {
				t.Errorf("new key: %v %v", a, err)
			}
			return errors.Join(s.Keep(ctx, k, []byte("body"), want), end)
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	err := db.InTx(ctx, func(tx sqldb.DB) error {
		s := idempotency.New(tx, clock.Now)
		if _, err := s.Begin(ctx, k, []byte("other")); !errors.Is(err, idempotency.ErrReused) {
			t.Errorf("another body: %v", err)
		}
		got, err := s.Begin(ctx, k, []byte("body"))
		if err == nil && (got.Status != want.Status || got.Location != want.Location || got.ETag != want.ETag ||
			string(got.Body) != string(want.Body)) {
			t.Errorf("kept %+v, want %+v", got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
