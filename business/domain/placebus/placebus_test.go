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

func made(t *testing.T, b business.Business, np placebus.NewPlace) placebus.Place {
	t.Helper()
	p, err := create(b, np)
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

// TestWritten: what is written is what is read back, with every field and with the fewest.
func TestWritten(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	empty := []name.Name{}
	few := made(t, b, placebus.NewPlace{Code: "A", Name: "Hall", City: "Boulder", Country: "USA"})
	want := placebus.Place{ID: few.ID, Code: "A", Name: "Hall", City: "Boulder", Country: "USA", Alias: empty,
		Regions: empty, UNLOCs: empty, Version: 1, CreatedAt: clk.Now(), UpdatedAt: clk.Now()}
	if got, err := b.Places.Get(t.Context(), few.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the fewest: %+v %v, want %+v", got, err, want)
	}
	clk.Add(time.Minute)
	zone := timezone.Zone("America/Denver")
	alias := []name.Name{"The hall", "Rathaus"}
	got, err := update(b, few.ID, placebus.UpdatePlace{
		Alias: opt.Nullable[[]name.Name]{Set: true, V: &alias}, TimeZone: opt.Nullable[timezone.Zone]{Set: true, V: &zone},
	})
	want.Alias, want.TimeZone, want.Version, want.UpdatedAt = alias, &zone, 2, clk.Now()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("changed: %+v %v, want %+v", got, err, want)
	}
	stored, err := b.Places.Get(t.Context(), few.ID)
	if err != nil || !reflect.DeepEqual(stored, want) {
		t.Errorf("read back: %+v %v, want %+v", stored, err, want)
	}
	if same, err := update(b, few.ID, placebus.UpdatePlace{}); err != nil || !reflect.DeepEqual(same, want) {
		t.Errorf("no change: %+v %v, want %+v", same, err, want)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	p := made(t, b, placebus.NewPlace{Code: "A", Name: "N", City: "C", Country: "X"})
	other := made(t, b, placebus.NewPlace{Code: "a", Name: "N", City: "C", Country: "X"}) // another code
	if _, err := create(b, placebus.NewPlace{Code: "A", Name: "M"}); !errors.Is(err, placebus.ErrCodeTaken) {
		t.Errorf("a code twice: %v, want %v", err, placebus.ErrCodeTaken)
	}
	_, err := update(b, other.ID, placebus.UpdatePlace{Code: opt.Some(name.Name("A"))})
	if !errors.Is(err, placebus.ErrCodeTaken) {
		t.Errorf("another's code: %v, want %v", err, placebus.ErrCodeTaken)
	}
	for what, err := range map[string]error{
		"get":    func() error { _, err := b.Places.Get(t.Context(), uuid.New()); return err }(),
		"update": func() error { _, err := update(b, uuid.New(), placebus.UpdatePlace{}); return err }(),
	} {
		if !errors.Is(err, placebus.ErrNotFound) {
			t.Errorf("%s: %v, want %v", what, err, placebus.ErrNotFound)
		}
	}
	s.UpdateMarket(t, marketbus.UpdateMarket{PlaceID: opt.Nullable[uuid.UUID]{Set: true, V: &p.ID}})
	if err := remove(b, p); !errors.Is(err, placebus.ErrInUse) {
		t.Errorf("a place that a market names: %v, want %v", err, placebus.ErrInUse)
	}
	s.UpdateMarket(t, marketbus.UpdateMarket{PlaceID: opt.Nullable[uuid.UUID]{Set: true}})
	if err := remove(b, p); err != nil {
		t.Errorf("a place that nobody names: %v", err)
	}
}

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

// TestUpdate: each field alone, and what it leaves alone.
func TestUpdate(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	p := made(t, b, placebus.NewPlace{Code: "G", Name: "Green", City: "Elmton", Country: "Utopia"})
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
		var err error
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

// list is the list of places, narrowed by a country and by a part of a name.
func list(b business.Business, country name.Name, part string) dbtest.Listing[placebus.Filter, placebus.Place] {
	return dbtest.Listing[placebus.Filter, placebus.Place]{
		Query: b.Places.Query, Columns: placebus.OrderBy,
		Filters: map[string]dbtest.Filter[placebus.Filter, placebus.Place]{
			"country": dbtest.Narrow(placebus.Filter{Country: &country},
				func(p placebus.Place) bool { return p.Country == country }),
			"name": dbtest.Narrow(placebus.Filter{Name: &part}, func(p placebus.Place) bool {
				return strings.Contains(strings.ToUpper(string(p.Name)), strings.ToUpper(part))
			}),
		},
		Orders: map[string]func(a, b placebus.Place) int{
			"code": func(a, b placebus.Place) int { return strings.Compare(string(a.Code), string(b.Code)) },
			"name": dbtest.By(func(p placebus.Place) string { return string(p.Name) }),
		},
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	for i := range 30 {
		made(t, b, placebus.NewPlace{Code: name.Name([]byte{'A' + byte(i*7%30)}), City: "C",
			Name: []name.Name{"Hall", "Park", "hall"}[i%3], Country: []name.Name{"USA", "Mexico"}[i%2]})
	}
	dbtest.Lists(t, list(b, "USA", "HALL"))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	if _, err := w.DB.Exec(t.Context(), `
		INSERT INTO places (place_id, code, name, city, country, alias, regions, unlocs, version, created_at, updated_at)
		SELECT gen_random_uuid(), 'P' || n, 'Name ' || n % 30, 'City', 'Country ' || n % 3, '{}', '{}', '{}', 1, now(), now()
		FROM generate_series(1, 400) n`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Exec(t.Context(), `ANALYZE places`); err != nil {
		t.Fatal(err)
	}
	dbtest.PlannedOnce(t, w, list(w.Business, "Country 1", "name 1"))
	dbtest.UseIndexes(t, w, list(w.Business, "Country 1", "name 1"))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	made(t, b, placebus.NewPlace{Code: "G"})
	made(t, b, placebus.NewPlace{Code: "H"})
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"places"}, map[string][]string{
		"places_code_key":        {`UPDATE places SET code = 'G'`},
		"places_latitude_check":  {`UPDATE places SET latitude = 90.1`, `UPDATE places SET latitude = -90.1`},
		"places_longitude_check": {`UPDATE places SET longitude = 180.1`, `UPDATE places SET longitude = -180.1`},
	})
}
