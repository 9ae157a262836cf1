// Package placebus is about places: the venues that markets may name.
//
// A place has a code that is unique, and otherwise no rules of its own: nobody owns it, nothing is counted, and no lock
// is needed beyond that of its row. It is the plainest domain, and the one to copy.
package placebus

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/opt"
)

// The errors that a caller can act on.
var (
	ErrNotFound  = errs.New(errs.NotFound, "place_not_found", "place not found", "Check the id.")
	ErrCodeTaken = errs.New(errs.Conflict, "place_code_taken", "another place has this code",
		"Choose another code, or change the place that has it.")
	ErrInUse = errs.New(errs.Conflict, "place_in_use", "a market names the place, so it cannot be deleted",
		"Give the market another `placeID`, or none.")
)

// Storer keeps places.
type Storer interface {
	Create(ctx context.Context, p Place) error
	Update(ctx context.Context, p Place) error
	Delete(ctx context.Context, id uuid.UUID) error
	Get(ctx context.Context, id uuid.UUID) (Place, error)
	Lock(ctx context.Context, id uuid.UUID) (Place, error)
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Place], error)
}

// Business is the rules about places.
type Business struct {
	store Storer
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, now func() time.Time) Business { return Business{store, now} }

// Create adds a place, or returns ErrCodeTaken.
func (b Business) Create(ctx context.Context, np NewPlace) (Place, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Place{}, fmt.Errorf("place id: %w", err)
	}
	now := b.now()
	p := Place{
		ID: id, Code: np.Code, Name: np.Name, City: np.City, Country: np.Country, Alias: np.Alias, Regions: np.Regions,
		UNLOCs: np.UNLOCs, Latitude: np.Latitude, Longitude: np.Longitude, TimeZone: np.TimeZone, Province: np.Province,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	return p, b.store.Create(ctx, p)
}

// Get returns a place.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Place, error) { return b.store.Get(ctx, id) }

// Lock returns a place and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (Place, error) {
	return b.store.Lock(ctx, id)
}

// Query lists places.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Place], error) {
	return b.store.Query(ctx, f, p)
}

// Update changes a place that the transaction holds, or returns ErrCodeTaken; what is the same changes nothing.
func (b Business) Update(ctx context.Context, p Place, up UpdatePlace) (Place, error) {
	old := p
	up.Code.Apply(&p.Code)
	up.Name.Apply(&p.Name)
	up.City.Apply(&p.City)
	up.Country.Apply(&p.Country)
	up.Alias.ApplyOrZero(&p.Alias)
	up.Regions.ApplyOrZero(&p.Regions)
	up.UNLOCs.ApplyOrZero(&p.UNLOCs)
	up.Latitude.Apply(&p.Latitude)
	up.Longitude.Apply(&p.Longitude)
	up.TimeZone.Apply(&p.TimeZone)
	up.Province.Apply(&p.Province)
	if opt.Unchanged(old, p) {
		return p, nil
	}
	p.Version++
	p.UpdatedAt = b.now()
	return p, b.store.Update(ctx, p)
}

// Delete removes a place that no market names; else it returns ErrInUse.
func (b Business) Delete(ctx context.Context, p Place) error { return b.store.Delete(ctx, p.ID) }
