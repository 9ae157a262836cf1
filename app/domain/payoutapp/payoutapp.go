// Package payoutapp is the payouts of the API.
package payoutapp

import (
	"context"
	_ "embed"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/types/money"
)

// Payout is the settlement of a family.
type Payout struct {
	ID         uuid.UUID   `json:"id"`
	MarketID   uuid.UUID   `json:"-"`
	FamilyID   uuid.UUID   `json:"familyID"`
	Gross      money.Money `json:"gross"`
	Commission money.Money `json:"commission"`
	Net        money.Money `json:"net"`
	PaidBy     uuid.UUID   `json:"-"`
	CreatedAt  time.Time   `json:"createdAt"`
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
	api.Describe(rest.Tag{Name: "Payouts", Description: "A payout is the settlement of a family: what it sold, less commission."}, docs, examples)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/families/{familyID}/payouts", Action: "payout.create",
		Location: "/v1/payouts/"}, create)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/payouts/{payoutID}", Action: "payout.read"}, get)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/payouts", Action: "payout.list"}, query)
}

func create(ctx context.Context, d business.Domains, in familyID) (Payout, error) {
	f, err := d.Families.Get(ctx, in.ID)
	if err != nil {
		return Payout{}, err
	}
	p, err := d.Payouts.Create(ctx, f, auth.Actor(ctx).ID)
	return Payout(p), err
}

func get(ctx context.Context, d business.Domains, in payoutID) (Payout, error) {
	p, err := d.Payouts.Get(ctx, in.ID)
	if err != nil {
		return Payout{}, err
	}
	return Payout(p), auth.Allow(ctx, "payout.read", auth.Resource{OwnerID: p.OwnerID}, payoutbus.ErrNotFound)
}

// query shows all payouts to those who may read any, and to others that of their own family.
func query(ctx context.Context, d business.Domains, in list) (rest.List[Payout], error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return rest.List[Payout]{}, err
	}
	if err := auth.Allow(ctx, "market.read", auth.Resource{MarketStatus: string(m.Status)},
		marketbus.ErrNotFound); err != nil {
		return rest.List[Payout]{}, err
	}
	f := payoutbus.Filter{MarketID: m.ID}
	all, err := auth.May(ctx, "payout.read", auth.Resource{})
	if err != nil {
		return rest.List[Payout]{}, err
	}
	if !all {
		me := auth.Actor(ctx).ID
		f.OwnerID = &me
	}
	res, err := d.Payouts.Query(ctx, f, in.Page.Query())
	return rest.ListOf(res, func(p payoutbus.Payout) Payout { return Payout(p) }), err
}
