package sessionbus_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const life, idle, access = 10 * time.Hour, time.Hour, 5 * time.Hour

// rig is an account with a session.
type rig struct {
	business.Business
	db    sqldb.DB
	clock *dbtest.Clock
	user  userbus.User
	grant sessionbus.Grant
}

func setup(t *testing.T) rig {
	t.Helper()
	r := rig{db: dbtest.New(t), clock: dbtest.NewClock()}
	r.Business = business.New(r.db, business.Config{Hasher: dbtest.Hasher(t), Now: r.clock.Now,
		Sessions: sessionbus.Config{Life: life, Idle: idle, Access: access}})
	var err error
	r.user, err = dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com", Roles: role.NewSet(role.User)})
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.grant, err = r.begin(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r rig) begin() (sessionbus.Grant, error) {
	return dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
		return d.Sessions.Begin(ctx, r.user, sessionbus.Client{})
	})
}

// refresh commits also with ErrReused, as the API does: it ended the session.
func (r rig) refresh(token string) (g sessionbus.Grant, reused error) {
	_, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (int, error) {
		var err error
		if g, err = d.Sessions.Refresh(ctx, token, sessionbus.Client{}); errors.Is(err, sessionbus.ErrReused) {
			reused = err
			return 0, nil
		}
		return 0, err
	})
	if err != nil {
		return g, err
	}
	return g, reused
}

func (r rig) end(token string) (sessionbus.Session, bool, error) {
	var found bool
	s, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (s sessionbus.Session, err error) {
		s, found, err = d.Sessions.End(ctx, token)
		return s, err
	})
	return s, found, err
}

// ended demands whether the session is told to have ended since a moment ago.
func (r rig) ended(t *testing.T, want bool) {
	t.Helper()
	ids, err := r.Sessions.Ended(t.Context(), r.clock.Now())
	if err != nil || slices.Contains(ids, r.grant.Session.ID) != want {
		t.Errorf("sessions ended: %v, %v; want the session among them: %t", ids, err, want)
	}
}

// isToken demands ErrToken, and nothing that only ErrReused says.
func isToken(t *testing.T, about string, err error) {
	t.Helper()
	if !errors.Is(err, sessionbus.ErrToken) || errors.Is(err, sessionbus.ErrReused) {
		t.Errorf("%s: got %v, want %v", about, err, sessionbus.ErrToken)
	}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	r := setup(t)
	now := r.clock.Now()
	want := sessionbus.Session{ID: r.grant.Session.ID, UserID: r.user.ID, Generation: 1, CreatedAt: now,
		ExpiresAt: now.Add(life), UsedAt: now, AuthAt: now}
	if r.grant.Session != want || r.grant.User.ID != r.user.ID || len(r.grant.Token) != 43 {
		t.Errorf("begun %+v, want %+v", r.grant, want)
	}
	other, err := r.begin()
	if err != nil || other.Token == r.grant.Token || other.Session.ID == r.grant.Session.ID {
		t.Errorf("a second session is %+v, %v", other, err)
	}
	var kept int
	if err := r.db.Get(t.Context(), &kept, `SELECT count(*) FROM refresh_tokens WHERE token_hash = $1`,
		[]byte(r.grant.Token)); err != nil || kept != 0 {
		t.Errorf("the token itself is kept: %d, %v", kept, err)
	}
}

// TestRefresh: each token gives the next, within the session's life.
func TestRefresh(t *testing.T) {
	t.Parallel()
	r := setup(t)
	token := r.grant.Token
	for range 3 {
		r.clock.Add(idle - time.Microsecond)
		g, err := r.refresh(token)
		r.grant.Session.UsedAt = r.clock.Now()
		if err != nil || !reflect.DeepEqual(g.Session, r.grant.Session) || g.User.ID != r.user.ID || g.Token == token {
			t.Fatalf("got %+v, %v", g, err)
		}
		token = g.Token
	}
	r.ended(t, false)
	_, err := r.refresh("no such token")
	isToken(t, "an unknown token", err)
}

func TestExpired(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.clock.Add(idle)
	_, err := r.refresh(r.grant.Token)
	isToken(t, "idle for too long", err)

	g, err := r.begin()
	if err != nil {
		t.Fatal(err)
	}
	begun := r.clock.Now()
	for r.clock.Now().Sub(begun) < life-idle {
		r.clock.Add(idle - time.Microsecond)
		if g, err = r.refresh(g.Token); err != nil {
			t.Fatal(err)
		}
	}
	r.clock.Add(begun.Add(life).Sub(r.clock.Now()) - time.Microsecond)
	if g, err = r.refresh(g.Token); err != nil {
		t.Errorf("a microsecond before the session's end: %v", err)
	}
	r.clock.Add(time.Microsecond)
	_, err = r.refresh(g.Token)
	isToken(t, "at the end of the session's life", err)
}

// TestReused: within Grace a used token gets the answer that it got; later that ends the session.
func TestReused(t *testing.T) {
	t.Parallel()
	r := setup(t)
	next, err := r.refresh(r.grant.Token)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Add(5 * time.Second)
	if again, err := r.refresh(r.grant.Token); err != nil || again.Token != next.Token {
		t.Errorf("at the end of the grace: %q, %v, want %q", again.Token, err, next.Token)
	}
	r.ended(t, false)
	r.clock.Add(time.Microsecond)
	g, err := r.refresh(r.grant.Token)
	if !errors.Is(err, sessionbus.ErrReused) || g.Session.ID != r.grant.Session.ID || g.User.ID != r.user.ID ||
		g.Token != "" {
		t.Errorf("after the grace: %+v, %v, want %v", g, err, sessionbus.ErrReused)
	}
	r.ended(t, true)
	_, err = r.refresh(next.Token)
	isToken(t, "the token that was good", err)
	_, err = r.refresh(r.grant.Token)
	isToken(t, "the token that ended it", err)
}

// TestAtOnce: of tabs that refresh at the same moment one makes the next token, and all get it.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	owner := dbtest.Owner(t, r.db)
	grants := make([]sessionbus.Grant, 6)
	first := make(chan struct{})
	if err := errors.Join(dbtest.AtOnce(len(grants), func(i int, _ func()) (err error) {
		if i > 0 {
			<-first
			grants[i], err = r.refresh(r.grant.Token)
			return err
		}
		grants[0], err = dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
			g, err := d.Sessions.Refresh(ctx, r.grant.Token, sessionbus.Client{})
			close(first)
			dbtest.Blocked(t, owner, len(grants)-1)
			return g, err
		})
		return err
	})...); err != nil {
		t.Fatal(err)
	}
	for i, g := range grants {
		if g.Token != grants[0].Token {
			t.Errorf("tab %d got another token", i)
		}
	}
	var tokens int
	if err := r.db.Get(t.Context(), &tokens, `SELECT count(*) FROM refresh_tokens`); err != nil || tokens != 2 {
		t.Errorf("%d tokens are kept, %v, want 2", tokens, err)
	}
}

// TestAccountEnds: what ends the account's sessions ends this one.
func TestAccountEnds(t *testing.T) {
	t.Parallel()
	type change = func(context.Context, business.Domains, userbus.User) error
	for about, end := range map[string]change{
		"disabled": func(ctx context.Context, d business.Domains, u userbus.User) error {
			_, err := d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false)})
			return err
		},
		"a new password": func(ctx context.Context, d business.Domains, u userbus.User) error {
			_, err := d.Users.Update(ctx, u, userbus.UpdateUser{PasswordHash: opt.Some("y")})
			return err
		},
		"new roles": func(ctx context.Context, d business.Domains, u userbus.User) error {
			_, err := d.Users.SetRoles(ctx, u, nil)
			return err
		},
		"deleted": func(ctx context.Context, d business.Domains, u userbus.User) error { return d.Users.Delete(ctx, u) },
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			if err := r.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
				return end(ctx, d, r.user)
			}); err != nil {
				t.Fatal(err)
			}
			_, err := r.refresh(r.grant.Token)
			isToken(t, about, err)
		})
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	r := setup(t)
	next, err := r.refresh(r.grant.Token)
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := r.end("no such token"); found || err != nil {
		t.Errorf("an unknown token: %t, %v", found, err)
	}
	r.clock.Add(idle) // what was used or has expired is still good for this
	r.ended(t, false)
	for range 2 {
		if s, found, err := r.end(r.grant.Token); !found || err != nil || s.ID != r.grant.Session.ID {
			t.Errorf("got %+v, %t, %v", s, found, err)
		}
		r.ended(t, true)
	}
	_, err = r.refresh(next.Token)
	isToken(t, "ended", err)
	at := r.clock.Now()
	r.clock.Add(time.Microsecond)
	r.ended(t, false)
	var kept time.Time
	if _, _, err := r.end(r.grant.Token); err != nil {
		t.Error(err)
	}
	if err := r.db.Get(t.Context(), &kept, `SELECT ended_at FROM sessions`); err != nil || !kept.Equal(at) {
		t.Errorf("ended at %s, %v, want the first time, %s", kept, err, at)
	}
}

// TestClean: a session is kept for a day longer than its access tokens once it is over, so that a replica that starts
// then learns of its end, and its tokens go with it.
func TestClean(t *testing.T) {
	t.Parallel()
	for about, over := range map[string]func(*testing.T, rig){
		"expired": func(_ *testing.T, r rig) { r.clock.Add(life) },
		"ended": func(t *testing.T, r rig) {
			if _, _, err := r.end(r.grant.Token); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			over(t, r)
			r.clock.Add(access + 24*time.Hour)
			for _, want := range []int64{0, 1} {
				if n, err := r.Sessions.Clean(t.Context()); err != nil || n != want {
					t.Errorf("cleaned %d, %v, want %d", n, err, want)
				}
				r.clock.Add(time.Microsecond)
			}
			var tokens int
			if err := r.db.Get(t.Context(), &tokens, `SELECT count(*) FROM refresh_tokens`); err != nil || tokens != 0 {
				t.Errorf("%d tokens are left, %v", tokens, err)
			}
		})
	}
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	r := setup(t)
	dbtest.Constraints(t, dbtest.Owner(t, r.db), []string{"sessions", "refresh_tokens"}, map[string][]string{
		"sessions_user_fkey":              {`UPDATE sessions SET user_id = gen_random_uuid()`},
		"refresh_tokens_session_fkey":     {`UPDATE refresh_tokens SET session_id = gen_random_uuid()`},
		"refresh_tokens_token_hash_check": {`UPDATE refresh_tokens SET token_hash = '\x00'`},
		"refresh_tokens_check": {`UPDATE refresh_tokens SET used_at = now()`,
			`UPDATE refresh_tokens SET successor = '\x00'`},
	})
}

// TestCleanTokens: a used token is deleted once it has expired, and no sooner: until then its coming again ends the
// session. The token that took its place stays.
func TestCleanTokens(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.clock.Add(time.Minute)
	next, err := r.refresh(r.grant.Token)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Add(idle - time.Minute - time.Microsecond)
	for _, want := range []int{2, 1} {
		if _, err := r.Sessions.Clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		var tokens int
		if err := r.db.Get(t.Context(), &tokens, `SELECT count(*) FROM refresh_tokens`); err != nil || tokens != want {
			t.Errorf("%d tokens are left, %v, want %d", tokens, err, want)
		}
		r.clock.Add(time.Microsecond)
	}
	_, err = r.refresh(r.grant.Token)
	isToken(t, "used, expired and deleted", err)
	r.ended(t, false)
	if next, err = r.refresh(next.Token); err != nil {
		t.Errorf("the token that is in use: %v", err)
	}
	r.clock.Add(idle)
	if _, err := r.Sessions.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, found, err := r.end(next.Token); !found || err != nil {
		t.Errorf("the last token has expired, and logs out no more: %t, %v", found, err)
	}
}

// TestDevicesForgotten: a device that was not seen for a year is new again, and one that was seen meanwhile is not; the
// account is told of no more than the limit within an hour.
func TestDevicesForgotten(t *testing.T) {
	t.Parallel()
	r := setup(t)
	from := func(program string) {
		t.Helper()
		if _, err := dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
			return d.Sessions.Begin(ctx, r.user, sessionbus.Client{UserAgent: program})
		}); err != nil {
			t.Fatal(err)
		}
	}
	told := func(about string, want int) {
		t.Helper()
		var n int
		if err := r.db.Get(t.Context(), &n, `SELECT count(*) FROM river.river_job WHERE kind = 'mail'`); err != nil ||
			n != want {
			t.Errorf("%s: %d mails, %v, want %d", about, n, err, want)
		}
	}
	clean := func(after time.Duration) {
		t.Helper()
		r.clock.Add(after)
		if _, err := r.Sessions.Clean(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	from("old") // beside the one of setup, which says nothing
	told("a second device", 1)
	clean(364 * 24 * time.Hour)
	from("")
	clean(2 * 24 * time.Hour)
	from("")
	told("one that was seen meanwhile", 1)
	from("old")
	told("one that was not", 2)
	for i := range 20 {
		from(strings.Repeat("x", i+1))
	}
	told("twenty more", 11) // ten in an hour
}
