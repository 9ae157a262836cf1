package userbus_test

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// setup is the domains over a database and a clock of their own.
func setup(t *testing.T) (business.Business, *dbtest.Clock) {
	t.Helper()
	clk := dbtest.NewClock()
	return business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now}), clk
}

func create(t *testing.T, b business.Business, nu userbus.NewUser) userbus.User {
	t.Helper()
	u, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, nu)
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func update(b business.Business, u userbus.User, up userbus.UpdateUser) (userbus.User, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Update(ctx, u, up)
	})
}

func remove(b business.Business, u userbus.User) error {
	return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
		return d.Users.Delete(ctx, u)
	})
}

func second[T any](_ T, err error) error { return err }

func equal(a, b userbus.User) bool {
	sameRoles := slices.Equal(a.Roles, b.Roles)
	a.Roles, b.Roles = nil, nil
	return sameRoles && reflect.DeepEqual(a, b)
}

func TestCreate(t *testing.T) {
	t.Parallel()
	b, clk := setup(t)
	u := create(t, b, userbus.NewUser{Name: "Ann", Email: "ann@example.com", PasswordHash: "x",
		Roles: role.Set{role.User, role.Cashier, role.User}})
	if u.ID.Version() != 7 || !u.Enabled || u.Generation != 1 || u.Version != 1 || !u.CreatedAt.Equal(clk.Now()) ||
		!u.UpdatedAt.Equal(clk.Now()) || !slices.Equal(u.Roles, role.NewSet(role.Cashier, role.User)) {
		t.Errorf("created %+v", u)
	}
	for about, read := range map[string]func() (userbus.User, error){
		"Get":        func() (userbus.User, error) { return b.Users.Get(t.Context(), u.ID) },
		"GetByEmail": func() (userbus.User, error) { return b.Users.GetByEmail(t.Context(), u.Email) },
		"Lock": func() (userbus.User, error) {
			return dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
				return d.Users.Lock(ctx, u.ID)
			})
		},
	} {
		if got, err := read(); err != nil || !equal(got, u) {
			t.Errorf("%s: %+v, %v, want %+v", about, got, err, u)
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	b, _ := setup(t)
	for about, err := range map[string]error{
		"Get":        second(b.Users.Get(t.Context(), uuid.New())),
		"GetByEmail": second(b.Users.GetByEmail(t.Context(), "nobody@example.com")),
		"Lock":       second(b.Users.Lock(t.Context(), uuid.New())),
	} {
		if !errors.Is(err, userbus.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", about, err, userbus.ErrNotFound)
		}
	}
}

func TestEmailTaken(t *testing.T) {
	t.Parallel()
	b, _ := setup(t)
	create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com"})
	u := create(t, b, userbus.NewUser{Name: "B", Email: "b@example.com"})
	_, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
	})
	if !errors.Is(err, userbus.ErrEmailTaken) {
		t.Errorf("create: got %v, want %v", err, userbus.ErrEmailTaken)
	}
	if _, err := update(b, u, userbus.UpdateUser{Email: opt.Some(email.Email("a@example.com"))}); !errors.Is(err,
		userbus.ErrEmailTaken) {
		t.Errorf("update: got %v, want %v", err, userbus.ErrEmailTaken)
	}
	if _, err := update(b, u, userbus.UpdateUser{Email: opt.Some(u.Email)}); err != nil {
		t.Errorf("its own address: %v", err)
	}
}

// TestUpdate: each field alone, and what it leaves alone. What ends an account's sessions raises its generation, and is
// told to the replicas.
func TestUpdate(t *testing.T) {
	t.Parallel()
	b, clk := setup(t)
	u := create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com", Roles: role.NewSet(role.User), PasswordHash: "x"})
	for _, step := range []struct {
		about string
		up    userbus.UpdateUser
		want  func(*userbus.User)
		ends  bool
	}{
		{"name", userbus.UpdateUser{Name: opt.Some(name.Name("An"))}, func(u *userbus.User) { u.Name = "An" }, false},
		{"email", userbus.UpdateUser{Email: opt.Some(email.Email("an@example.com"))},
			func(u *userbus.User) { u.Email = "an@example.com" }, false},
		{"nothing", userbus.UpdateUser{}, nil, false},
		{"password", userbus.UpdateUser{PasswordHash: opt.Some("y")}, func(u *userbus.User) { u.PasswordHash = "y" }, true},
		{"the same password", userbus.UpdateUser{PasswordHash: opt.Some("y")}, nil, false},
		{"disabled", userbus.UpdateUser{Enabled: opt.Some(false)}, func(u *userbus.User) { u.Enabled = false }, true},
		{"still disabled", userbus.UpdateUser{Enabled: opt.Some(false)}, nil, false},
		{"enabled", userbus.UpdateUser{Enabled: opt.Some(true)}, func(u *userbus.User) { u.Enabled = true }, true},
	} {
		before := clk.Now()
		clk.Add(time.Minute)
		want := u
		if step.want != nil {
			step.want(&want)
			want.Version++
			want.UpdatedAt = clk.Now()
		}
		if step.ends {
			want.Generation++
		}
		var err error
		if u, err = update(b, u, step.up); err != nil {
			t.Fatalf("%s: %v", step.about, err)
		}
		stored, err := b.Users.Get(t.Context(), u.ID)
		if err != nil || !equal(u, want) || !equal(stored, want) {
			t.Errorf("%s: returned %+v, stored %+v, %v, want %+v", step.about, u, stored, err, want)
		}
		told, err := b.Users.Revocations(t.Context(), before.Add(time.Microsecond))
		if generation, ok := told[u.ID]; err != nil || ok != step.ends || ok && generation != u.Generation {
			t.Errorf("%s: the replicas learn %v, %v; the generation is %d", step.about, told, err, u.Generation)
		}
	}
}

func TestSetRoles(t *testing.T) {
	t.Parallel()
	b, clk := setup(t)
	u := create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com", Roles: role.NewSet(role.User), PasswordHash: "x"})
	for _, step := range []struct {
		roles role.Set
		ends  bool
	}{
		{role.Set{role.User, role.Cashier}, true}, {role.Set{role.Cashier, role.User}, false}, {nil, true},
	} {
		clk.Add(time.Minute)
		want := u
		if step.ends { // the same roles change nothing
			want.Roles, want.UpdatedAt = role.NewSet(step.roles...), clk.Now()
			want.Version++
			want.Generation++
		}
		var err error
		u, err = dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
			return d.Users.SetRoles(ctx, u, step.roles)
		})
		if err != nil {
			t.Fatal(err)
		}
		if stored, err := b.Users.Get(t.Context(), u.ID); err != nil || !equal(u, want) || !equal(stored, want) {
			t.Errorf("%v: returned %+v, stored %+v, %v, want %+v", step.roles, u, stored, err, want)
		}
	}
}

func TestRevocations(t *testing.T) {
	t.Parallel()
	b, clk := setup(t)
	u := create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com"})
	if err := remove(b, u); err != nil {
		t.Fatal(err)
	}
	for since, want := range map[time.Duration]int64{-time.Microsecond: 2, 0: 2, time.Microsecond: 0} {
		told, err := b.Users.Revocations(t.Context(), clk.Now().Add(since))
		if err != nil || told[u.ID] != want {
			t.Errorf("since %s: %v, %v, want generation %d of who was deleted", since, told, err, want)
		}
	}
}

// leaving are the ways in which an ADMIN stops being one.
var leaving = map[string]func(context.Context, business.Domains, userbus.User) error{
	"disable": func(ctx context.Context, d business.Domains, u userbus.User) error {
		return second(d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false)}))
	},
	"strip": func(ctx context.Context, d business.Domains, u userbus.User) error {
		return second(d.Users.SetRoles(ctx, u, role.NewSet(role.User)))
	},
	"delete": func(ctx context.Context, d business.Domains, u userbus.User) error { return d.Users.Delete(ctx, u) },
}

// TestLastAdmin: two ADMINs remove each other at the same moment, and one stays.
func TestLastAdmin(t *testing.T) {
	t.Parallel()
	for about, leave := range leaving {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			b, _ := setup(t)
			var admins []userbus.User
			for _, addr := range []email.Email{"a@example.com", "b@example.com"} {
				admins = append(admins, create(t, b, userbus.NewUser{Name: "A", Email: addr, Roles: role.NewSet(role.Admin)}))
			}
			off := create(t, b, userbus.NewUser{Name: "Off", Email: "c@example.com", Roles: role.NewSet(role.Admin)})
			if _, err := update(b, off, userbus.UpdateUser{Enabled: opt.Some(false)}); err != nil {
				t.Fatalf("there are two others: %v", err)
			}
			failures := dbtest.AtOnce(2, func(i int, meet func()) error {
				return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					u, err := d.Users.Lock(ctx, admins[i].ID)
					if err != nil {
						return err
					}
					meet() // each holds itself
					return leave(ctx, d, u)
				})
			})
			slices.SortFunc(failures, func(a, _ error) int {
				if a == nil {
					return -1
				}
				return 1
			})
			if failures[0] != nil || !errors.Is(failures[1], userbus.ErrLastAdmin) {
				t.Errorf("got %v, want one done and one %v", failures, userbus.ErrLastAdmin)
			}
		})
	}
}

// TestLocked: whoever locks a user reads what the one before wrote.
func TestLocked(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	u := create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com"})
	owner := dbtest.Owner(t, db)
	locked := make(chan struct{})
	for _, err := range dbtest.AtOnce(2, func(i int, _ func()) error {
		if i == 1 {
			<-locked
		}
		return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			u, err := d.Users.Lock(ctx, u.ID)
			if err != nil {
				return err
			}
			if i == 0 {
				close(locked)
				dbtest.Blocked(t, owner, 1)
			}
			return second(d.Users.Update(ctx, u, userbus.UpdateUser{Name: opt.Some(u.Name + "n")}))
		})
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if got, err := b.Users.Get(t.Context(), u.ID); err != nil || got.Version != 3 || got.Name != "Ann" {
		t.Errorf("after two changes at once: %q of version %d, %v, want Ann of version 3", got.Name, got.Version, err)
	}
}

// TestDelete: a user goes while nothing refers to it, whatever the table.
func TestDelete(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	owner := dbtest.Owner(t, db)
	s := dbtest.NewShop(t, b)
	s.Sell(t, s.Product(t, 450, 2), 2)
	for about, q := range map[string]string{
		"families.owner_id":    `UPDATE families SET owner_id = $1`,
		"sales.cashier_id":     `UPDATE sales SET cashier_id = $1`,
		"sale_voids.voided_by": `INSERT INTO sale_voids SELECT market_id, sale_id, '', $1, now() FROM sales`,
		"sale_returns.returned_by": `INSERT INTO sale_returns
			SELECT market_id, sale_id, sale_id, 0, '', $1, now() FROM sales`,
		"cash_sessions.cashier_id": `INSERT INTO cash_sessions
			SELECT market_id, gen_random_uuid(), $1, 0, now() FROM markets`,
		"ledger_entries.cashier_id": `INSERT INTO ledger_entries
			SELECT market_id, market_id, 'VOID', n, 'cash', $1, null, null, 3 - 2 * n, now()
			FROM markets, generate_series(1, 2) n`,
		"payouts.paid_by": `INSERT INTO payouts
			SELECT market_id, gen_random_uuid(), family_id, 1, 0, 1, $1, now() FROM families`,
		"cash_movements.moved_by": `WITH s AS (INSERT INTO cash_sessions
			SELECT market_id, gen_random_uuid(), cashier_id, 0, now() FROM sales RETURNING market_id, cash_session_id)
			INSERT INTO cash_movements SELECT market_id, gen_random_uuid(), cash_session_id, 1, '', $1, now() FROM s`,
	} {
		u := create(t, b, userbus.NewUser{Name: "A", Email: email.Email(strings.ReplaceAll(about, "_", "") + "@x.org")})
		if _, err := owner.Exec(t.Context(), q, u.ID); err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		if err := remove(b, u); !errors.Is(err, userbus.ErrHasHistory) {
			t.Errorf("%s: got %v, want %v", about, err, userbus.ErrHasHistory)
		}
		if got, err := b.Users.Get(t.Context(), u.ID); err != nil || !equal(got, u) {
			t.Errorf("%s: after the refusal %+v, %v", about, got, err)
		}
	}
	u := create(t, b, userbus.NewUser{Name: "A", Email: "none@example.com"})
	if err := remove(b, u); err != nil {
		t.Error(err)
	}
	if _, err := b.Users.Get(t.Context(), u.ID); !errors.Is(err, userbus.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b, _ := setup(t)
	ctx := t.Context()
	p := password.Given("correct horse")
	for _, tt := range []struct {
		name     name.Name
		addr     email.Email
		password string
		want     error
	}{
		{"", "smith@example.com", "I am Smith 77", errs.ErrInvalid},
		{"", "jose@example.com", "a jose of four", errs.ErrInvalid},
		{"", "ann@example.com", "channel seven", nil}, // a word of three letters is in many others
		{"", "ann@example.com", "an Example here", errs.ErrInvalid},
		{"Ann Lovelace", "a@x.org", "my 10v3lac3 1", errs.ErrInvalid},
		{"Ann Lovelace", "a@x.org", "channel seven", nil},
	} {
		if _, err := b.Users.HashPassword(ctx, tt.name, tt.addr, password.Given(tt.password)); !errors.Is(err, tt.want) {
			t.Errorf("%q for %s: got %v, want %v", tt.password, tt.addr, err, tt.want)
		}
	}
	hash, err := b.Users.HashPassword(ctx, "A", "smith@example.com", p)
	if err != nil {
		t.Fatal(err)
	}
	smith := create(t, b, userbus.NewUser{Name: "A", Email: "smith@example.com", PasswordHash: hash})
	off := create(t, b, userbus.NewUser{Name: "B", Email: "off@example.com", PasswordHash: hash})
	if _, err := update(b, off, userbus.UpdateUser{Enabled: opt.Some(false)}); err != nil {
		t.Fatal(err)
	}
	if u, err := b.Users.Authenticate(ctx, "smith@example.com", p); err != nil || !equal(u, smith) {
		t.Errorf("%v %v", u, err)
	}
	// The same answer to all of these; whom it was about is for the audit.
	for _, tt := range []struct {
		addr  email.Email
		p     password.Password
		about uuid.UUID
	}{
		{"smith@example.com", password.Given("wrong"), smith.ID}, {"nobody@example.com", p, uuid.Nil},
		{"off@example.com", p, off.ID}, {"", p, uuid.Nil},
	} {
		u, err := b.Users.Authenticate(ctx, tt.addr, tt.p)
		if !errors.Is(err, userbus.ErrCredentials) || err.Error() != userbus.ErrCredentials.Error() || u.ID != tt.about {
			t.Errorf("%q: got %v about %s, want %v about %s", tt.addr, err, u.ID, userbus.ErrCredentials, tt.about)
		}
	}
	for given, want := range map[string]error{"correct horse": nil, "wrong": userbus.ErrWrongPassword} {
		_, err := b.Users.Confirm(ctx, smith, password.Given(given), netip.MustParseAddr("192.0.2.1"), "password")
		if !errors.Is(err, want) {
			t.Errorf("%q confirmed: %v, want %v", given, err, want)
		}
	}
}

// TestRehash: a hash made at a lower cost is replaced at login, which ends no session and changes no version.
func TestRehash(t *testing.T) {
	t.Parallel()
	db, clk := dbtest.New(t), dbtest.NewClock()
	dearer, err := passhash.New(passhash.Config{Memory: 16, Iterations: 1, Concurrent: 8})
	if err != nil {
		t.Fatal(err)
	}
	b := business.New(db, business.Config{Hasher: dearer, Now: clk.Now})
	p := password.Given("correct horse")
	cheap, err := dbtest.Hasher(t).Hash(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	u := create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com", PasswordHash: cheap})
	hash, err := b.Users.Rehash(t.Context(), u, p)
	if err != nil || hash == "" || hash == cheap {
		t.Fatalf("an outdated hash gives %q, %v", hash, err)
	}
	want := u
	want.PasswordHash = hash
	if err := b.Users.UpgradeHash(t.Context(), u, hash); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Users.Get(t.Context(), u.ID); err != nil || !equal(got, want) {
		t.Errorf("upgraded to %+v, %v, want %+v", got, err, want)
	}
	if again, err := b.Users.Rehash(t.Context(), want, p); err != nil || again != "" {
		t.Errorf("a hash of today gives %q, %v", again, err)
	}
	// u is stale by now: its password was changed meanwhile, as far as the upgrade knows.
	if err := b.Users.UpgradeHash(t.Context(), u, "other"); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Users.Get(t.Context(), u.ID); err != nil || got.PasswordHash != hash {
		t.Errorf("an upgrade that came late left %q, %v", got.PasswordHash, err)
	}
}

func list(b business.Business) dbtest.Listing[userbus.Filter, userbus.User] {
	part := "NAME 1"
	return dbtest.Listing[userbus.Filter, userbus.User]{
		Query: b.Users.Query, Columns: userbus.OrderBy,
		Filters: map[string]dbtest.Filter[userbus.Filter, userbus.User]{
			"name": dbtest.Narrow(userbus.Filter{Name: &part}, func(u userbus.User) bool {
				return strings.Contains(strings.ToUpper(string(u.Name)), part)
			}),
			"email": dbtest.Narrow(userbus.Filter{Email: new(email.Email("user1@x.org"))},
				func(u userbus.User) bool { return u.Email == "user1@x.org" }),
			"role": dbtest.Narrow(userbus.Filter{Role: new(role.Cashier)},
				func(u userbus.User) bool { return u.Roles.Has(role.Cashier) }),
			"enabled":  dbtest.Narrow(userbus.Filter{Enabled: new(true)}, func(u userbus.User) bool { return u.Enabled }),
			"disabled": dbtest.Narrow(userbus.Filter{Enabled: new(false)}, func(u userbus.User) bool { return !u.Enabled }),
		},
		Orders: map[string]func(a, b userbus.User) int{
			"createdAt": dbtest.By(func(u userbus.User) int64 { return u.CreatedAt.UnixMicro() }),
			"name":      dbtest.By(func(u userbus.User) string { return string(u.Name) }),
			"email":     dbtest.By(func(u userbus.User) string { return string(u.Email) }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Lists(t, list(dbtest.NewWorld(t, 40).Business))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	dbtest.PlannedOnce(t, w, list(w.Business))
	dbtest.UseIndexes(t, w, list(w.Business))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com", Roles: role.NewSet(role.User)})
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"users", "revocations"}, map[string][]string{
		"users_email_key": {`INSERT INTO users SELECT gen_random_uuid(), name, email, roles, '', true, 1, 1, now(), now()
			FROM users`},
		"users_email_check": {`UPDATE users SET email = 'A@example.com'`},
		"users_roles_check": {`UPDATE users SET roles = '{ROOT}'`, `UPDATE users SET roles = '{USER,user}'`},
	})
}

// TestRehashMeanwhile: a login that takes its time and upgrades the hash of its password does not put that password
// back after another one was chosen, and its session is over.
func TestRehashMeanwhile(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	dearer, err := passhash.New(passhash.Config{Memory: 16, Iterations: 1, Concurrent: 8})
	if err != nil {
		t.Fatal(err)
	}
	b := business.New(dbtest.New(t), business.Config{Hasher: dearer, Now: clk.Now})
	old, chosen := password.Given("correct horse"), password.Given("better horse")
	cheap, err := dbtest.Hasher(t).Hash(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com", PasswordHash: cheap})

	// The login, up to its transaction.
	u, err := b.Users.Authenticate(t.Context(), "a@example.com", old)
	if err != nil {
		t.Fatal(err)
	}
	upgraded, err := b.Users.Rehash(t.Context(), u, old)
	if err != nil || upgraded == "" {
		t.Fatalf("%q, %v", upgraded, err)
	}
	// Meanwhile.
	hash, err := b.Users.HashPassword(t.Context(), u.Name, u.Email, chosen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := update(b, u, userbus.UpdateUser{PasswordHash: opt.Some(hash)}); err != nil {
		t.Fatal(err)
	}
	// The rest of the login.
	token, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (string, error) {
		if err := d.Users.UpgradeHash(ctx, u, upgraded); err != nil {
			return "", err
		}
		g, err := d.Sessions.Begin(ctx, u, sessionbus.Client{})
		return g.Token, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Users.Authenticate(t.Context(), "a@example.com", old); !errors.Is(err, userbus.ErrCredentials) {
		t.Errorf("the old password is back: %v", err)
	}
	if _, err := b.Users.Authenticate(t.Context(), "a@example.com", chosen); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if _, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
		return d.Sessions.Refresh(ctx, token, sessionbus.Client{})
	}); !errors.Is(err, sessionbus.ErrToken) {
		t.Errorf("the session of the old password goes on: %v", err)
	}
}

// TestLastAdminWaits: an ADMIN who goes while another one is going waits to learn whether that one stays. Without the
// lock on all of them it does not wait, and Blocked says so every time.
func TestLastAdminWaits(t *testing.T) {
	t.Parallel()
	for about, leave := range leaving {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t)
			b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: dbtest.NewClock().Now})
			owner := dbtest.Owner(t, db)
			var admins []userbus.User
			for _, addr := range []email.Email{"a@example.com", "b@example.com"} {
				admins = append(admins, create(t, b, userbus.NewUser{Name: "A", Email: addr, Roles: role.NewSet(role.Admin)}))
			}
			left := make(chan struct{})
			failures := dbtest.AtOnce(2, func(i int, _ func()) error {
				if i == 1 {
					<-left
				}
				return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					err := leave(ctx, d, admins[i])
					if i == 0 {
						close(left)
						dbtest.Blocked(t, owner, 1)
					}
					return err
				})
			})
			if failures[0] != nil || !errors.Is(failures[1], userbus.ErrLastAdmin) {
				t.Errorf("got %v, want the first done and the second %v", failures, userbus.ErrLastAdmin)
			}
		})
	}
}
