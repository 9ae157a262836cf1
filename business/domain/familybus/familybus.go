// Package familybus is about families: the households that sell at a market.
package familybus

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "family_not_found", "family not found",
		"Check the id; a family is visible to its owner, to the market's members, to cashiers and to ADMIN.")
	ErrNumberTaken = errs.New(errs.Conflict, "number_taken", "another family of this market has this number",
		"Choose another number, or leave it out to get the next free one.")
	ErrNumberFixed = errs.New(errs.Conflict, "number_fixed", "the family has products with its number on their "+
		"labels, so it cannot change",
		"Keep the number: it is on the labels.")
	ErrNoNumber = errs.New(errs.Conflict, "no_number_left", "every number of this market is taken",
		"Delete families that are not used.")
	ErrAlreadyJoined = errs.New(errs.Conflict, "already_joined", "this account has a family at this market",
		"Use the family that the account has; the list of families shows it.")
	ErrNotEmpty = errs.New(errs.Conflict, "family_not_empty", "the family has products or sales, so it cannot be "+
		"deleted",
		"Delete its products first; a family that has sold anything stays.")
)

// Storer keeps families.
type Storer interface {
	Create(ctx context.Context, f Family) error
	Update(ctx context.Context, f Family) error
	Delete(ctx context.Context, id uuid.UUID) error
	Get(ctx context.Context, id uuid.UUID) (Family, error)
	Lock(ctx context.Context, id uuid.UUID) (Family, error)
	OfMarket(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID) ([]Family, error)
	// Hold keeps the families of the market from being changed or paid out, in the order of their ids.
	Hold(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID) error
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Family], error)
	// LockOwned returns the families of an account, and holds them.
	LockOwned(ctx context.Context, ownerID uuid.UUID) ([]Family, error)
	// CountOwned holds an account until the transaction ends, and counts its families at markets that are not closed.
	CountOwned(ctx context.Context, ownerID uuid.UUID) (int, error)
	FreeNumber(ctx context.Context, marketID uuid.UUID) (int, error)
}

// Business is the rules about families.
type Business struct {
	store   Storer
	markets marketbus.Business
	most    int // of an account
	now     func() time.Time
}

// New makes a Business.
func New(store Storer, markets marketbus.Business, now func() time.Time) Business {
	return Business{store, markets, quota.Config{}.OrDefault().Families, now}
}

// Within is b with another quota of families of an account.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Create adds a family to a market. The market is held, so that a number which the service chooses never conflicts.
func (b Business) Create(ctx context.Context, nf NewFamily) (Family, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Family{}, fmt.Errorf("family id: %w", err)
	}
	m, err := b.markets.Lock(ctx, nf.MarketID)
	if err != nil {
		return Family{}, err
	}
	if nf.Number == 0 {
		if nf.Number, err = b.store.FreeNumber(ctx, m.ID); err != nil {
			return Family{}, err
		}
	}
	if err := b.check(ctx, nf.OwnerID); err != nil {
		return Family{}, err
	}
	now := b.now()
	f := Family{
		ID: id, MarketID: m.ID, OwnerID: nf.OwnerID, Number: nf.Number, Name: nf.Name, Commission: nf.Commission,
		Version: 1, CreatedAt: now, UpdatedAt: now, MarketStatus: m.Status, Settled: m.Settled,
	}
	return f, b.store.Create(ctx, f)
}

// check keeps the quota of whoever gets one more family.
func (b Business) check(ctx context.Context, ownerID *uuid.UUID) error {
	if ownerID == nil {
		return nil
	}
	has, err := b.store.CountOwned(ctx, *ownerID)
	if err != nil {
		return err
	}
	return quota.Check("families of an account at markets that are not closed", has, 1, b.most)
}

// Get returns a family.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Family, error) { return b.store.Get(ctx, id) }

// Lock returns a family and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (Family, error) {
	return b.store.Lock(ctx, id)
}

// LockForSetup is Lock for a change of what the first payout fixes, owner and commission, or of the number, which a new
// family must not be given. It holds the market before the family, as a payout does, so that they wait for each other
// instead of deadlocking.
func (b Business) LockForSetup(ctx context.Context, id uuid.UUID) (Family, error) {
	f, err := b.store.Get(ctx, id)
	if err != nil {
		return Family{}, err
	}
	if _, err := b.markets.Lock(ctx, f.MarketID); err != nil {
		return Family{}, err
	}
	return b.store.Lock(ctx, id)
}

// OfMarket returns those of the families that belong to the market, by id.
func (b Business) OfMarket(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]Family, error) {
	list, err := b.store.OfMarket(ctx, marketID, ids)
	byID := make(map[uuid.UUID]Family, len(list))
	for _, f := range list {
		byID[f.ID] = f
	}
	return byID, err
}

// Hold keeps the families of the market from being changed or paid out until the transaction ends.
func (b Business) Hold(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID) error {
	return b.store.Hold(ctx, marketID, ids)
}

// Query lists families.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Family], error) {
	return b.store.Query(ctx, f, p)
}

// Update changes a family; what is the same changes nothing.
func (b Business) Update(ctx context.Context, f Family, up UpdateFamily) (Family, error) {
	old := f
	up.Name.Apply(&f.Name)
	up.OwnerID.Apply(&f.OwnerID)
	up.Number.Apply(&f.Number)
	up.Commission.Apply(&f.Commission)
	if f.Settled && (!opt.Same(f.OwnerID, old.OwnerID) || !opt.Same(f.Commission, old.Commission)) {
		return Family{}, marketbus.ErrSettled
	}
	if opt.Unchanged(old, f) {
		return f, nil
	}
	if !opt.Same(f.OwnerID, old.OwnerID) {
		if err := b.check(ctx, f.OwnerID); err != nil {
			return Family{}, err
		}
	}
	f.Version++
	f.UpdatedAt = b.now()
	return f, b.store.Update(ctx, f)
}

// Erase gives each family of an account that is held a name that tells nobody whose it was, and returns them.
func (b Business) Erase(ctx context.Context, ownerID uuid.UUID) ([]Family, error) {
	list, err := b.store.LockOwned(ctx, ownerID)
	for i := range list {
		f := &list[i]
		f.Name = name.Name(fmt.Sprintf("Family %d", f.Number))
		f.Version++
		f.UpdatedAt = b.now()
		err = cmp.Or(err, b.store.Update(ctx, *f))
	}
	return list, err
}

// Delete removes a family that has nothing beneath it.
func (b Business) Delete(ctx context.Context, f Family) error { return b.store.Delete(ctx, f.ID) }
