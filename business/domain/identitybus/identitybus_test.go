package identitybus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/identitybus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const issuer = "https://id.example.com"

// login is another one of that subject, each time.
func login(subject string) identitybus.Login {
	return identitybus.Login{Hash: secret.Hash(secret.New()), Issuer: issuer, Subject: subject, Email: "wim@example.com"}
}

func enter(b business.Business, l identitybus.Login) (userbus.User, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		u, _, err := d.Identities.Enter(ctx, l)
		return u, err
	})
}

// both is an account without a password that has two identities.
func both(t *testing.T, b business.Business) (userbus.User, []identitybus.Identity) {
	t.Helper()
	u, err := enter(b, login("a"))
	if err == nil {
		_, err = enter(b, login("b"))
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := b.Identities.Of(t.Context(), u.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v %v", list, err)
	}
	return u, list
}

func setUp(string) bool { return true }

// TestTwoUnlinkAtOnce: of the last two ways in that are taken away at once, the second waits for the first and stays.
// Without the lock it does not wait, and Blocked says so every time.
func TestTwoUnlinkAtOnce(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	owner := dbtest.Owner(t, db)
	u, list := both(t, b)
	gone := make(chan struct{})
	failures := dbtest.AtOnce(2, func(i int, _ func()) error {
		if i == 1 {
			<-gone
		}
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			err := d.Identities.Unlink(ctx, u.ID, list[i].ID, setUp)
			if i == 0 {
				close(gone)
				dbtest.Blocked(t, owner, 1)
			}
			return err
		})
	})
	if failures[0] != nil || !errors.Is(failures[1], identitybus.ErrLast) {
		t.Errorf("%v", failures)
	}
}

// TestUnlinkedMeanwhile: a login whose identity is taken away at the same moment waits, and does not get in by it.
func TestUnlinkedMeanwhile(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	owner := dbtest.Owner(t, db)
	u, list := both(t, b)
	gone := make(chan struct{})
	failures := dbtest.AtOnce(2, func(i int, _ func()) error {
		if i == 1 {
			<-gone
			l := login("a")
			l.Email = "" // by which it would get in all the same
			_, err := enter(b, l)
			return err
		}
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			err := d.Identities.Unlink(ctx, u.ID, list[0].ID, setUp)
			close(gone)
			dbtest.Blocked(t, owner, 1)
			return err
		})
	})
	if failures[0] != nil || !errors.Is(failures[1], identitybus.ErrUnverified) {
		t.Errorf("%v", failures)
	}
}

// TestMost: an account has ten identities at most; they are no history, so it can be deleted.
func TestMost(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	var u userbus.User
	for i := range 10 {
		var err error
		if u, err = enter(b, login(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := enter(b, login("one too many")); !errors.Is(err, quota.ErrReached) {
		t.Errorf("%v", err)
	}
	if _, err := enter(b, login("0")); err != nil {
		t.Error(err)
	}
	if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Users.Delete(ctx, u)
	}); err != nil {
		t.Error(err)
	}
}

// TestOnce: a login is taken once, for as long as it might come again; one that waits is cleaned away when it is over.
func TestOnce(t *testing.T) {
	t.Parallel()
	var ahead time.Duration
	db := dbtest.New(t)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t),
		Now: func() time.Time { return clock.Now().Add(ahead) }})
	l := login("a")
	u, err := enter(b, l)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enter(b, l); !errors.Is(err, identitybus.ErrUsed) {
		t.Errorf("%v", err)
	}
	token, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (string, error) {
		return d.Identities.Wait(ctx, l, u, true)
	})
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := b.Identities.Waiting(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	// What waits for an identity that was taken away meanwhile does not go on.
	if _, err := db.Exec(t.Context(), `DELETE FROM identities`); err != nil {
		t.Fatal(err)
	}
	if _, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Identities.GoOn(ctx, w, u)
	}); !errors.Is(err, identitybus.ErrToken) {
		t.Errorf("%v", err)
	}
	for _, want := range []int64{0, 2} {
		if n, err := b.Identities.Clean(t.Context()); err != nil || n != want {
			t.Errorf("%d %v, want %d", n, err, want)
		}
		ahead = identitybus.Life
	}
	if _, _, err := b.Identities.Waiting(t.Context(), token); !errors.Is(err, identitybus.ErrToken) {
		t.Errorf("%v", err)
	}
}
