// Package placeapp is the places of the API: everybody reads them, ADMIN writes them.
package placeapp

import (
	_ "embed"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/placebus"
	"github.com/garagesale/service/business/sdk/errs"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of places.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Places", Description: "A place is a venue that markets may name."}, examples)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/places", Action: "place.read",
		ID: "listPlaces", Summary: "List places", Orders: placebus.OrderBy.Names(),
		Description: "Filters narrow the list together. `name` finds a part of the name, in either case.",
	}, query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/places", Action: "place.create", Location: "/v1/places/", ID: "createPlace",
		Summary: "Add a place", Description: "Its code is unique.", Errors: []*errs.Error{placebus.ErrCodeTaken},
	}, create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/places/{placeID}", Action: "place.read", ID: "getPlace", Summary: "Read a place",
		Description: "What is left out is not known.", Errors: []*errs.Error{placebus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: "/v1/places/{placeID}", Action: "place.update", ID: "updatePlace",
		Summary: "Change a place", Description: "A field that is left out stays; `null` empties an optional one.",
		Errors: []*errs.Error{placebus.ErrNotFound, placebus.ErrCodeTaken},
	}, update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/places/{placeID}", Action: "place.delete", ID: "deletePlace", Summary: "Delete a place",
		Description: "One that a market names stays.", Errors: []*errs.Error{placebus.ErrNotFound, placebus.ErrInUse},
	}, remove)
}

func query(c rest.Call[business.Domains], in list) (rest.List[Place], error) {
	res, err := c.D.Places.Query(c, placebus.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, func(p placebus.Place) Place { return Place(p) }), err
}

func create(c rest.Call[business.Domains], in newPlace) (Place, error) {
	p, err := c.D.Places.Create(c, placebus.NewPlace(in))
	return Place(p), err
}

func get(c rest.Call[business.Domains], in placeID) (Place, error) {
	p, err := rest.Get(c, c.D.Places.Get, in.ID, target)
	return Place(p), err
}

func update(c rest.Call[business.Domains], in updatePlace) (Place, error) {
	p, err := rest.Lock(c, c.D.Places.Lock, in.ID, target)
	if err != nil {
		return Place{}, err
	}
	p, err = c.D.Places.Update(c, p, placebus.UpdatePlace(in.Changes))
	return Place(p), err
}

func remove(c rest.Call[business.Domains], in placeID) (rest.None, error) {
	p, err := rest.Lock(c, c.D.Places.Lock, in.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, c.D.Places.Delete(c, p)
}

func target(p placebus.Place) rest.Target {
	return rest.Target{ID: p.ID, Version: p.Version, NotFound: placebus.ErrNotFound}
}
