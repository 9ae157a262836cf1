// Package marketapp is the markets of the API.
package marketapp

import (
	"context"
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of markets.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Markets", Description: "A market is one multi-family garage sale: a name, a place, a day, a currency, a commission."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets", Action: "market.read"}, query)
	rest.Write(api, rest.Op{Method: "POST", Path: "/v1/markets", Action: "market.create", Location: "/v1/markets/"},
		create)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}", Action: "market.read"}, get)
	rest.Write(api, rest.Op{Method: "PATCH", Path: "/v1/markets/{marketID}", Action: "market.update"}, update)
	rest.Write(api, rest.Op{Method: "DELETE", Path: "/v1/markets/{marketID}", Action: "market.delete"}, remove)
}

func query(ctx context.Context, d business.Domains, in list) (rest.List[Market], error) {
	drafts, err := auth.May(ctx, "market.read", auth.Resource{MarketStatus: string(marketbus.Draft)})
	if err != nil {
		return rest.List[Market]{}, err
	}
	f := marketbus.Filter{Status: in.Status, Name: in.Name, HideDraft: !drafts}
	res, err := d.Markets.Query(ctx, f, in.Page.Query())
	return rest.ListOf(res, func(m marketbus.Market) Market { return Market(m) }), err
}

func create(ctx context.Context, d business.Domains, in newMarket) (Market, error) {
	m, err := d.Markets.Create(ctx, marketbus.NewMarket(in))
	return Market(m), err
}

func get(ctx context.Context, d business.Domains, in marketID) (Market, error) {
	m, err := d.Markets.Get(ctx, in.ID)
	if err != nil {
		return Market{}, err
	}
	return Market(m), auth.Allow(ctx, "market.read", resource(m), marketbus.ErrNotFound)
}

func update(ctx context.Context, d business.Domains, in updateMarket) (Market, error) {
	m, err := lock(ctx, d, in.marketID, "market.update")
	if err != nil {
		return Market{}, err
	}
	m, err = d.Markets.Update(ctx, m, marketbus.UpdateMarket(in.Changes))
	return Market(m), err
}

func remove(ctx context.Context, d business.Domains, in marketID) (rest.None, error) {
	m, err := lock(ctx, d, in, "market.delete")
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, d.Markets.Delete(ctx, m)
}

// lock loads the market that is to be written, and refuses what may not be.
func lock(ctx context.Context, d business.Domains, in marketID, action string) (marketbus.Market, error) {
	m, err := d.Markets.Lock(ctx, in.ID)
	if err != nil {
		return m, err
	}
	if err := auth.Allow(ctx, action, resource(m), marketbus.ErrNotFound); err != nil {
		return m, err
	}
	return m, rest.Match(ctx, m.ID, m.Version)
}

func resource(m marketbus.Market) auth.Resource {
	return auth.Resource{MarketStatus: string(m.Status)}
}
