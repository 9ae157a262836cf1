package placebus_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/placebus"
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
	return b.InTx(context.Background(), func(ctx context.Context, d business.Domains) error { return d.Places.Delete(ctx, p) })
}

// TestWritten: what is written is what is read back, with every field and with the fewest.
func TestWritten(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	b := business.New(dbtest.New(t), business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	none := []name.Name{}
	few := made(t, b, placebus.NewPlace{Code: "A", Name: "Hall", City: "Boulder", Country: "USA"})
	want := placebus.Place{ID: few.ID, Code: "A", Name: "Hall", City: "Boulder", Country: "USA", Alias: none, Regions: none,
		UNLOCs: none, Version: 1, CreatedAt: clk.Now(), UpdatedAt: clk.Now()}
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

func TestLists(t *testing.T) {
	t.Parallel()
	b, _ := dbtest.Business(t)
	for i := range 30 {
		made(t, b, placebus.NewPlace{Code: name.Name([]byte{'A' + byte(i*7%30)}), City: "C",
			Name: []name.Name{"Hall", "Park", "hall"}[i%3], Country: []name.Name{"USA", "Mexico"}[i%2]})
	}
	usa, hall := name.Name("USA"), "HALL"
	dbtest.Lists(t, dbtest.Listing[placebus.Filter, placebus.Place]{
		Query: b.Places.Query, Columns: placebus.OrderBy,
		Filters: map[string]dbtest.Filter[placebus.Filter, placebus.Place]{
			"country": dbtest.Narrow(placebus.Filter{Country: &usa}, func(p placebus.Place) bool { return p.Country == usa }),
			"name":    dbtest.Narrow(placebus.Filter{Name: &hall}, func(p placebus.Place) bool { return p.Name != "Park" }),
		},
		Orders: map[string]func(a, b placebus.Place) int{
			"code": func(a, b placebus.Place) int { return int(a.Code[0]) - int(b.Code[0]) },
			"name": dbtest.By(func(p placebus.Place) string { return string(p.Name) }),
		},
	})
}
