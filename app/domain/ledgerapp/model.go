package ledgerapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/text"
)

var errNoAmount = errs.ErrInvalid.At("amount", "must not be 0: above it cash is put in, below it is taken out")

// Ledger is the balances of a market; their sum is always 0.
type Ledger struct {
	Accounts []Balance     `json:"accounts" doc:"Every account that something was posted to."`
	Sum      money.Balance `json:"sum" doc:"Always 0."`
}

// Balance is the balance of one account: cash:<cashierID>, card, family:<familyID>, commission, payouts, cash_office or
// over_short. Above zero is what the market has or has paid, below zero what it owes or has earned.
type Balance struct {
	Account string        `json:"account" doc:"cash:<cashierID>, card, family:<familyID>, commission, payouts, …"`
	Balance money.Balance `json:"balance" doc:"Above 0 the market has it, below 0 it owes it; in minor units."`
}

// CashSession is a cashier's drawer from its opening to its count.
type CashSession struct {
	ID         uuid.UUID      `json:"id" doc:"The id, a UUIDv7."`
	MarketID   uuid.UUID      `json:"marketID" doc:"The market."`
	CashierID  uuid.UUID      `json:"cashierID" doc:"Whose drawer it is."`
	Float      money.Money    `json:"float" doc:"The cash in the drawer when it was opened, in minor units."`
	OpenedAt   time.Time      `json:"openedAt" doc:"When it was opened."`
	ClosedAt   *time.Time     `json:"closedAt,omitempty" doc:"When it was counted and closed; left out while it is open."`
	Expected   money.Balance  `json:"expected" doc:"The cash that should be in it, in minor units."`
	Counted    *money.Money   `json:"counted,omitempty" doc:"The cash that was counted, in minor units."`
	Difference *money.Balance `json:"difference,omitempty" doc:"counted − expected, in minor units."`
	version    int64
}

// Entity implements rest.Resource.
func (s CashSession) Entity() (uuid.UUID, int64) { return s.ID, s.version }

func toSession(s ledgerbus.CashSession) CashSession {
	out := CashSession{
		ID: s.ID, MarketID: s.MarketID, CashierID: s.CashierID, Float: s.Float, OpenedAt: s.OpenedAt, ClosedAt: s.ClosedAt,
		Expected: money.Balance(s.Expected), Counted: s.Counted, version: s.Version,
	}
	if s.Counted != nil {
		difference := money.Balance(*s.Counted - s.Expected)
		out.Difference = &difference
	}
	return out
}

// Movement is cash put into a drawer (+) or taken out of it (−).
type Movement struct {
	ID            uuid.UUID     `json:"id" doc:"The id, a UUIDv7."`
	CashSessionID uuid.UUID     `json:"cashSessionID" doc:"The cash session."`
	Amount        money.Balance `json:"amount" doc:"Put in (above 0) or taken out (below 0), in minor units."`
	Reason        text.Text     `json:"reason" doc:"Why, in words."`
	MovedBy       uuid.UUID     `json:"movedBy" doc:"The account that moved it."`
	CreatedAt     time.Time     `json:"createdAt" doc:"When it was made."`
}

func toMovement(m ledgerbus.Movement) Movement {
	return Movement{m.ID, m.CashSessionID, money.Balance(m.Amount), m.Reason, m.MovedBy, m.CreatedAt}
}

type marketID struct {
	ID uuid.UUID `path:"marketID"`
}

type list struct {
	MarketID  uuid.UUID  `path:"marketID"`
	CashierID *uuid.UUID `query:"cashierID"`
	rest.Page
}

type cashSessionID struct {
	ID uuid.UUID `path:"cashSessionID"`
}

type listMovements struct {
	ID uuid.UUID `path:"cashSessionID"`
	rest.Page
}

// A drawer holds −10^12 to 10^12, so what shows by the request alone to be more is refused as invalid.
type newSession struct {
	MarketID uuid.UUID   `path:"marketID" json:"-"`
	Float    money.Money `json:"float" maximum:"1000000000000"`
}

type newMovement struct {
	ID     uuid.UUID     `path:"cashSessionID" json:"-"`
	Amount money.Balance `json:"amount" minimum:"-1000000000000" maximum:"1000000000000"`
	Reason text.Text     `json:"reason" minLength:"1" pattern:"\\S" patternDescription:"more than spaces"`
}

type count struct {
	ID      uuid.UUID   `path:"cashSessionID" json:"-"`
	Counted money.Money `json:"counted" maximum:"1000000000000"`
}
