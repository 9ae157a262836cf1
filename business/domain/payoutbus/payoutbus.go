// Package payoutbus settles families: what each sold, less commission, once, when the market is closed.
package payoutbus

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "payout_not_found", "payout not found",
		"Check the id; a payout is visible to the family's owner, to the market's organisers and to ADMIN.")
	ErrNotClosed = errs.New(errs.Conflict, "market_not_closed", "families are paid out once the market is closed",
		"Close the market first.")
	ErrAlreadyPaid = errs.New(errs.Conflict, "already_paid_out", "the family was paid out",
		"Read the payout that was made; the market's list has it.")
	ErrNothingToPay = errs.New(errs.Conflict, "nothing_to_pay", "the family has sold nothing that is still sold",
		"Nothing: the family has no balance.")
	ErrNoAccount = ledgerbus.ErrNoCashier
)

// Storer keeps payouts.
type Storer interface {
	Create(ctx context.Context, p Payout) error
	Get(ctx context.Context, id uuid.UUID) (Payout, error)
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Payout], error)
}

// Business is the rules about payouts.
type Business struct {
	store    Storer
	markets  marketbus.Business
	families familybus.Business
	ledger   ledgerbus.Business
	now      func() time.Time
}

// New makes a Business.
func New(store Storer, markets marketbus.Business, families familybus.Business, ledger ledgerbus.Business,
	now func() time.Time) Business {
	return Business{store, markets, families, ledger, now}
}

// Create pays out what the books owe the family, less the family's or else the market's commission. It holds the market
// before the family, so no commission changes, nothing is given back and nothing is opened again meanwhile.
func (b Business) Create(ctx context.Context, f familybus.Family, by uuid.UUID) (Payout, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Payout{}, fmt.Errorf("payout id: %w", err)
	}
	m, err := b.markets.Lock(ctx, f.MarketID)
	if err != nil {
		return Payout{}, err
	}
	if f, err = b.families.Lock(ctx, f.ID); err != nil {
		return Payout{}, err
	}
	if m.Status != marketbus.Closed {
		return Payout{}, ErrNotClosed
	}
	paid, err := b.ledger.PaidOut(ctx, m.ID, []uuid.UUID{f.ID})
	switch {
	case err != nil:
		return Payout{}, err
	case paid:
		return Payout{}, ErrAlreadyPaid
	}
	gross, err := b.ledger.Owed(ctx, m.ID, f.ID)
	switch {
	case err != nil:
		return Payout{}, err
	case gross == 0:
		return Payout{}, ErrNothingToPay
	}
	bps := m.Commission
	if f.Commission != nil {
		bps = *f.Commission
	}
	p := Payout{ID: id, MarketID: m.ID, FamilyID: f.ID, Gross: gross, Commission: gross.Commission(bps), PaidBy: by,
		CreatedAt: b.now(), OwnerID: f.OwnerID}
	p.Net = p.Gross - p.Commission
	if err := b.markets.Settle(ctx, m); err != nil {
		return Payout{}, err
	}
	if err := b.store.Create(ctx, p); err != nil {
		return Payout{}, err
	}
	return p,
		b.ledger.Post(ctx, ledgerbus.Posting{MarketID: m.ID, SourceID: p.ID, Event: ledgerbus.Payout, At: p.CreatedAt,
			Entries: []ledgerbus.Entry{
				{Account: ledgerbus.Account{Kind: ledgerbus.Family, Of: f.ID}, Amount: p.Gross},
				{Account: ledgerbus.Account{Kind: ledgerbus.Commission}, Amount: -p.Commission},
				{Account: ledgerbus.Account{Kind: ledgerbus.Payouts}, Amount: -p.Net},
			}})
}

// Get returns a payout.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Payout, error) { return b.store.Get(ctx, id) }

// Query lists payouts.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Payout], error) {
	return b.store.Query(ctx, f, p)
}
