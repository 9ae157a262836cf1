package saleapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/markets/{marketID}/sales": {
		ID: "listSales", Summary: "List the sales of a market", Orders: salebus.OrderBy.Names(),
		Description: "Newest first. `familyID` finds sales with a line of that family; `from` is inclusive, `to` is not.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	},
	"POST /v1/markets/{marketID}/sales": {
		ID: "createSale", Summary: "Ring up a sale",
		Description: "1 to 200 lines. A line names its product by `productID` or by `code`, or something without a label by `familyID`, `name` and `unitPrice`. " +
			"`unitPrice` is what was agreed at the table; left out, it is the product's price.\n\n" +
			"All or nothing: a line that cannot be sold refuses the basket, and `errors` names every such line. " +
			"CASH: the amount is at least the total, and the change comes back; CARD: the amount is the total. " +
			"The number counts 1, 2, 3 … within the market, without gaps or doubles.",
		Errors: []*errs.Error{
			marketbus.ErrNotFound, marketbus.ErrNotOpen, marketbus.ErrChanged, productbus.ErrOutOfStock, salebus.ErrUnderpaid, salebus.ErrAmountMismatch, salebus.ErrNoCashier,
		},
	},
	"GET /v1/sales/{saleID}": {
		ID: "getSale", Summary: "Read a sale",
		Description: "Sales are never changed or deleted; voids and returns are added to them.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	},
}
