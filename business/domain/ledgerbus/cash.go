package ledgerbus

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/text"
)

// OpenSession opens the cashier's drawer with a float out of the cash office.
func (b Business) OpenSession(ctx context.Context, marketID, cashierID uuid.UUID, float money.Money) (CashSession,
	error) {
	id, err := uuid.NewV7()
	if err != nil {
		return CashSession{}, fmt.Errorf("cash session id: %w", err)
	}
	s := CashSession{ID: id, MarketID: marketID, CashierID: cashierID, Float: float, OpenedAt: b.now()}
	if err := b.store.CreateSession(ctx, s); err != nil {
		return CashSession{}, err
	}
	if err := b.transfer(ctx, s, id, CashOpened, float); err != nil {
		return CashSession{}, err
	}
	return b.store.GetSession(ctx, id)
}

// GetSession returns a cash session.
func (b Business) GetSession(ctx context.Context, id uuid.UUID) (CashSession, error) {
	return b.store.GetSession(ctx, id)
}

// LockSession returns a cash session and keeps cash from moving in it until the transaction ends.
func (b Business) LockSession(ctx context.Context, id uuid.UUID) (CashSession, error) {
	return b.store.LockSession(ctx, id)
}

// QuerySessions lists cash sessions.
func (b Business) QuerySessions(ctx context.Context, f Filter, p query.Page) (query.Result[CashSession], error) {
	return b.store.QuerySessions(ctx, f, p)
}

// QueryMovements lists what was put into the drawer of a session and taken out of it, sales and refunds aside.
func (b Business) QueryMovements(ctx context.Context, s CashSession, p query.Page) (query.Result[Movement], error) {
	return b.store.QueryMovements(ctx, s, p)
}

// RequireSession returns ErrSessionRequired unless the cashier has an open session, and then holds it open.
func (b Business) RequireSession(ctx context.Context, marketID, cashierID uuid.UUID) error {
	return b.store.HoldOpenSession(ctx, marketID, cashierID)
}

// Move puts cash into the drawer of a session that the caller holds (+), or takes it out (−).
func (b Business) Move(ctx context.Context, s CashSession, by uuid.UUID, amount money.Money, reason text.Text) (
	Movement, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Movement{}, fmt.Errorf("movement id: %w", err)
	}
	if s.ClosedAt != nil {
		return Movement{}, ErrSessionClosed
	}
	m := Movement{ID: id, MarketID: s.MarketID, CashSessionID: s.ID, Amount: amount, Reason: reason, MovedBy: by,
		CreatedAt: b.now()}
	if err := b.store.CreateMovement(ctx, m); err != nil {
		return Movement{}, err
	}
	return m, b.transfer(ctx, s, id, CashMoved, amount)
}

// CloseSession ends a session that the caller holds. What was counted goes to the cash office, what it differs by from
// what was expected to an account of its own, and the session's entries add up to zero from then on.
func (b Business) CloseSession(ctx context.Context, s CashSession, counted money.Money) (CashSession, error) {
	if s.ClosedAt != nil {
		return CashSession{}, ErrSessionClosed
	}
	now := b.now()
	// Posted first: a posting finds the session while it is open.
	err := b.Post(ctx, Posting{MarketID: s.MarketID, SourceID: s.ID, Event: CashClosed, At: now, Entries: []Entry{
		{Account{Cash, s.CashierID}, -s.Expected},
		{Account{Kind: CashOffice}, counted},
		{Account{Kind: OverShort}, s.Expected - counted},
	}})
	if err != nil {
		return CashSession{}, err
	}
	s.ClosedAt, s.Counted = &now, &counted
	if err := b.store.CloseSession(ctx, s); err != nil {
		return CashSession{}, err
	}
	return b.store.GetSession(ctx, s.ID)
}

// transfer moves cash from the cash office into the session's drawer, or back when amount is negative.
func (b Business) transfer(ctx context.Context, s CashSession, source uuid.UUID, event Event,
	amount money.Money) error {
	return b.Post(ctx, Posting{MarketID: s.MarketID, SourceID: source, Event: event, At: b.now(), Entries: []Entry{
		{Account{Cash, s.CashierID}, amount},
		{Account{Kind: CashOffice}, -amount},
	}})
}
