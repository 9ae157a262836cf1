package reportapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/families/{familyID}/statement": {
		ID: "getStatement", Summary: "What a family sold and gets for it",
		Description: "Line by line. With `Accept: text/csv` a table for spreadsheets, with the totals below; what people " +
			"wrote cannot become a formula there.",
		Errors: []*errs.Error{familybus.ErrNotFound},
	},
	"GET /v1/markets/{marketID}/summary": {
		ID: "getSummary", Summary: "A market in figures",
		Description: "Sales, voids, returns and reductions, by tender, by family and by cashier, and what is unsold.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	},
	"GET /v1/markets/{marketID}/top-sellers": {
		ID: "listTopSellers", Summary: "The families that sell best",
		Description: "`listed` counts pieces on the table and sold ones; `sold` and `revenue` are after returns and " +
			"voids. Ties: the most recent listing, then the family's number. `limit` is 20 if left out.",
		Errors: []*errs.Error{marketbus.ErrNotFound},
	},
}
