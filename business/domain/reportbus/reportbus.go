// Package reportbus adds up what others wrote: statements, summaries, rankings. It changes nothing.
package reportbus

import (
	"context"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
)

// ErrTooGreat is of markets from before there were bounds.
var ErrTooGreat = errs.ErrLimit.Saying("the sums of this market, older than its bounds, are beyond 2^63 minor units")

// Storer reads. Each call sees the database at one moment.
type Storer interface {
	// Statement fills in everything that does not follow from the rest, and the commission of a payout. Every report adds
	// up in the database, in a type that cannot wrap, and returns ErrTooGreat where a sum does not fit.
	Statement(ctx context.Context, f familybus.Family, p query.Page) (st Statement, bps int, paidOut bool, err error)
	// StatementLines is Statement with every line handed to each, which holds one at a time.
	StatementLines(ctx context.Context, f familybus.Family, each func(StatementLine) error) (st Statement, bps int,
		paidOut bool, err error)
	Summary(ctx context.Context, marketID uuid.UUID) (Summary, error)
	TopSellers(ctx context.Context, marketID uuid.UUID, by By, limit int) ([]TopSeller, error)
	// Account hands on everything about an account, at one moment.
	Account(ctx context.Context, id uuid.UUID, section, row func(string) error) error
}

// Business is the reports.
type Business struct{ store Storer }

// New makes a Business.
func New(store Storer) Business { return Business{store} }

// Statement is the account of a family: all of its totals, and one page of its lines.
func (b Business) Statement(ctx context.Context, f familybus.Family, p query.Page) (Statement, error) {
	st, bps, paidOut, err := b.store.Statement(ctx, f, p)
	if err != nil {
		return Statement{}, err
	}
	return st.settle(bps, paidOut), nil
}

// StatementLines hands every line of a family's account to each, and returns its totals, all of one moment.
func (b Business) StatementLines(ctx context.Context, f familybus.Family, each func(StatementLine) error) (Statement,
	error) {
	st, bps, paidOut, err := b.store.StatementLines(ctx, f, each)
	if err != nil {
		return Statement{}, err
	}
	return st.settle(bps, paidOut), nil
}

// settle works out what follows from what was sold, returned and paid.
func (st Statement) settle(bps int, paidOut bool) Statement {
	st.Gross = st.Sold - st.Returned
	if !paidOut {
		st.Commission = st.Gross.Commission(bps)
	}
	st.Net = st.Gross - st.Commission
	st.Balance = st.Net - st.Paid
	return st
}

// Summary is a market in figures.
func (b Business) Summary(ctx context.Context, m marketbus.Market) (Summary, error) {
	return b.store.Summary(ctx, m.ID)
}

// TopSellers ranks the families of a market; ties go to the most recent listing, then to the lower number.
func (b Business) TopSellers(ctx context.Context, m marketbus.Market, by By, limit int) ([]TopSeller, error) {
	return b.store.TopSellers(ctx, m.ID, by, limit)
}

// Account hands on everything that is known of an account: its families and what they sell, where it helps, what it
// rang up and did, from where it logged in. The name of each section is followed by its rows, in JSON.
func (b Business) Account(ctx context.Context, id uuid.UUID, section, row func(string) error) error {
	return b.store.Account(ctx, id, section, row)
}
