// Package ledgerdb keeps the ledger and the cash sessions in Postgres.
package ledgerdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
)

// Store implements ledgerbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Post implements ledgerbus.Storer. A posting touches at most one drawer and holds it, so that it looks again whether
// the session is open if someone is just closing it. A shared lock would do for that, but whoever closes would wait for
// as long as others keep sharing; those that exclude each other queue.
func (s Store) Post(ctx context.Context, p ledgerbus.Posting) error {
	n := len(p.Entries)
	accounts, amounts := make([]string, n), make([]int64, n)
	cashiers, families := make([]*uuid.UUID, n), make([]*uuid.UUID, n)
	var drawer *uuid.UUID
	for i, e := range p.Entries {
		accounts[i], amounts[i] = string(e.Account.Kind), int64(e.Amount)
		switch e.Account.Kind {
		case ledgerbus.Cash:
			cashiers[i], drawer = &e.Account.Of, &e.Account.Of
		case ledgerbus.Family:
			families[i] = &e.Account.Of
		}
	}
	return s.db.Later(ctx, func(err error) error { return failed("post", err) }, `
		WITH drawer AS MATERIALIZED (
			SELECT cash_session_id FROM cash_sessions
			WHERE market_id = $1 AND cashier_id = $9 AND closed_at IS NULL FOR NO KEY UPDATE
		)
		INSERT INTO ledger_entries (market_id, source_id, event, entry, account, cashier_id, family_id, cash_session_id,
			amount, created_at)
		SELECT $1, $2, $3, e.entry, e.account, e.cashier_id, e.family_id,
			CASE e.account WHEN 'cash' THEN (SELECT cash_session_id FROM drawer) END, e.amount, $4
		FROM unnest($5::text[], $6::uuid[], $7::uuid[], $8::bigint[]) WITH ORDINALITY
			AS e (account, cashier_id, family_id, amount, entry)`,
		p.MarketID, p.SourceID, p.Event, p.At, accounts, cashiers, families, amounts, drawer)
}

// Balances implements ledgerbus.Storer.
func (s Store) Balances(ctx context.Context, marketID uuid.UUID) ([]ledgerbus.Balance, error) {
	var rows []struct {
		Account ledgerbus.Kind `db:"account"`
		Of      *uuid.UUID     `db:"of"`
		Amount  money.Money    `db:"amount"`
	}
	err := s.db.Select(ctx, &rows, `
		SELECT account, coalesce(family_id, cashier_id) AS of, sum(amount)::bigint AS amount FROM ledger_entries
		WHERE market_id = $1 GROUP BY account, family_id, cashier_id ORDER BY account, of`, marketID)
	list := make([]ledgerbus.Balance, len(rows))
	for i, r := range rows {
		list[i] = ledgerbus.Balance{Account: ledgerbus.Account{Kind: r.Account}, Amount: r.Amount}
		if r.Of != nil {
			list[i].Account.Of = *r.Of
		}
	}
	return list, failed("balances", err)
}

// Owed implements ledgerbus.Storer.
func (s Store) Owed(ctx context.Context, marketID, familyID uuid.UUID) (money.Money, error) {
	m, err := sqldb.One[money.Money](ctx, s.db, `
		SELECT coalesce(-sum(amount), 0)::bigint FROM ledger_entries
		WHERE market_id = $1 AND account = 'family' AND family_id = $2`, marketID, familyID)
	return m, failed("owed", err)
}

// PaidOut implements ledgerbus.Storer.
func (s Store) PaidOut(ctx context.Context, marketID uuid.UUID, families []uuid.UUID) (bool, error) {
	paid, err := sqldb.One[bool](ctx, s.db, `
		SELECT EXISTS (
			SELECT 1 FROM ledger_entries WHERE market_id = $1 AND family_id = ANY ($2) AND event = 'PAYOUT'
		)`, marketID, families)
	return paid, failed("paid out", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return ledgerbus.ErrSessionNotFound
	case sqldb.Violates(err, "cash_sessions_open_key"):
		return ledgerbus.ErrSessionOpen
	case sqldb.Violates(err, "cash_sessions_held_check"):
		return ledgerbus.ErrDrawerFull
	case sqldb.Violates(err, "market_counters_cash_moved_check"):
		return ledgerbus.ErrCashMoved
	case sqldb.OutOfRange(err):
		return ledgerbus.ErrTooGreat
	case sqldb.Violates(err, "ledger_entries_cashier_fkey"), sqldb.Violates(err, "cash_sessions_cashier_fkey"),
		sqldb.Violates(err, "cash_movements_moved_by_fkey"):
		return ledgerbus.ErrNoCashier
	}
	return fmt.Errorf("ledger: %s: %w", what, err)
}
