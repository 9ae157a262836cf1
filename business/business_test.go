package business_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/testenv"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// TestInTx: what the domains do in a transaction is there for all of them, and for others once it commits.
func TestInTx(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	undo := errors.New("undo")
	for _, want := range []error{undo, nil} {
		var f familybus.Family
		err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) (err error) {
			if f, err = d.Families.Create(ctx, familybus.NewFamily{MarketID: s.Market.ID, Name: "F"}); err != nil {
				return err
			}
			if _, err := d.Families.Get(ctx, f.ID); err != nil {
				t.Errorf("within the transaction: %v", err)
			}
			if _, err := b.Families.Get(ctx, f.ID); !errors.Is(err, familybus.ErrNotFound) {
				t.Errorf("outside of it, before it commits: %v", err)
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		if _, err := b.Families.Get(t.Context(), f.ID); (err == nil) != (want == nil) {
			t.Errorf("after the transaction that ended with %v: %v", want, err)
		}
	}
}

// TestInTxAgain: two transactions that deadlock both come through, because one of them runs again.
func TestInTxAgain(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	ids := []uuid.UUID{s.Family.ID, s.NewFamily(t, familybus.NewFamily{Name: "F"}).ID}
	runs := make([]int, 2)
	if err := errors.Join(dbtest.AtOnce(2, func(i int, meet func()) error {
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			runs[i]++
			if _, err := d.Families.Lock(ctx, ids[i]); err != nil {
				return err
			}
			meet() // each holds one, and wants the other
			_, err := d.Families.Lock(ctx, ids[1-i])
			return err
		})
	})...); err != nil {
		t.Error(err)
	}
	if runs[0]+runs[1] < 3 {
		t.Errorf("the transactions ran %v times; nobody was in the way", runs)
	}
}

// rig is an account with a session, and a clock.
func rig(t *testing.T) (business.Business, *dbtest.Clock, sessionbus.Grant) {
	t.Helper()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	g, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
		if err != nil {
			return sessionbus.Grant{}, err
		}
		return d.Sessions.Begin(ctx, u, sessionbus.Client{})
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, clk, g
}

// TestEnded: accounts whose tokens are void, and sessions, are told together.
func TestEnded(t *testing.T) {
	t.Parallel()
	b, clk, g := rig(t)
	if ended, err := b.Ended(t.Context(), clk.Now()); err != nil || len(ended) != 0 {
		t.Errorf("before anything ended: %v, %v", ended, err)
	}
	other, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		if _, _, err := d.Sessions.End(ctx, g.Token); err != nil {
			return userbus.User{}, err
		}
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "B", Email: "b@example.com"})
		if err != nil {
			return u, err
		}
		return d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false)})
	})
	if err != nil {
		t.Fatal(err)
	}
	for since, want := range map[time.Duration]map[uuid.UUID]int64{0: {g.Session.ID: 1, other.ID: other.Generation},
		time.Microsecond: {}} {
		if ended, err := b.Ended(t.Context(), clk.Now().Add(since)); err != nil || !maps.Equal(ended, want) {
			t.Errorf("since %s ended %v, %v, want %v", since, ended, err, want)
		}
	}
}

// TestClean deletes what is over, of every kind, and nothing else.
func TestClean(t *testing.T) {
	t.Parallel()
	db, clk := dbtest.New(t), dbtest.NewClock()
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
		if err != nil {
			return err
		}
		if _, err := d.Sessions.Begin(ctx, u, sessionbus.Client{}); err != nil {
			return err
		}
		if _, err := d.Attempts.Begin(ctx, "a@example.com", netip.MustParseAddr("192.0.2.1")); err != nil {
			return err
		}
		return d.Keys.Keep(ctx, idempotency.Key{AccountID: u.ID, Method: "POST", Path: "/", Key: "k"}, nil,
			idempotency.Answer{Status: 201})
	}); err != nil {
		t.Fatal(err)
	}
	left := func() (n int) {
		if err := db.Get(t.Context(), &n, `SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM attempts)
			+ (SELECT count(*) FROM idempotency_keys)`); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := b.Clean(t.Context()); err != nil || left() != 4 { // two are of the attempts
		t.Errorf("at once there are %d rows, %v", left(), err)
	}
	clk.Add(30 * 24 * time.Hour)

	// It comes by itself, once in ten minutes whatever the number of replicas, and ends quietly.
	var out testenv.Buffer
	log := logger.New(&out, slog.LevelWarn, "test")
	tracing, err := otel.Start(t.Context(), otel.Config{}, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var replicas sync.WaitGroup
	for range 2 {
		k := work.NewKinds()
		b.Jobs(k, nil, nil)
		replicas.Go(func() {
			if err := work.Run(ctx, db, k, work.Config{Workers: 1, Log: log, Tracing: tracing}); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(time.Minute); left() > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	replicas.Wait()
	var periods []time.Time
	if err := db.Select(t.Context(), &periods, `
		SELECT date_bin('10 minutes', scheduled_at, '2026-01-01Z') AS period FROM river.river_job
		WHERE kind = 'clean' ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	if n := len(periods); left() != 0 || n == 0 || len(slices.Compact(periods)) != n || out.String() != "" {
		t.Errorf("%d rows are left after %v\n%s", left(), periods, &out)
	}
}
