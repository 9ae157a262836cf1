package dbtest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/role"
)

// Shop is what it takes to sell: an OPEN market, a family that nobody owns, and a cashier.
type Shop struct {
	business.Business
	Market  marketbus.Market
	Family  familybus.Family
	Cashier userbus.User
}

// NewShop opens a market of its own.
func NewShop(t testing.TB, b business.Business) Shop {
	t.Helper()
	s := Shop{Business: b}
	s.in(t, func(ctx context.Context, d business.Domains) (err error) {
		start := time.Date(2026, 5, 30, 9, 0, 0, 0, time.UTC)
		s.Market, err = d.Markets.Create(ctx, marketbus.NewMarket{
			Name: "Elm Street", Place: "Elm Street 1", StartsAt: start, EndsAt: start.Add(8 * time.Hour), Currency: "USD",
			Status: marketbus.Open,
		})
		if err != nil {
			return err
		}
		if s.Family, err = d.Families.Create(ctx, familybus.NewFamily{MarketID: s.Market.ID, Name: "Smith"}); err != nil {
			return err
		}
		addr := email.Email("cashier-" + s.Market.ID.String() + "@example.com")
		s.Cashier, err = d.Users.Create(ctx, userbus.NewUser{Name: "Casey", Email: addr, Roles: role.NewSet(role.Cashier)})
		return err
	})
	return s
}

// Product puts something on the family's table.
func (s Shop) Product(t testing.TB, price money.Money, quantity int) (p productbus.Product) {
	t.Helper()
	s.in(t, func(ctx context.Context, d business.Domains) (err error) {
		p, err = Create(ctx, d, s.Market, s.Family, productbus.NewProduct{Name: "Lamp", Price: price, Quantity: quantity})
		return err
	})
	return p
}

// Create puts one product on the table of a family of the market.
func Create(ctx context.Context, d business.Domains, m marketbus.Market, f familybus.Family, np productbus.NewProduct) (
	productbus.Product, error) {
	np.FamilyID = f.ID
	made, err := d.Products.Create(ctx, m, map[uuid.UUID]familybus.Family{f.ID: f}, []productbus.NewProduct{np})
	if err != nil {
		return productbus.Product{}, err
	}
	return made[0], nil
}

func (s Shop) in(t testing.TB, fn func(context.Context, business.Domains) error) {
	t.Helper()
	if err := s.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}
