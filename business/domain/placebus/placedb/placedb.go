// Package placedb keeps places in Postgres.
package placedb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/placebus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/geo"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/timezone"
)

type row struct {
	ID        uuid.UUID      `db:"place_id"`
	Code      name.Name      `db:"code"`
	Name      name.Name      `db:"name"`
	City      name.Name      `db:"city"`
	Country   name.Name      `db:"country"`
	Alias     []name.Name    `db:"alias"`
	Regions   []name.Name    `db:"regions"`
	UNLOCs    []name.Name    `db:"unlocs"`
	Latitude  *geo.Latitude  `db:"latitude"`
	Longitude *geo.Longitude `db:"longitude"`
	TimeZone  *timezone.Zone `db:"time_zone"`
	Province  *name.Name     `db:"province"`
	Version   int64          `db:"version"`
	CreatedAt time.Time      `db:"created_at"`
	UpdatedAt time.Time      `db:"updated_at"`
}

const selectPlaces = `
	SELECT p.place_id, p.code, p.name, p.city, p.country, p.alias, p.regions, p.unlocs, p.latitude, p.longitude,
		p.time_zone, p.province, p.version, p.created_at, p.updated_at
	FROM places p`

// Store implements placebus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements placebus.Storer.
func (s Store) Create(ctx context.Context, p placebus.Place) error {
	const q = `
		INSERT INTO places (place_id, code, name, city, country, alias, regions, unlocs, latitude, longitude, time_zone,
			province, version, created_at, updated_at)
		VALUES (:place_id, :code, :name, :city, :country, coalesce(CAST(:alias AS text[]), '{}'),
			coalesce(CAST(:regions AS text[]), '{}'), coalesce(CAST(:unlocs AS text[]), '{}'), :latitude, :longitude,
			:time_zone, :province, :version, :created_at, :updated_at)`
	_, err := s.db.NamedExec(ctx, q, row(p))
	return failed("create", err)
}

// Update implements placebus.Storer.
func (s Store) Update(ctx context.Context, p placebus.Place) error {
	const q = `
		UPDATE places SET code = :code, name = :name, city = :city, country = :country,
			alias = coalesce(CAST(:alias AS text[]), '{}'), regions = coalesce(CAST(:regions AS text[]), '{}'),
			unlocs = coalesce(CAST(:unlocs AS text[]), '{}'), latitude = :latitude, longitude = :longitude,
			time_zone = :time_zone, province = :province, version = :version, updated_at = :updated_at
		WHERE place_id = :place_id`
	_, err := s.db.NamedExec(ctx, q, row(p))
	return failed("update", err)
}

// Delete implements placebus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM places WHERE place_id = $1`, id)
	return failed("delete", err)
}

// Get implements placebus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (placebus.Place, error) {
	r, err := sqldb.One[row](ctx, s.db, selectPlaces+` WHERE p.place_id = $1`, id)
	return placebus.Place(r), failed("get", err)
}

// Lock implements placebus.Storer.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (placebus.Place, error) {
	r, err := sqldb.One[row](ctx, s.db, selectPlaces+` WHERE p.place_id = $1 FOR NO KEY UPDATE`, id)
	return placebus.Place(r), failed("lock", err)
}

// Query implements placebus.Storer.
func (s Store) Query(ctx context.Context, f placebus.Filter, p query.Page) (query.Result[placebus.Place], error) {
	var w sqldb.Where
	sqldb.If(&w, "p.country = ?", f.Country)
	if f.Name != nil {
		w.And("p.name ILIKE ?", sqldb.Contains(*f.Name))
	}
	return sqldb.List(ctx, s.db, selectPlaces, "p.place_id", w, placebus.OrderBy, p,
		func(r row) placebus.Place { return placebus.Place(r) })
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return placebus.ErrNotFound
	case sqldb.Violates(err, "places_code_key"):
		return placebus.ErrCodeTaken
	case sqldb.Violates(err, "markets_place_fkey"):
		return placebus.ErrInUse
	}
	return fmt.Errorf("place: %s: %w", what, err)
}
