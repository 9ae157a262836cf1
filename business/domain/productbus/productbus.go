// Package productbus is about products: what a family sells, for how much, and how many are left.
package productbus

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/opt"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "product_not_found", "product not found",
		"Check the id; products of a DRAFT are visible to accounts only.")
	ErrOutOfStock = errs.New(errs.Conflict, "out_of_stock", "not everything in the basket is left in the quantity "+
		"asked for",
		"Take the lines that `errors` names out of the basket or lower their quantity, and ring "+
			"up again with a new key.")
	ErrWasSold = errs.New(errs.Conflict, "product_was_sold", "the product was sold, so it cannot be deleted; set "+
		"its quantity to 0",
		"Set its `quantity` to 0 instead.")
	ErrNoCode = errs.New(errs.Conflict, "no_code_left", "the family has used up its product codes",
		"Join the goods under fewer products.")
	ErrTooMany  = errs.ErrLimit.Saying("a market has at most 200,000 products")
	ErrTooDear  = errs.ErrLimit.Saying("all pieces of a product together cost at most 10^10 minor units")
	ErrNoFamily = errs.ErrInvalid.At("familyID", "there is no such family at this market")
)

// Storer keeps products.
type Storer interface {
	Create(ctx context.Context, list []Product, currency string) error
	Update(ctx context.Context, p Product) error
	Delete(ctx context.Context, id uuid.UUID) error
	Get(ctx context.Context, id uuid.UUID) (Offered, error)
	Lock(ctx context.Context, id uuid.UUID) (Offered, error)
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Product], error)
	// NextNumbers takes the next n running numbers of a family and returns the first.
	NextNumbers(ctx context.Context, marketID, familyID uuid.UUID, n int) (int, error)
	// Count is how many products a family has, once NextNumbers holds its numbers.
	Count(ctx context.Context, marketID, familyID uuid.UUID) (int, error)
	// LockMany returns the products of the market with one of the ids or codes, and holds them in the order of their
	// ids, whatever the order of the demand, so that baskets which cross wait for each other instead of deadlocking.
	LockMany(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID, codes []code.Code) ([]Product, error)
	// Take takes the pieces away, or fails with ErrOutOfStock where fewer are left.
	Take(ctx context.Context, marketID uuid.UUID, takes []Take, at time.Time) error
	// PutBack undoes Take, and returns the products. What a table cannot hold is not counted on it, and never makes less
	// of what is there.
	PutBack(ctx context.Context, marketID uuid.UUID, takes []Take, at time.Time) ([]Product, error)
}

// Business is the rules about products.
type Business struct {
	store Storer
	most  int // of a family
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, now func() time.Time) Business {
	return Business{store, quota.Config{}.OrDefault().Products, now}
}

// Within is b with another quota of products of a family.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Create adds products to the tables of these families of the market, all or none. Each gets the next code of its
// family, in the order of the list. The error is quota.ErrReached when a family would have too many.
func (b Business) Create(ctx context.Context, m marketbus.Market, families map[uuid.UUID]familybus.Family,
	list []NewProduct) ([]Product, error) {
	count := map[uuid.UUID]int{}
	for _, np := range list {
		if TooDear(np.Price, np.Quantity) {
			return nil, ErrTooDear
		}
		count[np.FamilyID]++
	}
	// In the order of their ids, so that batches which cross wait for each other instead of deadlocking.
	ids := slices.SortedFunc(maps.Keys(count), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	next := map[uuid.UUID]int{}
	for _, id := range ids {
		if _, ok := families[id]; !ok {
			return nil, ErrNoFamily
		}
		var err error
		if next[id], err = b.store.NextNumbers(ctx, m.ID, id, count[id]); err != nil {
			return nil, err
		}
		if err := b.check(ctx, m.ID, id, next[id]-1, count[id]); err != nil {
			return nil, err
		}
	}
	now := b.now()
	made := make([]Product, len(list))
	for i, np := range list {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("product id: %w", err)
		}
		f := families[np.FamilyID]
		made[i] = Product{
			ID: id, MarketID: m.ID, FamilyID: f.ID, Code: code.Code{Family: f.Number, Running: next[f.ID]}, Name: np.Name,
			Description: np.Description, Price: np.Price, FixedPrice: np.FixedPrice, Quantity: np.Quantity, Version: 1,
			CreatedAt: now, UpdatedAt: now,
		}
		next[f.ID]++
	}
	return made, b.store.Create(ctx, made, string(m.Currency))
}

// check keeps the quota. A family has no more products than it has used numbers, so most are not counted.
func (b Business) check(ctx context.Context, marketID, familyID uuid.UUID, numbers, more int) error {
	if numbers+more <= b.most {
		return nil
	}
	has, err := b.store.Count(ctx, marketID, familyID)
	if err != nil {
		return err
	}
	return quota.Check("products of a family", has, more, b.most)
}

// Get returns a product.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Offered, error) {
	return b.store.Get(ctx, id)
}

// Lock returns a product and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (Offered, error) {
	return b.store.Lock(ctx, id)
}

// Query lists products.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Product], error) {
	return b.store.Query(ctx, f, p)
}

// TooDear tells whether so many pieces at that price are worth more than a product may be.
func TooDear(price money.Money, quantity int) bool { return price.Times(quantity) > money.MaxWorth }

// Update changes a product; what is the same changes nothing. One that is worth too much since before there was a bound
// may become worth less.
func (b Business) Update(ctx context.Context, p Product, up UpdateProduct) (Product, error) {
	old := p
	up.Name.Apply(&p.Name)
	up.Description.ApplyOrZero(&p.Description)
	up.Price.Apply(&p.Price)
	up.FixedPrice.Apply(&p.FixedPrice)
	up.Quantity.Apply(&p.Quantity)
	if opt.Unchanged(old, p) {
		return p, nil
	}
	if TooDear(p.Price, p.Quantity) && p.Price.Times(p.Quantity) > old.Price.Times(old.Quantity) {
		if up.Price.Set && up.Quantity.Set {
			return Product{}, errs.ErrInvalid.At("quantity", WorthAdvice)
		}
		return Product{}, ErrTooDear
	}
	p.Version++
	p.UpdatedAt = b.now()
	return p, b.store.Update(ctx, p)
}

// Delete removes a product that was never sold.
func (b Business) Delete(ctx context.Context, p Product) error { return b.store.Delete(ctx, p.ID) }

// LockMany returns the products of the market with one of the ids or codes, and holds them until the transaction ends.
func (b Business) LockMany(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID, codes []code.Code) ([]Product,
	error) {
	return b.store.LockMany(ctx, marketID, ids, codes)
}

// Take takes pieces of products that the caller holds off the table, all of them or, with ErrOutOfStock, none: the
// transaction must then be rolled back. It returns the products as they are then. No product may be named twice.
func (b Business) Take(ctx context.Context, marketID uuid.UUID, held map[uuid.UUID]Product, takes []Take) ([]Product,
	error) {
	now := b.now()
	after := make([]Product, len(takes))
	for i, t := range takes {
		p := held[t.ProductID]
		p.Quantity -= t.Quantity
		p.Sold += int64(t.Quantity)
		p.Version++
		p.UpdatedAt = now
		after[i] = p
	}
	return after, b.store.Take(ctx, marketID, takes, now)
}

// GiveBack undoes a Take, whole or in part. It is never refused for stock: the quantity that a seller has set must not
// decide whether a customer gets the money back, so pieces beyond MaxStock are no longer sold, and not counted on the
// table either. It returns the products as they are then. No product may be named twice.
func (b Business) GiveBack(ctx context.Context, marketID uuid.UUID, takes []Take) ([]Product, error) {
	ids := make([]uuid.UUID, len(takes))
	for i, t := range takes {
		ids[i] = t.ProductID
	}
	// Held first, in the order that baskets use.
	if _, err := b.store.LockMany(ctx, marketID, ids, nil); err != nil {
		return nil, err
	}
	return b.store.PutBack(ctx, marketID, takes, b.now())
}
