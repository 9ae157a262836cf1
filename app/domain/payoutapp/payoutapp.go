// Package payoutapp is the payouts of the API.
package payoutapp

import (
	_ "embed"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/money"
)

// Payout is the settlement of a family.
type Payout struct {
	ID         uuid.UUID   `json:"id" doc:"The id, a UUIDv7."`
	MarketID   uuid.UUID   `json:"-"`
	FamilyID   uuid.UUID   `json:"familyID" doc:"The family."`
	Gross      money.Money `json:"gross" doc:"What was sold and not given back, in minor units."`
	Commission money.Money `json:"commission" doc:"The organisers' part, in minor units."`
	Net        money.Money `json:"net" doc:"gross − commission: what the family gets, in minor units."`
	PaidBy     uuid.UUID   `json:"-"`
	CreatedAt  time.Time   `json:"createdAt" doc:"When it was made."`
	OwnerID    *uuid.UUID  `json:"-"`
}

// Entity implements rest.Resource. A payout never changes.
func (p Payout) Entity() (uuid.UUID, int64) { return p.ID, 1 }

type familyID struct {
	ID uuid.UUID `path:"familyID"`
}

type payoutID struct {
	ID uuid.UUID `path:"payoutID"`
}

type list struct {
	MarketID uuid.UUID `path:"marketID"`
	rest.Page
}

//go:embed examples.json
var examples []byte

// Routes adds the routes of payouts.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Payouts", Description: "A payout is the settlement of a family: what it sold, less " +
		"commission."}, examples)
	rest.Tells(api, payoutbus.Events, "/v1/payouts/", toPayout)
	rest.Once(api, rest.Op{
		Method: "POST", Path: "/v1/families/{familyID}/payouts", Action: "payout.create", Location: "/v1/payouts/",
		ID: "createPayout", Summary: "Pay a family out",
		Description: "Pays the whole balance, once, after the market is CLOSED. The commission is computed here: `⌊(gross " +
			"× basis points + 4999) / 10000⌋`. From the market's first payout on no commission and no owner changes, and the " +
			"market stays closed.",
		Errors: []*errs.Error{familybus.ErrNotFound, payoutbus.ErrNotClosed, errs.ErrLimit, payoutbus.ErrAlreadyPaid,
			payoutbus.ErrNothingToPay, payoutbus.ErrNoAccount, auth.ErrForbidden},
	}, create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/payouts/{payoutID}", Action: "payout.read",
		ID: "getPayout", Summary: "Read a payout",
		Description: "The family's owner reads it, the market's organisers, and ADMIN.",
		Errors:      []*errs.Error{payoutbus.ErrNotFound},
	}, get)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/payouts", Action: "payout.list",
		ID: "listPayouts", Summary: "List the payouts of a market", Orders: payoutbus.OrderBy.Names(),
		Description: "ADMIN and the market's organisers see all of them, others that of their own family.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	}, query)
}

func toPayout(p payoutbus.Payout) Payout { return Payout(p) }

func create(c rest.Call[business.Domains], in familyID) (Payout, error) {
	f, err := rest.Get(c, c.D.Families.Get, in.ID, func(f familybus.Family) rest.Target {
		return rest.Target{Kind: "family", Resource: auth.Resource{OwnerID: f.OwnerID, MarketID: f.MarketID},
			NotFound: familybus.ErrNotFound}
	})
	if err != nil {
		return Payout{}, err
	}
	p, err := c.D.Payouts.Create(c, f, c.Actor.ID)
	c.Tell(payoutbus.EventMade.Of(p))
	return Payout(p), err
}

func get(c rest.Call[business.Domains], in payoutID) (Payout, error) {
	p, err := rest.Get(c, c.D.Payouts.Get, in.ID, func(p payoutbus.Payout) rest.Target {
		return rest.Target{Resource: auth.Resource{OwnerID: p.OwnerID, MarketID: p.MarketID},
			NotFound: payoutbus.ErrNotFound}
	})
	return Payout(p), err
}

// query shows all payouts to those who may read any, and to others that of their own family.
func query(c rest.Call[business.Domains], in list) (rest.List[Payout], error) {
	m, err := c.D.Markets.Get(c, in.MarketID)
	if err != nil {
		return rest.List[Payout]{}, err
	}
	if err := c.Allow("payout.list", auth.Resource{MarketID: m.ID, MarketStatus: string(m.Status)},
		marketbus.ErrNotFound); err != nil {
		return rest.List[Payout]{}, err
	}
	f := payoutbus.Filter{MarketID: m.ID}
	all, err := c.May("payout.read", auth.Resource{MarketID: m.ID})
	if err != nil {
		return rest.List[Payout]{}, err
	}
	if !all {
		me := c.Actor.ID
		f.OwnerID = &me
	}
	res, err := c.D.Payouts.Query(c, f, in.Page.Query())
	return rest.ListOf(res, toPayout), err
}
