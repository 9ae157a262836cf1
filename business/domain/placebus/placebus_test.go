package placebus_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/placebus"
	"github.com/garagesale/service/business/types/geo"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/timezone"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func create(b business.Business, np placebus.NewPlace) (placebus.Place, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (placebus.Place, error) {
		return d.Places.Create(ctx, np)
	})
}

// made is a place with nothing special.
func made(t *testing.T, b business.Business, code name.Name) placebus.Place {
	t.Helper()
	p, err := create(b, placebus.NewPlace{Code: code, Name: "Green", City: "Elmton", Country: "Utopia"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func update(b business.Business, id uuid.UUID, up placebus.UpdatePlace) (placebus.Place, error) {
	return dbtest.In(b, func(ctx context.Context, d business.Domains) (placebus.Place, error) {
		p, err := d.Places.Lock(ctx, id)
		if err != nil {
			return p, err
		}
		return d.Places.Update(ctx, p, up)
	})
}

func remove(b business.Business, p placebus.Place) error {
	return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
		return d.Places.Delete(ctx, p)
	})
}

func to[T any](v T) opt.Nullable[T] { return opt.Nullable[T]{Set: true, V: &v} }

func none[T any]() opt.Nullable[T] { return opt.Nullable[T]{Set: true} }

func TestCreate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	p, err := create(b, placebus.NewPlace{Code: "G", Name: "Green", City: "Elmton", Country: "Utopia",
		Alias: []name.Name{"The Green", "Common"}, Regions: []name.Name{"North"}, UNLOCs: []name.Name{"UTELM"},
		Latitude: new(geo.Latitude(-90)), Longitude: new(geo.Longitude(12.345678)),
		TimeZone: new(timezone.Zone("Europe/Berlin")), Province: new(name.Name("Shire"))})
	want := placebus.Place{ID: p.ID, Code: "G", Name: "Green", City: "Elmton", Country: "Utopia",
		Alias: []name.Name{"The Green", "Common"}, Regions: []name.Name{"North"}, UNLOCs: []name.Name{"UTELM"},
		Latitude: new(geo.Latitude(-90)), Longitude: new(geo.Longitude(12.345678)),
		TimeZone: new(timezone.Zone("Europe/Berlin")), Province: new(name.Name("Shire")), Version: 1,
		CreatedAt: clk.Now(), UpdatedAt: clk.Now()}
	stored, getting := b.Places.Get(t.Context(), p.ID)
	if err != nil || getting != nil || !reflect.DeepEqual(p, want) || !reflect.DeepEqual(stored, want) {
		t.Errorf("returned %+v, %v\nstored %+v, %v\nwant %+v", p, err, stored, getting, want)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	if _, err := b.Places.Get(t.Context(), uuid.New()); !errors.Is(err, placebus.ErrNotFound) {
		t.Errorf("get: got %v, want %v", err, placebus.ErrNotFound)
	}
	if _, err := update(b, uuid.New(), placebus.UpdatePlace{}); !errors.Is(err, placebus.ErrNotFound) {
		t.Errorf("lock: got %v, want %v", err, placebus.ErrNotFound)
	}
}

func TestCodeTaken(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	taken, other := made(t, b, "G"), made(t, b, "g") // case counts
	if _, err := create(b, placebus.NewPlace{Code: taken.Code, Name: "N", City: "C", Country: "C"}); !errors.Is(err,
		placebus.ErrCodeTaken) {
		t.Errorf("create: got %v, want %v", err, placebus.ErrCodeTaken)
	}
	for code, want := range map[name.Name]error{taken.Code: placebus.ErrCodeTaken, other.Code: nil} {
		if _, err := update(b, other.ID, placebus.UpdatePlace{Code: opt.Some(code)}); !errors.Is(err, want) {
			t.Errorf("update to %q: got %v, want %v", code, err, want)
		}
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	p := made(t, b, "G")
	for _, tt := range []struct {
		named opt.Nullable[uuid.UUID]
		want  error
	}{{to(p.ID), placebus.ErrInUse}, {none[uuid.UUID](), nil}} {
		s.UpdateMarket(t, marketbus.UpdateMarket{PlaceID: tt.named})
		if err := remove(b, p); !errors.Is(err, tt.want) {
			t.Errorf("while the market names %v: got %v, want %v", tt.named.V, err, tt.want)
		}
	}
	if _, err := b.Places.Get(t.Context(), p.ID); !errors.Is(err, placebus.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

// TestUpdate: each field alone, and what it leaves alone.
func TestUpdate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	p, err := b.Places.Get(t.Context(), made(t, b, "G").ID)
	if err != nil {
		t.Fatal(err)
	}
	names := []name.Name{"A", "B"}
	for _, step := range []struct {
		about string
		up    placebus.UpdatePlace
		want  func(*placebus.Place)
	}{
		{"code", placebus.UpdatePlace{Code: opt.Some(name.Name("H"))}, func(p *placebus.Place) { p.Code = "H" }},
		{"name", placebus.UpdatePlace{Name: opt.Some(name.Name("N"))}, func(p *placebus.Place) { p.Name = "N" }},
		{"city", placebus.UpdatePlace{City: opt.Some(name.Name("C"))}, func(p *placebus.Place) { p.City = "C" }},
		{"country", placebus.UpdatePlace{Country: opt.Some(name.Name("L"))}, func(p *placebus.Place) { p.Country = "L" }},
		{"alias", placebus.UpdatePlace{Alias: to(names)}, func(p *placebus.Place) { p.Alias = names }},
		{"regions", placebus.UpdatePlace{Regions: to(names)}, func(p *placebus.Place) { p.Regions = names }},
		{"unlocs", placebus.UpdatePlace{UNLOCs: to(names)}, func(p *placebus.Place) { p.UNLOCs = names }},
		{"latitude", placebus.UpdatePlace{Latitude: to(geo.Latitude(90))},
			func(p *placebus.Place) { p.Latitude = new(geo.Latitude(90)) }},
		{"longitude", placebus.UpdatePlace{Longitude: to(geo.Longitude(-180))},
			func(p *placebus.Place) { p.Longitude = new(geo.Longitude(-180)) }},
		{"time zone", placebus.UpdatePlace{TimeZone: to(timezone.Zone("UTC"))},
			func(p *placebus.Place) { p.TimeZone = new(timezone.Zone("UTC")) }},
		{"province", placebus.UpdatePlace{Province: to(name.Name("P"))},
			func(p *placebus.Place) { p.Province = new(name.Name("P")) }},
		{"nothing", placebus.UpdatePlace{}, nil},
		{"no lists", placebus.UpdatePlace{Alias: none[[]name.Name](), Regions: none[[]name.Name](),
			UNLOCs: none[[]name.Name]()}, func(p *placebus.Place) { p.Alias, p.Regions, p.UNLOCs = nil, nil, nil }},
		{"no latitude", placebus.UpdatePlace{Latitude: none[geo.Latitude]()},
			func(p *placebus.Place) { p.Latitude = nil }},
		{"no longitude", placebus.UpdatePlace{Longitude: none[geo.Longitude]()},
			func(p *placebus.Place) { p.Longitude = nil }},
		{"no time zone", placebus.UpdatePlace{TimeZone: none[timezone.Zone]()},
			func(p *placebus.Place) { p.TimeZone = nil }},
		{"no province", placebus.UpdatePlace{Province: none[name.Name]()}, func(p *placebus.Place) { p.Province = nil }},
	} {
		clk.Add(time.Minute)
		want := p
		if step.want != nil {
			step.want(&want)
			want.Version++
			want.UpdatedAt = clk.Now()
		}
		if p, err = update(b, p.ID, step.up); err != nil {
			t.Fatalf("%s: %v", step.about, err)
		}
		stored, err := b.Places.Get(t.Context(), p.ID)
		if err != nil || !equal(p, want) || !equal(stored, want) {
			t.Errorf("%s: returned %+v\nstored %+v, %v\nwant %+v", step.about, p, stored, err, want)
		}
	}
}

// equal counts a list of none as a list of no items.
func equal(a, b placebus.Place) bool {
	for _, p := range []*placebus.Place{&a, &b} {
		for _, list := range []*[]name.Name{&p.Alias, &p.Regions, &p.UNLOCs} {
			*list = append([]name.Name{}, *list...)
		}
	}
	return reflect.DeepEqual(a, b)
}

func list(b business.Business) dbtest.Listing[placebus.Filter, placebus.Place] {
	part := "NAME 1"
	return dbtest.Listing[placebus.Filter, placebus.Place]{
		Query: b.Places.Query, Columns: placebus.OrderBy,
		Filters: map[string]dbtest.Filter[placebus.Filter, placebus.Place]{
			"name": dbtest.Narrow(placebus.Filter{Name: &part}, func(p placebus.Place) bool {
				return strings.Contains(strings.ToUpper(string(p.Name)), part)
			}),
			"country": dbtest.Narrow(placebus.Filter{Country: new(name.Name("Country 1"))},
				func(p placebus.Place) bool { return p.Country == "Country 1" }),
		},
		Orders: map[string]func(a, b placebus.Place) int{
			"code": dbtest.By(func(p placebus.Place) string { return string(p.Code) }),
			"name": dbtest.By(func(p placebus.Place) string { return string(p.Name) }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Lists(t, list(dbtest.NewWorld(t, 40).Business))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	dbtest.PlannedOnce(t, w, list(w.Business))
	dbtest.UseIndexes(t, w, list(w.Business))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	made(t, b, "G")
	made(t, b, "H")
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"places"}, map[string][]string{
		"places_code_key":        {`UPDATE places SET code = 'G'`},
		"places_latitude_check":  {`UPDATE places SET latitude = 90.1`, `UPDATE places SET latitude = -90.1`},
		"places_longitude_check": {`UPDATE places SET longitude = 180.1`, `UPDATE places SET longitude = -180.1`},
	})
}
