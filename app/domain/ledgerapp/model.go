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
	Accounts []Balance     `json:"accounts"`
	Sum      money.Balance `json:"sum"`
}

// Balance is the balance of one account: cash:<cashierID>, card, family:<familyID>, commission, payouts, cash_office or
// over_short. Above zero is what the market has or has paid, below zero what it owes or has earned.
type Balance struct {
	Account string        `json:"account"`
	Balance money.Balance `json:"balance"`
}

// CashSession is a cashier's drawer from its opening to its count.
type CashSession struct {
	ID         uuid.UUID      `json:"id"`
	MarketID   uuid.UUID      `json:"marketID"`
	CashierID  uuid.UUID      `json:"cashierID"`
	Float      money.Money    `json:"float"`
	OpenedAt   time.Time      `json:"openedAt"`
	ClosedAt   *time.Time     `json:"closedAt,omitempty"`
	Expected   money.Balance  `json:"expected"`
	Counted    *money.Money   `json:"counted,omitempty"`
	Difference *money.Balance `json:"difference,omitempty"`
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
	ID            uuid.UUID     `json:"id"`
	CashSessionID uuid.UUID     `json:"cashSessionID"`
	Amount        money.Balance `json:"amount"`
	Reason        text.Text     `json:"reason"`
	CreatedAt     time.Time     `json:"createdAt"`
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

// What a drawer takes at once is bounded at 10^12, so that no sum of amounts overflows.
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
