// Package ledgerbus keeps the books of a market: double entry, append-only. Every posting adds up to zero, and so does
// the sum of all balances; the database refuses anything else.
package ledgerbus

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/money"
)

// The errors that a caller can act on.
var (
	ErrSessionNotFound = errs.New(errs.NotFound, "cash_session_not_found", "cash session not found",
		"Check the id; a drawer is visible to its cashier, to the market's organisers and to ADMIN.")
	ErrNoCashier = errs.New(errs.Unauthenticated, "account_gone", "the account no longer exists",
		"Log in with an account that exists.")
	ErrSessionOpen = errs.New(errs.Conflict, "cash_session_open",
		"the cashier has an open cash session at this market; close it first",
		"Close the open session; the list of cash sessions has it.")
	ErrSessionClosed = errs.New(errs.Conflict, "cash_session_closed", "the cash session is closed",
		"Open a new session.")
	ErrSessionRequired = errs.New(errs.Conflict, "cash_session_required",
		"this market takes cash only into an open cash session, and pays it back only out of one; open one first",
		"Open a cash session, or take a card.")
	ErrCashMoved  = errs.ErrLimit.Saying("a market's drawers and its cash office exchange at most 2^53 − 1 minor units")
	ErrTooGreat   = errs.ErrLimit.Saying("an account of this market, older than its bounds, is beyond 2^63 minor units")
	ErrDrawerFull = errs.ErrLimit.Saying("the drawer would hold more than 10^12 minor units, or lack more than that")
)

// Storer keeps entries and cash sessions.
type Storer interface {
	// Post adds a posting's entries. What goes to a drawer belongs to the cashier's open session, if there is one, and
	// holds it, so that it is not counted meanwhile.
	Post(ctx context.Context, p Posting) error
	Balances(ctx context.Context, marketID uuid.UUID) ([]Balance, error)
	Owed(ctx context.Context, marketID, familyID uuid.UUID) (money.Money, error)
	PaidOut(ctx context.Context, marketID uuid.UUID, families []uuid.UUID) (bool, error)

	CreateSession(ctx context.Context, s CashSession) error
	GetSession(ctx context.Context, id uuid.UUID) (CashSession, error)
	LockSession(ctx context.Context, id uuid.UUID) (CashSession, error)
	CloseSession(ctx context.Context, s CashSession) error
	HoldOpenSession(ctx context.Context, marketID, cashierID uuid.UUID) error
	QuerySessions(ctx context.Context, f Filter, p query.Page) (query.Result[CashSession], error)
	CreateMovement(ctx context.Context, m Movement) error
	QueryMovements(ctx context.Context, s CashSession, p query.Page) (query.Result[Movement], error)
}

// Business is the rules about the books.
type Business struct {
	store Storer
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, now func() time.Time) Business { return Business{store, now} }

// Post writes a posting, in one statement whatever its size. Amounts of zero are left out.
func (b Business) Post(ctx context.Context, p Posting) error {
	p.Entries = slices.DeleteFunc(p.Entries, func(e Entry) bool { return e.Amount == 0 })
	if len(p.Entries) == 0 {
		return nil
	}
	return b.store.Post(ctx, p)
}

// Balances returns every account of the market that has entries, in a fixed order.
func (b Business) Balances(ctx context.Context, marketID uuid.UUID) ([]Balance, error) {
	return b.store.Balances(ctx, marketID)
}

// Owed is what the market owes the family.
func (b Business) Owed(ctx context.Context, marketID, familyID uuid.UUID) (money.Money, error) {
	return b.store.Owed(ctx, marketID, familyID)
}

// PaidOut tells whether one of the families was paid out. The caller holds them, so none will be meanwhile.
func (b Business) PaidOut(ctx context.Context, marketID uuid.UUID, families []uuid.UUID) (bool, error) {
	return b.store.PaidOut(ctx, marketID, families)
}
