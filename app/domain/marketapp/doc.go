package marketapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/markets": {
		ID: "listMarkets", Summary: "List markets", Orders: marketbus.OrderBy.Names(),
		Description: "Without an account those that are not DRAFT. `name` finds a part of the name, in either case.",
	},
	"POST /v1/markets": {
		ID: "createMarket", Summary: "Make a market",
		Description: "A market begins as DRAFT unless `status` says otherwise.",
	},
	"GET /v1/markets/{marketID}": {
		ID: "getMarket", Summary: "Read a market",
		Description: "A DRAFT exists for accounts only.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	},
	"PATCH /v1/markets/{marketID}": {
		ID: "updateMarket", Summary: "Change a market",
		Description: "A field that is left out stays as it is. `status` goes from DRAFT to OPEN to CLOSED, and from " +
			"CLOSED back to OPEN. " +
			"Closing waits for the sales that are being rung up. The currency cannot change once there is a product.",
		Errors: []*errs.Error{marketbus.ErrNotFound, marketbus.ErrStatus, marketbus.ErrCurrencyFixed, marketbus.ErrSettled},
	},
	"DELETE /v1/markets/{marketID}": {
		ID: "deleteMarket", Summary: "Delete a market",
		Description: "One with families stays.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, marketbus.ErrNotEmpty},
	},
}
