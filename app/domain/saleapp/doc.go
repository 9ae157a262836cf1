package saleapp

import (
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/ledgerbus"
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
		Description: "1 to 200 lines. A line names its product by `productID` or by `code`, or something without a label " +
			"by `familyID`, `name` and `unitPrice`. " +
			"`unitPrice` is what was agreed at the table; left out, it is the product's price.\n\n" +
			"All or nothing: a line that cannot be sold refuses the basket, and `errors` names every such line. " +
			"CASH: the amount is at least the total, and the change comes back; CARD: the amount is the total. " +
			"The number counts 1, 2, 3 … within the market, without gaps or doubles.",
		Errors: []*errs.Error{
			marketbus.ErrNotFound, marketbus.ErrNotOpen, marketbus.ErrChanged, productbus.ErrOutOfStock, salebus.ErrUnderpaid,
			salebus.ErrAmountMismatch, ledgerbus.ErrNoCashier, ledgerbus.ErrSessionRequired,
		},
	},
	"GET /v1/sales/{saleID}/receipt": {
		ID: "getReceipt", Summary: "The receipt of a sale",
		Description: "Plain text, 42 columns wide, as till printers have them.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	},
	"POST /v1/sales/{saleID}/void": {
		ID: "voidSale", Summary: "Undo a sale whole",
		Description: "Stock and ledger go back. Only a sale of which nothing was given back; a cashier voids own sales " +
			"within 15 minutes. The money goes back by the sale's tender, " +
			"cash from the drawer of whoever voids. After the market is CLOSED only ADMIN voids.",
		Errors: []*errs.Error{
			salebus.ErrNotFound, salebus.ErrNotVoidable, salebus.ErrVoidWindow, salebus.ErrFamilyPaidOut,
			productbus.ErrTableFull,
			ledgerbus.ErrSessionRequired, ledgerbus.ErrNoCashier, auth.ErrForbidden,
		},
	},
	"GET /v1/sales/{saleID}/returns": {
		ID: "listReturns", Summary: "What was given back of a sale", Orders: salebus.ReturnsOrderBy.Names(),
		Description: "Oldest first.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	},
	"POST /v1/sales/{saleID}/returns": {
		ID: "createReturn", Summary: "Give lines of a sale back",
		Description: "Pieces of one or more lines, for what was paid for them, by the sale's tender. All or nothing. " +
			"While the market is OPEN any cashier, after CLOSED only ADMIN.",
		Errors: []*errs.Error{
			salebus.ErrNotFound, salebus.ErrVoided, salebus.ErrTooMany, salebus.ErrFamilyPaidOut, productbus.ErrTableFull,
			ledgerbus.ErrSessionRequired, ledgerbus.ErrNoCashier, auth.ErrForbidden,
		},
	},
	"GET /v1/returns/{returnID}": {
		ID: "getReturn", Summary: "Read a return",
		Description: "Returns are never changed or deleted.",
		Errors:      []*errs.Error{salebus.ErrReturnNotFound},
	},
	"GET /v1/sales/{saleID}": {
		ID: "getSale", Summary: "Read a sale",
		Description: "Sales are never changed or deleted; voids and returns are added to them.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	},
}
