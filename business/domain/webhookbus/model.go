package webhookbus

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/webhook"
)

// Webhook is an address that what happens at a market is sent to. Its secret is not among its fields: whoever signs
// asks for it.
type Webhook struct {
	ID           uuid.UUID
	MarketID     uuid.UUID
	URL          string
	Types        []string // of events, with their full names; none: all
	Enabled      bool
	EnabledAt    time.Time  // since when, or when it was for the last time
	DisabledAt   *time.Time // when the service gave it up; nil: it did not
	CreatedBy    *uuid.UUID // nil: the account is gone
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	MarketStatus marketbus.Status // to read
}

// NewWebhook is what a webhook begins with.
type NewWebhook struct {
	MarketID  uuid.UUID
	URL       string
	Types     []string
	Enabled   bool
	CreatedBy uuid.UUID
}

// UpdateWebhook is a change of the fields that are set.
type UpdateWebhook struct {
	URL     opt.Value[string]
	Types   opt.Nullable[[]string]
	Enabled opt.Value[bool]
}

// OrderBy are the orders of a list of webhooks.
var OrderBy = query.Columns[Webhook]{
	Default: "createdAt",
	ID:      func(w Webhook) uuid.UUID { return w.ID },
	By: map[string]query.Column[Webhook]{
		"createdAt": query.By("w.created_at", func(w Webhook) time.Time { return w.CreatedAt }),
	},
}

// Status is the state of a delivery.
type Status string

// The states.
const (
	Pending   Status = "PENDING" // it is tried again, at NextAt or as soon as can be
	Delivered Status = "DELIVERED"
	Failed    Status = "FAILED"  // it is no longer tried
	Dropped   Status = "DROPPED" // a person did not want it any more
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(b []byte) error {
	if !slices.Contains([]Status{Pending, Delivered, Failed, Dropped}, Status(b)) {
		return errors.New("must be one of PENDING, DELIVERED, FAILED, DROPPED")
	}
	*s = Status(b)
	return nil
}

// Delivery is an event on its way to a webhook. Nothing is kept of what the receiver said but the status.
type Delivery struct {
	ID        uuid.UUID
	WebhookID uuid.UUID
	Position  int64 // of the event
	EventID   uuid.UUID
	Type      string
	Status    Status
	Attempts  []Attempt // the last 20, the oldest first
	NextAt    *time.Time
	CreatedAt time.Time // of the first attempt
	UpdatedAt time.Time
}

// Attempt is what became of one.
type Attempt struct {
	At      time.Time       `json:"at"`
	Status  int             `json:"status,omitempty"` // of the answer; 0: there was none
	Millis  int64           `json:"millis"`           // how long it took
	Failure webhook.Failure `json:"failure,omitempty"`
}

// maxAttempts is how many attempts of a delivery are kept: more than it is tried by itself.
const maxAttempts = 20

// with is the delivery after one more attempt.
func (d Delivery) with(at time.Time, r webhook.Result) Delivery {
	d.Attempts = append(slices.Clone(d.Attempts), Attempt{at, r.Status, r.Took.Milliseconds(), r.Failure})
	d.Attempts = d.Attempts[max(0, len(d.Attempts)-maxAttempts):]
	d.UpdatedAt, d.NextAt = at, nil
	return d
}

// OfMarket is a delivery with where it is, which decides who may see and change it.
type OfMarket struct {
	Delivery
	MarketID     uuid.UUID
	Enabled      bool // the webhook
	MarketStatus marketbus.Status
}

// Filter narrows a list of deliveries.
type Filter struct {
	WebhookID uuid.UUID
	Status    *Status
}

// DeliveriesBy are the orders of a list of deliveries.
var DeliveriesBy = query.Columns[Delivery]{
	Default: "-createdAt",
	ID:      func(d Delivery) uuid.UUID { return d.ID },
	By: map[string]query.Column[Delivery]{
		"createdAt": query.By("d.created_at", func(d Delivery) time.Time { return d.CreatedAt }),
	},
}
