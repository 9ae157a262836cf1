package demo_test

import (
	"context"
	"errors"
	"testing"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestSeed(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	ctx := t.Context()
	if err := demo.Seed(ctx, b, clock.Now()); err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[email.Email]role.Role{
		"admin@example.com": role.Admin, "cashier@example.com": role.Cashier,
		"smith@example.com": role.User, "jones@example.com": role.User, "garcia@example.com": role.User,
	} {
		u, err := b.Users.Authenticate(ctx, addr, password.Given(demo.Password))
		if err != nil || !u.Roles.Has(want) || len(u.Roles) != 1 {
			t.Errorf("%s: %v %v", addr, u.Roles, err)
		}
	}
	markets, err := b.Markets.Query(ctx, marketbus.Filter{}, query.Page{})
	if err != nil || len(markets.Items) != 1 {
		t.Fatalf("markets: %v %v", markets, err)
	}
	m := markets.Items[0]
	if m.Name != demo.Market || m.Status != marketbus.Open || m.Currency != "USD" || m.Commission != 1000 {
		t.Errorf("market: %+v", m)
	}
	families, err := b.Families.Query(ctx, familybus.Filter{MarketID: m.ID}, query.Page{})
	if err != nil || len(families.Items) != 3 {
		t.Fatalf("families: %v %v", families, err)
	}
	for i, name := range []string{"Smith", "Jones", "Garcia"} {
		f := families.Items[i]
		if string(f.Name) != name || f.Number != i+1 || f.OwnerID == nil {
			t.Errorf("family %d: %+v", i+1, f)
		}
		products, err := b.Products.Query(ctx, productbus.Filter{MarketID: m.ID, FamilyID: &f.ID}, query.Page{})
		if err != nil || len(products.Items) != 4 {
			t.Errorf("products of %s: %v %v", name, products, err)
		}
	}
	organisers, err := b.Members.Organisers(ctx, m.ID)
	if err != nil || len(organisers) != 1 || organisers[0] != "smith@example.com" {
		t.Errorf("organisers: %v %v", organisers, err)
	}
	if err := demo.Seed(ctx, b, clock.Now()); !errors.Is(err, demo.ErrNotEmpty) {
		t.Errorf("a second time: %v", err)
	}
}

// TestSeedRefuses leaves a database alone in which there is anything.
func TestSeedRefuses(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(context.Context, business.Domains) error{
		"an account": func(ctx context.Context, d business.Domains) error {
			_, err := d.Users.Create(ctx, userbus.NewUser{Name: "A", Email: "a@example.com"})
			return err
		},
		"a market": func(ctx context.Context, d business.Domains) error {
			now := clock.Now()
			_, err := d.Markets.Create(ctx, marketbus.NewMarket{Name: "A", Place: "A", StartsAt: now,
				EndsAt: now.AddDate(0, 0, 1), Currency: "EUR"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := dbtest.Business(t)
			if err := b.InTx(t.Context(), fill); err != nil {
				t.Fatal(err)
			}
			if err := demo.Seed(t.Context(), b, clock.Now()); !errors.Is(err, demo.ErrNotEmpty) {
				t.Errorf("got %v", err)
			}
			res, err := b.Users.Query(t.Context(), userbus.Filter{}, query.Page{})
			if err != nil || len(res.Items) > 1 {
				t.Errorf("%d accounts: %v", len(res.Items), err)
			}
		})
	}
}
