// Package saleapp is the sales of the API.
package saleapp

import (
	"context"
	_ "embed"
	"net/http"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/salebus"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of sales.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Sales", Description: "A sale is one basket with lines of many families, paid once."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/sales", Action: "sale.read"}, query)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/markets/{marketID}/sales", Action: "sale.create",
		Location: "/v1/sales/"}, ringUp)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/sales/{saleID}", Action: "sale.read"}, get)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/sales/{saleID}/receipt", Action: "sale.read",
		Produces: []string{"text/plain"}}, getReceipt)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/sales/{saleID}/void", Action: "sale.void", Status: http.StatusOK},
		void)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/sales/{saleID}/returns", Action: "sale.read"}, queryReturns)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/sales/{saleID}/returns", Action: "sale.return",
		Location: "/v1/returns/"}, takeBack)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/returns/{returnID}", Action: "sale.read"}, getReturn)
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

func void(ctx context.Context, d business.Domains, in newVoid) (Sale, error) {
	s, res, err := lock(ctx, d, in.ID, "sale.void")
	if err != nil {
		return Sale{}, err
	}
	late, err := auth.May(ctx, "sale.void_late", res)
	if err != nil {
		return Sale{}, err
	}
	s, err = d.Sales.Void(ctx, s, auth.Actor(ctx).ID, late, in.Reason)
	request.OnCommit(ctx, func() { countBack(s, kindVoid, s.Total) })
	return toSale(s), err
}

func takeBack(ctx context.Context, d business.Domains, in newReturn) (Return, error) {
	s, _, err := lock(ctx, d, in.ID, "sale.return")
	if err != nil {
		return Return{}, err
	}
	pieces := make([]salebus.ReturnLine, len(in.Lines))
	for i, l := range in.Lines {
		pieces[i] = salebus.ReturnLine(l)
	}
	r, err := d.Sales.Return(ctx, s, auth.Actor(ctx).ID, pieces, in.Reason)
	request.OnCommit(ctx, func() { countBack(s, kindReturn, r.Amount) })
	return toReturn(r), err
}

func queryReturns(ctx context.Context, d business.Domains, in listReturns) (rest.List[Return], error) {
	s, err := d.Sales.Get(ctx, in.ID)
	if err != nil {
		return rest.List[Return]{}, err
	}
	res, err := d.Sales.QueryReturns(ctx, s, in.Page.Query())
	return rest.ListOf(res, toReturn), err
}

func getReturn(ctx context.Context, d business.Domains, in returnID) (Return, error) {
	r, err := d.Sales.GetReturn(ctx, in.ID)
	return toReturn(r), err
}

// lock loads the sale that is to be taken back, and refuses who may not.
func lock(ctx context.Context, d business.Domains, id uuid.UUID, action string) (salebus.Sale, auth.Resource, error) {
	s, err := d.Sales.Lock(ctx, id)
	if err != nil {
		return s, auth.Resource{}, err
	}
	m, err := d.Markets.Get(ctx, s.MarketID)
	if err != nil {
		return s, auth.Resource{}, err
	}
	res := auth.Resource{OwnerID: &s.CashierID, MarketStatus: string(m.Status)}
	return s, res, auth.Allow(ctx, action, res, salebus.ErrNotFound)
}
