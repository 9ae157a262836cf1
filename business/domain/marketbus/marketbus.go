// Package marketbus is about markets: when and where they are, and whether they sell.
package marketbus

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/pricing"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "market_not_found", "market not found",
		"Check the id; a DRAFT is visible to accounts only.")
	ErrNotOpen = errs.New(errs.Conflict, "market_not_open", "the market is not open, so nothing can be sold",
		"Sell once the organiser has set the market's status to OPEN.")
	ErrNotEmpty = errs.New(errs.Conflict, "market_not_empty", "the market has families or webhooks, so it cannot be "+
		"deleted",
		"Delete its families first, or leave the market as it is.")
	ErrCurrencyFixed = errs.New(errs.Conflict, "currency_fixed", "the market has products or sales, so its currency "+
		"cannot change",
		"Make a new market with the other currency.")
	ErrChanged = errs.New(errs.Conflict, "market_changed", "the market's currency changed meanwhile; try again",
		"Repeat the request.")
	ErrTurnover = errs.ErrLimit.Saying("a market rings up, and sells below its list prices, at most 2^53 − 1 minor units")
	ErrSettled  = errs.New(errs.Conflict, "market_settled", "a family was paid out, so the market stays closed, "+
		"and no commission and no owner changes",
		"Nothing: what families were paid is final.")
	ErrStatus = errs.New(errs.Conflict, "status_not_allowed",
		"a market goes from DRAFT to OPEN to CLOSED, and from CLOSED back to OPEN",
		"Take the next status in order.")
)

// Storer keeps markets.
type Storer interface {
	Create(ctx context.Context, m Market, by *uuid.UUID) error
	// CountMade holds an account until the transaction ends, and counts the markets it made that are not closed.
	CountMade(ctx context.Context, by uuid.UUID) (int, error)
	Update(ctx context.Context, m Market) error
	Delete(ctx context.Context, id uuid.UUID) error
	Get(ctx context.Context, id uuid.UUID) (Market, error)
	Lock(ctx context.Context, id uuid.UUID) (Market, error)
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Market], error)
	SetOpen(ctx context.Context, id uuid.UUID, open bool) error
	TakeNumber(ctx context.Context, id uuid.UUID, total, reduced money.Money) (int64, error)
	Settle(ctx context.Context, id uuid.UUID) error
}

// Business is the rules about markets.
type Business struct {
	store Storer
	most  int // of an account
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, now func() time.Time) Business {
	return Business{store, quota.Config{}.OrDefault().Markets, now}
}

// Within is b with another quota of markets of an account.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Create adds a market.
func (b Business) Create(ctx context.Context, nm NewMarket) (Market, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Market{}, fmt.Errorf("market id: %w", err)
	}
	now := b.now()
	m := Market{
		ID: id, Name: nm.Name, Place: nm.Place, PlaceID: nm.PlaceID, StartsAt: micros(nm.StartsAt), EndsAt: micros(nm.EndsAt),
		Currency:   nm.Currency,
		Commission: nm.Commission, Status: Draft, PriceSteps: whole(nm.PriceSteps),
		CashSessionRequired: nm.CashSessionRequired, Organised: nm.Organised, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if nm.Status != "" {
		m.Status = nm.Status
	}
	if err := check(m); err != nil {
		return Market{}, err
	}
	if nm.CreatedBy != nil {
		has, err := b.store.CountMade(ctx, *nm.CreatedBy)
		if err == nil {
			err = quota.Check("markets of an account that are not closed", has, 1, b.most)
		}
		if err != nil {
			return Market{}, err
		}
	}
	return m, b.store.Create(ctx, m, nm.CreatedBy)
}

// Get returns a market.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Market, error) { return b.store.Get(ctx, id) }

// Lock returns a market and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (Market, error) {
	return b.store.Lock(ctx, id)
}

// Query lists markets.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Market], error) {
	return b.store.Query(ctx, f, p)
}

// Update changes a market; what is the same changes nothing. Closing it waits for the sales that are being rung up;
// none comes after.
func (b Business) Update(ctx context.Context, m Market, up UpdateMarket) (Market, error) {
	m.PriceSteps, m.StartsAt, m.EndsAt = whole(m.PriceSteps), micros(m.StartsAt), micros(m.EndsAt)
	old := m
	up.Name.Apply(&m.Name)
	up.Place.Apply(&m.Place)
	up.StartsAt.Apply(&m.StartsAt)
	up.EndsAt.Apply(&m.EndsAt)
	up.Currency.Apply(&m.Currency)
	up.Commission.Apply(&m.Commission)
	up.Status.Apply(&m.Status)
	up.CashSessionRequired.Apply(&m.CashSessionRequired)
	up.PlaceID.Apply(&m.PlaceID)
	up.PriceSteps.ApplyOrZero(&m.PriceSteps)
	m.PriceSteps = whole(m.PriceSteps)
	m.StartsAt, m.EndsAt = micros(m.StartsAt), micros(m.EndsAt)
	if err := check(m); err != nil {
		return Market{}, err
	}
	if m.Settled && (m.Status != old.Status || m.Commission != old.Commission) {
		return Market{}, ErrSettled
	}
	if m.Status != old.Status {
		if m.Status == Draft || old.Status == Draft && m.Status == Closed {
			return Market{}, ErrStatus
		}
		if err := b.store.SetOpen(ctx, m.ID, m.Status == Open); err != nil {
			return Market{}, err
		}
	}
	if opt.Unchanged(old, m) {
		return m, nil
	}
	m.Version++
	m.UpdatedAt = b.now()
	return m, b.store.Update(ctx, m)
}

// Delete removes a market that has nothing beneath it.
func (b Business) Delete(ctx context.Context, m Market) error { return b.store.Delete(ctx, m.ID) }

// TakeNumber takes the market's next sale number, or returns ErrNotOpen. Until the transaction ends no other sale of
// this market gets one, so take it last; when the transaction fails the number is free again, so there are no gaps.
func (b Business) TakeNumber(ctx context.Context, id uuid.UUID, total, reduced money.Money) (int64, error) {
	return b.store.TakeNumber(ctx, id, total, reduced)
}

// Settle notes the first payout of a market that the caller holds.
func (b Business) Settle(ctx context.Context, m Market) error {
	if m.Settled {
		return nil
	}
	return b.store.Settle(ctx, m.ID)
}

func check(m Market) error {
	const years = "must be between the years 1970 and 9998"
	outside := func(t time.Time) bool { return t.Year() < 1970 || t.Year() > 9998 }
	switch {
	case outside(m.StartsAt):
		return errs.ErrInvalid.At("startsAt", years)
	case outside(m.EndsAt):
		return errs.ErrInvalid.At("endsAt", years)
	case !m.EndsAt.After(m.StartsAt):
		return errs.ErrInvalid.At("endsAt", "must be after startsAt")
	}
	for i, s := range m.PriceSteps {
		place := fmt.Sprintf("priceSteps[%d].from", i)
		if s.From.Year() < 1970 || s.From.Year() > 9998 {
			return errs.ErrInvalid.At(place, "must be between the years 1970 and 9998")
		}
		if i > 0 && !s.From.After(m.PriceSteps[i-1].From) {
			return errs.ErrInvalid.At(place, "must be after the step before")
		}
	}
	return nil
}

// whole is the steps with their times as the database keeps them.
func whole(steps pricing.Steps) pricing.Steps {
	list := make(pricing.Steps, len(steps))
	for i, s := range steps {
		list[i] = pricing.Step{From: micros(s.From), PercentOff: s.PercentOff}
	}
	return list
}

// micros is t as the database keeps it, so that what is written is what is read back.
func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
