package familyapp

import (
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/markets/{marketID}/families": {
		ID: "listFamilies", Summary: "List the families of a market", Orders: familybus.OrderBy.Names(),
		Description: "ADMIN and cashiers see all of them, others their own.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	},
	"POST /v1/markets/{marketID}/families": {
		ID: "createFamily", Summary: "Join a market",
		Description: "`{\"name\": …}` joins as oneself, once per account and market. ADMIN may set `ownerID` (or none), " +
			"`number` and `commission`. " +
			"A family without a number of its own gets the lowest that is free, which never conflicts.",
		Errors: []*errs.Error{marketbus.ErrNotFound, familybus.ErrAlreadyJoined, familybus.ErrNumberTaken,
			familybus.ErrNoNumber, auth.ErrField, auth.ErrForbidden},
	},
	"GET /v1/families/{familyID}": {
		ID: "getFamily", Summary: "Read a family",
		Description: "Its owner, cashiers and ADMIN read it.",
		Errors:      []*errs.Error{familybus.ErrNotFound},
	},
	"PATCH /v1/families/{familyID}": {
		ID: "updateFamily", Summary: "Change a family",
		Description: "A field that is left out stays as it is; `null` empties `ownerID` and `commission`. The owner " +
			"changes the name; `number`, `ownerID` and `commission` are ADMIN's. " +
			"A number is fixed once the family has a product. When the market is CLOSED only ADMIN writes.",
		Errors: []*errs.Error{familybus.ErrNotFound, familybus.ErrNumberTaken, familybus.ErrNumberFixed,
			familybus.ErrAlreadyJoined, marketbus.ErrSettled, auth.ErrField, auth.ErrForbidden},
	},
	"DELETE /v1/families/{familyID}": {
		ID: "deleteFamily", Summary: "Delete a family",
		Description: "One with products or sales stays.",
		Errors:      []*errs.Error{familybus.ErrNotFound, familybus.ErrNotEmpty, auth.ErrForbidden},
	},
}
