package ledgerbus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/text"
)

// Kind is the kind of an account of a market's ledger.
type Kind string

// The kinds. Debits are positive: what the market has is above zero, what it owes or has earned is below.
const (
	Cash       Kind = "cash"        // the drawer of one cashier
	Card       Kind = "card"        // what the card company owes the market
	Family     Kind = "family"      // what the market owes one family
	Commission Kind = "commission"  // what the organiser has earned
	Payouts    Kind = "payouts"     // what was paid to families
	CashOffice Kind = "cash_office" // where drawers get their cash from and hand it in
	OverShort  Kind = "over_short"  // what was counted too little (+) or too much (−)
)

// Event is what moves money. A source has at most one posting of each event.
type Event string

// The events.
const (
	Sale       Event = "SALE"
	Void       Event = "VOID"
	Return     Event = "RETURN"
	Payout     Event = "PAYOUT"
	CashOpened Event = "CASH_OPENED"
	CashMoved  Event = "CASH_MOVED"
	CashClosed Event = "CASH_CLOSED"
)

// Account is one account of a market. Of names the cashier or family of those that are one each.
type Account struct {
	Kind Kind
	Of   uuid.UUID
}

func (a Account) String() string {
	if a.Of == uuid.Nil {
		return string(a.Kind)
	}
	return string(a.Kind) + ":" + a.Of.String()
}

// Posting is one event in the books. Its amounts add up to zero.
type Posting struct {
	MarketID uuid.UUID
	SourceID uuid.UUID // the sale, return, payout, cash session or movement
	Event    Event
	At       time.Time
	Entries  []Entry
}

// Entry is an amount on one account.
type Entry struct {
	Account Account
	Amount  money.Money // debit positive, credit negative
}

// Balance is the sum of an account's entries.
type Balance struct {
	Account Account
	Amount  money.Money
}

// CashSession is a cashier's drawer from its opening to its count.
type CashSession struct {
	ID        uuid.UUID
	MarketID  uuid.UUID
	CashierID uuid.UUID
	Float     money.Money
	OpenedAt  time.Time
	ClosedAt  *time.Time   // nil: open
	Expected  money.Money  // what should be in the drawer; at the count, when it is closed
	Counted   *money.Money // nil: open
	Version   int64        // rises with everything that moves its cash
}

// Movement is cash put into a drawer (+) or taken out of it (−), other than by a sale.
type Movement struct {
	ID            uuid.UUID
	MarketID      uuid.UUID
	CashSessionID uuid.UUID
	Amount        money.Money
	Reason        text.Text
	MovedBy       uuid.UUID
	CreatedAt     time.Time
}

// Filter narrows a list of cash sessions.
type Filter struct {
	MarketID  uuid.UUID
	CashierID *uuid.UUID
}

// OrderBy are the orders of a list of cash sessions.
var OrderBy = query.Columns[CashSession]{
	Default: "-openedAt",
	ID:      func(s CashSession) uuid.UUID { return s.ID },
	By: map[string]query.Column[CashSession]{
		"openedAt": query.By("s.opened_at", func(s CashSession) time.Time { return s.OpenedAt }),
	},
}

// MovementsOrderBy are the orders of a list of movements.
var MovementsOrderBy = query.Columns[Movement]{
	Default: "createdAt",
	ID:      func(m Movement) uuid.UUID { return m.ID },
	By: map[string]query.Column[Movement]{
		"createdAt": query.By("m.created_at", func(m Movement) time.Time { return m.CreatedAt }),
	},
}

// Events are what happens to cash sessions.
var (
	Events = outbox.NewKind("cash_session", func(s CashSession) outbox.Place {
		return outbox.Place{MarketID: s.MarketID, AccountID: &s.CashierID}
	})
	EventOpened = Events.Named("opened", "A cashier opened a drawer.")
	EventClosed = Events.Named("closed", "A drawer was counted and closed.")
)
