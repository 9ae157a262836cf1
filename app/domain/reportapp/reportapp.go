// Package reportapp is the reports of the API.
package reportapp

import (
	"context"
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/sdk/query"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of reports.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Reports", Description: "What families sold, and how the market went."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/families/{familyID}/statement", Action: "statement.read",
		Produces: []string{"application/json", "text/csv"}}, statement)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/summary", Action: "report.read"}, summary)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/top-sellers", Action: "report.read"}, topSellers)
}

func statement(ctx context.Context, d business.Domains, in familyID) (Statement, error) {
	f, err := d.Families.Get(ctx, in.ID)
	if err != nil {
		return Statement{}, err
	}
	if err := auth.Allow(ctx, "statement.read", auth.Resource{OwnerID: f.OwnerID}, familybus.ErrNotFound); err != nil {
		return Statement{}, err
	}
	st, err := d.Reports.Statement(ctx, f)
	return toStatement(st), err
}

func summary(ctx context.Context, d business.Domains, in marketID) (Summary, error) {
	m, err := d.Markets.Get(ctx, in.ID)
	if err != nil {
		return Summary{}, err
	}
	s, err := d.Reports.Summary(ctx, m)
	return toSummary(m, s), err
}

func topSellers(ctx context.Context, d business.Domains, in ranking) (rest.List[TopSeller], error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return rest.List[TopSeller]{}, err
	}
	if in.By == "" {
		in.By = reportbus.ByRevenue
	}
	if in.Limit == 0 {
		in.Limit = query.DefaultLimit
	}
	list, err := d.Reports.TopSellers(ctx, m, in.By, min(in.Limit, query.MaxLimit))
	return rest.ListOf(query.Result[reportbus.TopSeller]{Items: list}, func(t reportbus.TopSeller) TopSeller {
		return TopSeller(t)
	}), err
}
