package familybus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// Family is a household that sells at a market.
type Family struct {
	ID           uuid.UUID
	MarketID     uuid.UUID
	OwnerID      *uuid.UUID // nil: looked after by the organisers
	Number       int        // unique in the market
	Name         name.Name
	Commission   *int // basis points; nil: the market's
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	MarketStatus marketbus.Status // of the market, to read
	Settled      bool             // of the market, to read: no commission and no owner changes
}

// NewFamily is what a family begins with.
type NewFamily struct {
	MarketID   uuid.UUID
	Name       name.Name
	OwnerID    *uuid.UUID
	Number     int // 0: the lowest that is free
	Commission *int
}

// UpdateFamily is a change of the fields that are set.
type UpdateFamily struct {
	Name       opt.Value[name.Name]
	OwnerID    opt.Nullable[uuid.UUID]
	Number     opt.Value[int]
	Commission opt.Nullable[int]
}

// Filter narrows a list of families.
type Filter struct {
	MarketID uuid.UUID
	OwnerID  *uuid.UUID
}

// OrderBy are the orders of a list of families.
var OrderBy = query.Columns[Family]{
	Default: "number",
	ID:      func(f Family) uuid.UUID { return f.ID },
	By: map[string]query.Column[Family]{
		"number": query.ByUnique("f.number", func(f Family) int64 { return int64(f.Number) }),
		"name":   query.By("f.name", func(f Family) string { return string(f.Name) }),
	},
}

// Events are what happens to families.
var (
	Events = outbox.NewKind("family", func(f Family) outbox.Place {
		return outbox.Place{MarketID: f.MarketID, FamilyID: &f.ID}
	})
	EventJoined  = Events.Named("joined", "A family joined the market.")
	EventUpdated = Events.Named("updated", "A family was changed.")
	EventDeleted = Events.Named("deleted", "A family left the market; `data` is what it was.")
)
