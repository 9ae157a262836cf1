package marketapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/pricing"
)

// Market is one multi-family garage sale.
type Market struct {
	ID                  uuid.UUID         `json:"id" doc:"The id, a UUIDv7."`
	Name                name.Name         `json:"name" doc:"What it is called, 1 to 100 characters."`
	Place               name.Name         `json:"place" doc:"Where the market is."`
	PlaceID             *uuid.UUID        `json:"placeID,omitempty" doc:"The place, if it is one of the list."`
	StartsAt            time.Time         `json:"startsAt" doc:"When the market begins."`
	EndsAt              time.Time         `json:"endsAt" doc:"When the market ends; after 'startsAt'."`
	Currency            currency.Currency `json:"currency" doc:"An ISO 4217 code, such as USD."`
	Commission          int               `json:"commission" doc:"The organisers' part, in basis points."`
	Status              marketbus.Status  `json:"status" enum:"DRAFT,OPEN,CLOSED" doc:"Whether it sells."`
	PriceSteps          pricing.Steps     `json:"priceSteps" doc:"Percent off every price from a time on."`
	CashSessionRequired bool              `json:"cashSessionRequired" doc:"Cash only into an open cash session."`
	Settled             bool              `json:"-"`
	Organised           bool              `json:"-"`
	Version             int64             `json:"-"`
	CreatedAt           time.Time         `json:"createdAt" doc:"When it was made."`
	UpdatedAt           time.Time         `json:"updatedAt" doc:"When it was last changed."`
}

// Entity implements rest.Resource.
func (m Market) Entity() (uuid.UUID, int64) { return m.ID, m.Version }

type newMarket struct {
	Name                name.Name         `json:"name"`
	Place               name.Name         `json:"place"`
	PlaceID             *uuid.UUID        `json:"placeID,omitempty"`
	StartsAt            time.Time         `json:"startsAt"`
	EndsAt              time.Time         `json:"endsAt"`
	Currency            currency.Currency `json:"currency"`
	Commission          int               `json:"commission" minimum:"0" maximum:"10000"`
	Status              marketbus.Status  `json:"status,omitempty" enum:"DRAFT,OPEN,CLOSED"`
	PriceSteps          pricing.Steps     `json:"priceSteps,omitempty" maxItems:"100"`
	CashSessionRequired bool              `json:"cashSessionRequired,omitempty"`
	CreatedBy           *uuid.UUID        `json:"-"` // set here
	Organised           bool              `json:"-"`
}

type marketID struct {
	ID uuid.UUID `path:"marketID" json:"-"`
}

type updateMarket struct {
	marketID
	Changes
}

// Changes are the members of the body.
type Changes struct {
	Name                opt.Value[name.Name]         `json:"name,omitzero"`
	Place               opt.Value[name.Name]         `json:"place,omitzero"`
	PlaceID             opt.Nullable[uuid.UUID]      `json:"placeID,omitzero" nullable:"true"`
	StartsAt            opt.Value[time.Time]         `json:"startsAt,omitzero"`
	EndsAt              opt.Value[time.Time]         `json:"endsAt,omitzero"`
	Currency            opt.Value[currency.Currency] `json:"currency,omitzero"`
	Commission          opt.Value[int]               `json:"commission,omitzero" minimum:"0" maximum:"10000"`
	Status              opt.Value[marketbus.Status]  `json:"status,omitzero" enum:"DRAFT,OPEN,CLOSED"`
	PriceSteps          opt.Nullable[pricing.Steps]  `json:"priceSteps,omitzero" nullable:"true" maxItems:"100"`
	CashSessionRequired opt.Value[bool]              `json:"cashSessionRequired,omitzero"`
}

type list struct {
	Status *marketbus.Status `query:"status" enum:"DRAFT,OPEN,CLOSED"`
	Name   *string           `query:"name" doc:"A part of the name, in either case."`
	rest.Page
}
