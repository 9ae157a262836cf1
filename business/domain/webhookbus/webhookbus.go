// Package webhookbus is about webhooks: addresses that what happens at a market is sent to, signed, in order and at
// least once (zarf/docs/webhooks.md).
//
// A webhook has a cursor, the position of the last event that was delivered or given up, and one job at a time that
// moves it: see Deliverer. A receiver that fails holds up nobody but itself.
package webhookbus

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/webhook"
)

// The errors that a caller can act on.
var (
	ErrNotFound         = errs.New(errs.NotFound, "webhook_not_found", "webhook not found", "Check the id.")
	ErrDeliveryNotFound = errs.New(errs.NotFound, "delivery_not_found", "delivery not found",
		"Check the id; deliveries are kept for 30 days.")
	ErrDisabled = errs.New(errs.Conflict, "webhook_disabled", "the webhook is not enabled, so it is sent nothing",
		"Enable it with `PATCH`; what waits is sent then.")
	ErrNotWaiting = errs.New(errs.Conflict, "delivery_is_over", "the delivery went well, or was dropped",
		"Nothing: there is nothing to drop.")
	ErrEventGone = errs.New(errs.Gone, "event_gone", "the event is no longer kept, so it cannot be sent again",
		"Read what it was about.")
)

// secretLife is how long an old secret signs beside the one that replaces it.
const secretLife = 24 * time.Hour

// Storer keeps webhooks.
type Storer interface {
	Create(ctx context.Context, w Webhook, secret string, position int64) error
	Count(ctx context.Context, marketID uuid.UUID) (int, error)
	Update(ctx context.Context, w Webhook) error
	// Rotate puts another secret in the place of the one that is, which is good until then.
	Rotate(ctx context.Context, w Webhook, secret string, until time.Time) error
	Delete(ctx context.Context, id uuid.UUID) error
	Get(ctx context.Context, id uuid.UUID) (Webhook, error)
	Lock(ctx context.Context, id uuid.UUID) (Webhook, error)
	Query(ctx context.Context, marketID uuid.UUID, p query.Page) (query.Result[Webhook], error)

	QueryDeliveries(ctx context.Context, f Filter, p query.Page) (query.Result[Delivery], error)
	LockDelivery(ctx context.Context, id uuid.UUID) (OfMarket, error)
	// Mark sets what a person decided: whether the delivery is to be sent again, and its state.
	Mark(ctx context.Context, id uuid.UUID, status Status, requested bool, at time.Time) error
	// Request has the events of these new deliveries sent again, those that the webhook has had its turn with, and returns
	// how many they are.
	Request(ctx context.Context, webhookID uuid.UUID, list []Delivery) (int64, error)
	Clean(ctx context.Context, before time.Time) (int64, error)

	progress
}

// Config is what webhooks need to know.
type Config struct {
	Allow []netip.Prefix // addresses that may be named besides those of the public internet
	Link  string         // up to a webhook's id: where people are told to look
}

// Business is the rules about webhooks.
type Business struct {
	store   Storer
	users   userbus.Business
	markets marketbus.Business
	members memberbus.Business
	events  outbox.Store
	queue   work.Queue
	cfg     Config
	most    int // of a market
	now     func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, markets marketbus.Business, members memberbus.Business,
	events outbox.Store, queue work.Queue, cfg Config, now func() time.Time) Business {
	return Business{store, users, markets, members, events, queue, cfg, quota.Config{}.OrDefault().Webhooks, now}
}

// Within is b with another quota of webhooks of a market.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Create adds a webhook, whose URL was checked, to a market, and returns its secret, which nobody can read later. It
// is told what happens from now on. The error is quota.ErrReached when the market has too many.
func (b Business) Create(ctx context.Context, nw NewWebhook) (Webhook, string, error) {
	m, err := b.markets.Lock(ctx, nw.MarketID)
	if err != nil {
		return Webhook{}, "", err
	}
	has, err := b.store.Count(ctx, m.ID)
	if err == nil {
		err = quota.Check("webhooks of a market", has, 1, b.most)
	}
	if err != nil {
		return Webhook{}, "", err
	}
	reach, err := b.events.Reach(ctx)
	if err != nil {
		return Webhook{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Webhook{}, "", fmt.Errorf("webhook id: %w", err)
	}
	now, secret := b.now(), webhook.NewSecret()
	w := Webhook{ID: id, MarketID: m.ID, URL: nw.URL, Types: listed(nw.Types), Enabled: nw.Enabled, EnabledAt: now,
		CreatedBy: &nw.CreatedBy, Version: 1, CreatedAt: now, UpdatedAt: now, MarketStatus: m.Status}
	if err := b.store.Create(ctx, w, secret, reach.Head); err != nil {
		return Webhook{}, "", err
	}
	return w, secret, b.queue.Add(ctx, Deliver{w.ID})
}

// listed is a list that is empty rather than none, as it is read back.
func listed(types []string) []string { return append([]string{}, types...) }

// Check refuses a URL that nothing may be sent to.
func (b Business) Check(raw string) error {
	if err := webhook.Check(raw, b.cfg.Allow); err != nil {
		return errs.ErrInvalid.At("url", err.Error())
	}
	return nil
}

// Get returns a webhook.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Webhook, error) {
	return b.store.Get(ctx, id)
}

// Lock returns a webhook and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (Webhook, error) {
	return b.store.Lock(ctx, id)
}

// Query lists the webhooks of a market.
func (b Business) Query(ctx context.Context, marketID uuid.UUID, p query.Page) (query.Result[Webhook], error) {
	return b.store.Query(ctx, marketID, p)
}

// Update changes a webhook that the transaction holds, to a URL that was checked; what is the same changes nothing.
// What waits is tried at once. One that is enabled again goes on where it was.
func (b Business) Update(ctx context.Context, w Webhook, up UpdateWebhook) (Webhook, error) {
	old := w
	up.URL.Apply(&w.URL)
	up.Types.ApplyOrZero(&w.Types)
	up.Enabled.Apply(&w.Enabled)
	w.Types = listed(w.Types)
	if opt.Unchanged(old, w) {
		return w, nil
	}
	w.UpdatedAt = b.now()
	if w.Enabled && !old.Enabled {
		w.EnabledAt, w.DisabledAt = w.UpdatedAt, nil
	}
	w.Version++
	if err := b.store.Update(ctx, w); err != nil || !w.Enabled {
		return w, err
	}
	return w, b.queue.Add(ctx, Deliver{w.ID})
}

// Rotate gives a webhook that the transaction holds another secret, and returns it. For a day both sign, so that the
// receiver can change over; a third that was still good is not from then on.
func (b Business) Rotate(ctx context.Context, w Webhook) (Webhook, string, error) {
	w.UpdatedAt = b.now()
	w.Version++
	secret := webhook.NewSecret()
	return w, secret, b.store.Rotate(ctx, w, secret, w.UpdatedAt.Add(secretLife))
}

// Delete removes a webhook and its deliveries.
func (b Business) Delete(ctx context.Context, w Webhook) error { return b.store.Delete(ctx, w.ID) }

// QueryDeliveries lists the deliveries of a webhook.
func (b Business) QueryDeliveries(ctx context.Context, f Filter, p query.Page) (query.Result[Delivery], error) {
	return b.store.QueryDeliveries(ctx, f, p)
}

// LockDelivery returns a delivery and keeps others from changing it until the transaction ends.
func (b Business) LockDelivery(ctx context.Context, id uuid.UUID) (OfMarket, error) {
	return b.store.LockDelivery(ctx, id)
}

// Redeliver has a delivery that the transaction holds sent again, however it went: one that waits for its next attempt
// is tried at once, another one is tried once more beside those that are new.
func (b Business) Redeliver(ctx context.Context, d OfMarket) (Delivery, error) {
	if !d.Enabled {
		return Delivery{}, ErrDisabled
	}
	if d.Status != Pending {
		if _, err := b.event(ctx, d.MarketID, d.Delivery); err != nil {
			return Delivery{}, err
		}
		d.Status, d.UpdatedAt = Pending, b.now()
		if err := b.store.Mark(ctx, d.ID, d.Status, true, d.UpdatedAt); err != nil {
			return Delivery{}, err
		}
	}
	return d.Delivery, b.queue.Add(ctx, Deliver{d.WebhookID})
}

// Replay has events of its market sent again to a webhook that the transaction holds: in their order, behind what
// waits, each tried once. Types that it does not want are left out, and so is what it has not come to yet, which comes
// anyway. It returns how many are left, or ErrDisabled.
func (b Business) Replay(ctx context.Context, w Webhook, list []outbox.Told) (int64, error) {
	if !w.Enabled {
		return 0, ErrDisabled
	}
	now := b.now()
	var again []Delivery
	for _, e := range list {
		if len(w.Types) > 0 && !slices.Contains(w.Types, e.Type) {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return 0, fmt.Errorf("delivery id: %w", err)
		}
		again = append(again, Delivery{ID: id, WebhookID: w.ID, Position: e.Position, EventID: e.ID, Type: e.Type,
			Status: Pending, CreatedAt: now, UpdatedAt: now})
	}
	n, err := b.store.Request(ctx, w.ID, again)
	if err != nil || n == 0 {
		return n, err
	}
	return n, b.queue.Add(ctx, Deliver{w.ID})
}

// Drop gives up a delivery that the transaction holds, which failed or waits, so that it is off the list and the next
// event follows.
func (b Business) Drop(ctx context.Context, d OfMarket) (Delivery, error) {
	if d.Status != Pending && d.Status != Failed {
		return Delivery{}, ErrNotWaiting
	}
	d.Status, d.NextAt, d.UpdatedAt = Dropped, nil, b.now()
	err := b.store.Mark(ctx, d.ID, d.Status, false, d.UpdatedAt)
	return d.Delivery, cmp.Or(err, b.queue.Add(ctx, Deliver{d.WebhookID}))
}

// event is the one of a delivery, or ErrEventGone.
func (b Business) event(ctx context.Context, marketID uuid.UUID, d Delivery) (outbox.Told, error) {
	list, err := b.events.Between(ctx, marketID, nil, d.Position-1, d.Position, 1)
	if err == nil && (len(list) == 0 || list[0].ID != d.EventID) {
		err = ErrEventGone
	}
	if err != nil {
		return outbox.Told{}, err
	}
	return list[0], nil
}

// Clean deletes deliveries as old as the events that are no longer kept.
func (b Business) Clean(ctx context.Context) (int64, error) {
	return b.store.Clean(ctx, b.now().Add(-outbox.Keep))
}
