// Package saleapp is the sales of the API.
package saleapp

import (
	"context"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/salebus"
)

// Routes adds the routes of sales.
func Routes(api *rest.API[business.Domains]) {
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/sales", Action: "sale.read"}, query)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/markets/{marketID}/sales", Action: "sale.create", Location: "/v1/sales/"}, ringUp)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/sales/{saleID}", Action: "sale.read"}, get)
}

func query(ctx context.Context, d business.Domains, in list) (rest.List[Sale], error) {
	if _, err := d.Markets.Get(ctx, in.MarketID); err != nil {
		return rest.List[Sale]{}, err
	}
	res, err := d.Sales.Query(ctx, salebus.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, toSale), err
}

func ringUp(ctx context.Context, d business.Domains, in newSale) (Sale, error) {
	ns := salebus.NewSale{
		MarketID: in.MarketID, CashierID: auth.Actor(ctx).ID, Lines: make([]salebus.NewLine, len(in.Lines)),
		Tender: in.Payment.Tender, Amount: in.Payment.Amount,
	}
	for i, l := range in.Lines {
		ns.Lines[i] = salebus.NewLine(l)
	}
	s, err := d.Sales.RingUp(ctx, ns)
	request.OnCommit(ctx, func() { count(s) })
	return toSale(s), err
}

func get(ctx context.Context, d business.Domains, in saleID) (Sale, error) {
	s, err := d.Sales.Get(ctx, in.ID)
	return toSale(s), err
}
