// Package demo is the data that development starts with. Production migrations carry none of it.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

// Password is that of every demo account.
const Password = "garagesale"

// Market is the name of the demo market.
const Market = "Elm Street Garage Sale"

// ErrNotEmpty says that the database has data of its own.
var ErrNotEmpty = errors.New("the database has data already; demo data goes into an empty one only")

type product struct {
	name     name.Name
	price    money.Money
	quantity int
}

var accounts = []struct {
	name     name.Name
	email    email.Email
	role     role.Role
	member   role.Member // of the market; "": none
	products []product   // of the family, if it has one
}{
	{"Alex Admin", "admin@example.com", role.Admin, "", nil},
	{"Casey Cashier", "cashier@example.com", role.Cashier, "", nil},
	{"Smith", "smith@example.com", role.User, role.Organiser, []product{
		{"Board game", 450, 3}, {"Table lamp", 1200, 1}, {"Paperback", 100, 40}, {"Roller skates, size 38", 800, 1},
	}},
	{"Jones", "jones@example.com", role.User, "", []product{
		{"Bicycle", 7500, 1}, {"Picture frame", 250, 6}, {"Wool scarf", 300, 4}, {"Teapot", 650, 2},
	}},
	{"Garcia", "garcia@example.com", role.User, "", []product{
		{"Vinyl record", 500, 25}, {"Garden chair", 1500, 4}, {"Puzzle, 1000 pieces", 350, 5}, {"Postcard", 0, 100},
	}},
}

// Seed fills an empty database, in one transaction: it is all there, or nothing is.
func Seed(ctx context.Context, b business.Business, now time.Time) error {
	// Five hashes take a while, so they are made before the transaction.
	hashes := make([]string, len(accounts))
	for i, a := range accounts {
		var err error
		if hashes[i], err = b.Users.HashPassword(ctx, a.name, a.email, password.Given(Password)); err != nil {
			return fmt.Errorf("demo data: %w", err)
		}
	}
	return b.InTx(ctx, func(ctx context.Context, d business.Domains) error {
		users, err := d.Users.Query(ctx, userbus.Filter{}, query.Page{Limit: 1})
		if err != nil {
			return fmt.Errorf("demo data: %w", err)
		}
		markets, err := d.Markets.Query(ctx, marketbus.Filter{}, query.Page{Limit: 1})
		if err != nil {
			return fmt.Errorf("demo data: %w", err)
		}
		if len(users.Items)+len(markets.Items) > 0 {
			return ErrNotEmpty
		}
		morning := now.Truncate(24 * time.Hour).Add(9 * time.Hour)
		m, err := d.Markets.Create(ctx, marketbus.NewMarket{
			Name: Market, Place: "Elm Street", StartsAt: morning, EndsAt: morning.Add(8 * time.Hour),
			Currency: "USD", Commission: 1000, Status: marketbus.Open,
		})
		if err != nil {
			return fmt.Errorf("demo market: %w", err)
		}
		for i, a := range accounts {
			u, err := d.Users.Create(ctx, userbus.NewUser{Name: a.name, Email: a.email, Roles: role.NewSet(a.role),
				PasswordHash: hashes[i]})
			if err != nil {
				return fmt.Errorf("demo account %s: %w", a.email, err)
			}
			if a.member != "" {
				if _, err := d.Members.Add(ctx, memberbus.NewMember{MarketID: m.ID, UserID: u.ID, Role: a.member}); err != nil {
					return fmt.Errorf("demo member %s: %w", a.email, err)
				}
			}
			if a.products == nil {
				continue
			}
			if err := family(ctx, d, m, u.ID, a.name, a.products); err != nil {
				return fmt.Errorf("demo family %s: %w", a.name, err)
			}
		}
		return nil
	})
}

func family(ctx context.Context, d business.Domains, m marketbus.Market, ownerID uuid.UUID, called name.Name,
	products []product) error {
	f, err := d.Families.Create(ctx, familybus.NewFamily{MarketID: m.ID, Name: called, OwnerID: &ownerID})
	if err != nil {
		return err
	}
	list := make([]productbus.NewProduct, len(products))
	for i, p := range products {
		list[i] = productbus.NewProduct{FamilyID: f.ID, Name: p.name, Price: p.price, Quantity: p.quantity}
	}
	_, err = d.Products.Create(ctx, m, map[uuid.UUID]familybus.Family{f.ID: f}, list)
	return err
}
