package placeapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/types/geo"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/timezone"
)

// Place is a venue that markets may name.
type Place struct {
	ID        uuid.UUID      `json:"id" doc:"The id, a UUIDv7."`
	Code      name.Name      `json:"code" doc:"A short name that no other place has."`
	Name      name.Name      `json:"name" doc:"What it is called."`
	City      name.Name      `json:"city" doc:"The city."`
	Country   name.Name      `json:"country" doc:"The country."`
	Alias     []name.Name    `json:"alias" doc:"What else it is called."`
	Regions   []name.Name    `json:"regions" doc:"The regions that it belongs to."`
	UNLOCs    []name.Name    `json:"unlocs" doc:"Its codes in UN/LOCODE."`
	Latitude  *geo.Latitude  `json:"latitude,omitempty" doc:"In degrees of WGS 84, north above 0."`
	Longitude *geo.Longitude `json:"longitude,omitempty" doc:"In degrees of WGS 84, east above 0."`
	TimeZone  *timezone.Zone `json:"timeZone,omitempty" doc:"The name of its zone in the IANA database."`
	Province  *name.Name     `json:"province,omitempty" doc:"The province."`
	Version   int64          `json:"-"`
	CreatedAt time.Time      `json:"createdAt" doc:"When it was made."`
	UpdatedAt time.Time      `json:"updatedAt" doc:"When it was last changed."`
}

// Entity implements rest.Resource.
func (p Place) Entity() (uuid.UUID, int64) { return p.ID, p.Version }

type newPlace struct {
	Code      name.Name      `json:"code"`
	Name      name.Name      `json:"name"`
	City      name.Name      `json:"city"`
	Country   name.Name      `json:"country"`
	Alias     []name.Name    `json:"alias,omitempty" maxItems:"100"`
	Regions   []name.Name    `json:"regions,omitempty" maxItems:"100"`
	UNLOCs    []name.Name    `json:"unlocs,omitempty" maxItems:"100"`
	Latitude  *geo.Latitude  `json:"latitude,omitempty"`
	Longitude *geo.Longitude `json:"longitude,omitempty"`
	TimeZone  *timezone.Zone `json:"timeZone,omitempty"`
	Province  *name.Name     `json:"province,omitempty"`
}

type placeID struct {
	ID uuid.UUID `path:"placeID" json:"-"`
}

type updatePlace struct {
	placeID
	Changes
}

// Changes are the members of the body.
type Changes struct {
	Code      opt.Value[name.Name]        `json:"code,omitzero"`
	Name      opt.Value[name.Name]        `json:"name,omitzero"`
	City      opt.Value[name.Name]        `json:"city,omitzero"`
	Country   opt.Value[name.Name]        `json:"country,omitzero"`
	Alias     opt.Nullable[[]name.Name]   `json:"alias,omitzero" nullable:"true" maxItems:"100"`
	Regions   opt.Nullable[[]name.Name]   `json:"regions,omitzero" nullable:"true" maxItems:"100"`
	UNLOCs    opt.Nullable[[]name.Name]   `json:"unlocs,omitzero" nullable:"true" maxItems:"100"`
	Latitude  opt.Nullable[geo.Latitude]  `json:"latitude,omitzero" nullable:"true"`
	Longitude opt.Nullable[geo.Longitude] `json:"longitude,omitzero" nullable:"true"`
	TimeZone  opt.Nullable[timezone.Zone] `json:"timeZone,omitzero" nullable:"true"`
	Province  opt.Nullable[name.Name]     `json:"province,omitzero" nullable:"true"`
}

type list struct {
	filter
	rest.Page
}

type filter struct {
	Name    *string    `query:"name" doc:"A part of the name, in either case."`
	Country *name.Name `query:"country"`
}
