package business_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

// collector is an account that wants more than its quota, which is 3 of everything.
type collector struct {
	business.Business
	db    sqldb.DB
	user  userbus.User
	shop  dbtest.Shop
	owned []dbtest.Shop // where it has no family yet
}

func newCollector(t *testing.T) collector {
	t.Helper()
	c := collector{db: dbtest.New(t)}
	clk := dbtest.NewClock()
	c.Business = business.New(c.db, business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now,
		Quotas: quota.Config{Products: 3, Families: 3, Markets: 3, Sessions: 3, Members: 3, Keys: 3}})
	var err error
	if c.user, err = dbtest.In(c.Business, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@x.org", Roles: role.NewSet(role.User)})
	}); err != nil {
		t.Fatal(err)
	}
	c.shop = dbtest.NewShop(t, c.Business)
	for range 6 {
		c.owned = append(c.owned, dbtest.NewShop(t, c.Business))
	}
	return c
}

// kept is one kind of thing: how the i-th is added, and how another is got rid of.
type kept struct {
	add  func(ctx context.Context, d business.Domains, c collector, i int) error
	free func(ctx context.Context, d business.Domains, c collector) error
}

var quotas = map[string]kept{
	"products of a family": {
		func(ctx context.Context, d business.Domains, c collector, _ int) error {
			_, err := c.shop.Create(ctx, d, productbus.NewProduct{FamilyID: c.shop.Family.ID, Name: "P", Quantity: 1})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error {
			var id uuid.UUID
			if err := c.db.Get(ctx, &id, `SELECT product_id FROM products LIMIT 1`); err != nil {
				return err
			}
			return d.Products.Delete(ctx, productbus.Product{ID: id})
		},
	},
	"families of an account": {
		func(ctx context.Context, d business.Domains, c collector, i int) error {
			_, err := d.Families.Create(ctx,
				familybus.NewFamily{MarketID: c.owned[i].Market.ID, Name: "F", OwnerID: &c.user.ID})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error { // a closed market is over
			m, err := d.Markets.Lock(ctx, c.owned[0].Market.ID)
			if err == nil {
				_, err = d.Markets.Update(ctx, m, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
			}
			return err
		},
	},
	"families given to an account": {
		func(ctx context.Context, d business.Domains, c collector, i int) error {
			_, err := d.Families.Update(ctx, c.owned[i].Family, familybus.UpdateFamily{
				OwnerID: opt.Nullable[uuid.UUID]{Set: true, V: &c.user.ID}})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error {
			f, err := d.Families.Lock(ctx, c.owned[0].Family.ID)
			if err == nil {
				_, err = d.Families.Update(ctx, f, familybus.UpdateFamily{OwnerID: opt.Nullable[uuid.UUID]{Set: true}})
			}
			return err
		},
	},
	"markets of an account": {
		func(ctx context.Context, d business.Domains, c collector, _ int) error {
			m := c.shop.Market
			_, err := d.Markets.Create(ctx, marketbus.NewMarket{Name: "M", Place: "P", StartsAt: m.StartsAt,
				EndsAt: m.EndsAt, Currency: "USD", CreatedBy: &c.user.ID})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error {
			var id uuid.UUID
			if err := c.db.Get(ctx, &id, `SELECT market_id FROM markets WHERE created_by IS NOT NULL LIMIT 1`); err != nil {
				return err
			}
			return d.Markets.Delete(ctx, marketbus.Market{ID: id})
		},
	},
	"sessions of an account": {
		func(ctx context.Context, d business.Domains, c collector, _ int) error {
			_, err := d.Sessions.Begin(ctx, c.user, sessionbus.Client{})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error {
			_, err := c.db.Exec(ctx, `
				UPDATE sessions SET ended_at = now() WHERE session_id = (SELECT session_id FROM sessions LIMIT 1)`)
			return err
		},
	},
	"API keys of an account": {
		func(ctx context.Context, d business.Domains, c collector, _ int) error {
			_, _, err := d.APIKeys.Create(ctx, apikeybus.NewKey{UserID: c.user.ID, Name: "K", Actions: []string{"sale.read"},
				ExpiresAt: time.Now().Add(time.Hour)})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error {
			list, err := d.APIKeys.Of(ctx, c.user.ID)
			if err != nil {
				return err
			}
			return d.APIKeys.Delete(ctx, list[0])
		},
	},
	"members of a market": {
		func(ctx context.Context, d business.Domains, c collector, i int) error {
			u, err := d.Users.Create(ctx, userbus.NewUser{Name: "B", Email: email.Email(fmt.Sprintf("b%d@x.org", i)),
				Roles: role.NewSet(role.User)})
			if err != nil {
				return err
			}
			_, err = d.Members.Add(ctx, memberbus.NewMember{MarketID: c.shop.Market.ID, UserID: u.ID, Role: role.Organiser})
			return err
		},
		func(ctx context.Context, d business.Domains, c collector) error {
			list, err := d.Members.Query(ctx, c.shop.Market.ID, query.Page{Limit: 1})
			if err != nil {
				return err
			}
			return d.Members.Remove(ctx, list.Items[0])
		},
	},
}

// TestQuotas: the third is let in and the fourth is not, until there is room for it.
func TestQuotas(t *testing.T) {
	t.Parallel()
	for name, q := range quotas {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t)
			add := func(i int) error {
				return c.InTx(t.Context(), func(ctx context.Context, d business.Domains) error { return q.add(ctx, d, c, i) })
			}
			for i, want := range []error{nil, nil, nil, quota.ErrReached, quota.ErrReached} {
				if err := add(i); !errors.Is(err, want) {
					t.Fatalf("number %d: %v, want %v", i+1, err, want)
				}
			}
			if err := c.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
				return q.free(ctx, d, c)
			}); err != nil {
				t.Fatal(err)
			}
			for i, want := range []error{nil, quota.ErrReached} {
				if err := add(3 + i); !errors.Is(err, want) {
					t.Errorf("number %d, after one has gone: %v, want %v", 4+i, err, want)
				}
			}
		})
	}
}

// TestQuotasAtOnce: of two that want the last place the second waits for the first, and is refused. Without the lock it
// does not wait, and Blocked says so every time.
func TestQuotasAtOnce(t *testing.T) {
	t.Parallel()
	for name, q := range quotas {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t)
			owner := dbtest.Owner(t, c.db)
			for i := range 2 {
				if err := c.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
					return q.add(ctx, d, c, i)
				}); err != nil {
					t.Fatal(err)
				}
			}
			added := make(chan struct{})
			failures := dbtest.AtOnce(2, func(i int, _ func()) error {
				if i == 1 {
					<-added
				}
				return c.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					err := q.add(ctx, d, c, 2+i)
					if i == 0 {
						close(added)
						dbtest.Blocked(t, owner, 1)
					}
					return err
				})
			})
			if failures[0] != nil || !errors.Is(failures[1], quota.ErrReached) {
				t.Errorf("the first: %v, the second: %v, want %v", failures[0], failures[1], quota.ErrReached)
			}
		})
	}
}

// TestBatchCountsWhole: a batch that has more than there is room for adds nothing.
func TestBatchCountsWhole(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	p := productbus.NewProduct{FamilyID: c.shop.Family.ID, Name: "P", Quantity: 1}
	other := p
	other.FamilyID = c.shop.NewFamily(t, familybus.NewFamily{Name: "F"}).ID
	for _, tt := range []struct {
		batch []productbus.NewProduct
		want  error
		there int
	}{
		{[]productbus.NewProduct{p, p, p, p}, quota.ErrReached, 0},
		{[]productbus.NewProduct{other, p, p, p, p}, quota.ErrReached, 0},
		{[]productbus.NewProduct{p}, nil, 1},
		{[]productbus.NewProduct{p, p, p}, quota.ErrReached, 1},
		{[]productbus.NewProduct{p, p, other, other, other}, nil, 6},
		{[]productbus.NewProduct{p}, quota.ErrReached, 6},
	} {
		err := c.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			_, err := c.shop.Create(ctx, d, tt.batch...)
			return err
		})
		var there int
		if e := c.db.Get(t.Context(), &there, `SELECT count(*) FROM products`); e != nil || !errors.Is(err, tt.want) ||
			there != tt.there {
			t.Errorf("a batch of %d: %v, want %v; %d are there, want %d; %v", len(tt.batch), err, tt.want, there, tt.there, e)
		}
	}
}

// TestLiveSessions: what can no longer be refreshed is no session that counts.
func TestLiveSessions(t *testing.T) {
	t.Parallel()
	const life, idle = 10 * time.Hour, time.Hour
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now,
		Sessions: sessionbus.Config{Life: life, Idle: idle}, Quotas: quota.Config{Sessions: 1}})
	u, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@x.org", Roles: role.NewSet(role.User)})
	})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(want error) sessionbus.Grant {
		t.Helper()
		g, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
			return d.Sessions.Begin(ctx, u, sessionbus.Client{})
		})
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		return g
	}
	g := begin(nil)
	clk.Add(idle - time.Microsecond)
	begin(quota.ErrReached)
	if g, err = dbtest.In(b, func(ctx context.Context, d business.Domains) (sessionbus.Grant, error) {
		return d.Sessions.Refresh(ctx, g.Token, sessionbus.Client{})
	}); err != nil {
		t.Fatal(err)
	}
	clk.Add(idle - time.Microsecond)
	begin(quota.ErrReached) // it was refreshed
	clk.Add(time.Microsecond)
	begin(nil) // nobody refreshed it
	begin(quota.ErrReached)
	if u, err = dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Update(ctx, u, userbus.UpdateUser{PasswordHash: opt.Some("new")})
	}); err != nil {
		t.Fatal(err)
	}
	begin(nil) // a new password ended it
}
