package payoutbus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/money"
)

// Payout is the settlement of a family.
type Payout struct {
	ID         uuid.UUID
	MarketID   uuid.UUID
	FamilyID   uuid.UUID
	Gross      money.Money // what it sold, less what was given back
	Commission money.Money
	Net        money.Money
	PaidBy     uuid.UUID
	CreatedAt  time.Time
	OwnerID    *uuid.UUID // of the family, to read
}

// Filter narrows a list of payouts.
type Filter struct {
	MarketID uuid.UUID
	OwnerID  *uuid.UUID // of the family
}

// OrderBy are the orders of a list of payouts.
var OrderBy = query.Columns[Payout]{
	Default: "createdAt",
	ID:      func(p Payout) uuid.UUID { return p.ID },
	By: map[string]query.Column[Payout]{
		"createdAt": query.By("p.created_at", func(p Payout) time.Time { return p.CreatedAt }),
	},
}

// Events are what happens to payouts.
var (
	Events = outbox.NewKind("payout", func(p Payout) outbox.Place {
		return outbox.Place{MarketID: p.MarketID, FamilyID: &p.FamilyID}
	})
	EventMade = Events.Named("made", "A family was paid out.")
)
