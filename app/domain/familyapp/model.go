package familyapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// Family is a household that sells at a market.
type Family struct {
	ID           uuid.UUID        `json:"id" doc:"The id, a UUIDv7."`
	MarketID     uuid.UUID        `json:"marketID" doc:"The market."`
	OwnerID      *uuid.UUID       `json:"ownerID" nullable:"true" doc:"Whose it is; null: the organisers'."`
	Number       int              `json:"number" doc:"The number on the family's labels; unique in its market."`
	Name         name.Name        `json:"name" doc:"What it is called, 1 to 100 characters."`
	Commission   *int             `json:"commission,omitempty" doc:"Its own, in basis points; else the market's."`
	Version      int64            `json:"-"`
	CreatedAt    time.Time        `json:"createdAt" doc:"When it was made."`
	UpdatedAt    time.Time        `json:"updatedAt" doc:"When it was last changed."`
	MarketStatus marketbus.Status `json:"-"`
	Settled      bool             `json:"-"`
}

// Entity implements rest.Resource.
func (f Family) Entity() (uuid.UUID, int64) { return f.ID, f.Version }

type newFamily struct {
	MarketID   uuid.UUID               `path:"marketID" json:"-"`
	Name       name.Name               `json:"name"`
	OwnerID    opt.Nullable[uuid.UUID] `json:"ownerID,omitzero" nullable:"true"`
	Number     opt.Value[int]          `json:"number,omitzero" minimum:"1" maximum:"99999"`
	Commission opt.Nullable[int]       `json:"commission,omitzero" nullable:"true" minimum:"0" maximum:"10000"`
}

type familyID struct {
	ID uuid.UUID `path:"familyID" json:"-"`
}

type updateFamily struct {
	familyID
	Changes
}

// Changes are the members of the body.
type Changes struct {
	Name       opt.Value[name.Name]    `json:"name,omitzero"`
	OwnerID    opt.Nullable[uuid.UUID] `json:"ownerID,omitzero" nullable:"true"`
	Number     opt.Value[int]          `json:"number,omitzero" minimum:"1" maximum:"99999"`
	Commission opt.Nullable[int]       `json:"commission,omitzero" nullable:"true" minimum:"0" maximum:"10000"`
}

type list struct {
	MarketID uuid.UUID `path:"marketID"`
	rest.Page
}
