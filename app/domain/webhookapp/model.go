package webhookapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/webhook"
)

// Webhook is an address that what happens at a market is sent to.
type Webhook struct {
	ID         uuid.UUID  `json:"id" doc:"The id, a UUIDv7."`
	MarketID   uuid.UUID  `json:"marketID" doc:"The market."`
	URL        string     `json:"url" doc:"Where events are sent: https, a host on the public internet, and no user."`
	Types      []string   `json:"types" doc:"The types of events that are sent, with their full names; none: all."`
	Enabled    bool       `json:"enabled" doc:"Whether events are sent; what happens meanwhile is sent later."`
	DisabledAt *time.Time `json:"disabledAt,omitempty" doc:"When the service disabled it, after five days of failure."`
	Secret     string     `json:"secret,omitempty" format:"password" doc:"What signs. Shown once: when it is made."`
	Version    int64      `json:"-"`
	CreatedAt  time.Time  `json:"createdAt" doc:"When it was made."`
	UpdatedAt  time.Time  `json:"updatedAt" doc:"When it was last changed."`
}

// Entity implements rest.Resource.
func (w Webhook) Entity() (uuid.UUID, int64) { return w.ID, w.Version }

func toWebhook(w webhookbus.Webhook) Webhook {
	return Webhook{ID: w.ID, MarketID: w.MarketID, URL: w.URL, Types: w.Types, Enabled: w.Enabled,
		DisabledAt: w.DisabledAt, Version: w.Version, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}
}

type newWebhook struct {
	MarketID uuid.UUID       `path:"marketID" json:"-"`
	URL      string          `json:"url" minLength:"1" maxLength:"2048"`
	Types    []string        `json:"types,omitempty" maxItems:"100"`
	Enabled  opt.Value[bool] `json:"enabled,omitzero"`
}

type webhookID struct {
	ID uuid.UUID `path:"webhookID" json:"-"`
}

type updateWebhook struct {
	webhookID
	Changes
}

// Changes are the members of the body.
type Changes struct {
	URL     opt.Value[string]      `json:"url,omitzero" minLength:"1" maxLength:"2048"`
	Types   opt.Nullable[[]string] `json:"types,omitzero" nullable:"true" maxItems:"100"`
	Enabled opt.Value[bool]        `json:"enabled,omitzero"`
}

type list struct {
	MarketID uuid.UUID `path:"marketID"`
	rest.Page
}

// Delivery is an event on its way to a webhook.
type Delivery struct {
	ID        uuid.UUID         `json:"id" doc:"The id, a UUIDv7."`
	WebhookID uuid.UUID         `json:"webhookID" doc:"The webhook."`
	EventID   uuid.UUID         `json:"eventID" doc:"The event, as webhook-id says too."`
	Type      string            `json:"type" doc:"The event's type."`
	Status    webhookbus.Status `json:"status" enum:"PENDING,DELIVERED,FAILED,DROPPED" doc:"PENDING: it is tried again."`
	Attempts  []Attempt         `json:"attempts" doc:"The last 20, the oldest first."`
	NextAt    *time.Time        `json:"nextAt,omitempty" doc:"When it is tried again."`
	CreatedAt time.Time         `json:"createdAt" doc:"When it was tried first."`
	UpdatedAt time.Time         `json:"updatedAt" doc:"When it was last tried, or changed."`
}

// Attempt is what became of one.
type Attempt struct {
	At      time.Time       `json:"at" doc:"When."`
	Status  int             `json:"status,omitempty" doc:"The status that the receiver answered with."`
	Millis  int64           `json:"millis" doc:"How long it took, in milliseconds."`
	Failure webhook.Failure `json:"failure,omitempty" enum:"STATUS,TIMEOUT,ADDRESS,CONNECTION,TLS" doc:"Why it failed."`
}

func toDelivery(d webhookbus.Delivery) Delivery {
	attempts := make([]Attempt, len(d.Attempts))
	for i, a := range d.Attempts {
		attempts[i] = Attempt(a)
	}
	return Delivery{ID: d.ID, WebhookID: d.WebhookID, EventID: d.EventID, Type: d.Type, Status: d.Status,
		Attempts: attempts, NextAt: d.NextAt, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
}

type deliveryID struct {
	ID uuid.UUID `path:"deliveryID" json:"-"`
}

type deliveries struct {
	WebhookID uuid.UUID          `path:"webhookID"`
	Status    *webhookbus.Status `query:"status" enum:"PENDING,DELIVERED,FAILED,DROPPED"`
	rest.Page
}
