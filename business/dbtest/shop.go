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
	"github.com/garagesale/service/business/domain/salebus"
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
func (s Shop) Product(t testing.TB, price money.Money, quantity int) productbus.Product {
	t.Helper()
	return s.ProductOf(t, s.Family.ID, price, quantity)
}

// ProductOf puts something on the table of one of the market's families.
func (s Shop) ProductOf(t testing.TB, family uuid.UUID, price money.Money, quantity int) (p productbus.Product) {
	t.Helper()
	s.in(t, func(ctx context.Context, d business.Domains) error {
		list, err := s.Create(ctx, d, productbus.NewProduct{FamilyID: family, Name: "Lamp", Price: price,
			Quantity: quantity})
		if err == nil {
			p = list[0]
		}
		return err
	})
	return p
}

// Create puts things on the tables of the market's families, all or none.
func (s Shop) Create(ctx context.Context, d business.Domains, list ...productbus.NewProduct) ([]productbus.Product,
	error) {
	m, err := d.Markets.Get(ctx, s.Market.ID)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, np := range list {
		ids = append(ids, np.FamilyID)
	}
	families, err := d.Families.OfMarket(ctx, m.ID, ids)
	if err != nil {
		return nil, err
	}
	return d.Products.Create(ctx, m, families, list)
}

// NewFamily adds a family to the market.
func (s Shop) NewFamily(t testing.TB, nf familybus.NewFamily) (f familybus.Family) {
	t.Helper()
	nf.MarketID = s.Market.ID
	s.in(t, func(ctx context.Context, d business.Domains) (err error) {
		f, err = d.Families.Create(ctx, nf)
		return err
	})
	return f
}

// Sell sells pieces of a product for cash.
func (s Shop) Sell(t testing.TB, p productbus.Product, pieces int) salebus.Sale {
	t.Helper()
	return s.RingUp(t, s.Basket(salebus.NewLine{ProductID: &p.ID, Quantity: pieces}))
}

// RingUp sells a basket.
func (s Shop) RingUp(t testing.TB, basket salebus.NewSale) (sale salebus.Sale) {
	t.Helper()
	s.in(t, func(ctx context.Context, d business.Domains) (err error) {
		e, err := d.Sales.RingUp(ctx, basket)
		sale = e.Sale
		return err
	})
	return sale
}

// Basket is a basket of the cashier, with cash enough.
func (s Shop) Basket(lines ...salebus.NewLine) salebus.NewSale {
	return salebus.NewSale{MarketID: s.Market.ID, CashierID: s.Cashier.ID, Lines: lines, Tender: salebus.Cash,
		Amount: 1_000_000, Reprice: func() (bool, error) { return false, nil }}
}

// UpdateMarket changes the market.
func (s Shop) UpdateMarket(t testing.TB, up marketbus.UpdateMarket) (m marketbus.Market) {
	t.Helper()
	s.in(t, func(ctx context.Context, d business.Domains) (err error) {
		if m, err = d.Markets.Lock(ctx, s.Market.ID); err != nil {
			return err
		}
		m, err = d.Markets.Update(ctx, m, up)
		return err
	})
	return m
}

func (s Shop) in(t testing.TB, fn func(context.Context, business.Domains) error) {
	t.Helper()
	if err := s.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}
