package business_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// in runs fn in a transaction of its own.
func in(b business.Business, fn func(context.Context, business.Domains) error) error {
	return b.InTx(context.Background(), fn)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// atOnce runs fn n times at the same moment and returns the errors.
func atOnce(n int, fn func(i int) error) []error {
	var wg sync.WaitGroup
	failures := make([]error, n)
	for i := range n {
		wg.Go(func() { failures[i] = fn(i) })
	}
	wg.Wait()
	return failures
}

// TestLastAdmin: two ADMINs remove each other at the same moment, and one stays.
func TestLastAdmin(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(context.Context, business.Domains, userbus.User) error{
		"disable": func(ctx context.Context, d business.Domains, u userbus.User) error {
			_, err := d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false)})
			return err
		},
		"strip": func(ctx context.Context, d business.Domains, u userbus.User) error {
			_, err := d.Users.SetRoles(ctx, u, role.NewSet(role.User))
			return err
		},
		"delete": func(ctx context.Context, d business.Domains, u userbus.User) error { return d.Users.Delete(ctx, u) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := dbtest.Business(t)
			var admins [2]userbus.User
			check(t, in(b, func(ctx context.Context, d business.Domains) (err error) {
				for i, addr := range []string{"a@example.com", "b@example.com"} {
					nu := userbus.NewUser{Name: "A", Roles: role.NewSet(role.Admin)}
					check(t, nu.Email.UnmarshalText([]byte(addr)))
					if admins[i], err = d.Users.Create(ctx, nu); err != nil {
						return err
					}
				}
				return nil
			}))
			failures := atOnce(2, func(i int) error {
				return in(b, func(ctx context.Context, d business.Domains) error {
					u, err := d.Users.Lock(ctx, admins[i].ID)
					if err != nil {
						return err
					}
					return remove(ctx, d, u)
				})
			})
			slices.SortFunc(failures, func(a, _ error) int {
				if a == nil {
					return -1
				}
				return 1
			})
			if failures[0] != nil || !errors.Is(failures[1], userbus.ErrLastAdmin) {
				t.Errorf("got %v", failures)
			}
		})
	}
}

// TestSessions: what ends an account's sessions raises its generation, and is told to the replicas.
func TestSessions(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	var u userbus.User
	check(t, in(b, func(ctx context.Context, d business.Domains) (err error) {
		u, err = d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com", Roles: role.NewSet(role.User),
			PasswordHash: "x"})
		return err
	}))
	for _, step := range []struct {
		name string
		up   userbus.UpdateUser
		ends bool
	}{
		{"name", userbus.UpdateUser{Name: opt.Some(u.Name + "n")}, false},
		{"email", userbus.UpdateUser{Email: opt.Some(u.Email + "x")}, false},
		{"nothing", userbus.UpdateUser{}, false},
		{"password", userbus.UpdateUser{PasswordHash: opt.Some("y")}, true},
		{"the same password", userbus.UpdateUser{PasswordHash: opt.Some("y")}, false},
		{"disabled", userbus.UpdateUser{Enabled: opt.Some(false)}, true},
		{"enabled", userbus.UpdateUser{Enabled: opt.Some(true)}, true},
	} {
		before := u
		check(t, in(b, func(ctx context.Context, d business.Domains) (err error) {
			u, err = d.Users.Update(ctx, u, step.up)
			return err
		}))
		stored, err := b.Users.Get(t.Context(), u.ID)
		check(t, err)
		if (u.Generation > before.Generation) != step.ends || stored.Generation != u.Generation {
			t.Errorf("%s: generation %d, returned %d, stored %d", step.name, before.Generation, u.Generation, stored.Generation)
		}
		if changed := step.name != "nothing"; (u.Version > before.Version) != changed {
			t.Errorf("%s: version %d, then %d", step.name, before.Version, u.Version)
		}
		revoked, err := b.Users.Revocations(t.Context(), clock.Now().Add(-time.Minute))
		check(t, err)
		if u.Generation > 1 && revoked[u.ID] != u.Generation {
			t.Errorf("%s: the replicas learn %d, want %d", step.name, revoked[u.ID], u.Generation)
		}
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	ctx := t.Context()
	p := password.Given("correct horse")
	if _, err := b.Users.HashPassword(ctx, "smith@example.com", password.Given("I am Smith 77")); !errors.Is(err,
		errs.ErrInvalid) {
		t.Errorf("a password with the name in it: %v", err)
	}
	if _, err := b.Users.HashPassword(ctx, "ann@example.com", password.Given("channel seven")); err != nil {
		t.Errorf("a name of three letters is in many words: %v", err)
	}
	hash, err := b.Users.HashPassword(ctx, "smith@example.com", p)
	check(t, err)
	check(t, in(b, func(ctx context.Context, d business.Domains) error {
		_, err := d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "smith@example.com", PasswordHash: hash})
		if err != nil {
			return err
		}
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "B", Email: "off@example.com", PasswordHash: hash})
		if err != nil {
			return err
		}
		_, err = d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false)})
		return err
	}))
	if u, err := b.Users.Authenticate(ctx, "smith@example.com", p); err != nil || u.Name != "A" {
		t.Errorf("%v %v", u, err)
	}
	// The same answer to all of these.
	for _, err := range []error{
		second(b.Users.Authenticate(ctx, "smith@example.com", password.Given("wrong"))),
		second(b.Users.Authenticate(ctx, "nobody@example.com", p)),
		second(b.Users.Authenticate(ctx, "off@example.com", p)),
		second(b.Users.Authenticate(ctx, "", p)),
	} {
		if !errors.Is(err, userbus.ErrCredentials) || err.Error() != userbus.ErrCredentials.Error() {
			t.Errorf("got %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestNumbersAtOnce: the numbers that the service chooses never conflict, and fill gaps; codes are never used twice.
func TestNumbersAtOnce(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b) // its family is number 1
	const n = 20
	var mu sync.Mutex
	var numbers []int
	codes := map[int]bool{}
	for _, err := range atOnce(n, func(int) error {
		var f familybus.Family
		err := in(b, func(ctx context.Context, d business.Domains) (err error) {
			f, err = d.Families.Create(ctx, familybus.NewFamily{MarketID: s.Market.ID, Name: "F"})
			return err
		})
		p := s.Product(t, 1, 1)
		mu.Lock()
		defer mu.Unlock()
		numbers = append(numbers, f.Number)
		codes[p.Code.Running] = true
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	slices.Sort(numbers)
	for i, got := range numbers {
		if got != i+2 {
			t.Fatalf("numbers %v, want 2 to %d", numbers, n+1)
		}
	}
	if len(codes) != n || !codes[1] || !codes[n] {
		t.Errorf("codes %v, want 1 to %d", codes, n)
	}

	var again familybus.Family
	var last productbus.Product
	check(t, in(b, func(ctx context.Context, d business.Domains) error {
		families, err := d.Families.Query(ctx, familybus.Filter{MarketID: s.Market.ID}, query.Page{Limit: 100})
		check(t, err)
		check(t, d.Families.Delete(ctx, families.Items[6])) // number 7
		again, err = d.Families.Create(ctx, familybus.NewFamily{MarketID: s.Market.ID, Name: "F"})
		check(t, err)
		p, err := dbtest.Create(ctx, d, s.Market, s.Family, productbus.NewProduct{Name: "P"})
		check(t, err)
		check(t, d.Products.Delete(ctx, p))
		last, err = dbtest.Create(ctx, d, s.Market, s.Family, productbus.NewProduct{Name: "P"})
		return err
	}))
	if again.Number != 7 || last.Code.Running != n+2 {
		t.Errorf("the freed number is given again: %d; the code of a deleted product is not: %v", again.Number, last.Code)
	}
}

func TestMarketStatus(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	for from, allowed := range map[marketbus.Status][]marketbus.Status{
		marketbus.Draft: {marketbus.Draft, marketbus.Open}, marketbus.Open: {marketbus.Open, marketbus.Closed},
		marketbus.Closed: {marketbus.Closed, marketbus.Open},
	} {
		for _, to := range marketbus.Statuses {
			_, err := db.Exec(t.Context(), `UPDATE markets SET status = $1`, from)
			check(t, err)
			err = in(b, func(ctx context.Context, d business.Domains) error {
				m, err := d.Markets.Lock(ctx, s.Market.ID)
				check(t, err)
				_, err = d.Markets.Update(ctx, m, marketbus.UpdateMarket{Status: opt.Some(to)})
				return err
			})
			if ok := slices.Contains(allowed, to); ok != (err == nil) || !ok && !errors.Is(err, marketbus.ErrStatus) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}

// TestConstraints: what the code must not do, the database does not let it.
func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	other := dbtest.NewShop(t, b)
	p := s.Product(t, 450, 1)
	for q, args := range map[string][]any{
		`UPDATE products SET quantity = -1 WHERE product_id = $1`:                               {p.ID},
		`UPDATE products SET price = -1 WHERE product_id = $1`:                                  {p.ID},
		`UPDATE products SET market_id = $2 WHERE product_id = $1`:                              {p.ID, other.Market.ID},
		`UPDATE products SET family_id = $2 WHERE product_id = $1`:                              {p.ID, other.Family.ID},
		`UPDATE markets SET currency = 'EUR' WHERE market_id = $1`:                              {s.Market.ID},
		`UPDATE families SET number = 9 WHERE family_id = $1`:                                   {s.Family.ID},
		`DELETE FROM markets WHERE market_id = $1`:                                              {s.Market.ID},
		`INSERT INTO product_counters VALUES ($1, $2, 1)`:                                       {s.Market.ID, uuid.New()},
		`INSERT INTO users VALUES ($1, 'A', 'A@x.org', '{}', '', true, 1, 1, now(), now())`:     {uuid.New()},
		`INSERT INTO users VALUES ($1, 'A', 'a@x.org', '{ROOT}', '', true, 1, 1, now(), now())`: {uuid.New()},
		`INSERT INTO sales VALUES ($1, $2, 1, $3, 'COMPLETED', 'USD', 5, 'CASH', 4, -1, 1, now())`: {s.Market.ID, uuid.New(),
			s.Cashier.ID},
		`INSERT INTO sales VALUES ($1, $2, 1, $3, 'COMPLETED', 'EUR', 5, 'CASH', 5, 0, 1, now())`: {s.Market.ID, uuid.New(),
			s.Cashier.ID},
	} {
		if _, err := db.Exec(t.Context(), q, args...); err == nil {
			t.Errorf("the database takes %s", q)
		}
	}
}
