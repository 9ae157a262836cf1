// Package marketapp is the markets of the API.
package marketapp

import (
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/types/role"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of markets.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Markets", Description: "A market is one multi-family garage sale: a name, a place, a " +
		"day, a currency, a commission."}, examples)
	rest.Tells(api, marketbus.Events, "/v1/markets/", toMarket)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets", Action: "market.read",
		ID: "listMarkets", Summary: "List markets", Orders: marketbus.OrderBy.Names(),
		Description: "Without an account those that are not DRAFT. `name` finds a part of the name, in either case.",
	}, query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/markets", Action: "market.create", Location: "/v1/markets/",
		ID: "createMarket", Summary: "Make a market",
		Description: "A market begins as DRAFT unless `status` says otherwise. An account may have 50 that are not CLOSED. " +
			"Who makes one is its first ORGANISER, but for ADMIN. Where `SALES_MARKETS_MAKERS` is `ACCOUNTS`, every account " +
			"may make markets.",
		Errors: []*errs.Error{quota.ErrReached, userbus.ErrNotVerified},
	}, create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}", Action: "market.read",
		ID: "getMarket", Summary: "Read a market",
		Description: "A DRAFT exists for accounts only.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: "/v1/markets/{marketID}", Action: "market.update",
		ID: "updateMarket", Summary: "Change a market",
		Description: "A field that is left out stays as it is. `status` goes from DRAFT to OPEN to CLOSED, and from CLOSED " +
			"back to OPEN. Closing waits for the sales that are being rung up. The currency cannot change once there is a " +
			"product.",
		Errors: []*errs.Error{marketbus.ErrNotFound, marketbus.ErrStatus, marketbus.ErrCurrencyFixed, marketbus.ErrSettled,
			auth.ErrForbidden},
	}, update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/markets/{marketID}", Action: "market.delete",
		ID: "deleteMarket", Summary: "Delete a market",
		Description: "One with families stays. Its members go with it.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, marketbus.ErrNotEmpty, auth.ErrForbidden},
	}, remove)
}

func toMarket(m marketbus.Market) Market { return Market(m) }

func query(c rest.Call[business.Domains], in list) (rest.List[Market], error) {
	drafts, err := c.May("market.read", auth.Resource{MarketStatus: string(marketbus.Draft)})
	if err != nil {
		return rest.List[Market]{}, err
	}
	f := marketbus.Filter{Status: in.Status, Name: in.Name, HideDraft: !drafts}
	res, err := c.D.Markets.Query(c, f, in.Page.Query())
	return rest.ListOf(res, toMarket), err
}

// create makes whoever asks the first ORGANISER; ADMIN needs none of its markets' own.
func create(c rest.Call[business.Domains], in newMarket) (Market, error) {
	if err := c.D.Users.Verified(c, c.Actor.ID); err != nil {
		return Market{}, err
	}
	in.CreatedBy, in.Organised = &c.Actor.ID, !c.Actor.Roles.Has(role.Admin)
	m, err := c.D.Markets.Create(c, marketbus.NewMarket(in))
	if err != nil {
		return Market{}, err
	}
	c.Tell(marketbus.EventCreated.Of(m))
	if in.Organised {
		first, err := c.D.Members.Add(c, memberbus.NewMember{MarketID: m.ID, UserID: c.Actor.ID, Role: role.Organiser})
		if err != nil {
			return Market{}, err
		}
		c.Tell(memberbus.EventAdded.Of(first))
	}
	return Market(m), nil
}

func get(c rest.Call[business.Domains], in marketID) (Market, error) {
	m, err := rest.Get(c, c.D.Markets.Get, in.ID, target)
	return Market(m), err
}

func update(c rest.Call[business.Domains], in updateMarket) (Market, error) {
	m, err := rest.Lock(c, c.D.Markets.Lock, in.ID, target)
	if err != nil {
		return Market{}, err
	}
	changed, err := c.D.Markets.Update(c, m, marketbus.UpdateMarket(in.Changes))
	if changed.Version != m.Version {
		c.Tell(marketbus.News(m, changed)...)
	}
	return Market(changed), err
}

func remove(c rest.Call[business.Domains], in marketID) (rest.None, error) {
	m, err := rest.Lock(c, c.D.Markets.Lock, in.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, c.D.Markets.Delete(c, m)
}

func target(m marketbus.Market) rest.Target {
	return rest.Target{
		ID: m.ID, Version: m.Version, NotFound: marketbus.ErrNotFound,
		Resource: auth.Resource{MarketID: m.ID, MarketStatus: string(m.Status)},
	}
}
