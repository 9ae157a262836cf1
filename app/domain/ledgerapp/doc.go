package ledgerapp

import (
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/markets/{marketID}/ledger": {
		ID: "getLedger", Summary: "The books of a market",
		Description: "The balance of every account of the double-entry ledger; `sum` is 0 at every moment. " +
			"Above zero is what the market has or has paid, below zero what it owes or has earned.",
		Errors: []*errs.Error{marketbus.ErrNotFound},
	},
	"GET /v1/markets/{marketID}/cash-sessions": {
		ID: "listCashSessions", Summary: "List the cash drawers of a market", Orders: ledgerbus.OrderBy.Names(),
		Description: "ADMIN sees all of them, cashiers their own.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	},
	"POST /v1/markets/{marketID}/cash-sessions": {
		ID: "openCashSession", Summary: "Open one's cash drawer",
		Description: "With the cash that is in it. A cashier has one open drawer at a market.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, ledgerbus.ErrSessionOpen, ledgerbus.ErrNoCashier},
	},
	"GET /v1/cash-sessions/{cashSessionID}": {
		ID: "getCashSession", Summary: "Read a cash drawer",
		Description: "`expected` is what should be in it now, or was when it was closed.",
		Errors:      []*errs.Error{ledgerbus.ErrSessionNotFound},
	},
	"POST /v1/cash-sessions/{cashSessionID}/movements": {
		ID: "moveCash", Summary: "Put cash in or take it out",
		Description: "An amount above 0 is put into the drawer, one below 0 is taken out.",
		Errors: []*errs.Error{ledgerbus.ErrSessionNotFound, ledgerbus.ErrSessionClosed, ledgerbus.ErrNoCashier,
			auth.ErrForbidden},
	},
	"POST /v1/cash-sessions/{cashSessionID}/close": {
		ID: "closeCashSession", Summary: "Count and close a cash drawer",
		Description: "`difference` is what was counted less what was expected.",
		Errors:      []*errs.Error{ledgerbus.ErrSessionNotFound, ledgerbus.ErrSessionClosed, auth.ErrForbidden},
	},
}
