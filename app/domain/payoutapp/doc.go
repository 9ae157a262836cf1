package payoutapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"POST /v1/families/{familyID}/payouts": {
		ID: "createPayout", Summary: "Pay a family out",
		Description: "Pays the whole balance, once, after the market is CLOSED. The commission is computed here: `⌊(gross " +
			"× basis points + 4999) / 10000⌋`. " +
			"From the market's first payout on no commission and no owner changes, and the market stays closed.",
		Errors: []*errs.Error{familybus.ErrNotFound, payoutbus.ErrNotClosed, payoutbus.ErrAlreadyPaid,
			payoutbus.ErrNothingToPay},
	},
	"GET /v1/payouts/{payoutID}": {
		ID: "getPayout", Summary: "Read a payout",
		Description: "The family's owner reads it, and ADMIN.",
		Errors:      []*errs.Error{payoutbus.ErrNotFound},
	},
	"GET /v1/markets/{marketID}/payouts": {
		ID: "listPayouts", Summary: "List the payouts of a market", Orders: payoutbus.OrderBy.Names(),
		Description: "ADMIN sees all of them, others that of their own family.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	},
}
