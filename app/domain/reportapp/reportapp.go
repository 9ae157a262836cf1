// Package reportapp is the reports of the API.
package reportapp

import (
	"context"
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of reports.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Reports", Description: "What families sold, and how the market went."}, examples)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/families/{familyID}/statement", Action: "statement.read",
		Produces: []string{"application/json", "text/csv"},
		ID:       "getStatement", Summary: "What a family sold and gets for it",
		Description: "Totals are of the whole, `lines` come page by page in the order of their sales' ids. With `Accept: " +
			"text/csv` a table of all lines for spreadsheets, with the totals below, all of one moment; what people wrote " +
			"cannot become a formula there. It is streamed: what ends without the totals is not whole.",
		Errors: []*errs.Error{familybus.ErrNotFound, errs.ErrLimit},
	}, statement)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/summary", Action: "report.read",
		ID: "getSummary", Summary: "A market in figures",
		Description: "Sales, voids, returns, reductions and movements of cash, by tender, by family and by cashier, and " +
			"what is unsold. Of each account also what can be self-dealing: lines without a label, of an own family, and " +
			"refunds of others' sales.",
		Errors: []*errs.Error{marketbus.ErrNotFound, errs.ErrLimit, auth.ErrForbidden},
	}, summary)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/top-sellers", Action: "report.read",
		ID: "listTopSellers", Summary: "The families that sell best",
		Description: "`listed` counts pieces on the table and sold ones; `sold` and `revenue` are after returns and voids. " +
			"Ties: the most recent listing, then the family's number. `limit` is 20 if left out.",
		Errors: []*errs.Error{marketbus.ErrNotFound, errs.ErrLimit, auth.ErrForbidden},
	}, topSellers)
}

func statement(c rest.Call[business.Domains], in statementOf) (Statement, error) {
	f, err := rest.Get(c, c.D.Families.Get, in.ID, func(f familybus.Family) rest.Target {
		return rest.Target{Resource: auth.Resource{OwnerID: f.OwnerID, MarketID: f.MarketID},
			NotFound: familybus.ErrNotFound}
	})
	if err != nil {
		return Statement{}, err
	}
	if c.Form() != "application/json" {
		var st Statement
		st.all = func(ctx context.Context, each func(reportbus.StatementLine) error) (reportbus.Statement, error) {
			return c.D.Reports.StatementLines(ctx, f, each)
		}
		return st, nil
	}
	st, err := c.D.Reports.Statement(c, f, query.Page{Limit: in.Limit, Cursor: in.Cursor, Scope: in.Scope})
	return toStatement(st), err
}

func summary(c rest.Call[business.Domains], in marketID) (Summary, error) {
	m, err := rest.At(c, c.D.Markets.Get, in.ID, marketbus.ErrNotFound)
	if err != nil {
		return Summary{}, err
	}
	s, err := c.D.Reports.Summary(c, m)
	return toSummary(m, s), err
}

func topSellers(c rest.Call[business.Domains], in ranking) (rest.List[TopSeller], error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return rest.List[TopSeller]{}, err
	}
	if in.By == "" {
		in.By = reportbus.ByRevenue
	}
	if in.Limit == 0 {
		in.Limit = query.DefaultLimit
	}
	list, err := c.D.Reports.TopSellers(c, m, in.By, min(in.Limit, query.MaxLimit))
	return rest.ListOf(query.Result[reportbus.TopSeller]{Items: list}, func(t reportbus.TopSeller) TopSeller {
		return TopSeller(t)
	}), err
}
