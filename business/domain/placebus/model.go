package placebus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/geo"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/timezone"
)

// Place is a venue that markets may name.
type Place struct {
	ID        uuid.UUID
	Code      name.Name // unique
	Name      name.Name
	City      name.Name
	Country   name.Name
	Alias     []name.Name
	Regions   []name.Name
	UNLOCs    []name.Name // codes of UN/LOCODE
	Latitude  *geo.Latitude
	Longitude *geo.Longitude
	TimeZone  *timezone.Zone
	Province  *name.Name
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// NewPlace is what a place begins with.
type NewPlace struct {
	Code      name.Name
	Name      name.Name
	City      name.Name
	Country   name.Name
	Alias     []name.Name
	Regions   []name.Name
	UNLOCs    []name.Name
	Latitude  *geo.Latitude
	Longitude *geo.Longitude
	TimeZone  *timezone.Zone
	Province  *name.Name
}

// UpdatePlace is a change of the fields that are set.
type UpdatePlace struct {
	Code      opt.Value[name.Name]
	Name      opt.Value[name.Name]
	City      opt.Value[name.Name]
	Country   opt.Value[name.Name]
	Alias     opt.Nullable[[]name.Name]
	Regions   opt.Nullable[[]name.Name]
	UNLOCs    opt.Nullable[[]name.Name]
	Latitude  opt.Nullable[geo.Latitude]
	Longitude opt.Nullable[geo.Longitude]
	TimeZone  opt.Nullable[timezone.Zone]
	Province  opt.Nullable[name.Name]
}

// Filter narrows a list of places.
type Filter struct {
	Name    *string // contains
	Country *name.Name
}

// OrderBy are the orders of a list of places.
var OrderBy = query.Columns[Place]{
	Default: "code",
	ID:      func(p Place) uuid.UUID { return p.ID },
	By: map[string]query.Column[Place]{
		"code": query.ByUnique("p.code", func(p Place) string { return string(p.Code) }),
		"name": query.By("p.name", func(p Place) string { return string(p.Name) }),
	},
}
