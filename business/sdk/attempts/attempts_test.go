package attempts_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const ann email.Email = "ann@example.com"

var here = netip.MustParseAddr("192.0.2.1")

func setup(t *testing.T, cfg attempts.Config) (attempts.Store, sqldb.DB, *dbtest.Clock) {
	t.Helper()
	db, clk := dbtest.New(t), dbtest.NewClock()
	return attempts.New(db, cfg, clk.Now), db, clk
}

// begin demands whether the attempt is let through, and after how long the next is when it is not.
func begin(t *testing.T, s attempts.Store, who email.Email, from netip.Addr, wait time.Duration) attempts.Attempt {
	t.Helper()
	a, err := s.Begin(context.Background(), who, from)
	e, _ := errors.AsType[*errs.Error](err)
	switch {
	case wait == 0 && err != nil:
		t.Errorf("%q from %s: %v", who, from, err)
	case wait != 0 && (!errors.Is(err, attempts.ErrTooMany) || e.RetryAfter != wait):
		t.Errorf("%q from %s: got %v, want %v after %s", who, from, err, attempts.ErrTooMany, wait)
	}
	return a
}

// TestLimits: of an account and of an address as many attempts as the setting says, within a window that slides.
func TestLimits(t *testing.T) {
	t.Parallel()
	s, _, clk := setup(t, attempts.Config{PerAccount: 2, PerAddress: 3})
	begin(t, s, ann, here, 0)
	clk.Add(20 * time.Second)
	begin(t, s, ann, here, 0)
	a, err := s.Begin(t.Context(), ann, here)
	quotas := a.Quotas
	want := []attempts.Quota{{Name: "auth-address", Limit: 3, Window: attempts.Window, Reset: 40 * time.Second},
		{Name: "auth-account", Limit: 2, Window: attempts.Window, Reset: 40 * time.Second}}
	if !errors.Is(err, attempts.ErrTooMany) || len(quotas) != 2 || quotas[0] != want[0] || quotas[1] != want[1] {
		t.Errorf("%v with %+v, want %v with %+v", err, quotas, attempts.ErrTooMany, want)
	}
	if attempts.ErrTooMany.RetryAfter != 0 {
		t.Error("the sentinel itself was changed")
	}
	begin(t, s, "bob@example.com", here, 40*time.Second) // the address has used up its own
	begin(t, s, "", here, 40*time.Second)
	begin(t, s, "bob@example.com", netip.MustParseAddr("192.0.2.2"), 0)
	clk.Add(40*time.Second - time.Microsecond)
	begin(t, s, ann, netip.MustParseAddr("192.0.2.3"), time.Second) // no wait is shorter
	clk.Add(time.Microsecond)
	begin(t, s, ann, here, 0) // the first is over
	begin(t, s, ann, netip.MustParseAddr("192.0.2.3"), 20*time.Second)
}

// TestDefaults: ten of an account, sixty of an address.
func TestDefaults(t *testing.T) {
	t.Parallel()
	s, _, _ := setup(t, attempts.Config{})
	for i := range 10 {
		a, err := s.Begin(t.Context(), ann, here)
		if err != nil || a.Quotas[0].Left != 59-i || a.Quotas[1].Left != 9-i {
			t.Fatalf("attempt %d: %+v, %v", i+1, a.Quotas, err)
		}
	}
	begin(t, s, ann, here, time.Minute)
	for range 49 { // that refusal counted at the address
		begin(t, s, "", here, 0)
	}
	begin(t, s, "", here, time.Minute)
}

// TestNetwork: a client can choose any address of its /64, so these are one; its zone does not count.
func TestNetwork(t *testing.T) {
	t.Parallel()
	s, _, _ := setup(t, attempts.Config{PerAddress: 1})
	begin(t, s, "", netip.MustParseAddr("2001:db8::1"), 0)
	begin(t, s, "", netip.MustParseAddr("2001:db8::ffff:ffff:ffff:ffff%eth0"), time.Minute)
	begin(t, s, "", netip.MustParseAddr("2001:db8:0:1::1"), 0)
	begin(t, s, "", here, 0)
	begin(t, s, "", here.Next(), 0)
}

// TestSucceeded: an attempt that succeeds was none, at an address and at an account that is known there.
func TestSucceeded(t *testing.T) {
	t.Parallel()
	for _, who := range []email.Email{"", ann} {
		s, _, clk := setup(t, attempts.Config{PerAccount: 2, PerAddress: 2})
		if err := s.Succeeded(t.Context(), begin(t, s, who, here, 0)); err != nil {
			t.Fatal(err)
		}
		failed := begin(t, s, who, here, 0)
		clk.Add(time.Second)
		for range 3 {
			if err := s.Succeeded(t.Context(), begin(t, s, who, here, 0)); err != nil {
				t.Fatal(err)
			}
		}
		begin(t, s, who, here, 0)
		begin(t, s, who, here, 59*time.Second)
		if err := s.Succeeded(t.Context(), attempts.Attempt{}); err != nil {
			t.Errorf("the zero Attempt: %v", err)
		}
		if err := s.Succeeded(t.Context(), failed); err != nil {
			t.Fatal(err)
		}
		begin(t, s, who, here, 0)
	}
}

// TestKnown: where an account has logged in before it has attempts of its own, for thirty days; nobody can use them up
// who guesses at others there, or at it from elsewhere.
func TestKnown(t *testing.T) {
	t.Parallel()
	const bob, eve email.Email = "bob@example.com", "eve@example.com"
	there := netip.MustParseAddr("198.51.100.1")
	s, _, clk := setup(t, attempts.Config{PerAccount: 2, PerAddress: 3})
	if err := s.Succeeded(t.Context(), begin(t, s, ann, here, 0)); err != nil {
		t.Fatal(err)
	}
	useUp := func() {
		for _, who := range []email.Email{bob, bob, eve} { // all of the address
			begin(t, s, who, here, 0)
		}
		begin(t, s, eve, here, time.Minute)
		for range 2 { // all of the account
			begin(t, s, ann, there, 0)
		}
		begin(t, s, ann, there, time.Minute)
	}
	useUp()
	for range 2 {
		begin(t, s, ann, here, 0)
	}
	begin(t, s, ann, here, time.Minute) // its own, too, have an end
	clk.Add(30*24*time.Hour - time.Microsecond)
	useUp()
	begin(t, s, ann, here, 0)
	clk.Add(time.Microsecond)
	begin(t, s, ann, here, time.Minute-time.Microsecond) // it is known no longer
}

// TestWrong: wrong tokens are counted by themselves, and refuse nothing but each other.
func TestWrong(t *testing.T) {
	t.Parallel()
	s, _, _ := setup(t, attempts.Config{PerAccount: 2, PerAddress: 2})
	for i := range 3 {
		a, err := s.Wrong(t.Context(), here)
		if errors.Is(err, attempts.ErrTooMany) != (i == 2) || len(a.Quotas) != 1 || a.Quotas[0].Name != "auth-token" ||
			a.Quotas[0].Left != max(0, 1-i) {
			t.Errorf("wrong token %d: %+v, %v", i+1, a, err)
		}
	}
	if _, err := s.Wrong(t.Context(), here.Next()); err != nil {
		t.Errorf("from another address: %v", err)
	}
	begin(t, s, ann, here, 0)
}

// TestAtOnce: a thousand at once are not a thousand guesses.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s, _, _ := setup(t, attempts.Config{PerAccount: 5})
	through := 0
	for _, err := range dbtest.AtOnce(30, func(int, func()) error {
		_, err := s.Begin(context.Background(), ann, here)
		return err
	}) {
		switch {
		case err == nil:
			through++
		case !errors.Is(err, attempts.ErrTooMany):
			t.Error(err)
		}
	}
	if through != 5 {
		t.Errorf("%d attempts were let through, want 5", through)
	}
}

// TestShared: for a second a refusal is repeated without asking the database, for all stores of the process.
func TestShared(t *testing.T) {
	t.Parallel()
	cfg := attempts.Config{PerAddress: 1}.Shared()
	s, db, clk := setup(t, cfg)
	begin(t, s, "", here, 0)
	begin(t, s, "", here, time.Minute)
	if _, err := db.Exec(t.Context(), `DELETE FROM attempts`); err != nil {
		t.Fatal(err)
	}
	clk.Add(time.Second - time.Microsecond)
	begin(t, attempts.New(db, cfg, clk.Now), "", here, 59*time.Second+time.Microsecond)
	clk.Add(time.Microsecond)
	begin(t, s, "", here, 0)
}

// TestClean: what no longer counts goes, and neither e-mail nor IP addresses are kept.
func TestClean(t *testing.T) {
	t.Parallel()
	s, db, clk := setup(t, attempts.Config{})
	begin(t, s, ann, here, 0)
	var readable int
	if err := db.Get(t.Context(), &readable, `SELECT count(*) FROM attempts WHERE length(key) <> 32`); err != nil ||
		readable != 0 {
		t.Errorf("%d keys are no hashes, %v", readable, err)
	}
	for _, want := range []int64{0, 2} {
		if n, err := s.Clean(t.Context()); err != nil || n != want {
			t.Errorf("cleaned %d, %v, want %d", n, err, want)
		}
		clk.Add(attempts.Window)
	}
}

// TestHourly: as many within an hour as the setting says, which slides; each by its own name, and none is cleaned up
// while it counts.
func TestHourly(t *testing.T) {
	t.Parallel()
	s, _, clk := setup(t, attempts.Config{PerHour: 2})
	hourly := func(what string, wait time.Duration) {
		t.Helper()
		a, err := s.Hourly(t.Context(), what, "ann")
		e, _ := errors.AsType[*errs.Error](err)
		if wait == 0 && err != nil || wait != 0 && (!errors.Is(err, attempts.ErrTooMany) || e.RetryAfter != wait) {
			t.Errorf("%s: %v, want to wait %s", what, err, wait)
		}
		if q := a.Quotas[0]; q.Name != "auth-mails" || q.Limit != 2 || q.Window != time.Hour {
			t.Errorf("%+v", q)
		}
	}
	hourly("reset", 0)
	clk.Add(30 * time.Minute)
	hourly("reset", 0)
	hourly("reset", 30*time.Minute)
	hourly("address", 0)
	clk.Add(29 * time.Minute)
	if n, err := s.Clean(t.Context()); err != nil || n != 0 {
		t.Errorf("cleaned %d, %v", n, err)
	}
	hourly("reset", time.Minute)
	clk.Add(time.Minute)
	hourly("reset", 0)
	hourly("reset", 30*time.Minute)
	clk.Add(time.Hour)
	if n, err := s.Clean(t.Context()); err != nil || n != 2 {
		t.Errorf("cleaned %d, %v", n, err)
	}
}

// TestForgive: an account gets its attempts back, at once, and no other does.
func TestForgive(t *testing.T) {
	t.Parallel()
	cfg := attempts.Config{PerAccount: 1, PerAddress: 100}.Shared()
	s, _, _ := setup(t, cfg)
	known := begin(t, s, ann, here, 0)
	if err := s.Succeeded(t.Context(), known); err != nil {
		t.Fatal(err)
	}
	there := netip.MustParseAddr("192.0.2.2")
	for _, from := range []netip.Addr{here, there} {
		begin(t, s, ann, from, 0)
		begin(t, s, ann, from, time.Minute)
	}
	begin(t, s, "bob@example.com", there, 0)
	if err := s.Forgive(t.Context(), ann, here); err != nil {
		t.Fatal(err)
	}
	begin(t, s, ann, here, 0)
	begin(t, s, ann, there, 0)
	begin(t, s, "bob@example.com", there, time.Minute)
}

// TestCode: as many wrong codes within an hour as wrong passwords within a minute, at the account, and where it is
// known on their own. What is taken back does not count.
func TestCode(t *testing.T) {
	t.Parallel()
	s, _, clk := setup(t, attempts.Config{PerAccount: 2})
	home, thief := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")
	try := func(from netip.Addr, want error) attempts.Attempt {
		t.Helper()
		clk.Add(attempts.Window)
		a, err := s.Begin(t.Context(), "a@x.org", from)
		if err != nil {
			t.Fatal(err)
		}
		a, err = s.Code(t.Context(), a)
		if q := a.Quotas[0]; !errors.Is(err, want) || q.Name != "auth-codes" || q.Window != time.Hour {
			t.Errorf("%v, want %v: %+v", err, want, q)
		}
		return a
	}
	if err := s.Succeeded(t.Context(), try(home, nil)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.TakeBack(t.Context(), try(thief, nil)); err != nil {
			t.Fatal(err)
		}
	}
	try(thief, nil)
	try(thief, nil)
	try(thief, attempts.ErrTooMany)
	try(home, nil)
	try(home, nil)
	try(home, attempts.ErrTooMany)
	clk.Add(time.Hour)
	try(thief, nil)
}
