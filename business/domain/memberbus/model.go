package memberbus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

// Member is an account that helps at a market, and nowhere else. Who has left and comes back is of a later version than
// before.
type Member struct {
	MarketID     uuid.UUID
	UserID       uuid.UUID
	Name         name.Name // of the account, to read
	Role         role.Member
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	MarketStatus marketbus.Status // of the market, to read
	Organised    bool             // of the market, to read: it always has an ORGANISER
}

// NewMember is what a member begins with.
type NewMember struct {
	MarketID uuid.UUID
	UserID   uuid.UUID
	Role     role.Member
}

// OrderBy are the orders of a list of members.
var OrderBy = query.Columns[Member]{
	Default: "name",
	ID:      func(m Member) uuid.UUID { return m.UserID },
	By: map[string]query.Column[Member]{
		"name":      query.By("u.name", func(m Member) string { return string(m.Name) }),
		"createdAt": query.By("b.created_at", func(m Member) time.Time { return m.CreatedAt }),
	},
}

// Events are what happens to members.
var (
	Events = outbox.NewKind("member", func(m Member) outbox.Place {
		return outbox.Place{MarketID: m.MarketID, AccountID: &m.UserID}
	})
	EventAdded = Events.Named("added", "An account became a member of the market, or one of its members got another "+
		"role: `data` is the member as it is now.")
	EventRemoved = Events.Named("removed", "A member left the market, or was sent away; `data` is what it was.")
)
