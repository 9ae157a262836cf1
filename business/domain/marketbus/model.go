package marketbus

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/pricing"
)

// Status is the state of a market.
type Status string

// The states, in order; a closed market may be opened again while nobody was paid out.
const (
	Draft  Status = "DRAFT"
	Open   Status = "OPEN"
	Closed Status = "CLOSED"
)

// Statuses lists the states.
var Statuses = []Status{Draft, Open, Closed}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(b []byte) error {
	if !slices.Contains(Statuses, Status(b)) {
		return fmt.Errorf("must be one of %v", Statuses)
	}
	*s = Status(b)
	return nil
}

// Market is one multi-family garage sale.
type Market struct {
	ID         uuid.UUID
	Name       name.Name
	Place      name.Name
	PlaceID    *uuid.UUID // a place that it names
	StartsAt   time.Time
	EndsAt     time.Time
	Currency   currency.Currency
	Commission int // basis points
	Status     Status
	PriceSteps pricing.Steps
	// CashSessionRequired says that a cashier takes cash only into an open cash session.
	CashSessionRequired bool
	Settled             bool // the first payout is made, so nobody's share changes any more
	Organised           bool // it always has an ORGANISER among its members
	Version             int64
	CreatedAt           time.Time
	UpdatedAt           time.Time
}

// Scope is where something beneath the market is, as far as that decides who may see it.
func (m Market) Scope() (id uuid.UUID, status string) { return m.ID, string(m.Status) }

// NewMarket is what an organiser gives.
type NewMarket struct {
	Name                name.Name
	Place               name.Name
	PlaceID             *uuid.UUID
	StartsAt            time.Time
	EndsAt              time.Time
	Currency            currency.Currency
	Commission          int
	Status              Status // "": Draft
	PriceSteps          pricing.Steps
	CashSessionRequired bool
	CreatedBy           *uuid.UUID // nil: nobody, and no quota
	Organised           bool       // it is to have an ORGANISER always
}

// UpdateMarket is a change of the fields that are set.
type UpdateMarket struct {
	Name                opt.Value[name.Name]
	Place               opt.Value[name.Name]
	PlaceID             opt.Nullable[uuid.UUID]
	StartsAt            opt.Value[time.Time]
	EndsAt              opt.Value[time.Time]
	Currency            opt.Value[currency.Currency]
	Commission          opt.Value[int]
	Status              opt.Value[Status]
	PriceSteps          opt.Nullable[pricing.Steps]
	CashSessionRequired opt.Value[bool]
}

// Filter narrows a list of markets.
type Filter struct {
	Status    *Status
	Name      *string // contains
	HideDraft bool
}

// OrderBy are the orders of a list of markets.
var OrderBy = query.Columns[Market]{
	Default: "startsAt",
	ID:      func(m Market) uuid.UUID { return m.ID },
	By: map[string]query.Column[Market]{
		"startsAt":  query.By("m.starts_at", func(m Market) time.Time { return m.StartsAt }),
		"name":      query.By("m.name", func(m Market) string { return string(m.Name) }),
		"createdAt": query.By("m.created_at", func(m Market) time.Time { return m.CreatedAt }),
	},
}

// Events are what happens to markets.
var (
	Events       = outbox.NewKind("market", func(m Market) outbox.Place { return outbox.Place{MarketID: m.ID} })
	EventCreated = Events.Named("created", "A market was made.")
	EventUpdated = Events.Named("updated", "A market was changed in something else than its status.")
	EventOpened  = Events.Named("opened", "A market was opened: it sells now.")
	EventClosed  = Events.Named("closed", "A market was closed: it sells no more.")
)

// News is what a change of a market tells.
func News(before, after Market) (news []outbox.News) {
	if before.Status != after.Status {
		event := EventClosed
		if after.Status == Open {
			event = EventOpened
		}
		news = append(news, event.Of(after))
	}
	before.Status, before.Version, before.UpdatedAt = after.Status, after.Version, after.UpdatedAt
	if !opt.Unchanged(before, after) {
		news = append(news, EventUpdated.Of(after))
	}
	return news
}
