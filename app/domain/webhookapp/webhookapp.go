// Package webhookapp is the webhooks of the API: organisers have what happens at a market sent to other systems.
package webhookapp

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

//go:embed examples.json
var examples []byte

type call = rest.Call[business.Domains]

// Routes adds the routes of webhooks, once the API has declared all events.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Webhooks", Description: "A webhook is an address that what happens at a market is sent " +
		"to, signed after the Standard Webhooks specification, in order and at least once."}, examples)
	s := sender{types: api.EventTypes()}
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/webhooks", Action: "webhook.list",
		ID: "listWebhooks", Summary: "List the webhooks of a market", Orders: webhookbus.OrderBy.Names(),
		Description: "Without their secrets, which nobody can read.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, auth.ErrForbidden},
	}, query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/markets/{marketID}/webhooks", Action: "webhook.create", Fresh: true,
		Location: "/v1/webhooks/",
		ID:       "createWebhook", Summary: "Have what happens at a market sent to a URL",
		Description: "From now on each event is POSTed there, one after the other: its body is the event, and " +
			"`webhook-id`, `webhook-timestamp` and `webhook-signature` are after the Standard Webhooks specification. 2xx " +
			"within 10 seconds takes it; else it is tried ten times over a day, and then the next one follows. A webhook that " +
			"takes nothing for five days is disabled. The answer's `secret` is shown this once. A market may have 10.\n\n" +
			"Types: `" + strings.Join(s.types, "`, `") + "`.",
		Errors: []*errs.Error{marketbus.ErrNotFound, quota.ErrReached, auth.ErrForbidden},
	}, s.create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/webhooks/{webhookID}", Action: "webhook.read",
		ID: "getWebhook", Summary: "Read a webhook", Description: "Without its secret, which nobody can read.",
		Errors: []*errs.Error{webhookbus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: "/v1/webhooks/{webhookID}", Action: "webhook.update", Fresh: true,
		ID: "updateWebhook", Summary: "Change a webhook",
		Description: "A field that is left out stays; `null` empties `types`, which means all. What waits is tried at " +
			"once. One that is enabled again is sent what happened meanwhile, up to 30 days of it.",
		Errors: []*errs.Error{webhookbus.ErrNotFound},
	}, s.update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/webhooks/{webhookID}", Action: "webhook.delete", Fresh: true,
		ID: "deleteWebhook", Summary: "Delete a webhook", Description: "With its deliveries.",
		Errors: []*errs.Error{webhookbus.ErrNotFound},
	}, remove)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/webhooks/{webhookID}/rotate-secret", Action: "webhook.rotate", Fresh: true, Status: 200,
		ID: "rotateWebhookSecret", Summary: "Give a webhook another secret",
		Description: "The answer's `secret` is shown this once. For 24 hours each delivery has a signature by the old one " +
			"too. Of more than two the oldest is not good any more.",
		Errors: []*errs.Error{webhookbus.ErrNotFound},
	}, rotate)
	deliveryRoutes(api)
}

func deliveryRoutes(api *rest.API[business.Domains]) {
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/webhooks/{webhookID}/deliveries", Action: "delivery.list",
		ID: "listDeliveries", Summary: "List what a webhook was sent", Orders: webhookbus.DeliveriesBy.Names(),
		Description: "The newest first, for 30 days. `status=FAILED` is what was tried ten times, or once more at a " +
			"person's wish: send it again, or drop it. Of what the receiver answered only the status is kept. An attempt " +
			"fails by another status than 2xx, for want of an answer within 10 seconds or of a connection, by a certificate " +
			"that is not good, or by an address that is not on the public internet.",
		Errors: []*errs.Error{webhookbus.ErrNotFound},
	}, queryDeliveries)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/deliveries/{deliveryID}/redeliver", Action: "delivery.redeliver", Status: 200,
		ID: "redeliver", Summary: "Send an event again",
		Description: "Once, however it went before, as soon as nothing else waits; the list shows what becomes of it. What " +
			"waits for its next attempt is tried now.",
		Errors: []*errs.Error{webhookbus.ErrDeliveryNotFound, webhookbus.ErrDisabled, webhookbus.ErrEventGone},
	}, change(webhookbus.Business.Redeliver))
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/deliveries/{deliveryID}/drop", Action: "delivery.drop", Status: 200,
		ID: "dropDelivery", Summary: "Give an event up",
		Description: "One that waits for its next attempt, so that the next event follows, or one that failed.",
		Errors:      []*errs.Error{webhookbus.ErrDeliveryNotFound, webhookbus.ErrNotWaiting},
	}, change(webhookbus.Business.Drop))
}

// sender knows which events there are.
type sender struct{ types []string }

// check refuses types that do not exist.
func (s sender) check(types []string) error {
	var unknown []errs.Field
	for i, t := range types {
		if !slices.Contains(s.types, t) {
			unknown = append(unknown, errs.Field{Location: fmt.Sprintf("types[%d]", i),
				Message: "there is no such type of event"})
		}
	}
	if unknown != nil {
		return errs.ErrInvalid.With(unknown...)
	}
	return nil
}

func query(c call, in list) (rest.List[Webhook], error) {
	if _, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound); err != nil {
		return rest.List[Webhook]{}, err
	}
	res, err := c.D.Webhooks.Query(c, in.MarketID, in.Page.Query())
	return rest.ListOf(res, toWebhook), err
}

func (s sender) create(c call, in newWebhook) (Webhook, error) {
	if err := s.check(in.Types); err != nil {
		return Webhook{}, err
	}
	if err := c.D.Webhooks.Check(in.URL); err != nil {
		return Webhook{}, err
	}
	if _, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound); err != nil {
		return Webhook{}, err
	}
	nw := webhookbus.NewWebhook{MarketID: in.MarketID, URL: in.URL, Types: in.Types, Enabled: true, CreatedBy: c.Actor.ID}
	in.Enabled.Apply(&nw.Enabled)
	w, secret, err := c.D.Webhooks.Create(c, nw)
	return shown(w, secret), err
}

// shown is a webhook with its secret, this once.
func shown(w webhookbus.Webhook, secret string) Webhook {
	out := toWebhook(w)
	out.Secret = secret
	return out
}

func get(c call, in webhookID) (Webhook, error) {
	w, err := rest.Get(c, c.D.Webhooks.Get, in.ID, target)
	return toWebhook(w), err
}

func (s sender) update(c call, in updateWebhook) (Webhook, error) {
	if in.Types.V != nil {
		if err := s.check(*in.Types.V); err != nil {
			return Webhook{}, err
		}
	}
	if in.URL.Set {
		if err := c.D.Webhooks.Check(in.URL.V); err != nil {
			return Webhook{}, err
		}
	}
	w, err := rest.Lock(c, c.D.Webhooks.Lock, in.ID, target)
	if err != nil {
		return Webhook{}, err
	}
	w, err = c.D.Webhooks.Update(c, w, webhookbus.UpdateWebhook(in.Changes))
	return toWebhook(w), err
}

func remove(c call, in webhookID) (rest.None, error) {
	w, err := rest.Lock(c, c.D.Webhooks.Lock, in.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, c.D.Webhooks.Delete(c, w)
}

func rotate(c call, in webhookID) (Webhook, error) {
	w, err := rest.Lock(c, c.D.Webhooks.Lock, in.ID, target)
	if err != nil {
		return Webhook{}, err
	}
	w, secret, err := c.D.Webhooks.Rotate(c, w)
	return shown(w, secret), err
}

func target(w webhookbus.Webhook) rest.Target {
	return rest.Target{ID: w.ID, Version: w.Version, NotFound: webhookbus.ErrNotFound,
		Resource: auth.Resource{MarketID: w.MarketID, MarketStatus: string(w.MarketStatus)}}
}

func queryDeliveries(c call, in deliveries) (rest.List[Delivery], error) {
	if _, err := rest.Get(c, c.D.Webhooks.Get, in.WebhookID, target); err != nil {
		return rest.List[Delivery]{}, err
	}
	res, err := c.D.Webhooks.QueryDeliveries(c, webhookbus.Filter{WebhookID: in.WebhookID, Status: in.Status},
		in.Page.Query())
	return rest.ListOf(res, toDelivery), err
}

// change is a handler that does what a person decided about a delivery.
func change(do func(webhookbus.Business, context.Context, webhookbus.OfMarket) (webhookbus.Delivery, error)) func(call,
	deliveryID) (Delivery, error) {
	return func(c call, in deliveryID) (Delivery, error) {
		d, err := rest.Get(c, c.D.Webhooks.LockDelivery, in.ID, func(d webhookbus.OfMarket) rest.Target {
			return rest.Target{ID: d.ID, NotFound: webhookbus.ErrDeliveryNotFound,
				Resource: auth.Resource{MarketID: d.MarketID, MarketStatus: string(d.MarketStatus)}}
		})
		if err != nil {
			return Delivery{}, err
		}
		changed, err := do(c.D.Webhooks, c, d)
		return toDelivery(changed), err
	}
}
