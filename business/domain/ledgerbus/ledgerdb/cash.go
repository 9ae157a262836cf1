package ledgerdb

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/text"
)

type sessionRow struct {
	ID        uuid.UUID    `db:"cash_session_id"`
	MarketID  uuid.UUID    `db:"market_id"`
	CashierID uuid.UUID    `db:"cashier_id"`
	Float     money.Money  `db:"opening_float"`
	OpenedAt  time.Time    `db:"opened_at"`
	ClosedAt  *time.Time   `db:"closed_at"`
	Expected  money.Money  `db:"expected"`
	Counted   *money.Money `db:"counted"`
	Version   int64        `db:"version"`
}

type movementRow struct {
	ID            uuid.UUID   `db:"movement_id"`
	MarketID      uuid.UUID   `db:"market_id"`
	CashSessionID uuid.UUID   `db:"cash_session_id"`
	Amount        money.Money `db:"amount"`
	Reason        text.Text   `db:"reason"`
	MovedBy       uuid.UUID   `db:"moved_by"`
	CreatedAt     time.Time   `db:"created_at"`
}

// The version counts the entries, which are append-only, and the close, so no sale has to write to the session's row.
const selectSessions = `
	SELECT s.cash_session_id, s.market_id, s.cashier_id, s.opening_float, s.opened_at, s.closed_at, s.counted,
		coalesce(s.expected, e.amount) AS expected, 1 + e.entries + (s.closed_at IS NOT NULL)::int AS version
	FROM cash_sessions s CROSS JOIN LATERAL (
		SELECT coalesce(sum(l.amount), 0)::bigint AS amount, count(*) AS entries FROM ledger_entries l
		WHERE l.market_id = s.market_id AND l.cash_session_id = s.cash_session_id
	) e`

// CreateSession implements ledgerbus.Storer.
func (s Store) CreateSession(ctx context.Context, c ledgerbus.CashSession) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at)
		VALUES (:market_id, :cash_session_id, :cashier_id, :opening_float, :opened_at)`, sessionRow(c))
	return failed("create session", err)
}

// GetSession implements ledgerbus.Storer.
func (s Store) GetSession(ctx context.Context, id uuid.UUID) (ledgerbus.CashSession, error) {
	r, err := sqldb.One[sessionRow](ctx, s.db, selectSessions+` WHERE s.cash_session_id = $1`, id)
	return ledgerbus.CashSession(r), failed("get session", err)
}

// LockSession implements ledgerbus.Storer. The entries are read by a second statement, whose snapshot is taken after
// the lock, so it sees every posting that held the session before.
func (s Store) LockSession(ctx context.Context, id uuid.UUID) (ledgerbus.CashSession, error) {
	if _, err := s.db.Exec(ctx, `SELECT 1 FROM cash_sessions WHERE cash_session_id = $1 FOR NO KEY UPDATE`,
		id); err != nil {
		return ledgerbus.CashSession{}, failed("lock session", err)
	}
	return s.GetSession(ctx, id)
}

// CloseSession implements ledgerbus.Storer.
func (s Store) CloseSession(ctx context.Context, c ledgerbus.CashSession) error {
	_, err := s.db.NamedExec(ctx, `
		UPDATE cash_sessions SET closed_at = :closed_at, expected = :expected, counted = :counted
		WHERE market_id = :market_id AND cash_session_id = :cash_session_id`, sessionRow(c))
	return failed("close session", err)
}

// HoldOpenSession implements ledgerbus.Storer.
func (s Store) HoldOpenSession(ctx context.Context, marketID, cashierID uuid.UUID) error {
	_, err := sqldb.One[uuid.UUID](ctx, s.db, `
		SELECT cash_session_id FROM cash_sessions
		WHERE market_id = $1 AND cashier_id = $2 AND closed_at IS NULL FOR NO KEY UPDATE`, marketID, cashierID)
	if errors.Is(err, sqldb.ErrNoRows) {
		return ledgerbus.ErrSessionRequired
	}
	return failed("hold session", err)
}

// QuerySessions implements ledgerbus.Storer.
func (s Store) QuerySessions(ctx context.Context, f ledgerbus.Filter, p query.Page) (
	query.Result[ledgerbus.CashSession], error) {
	var w sqldb.Where
	w.Scope("s.market_id", f.MarketID)
	sqldb.If(&w, "s.cashier_id = ?", f.CashierID)
	return sqldb.List(ctx, s.db, selectSessions, "s.cash_session_id", w, ledgerbus.OrderBy, p,
		func(r sessionRow) ledgerbus.CashSession {
			return ledgerbus.CashSession(r)
		})
}

// CreateMovement implements ledgerbus.Storer.
func (s Store) CreateMovement(ctx context.Context, m ledgerbus.Movement) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO cash_movements (market_id, movement_id, cash_session_id, amount, reason, moved_by, created_at)
		VALUES (:market_id, :movement_id, :cash_session_id, :amount, :reason, :moved_by, :created_at)`, movementRow(m))
	return failed("create movement", err)
}

// QueryMovements implements ledgerbus.Storer.
func (s Store) QueryMovements(ctx context.Context, c ledgerbus.CashSession, p query.Page) (
	query.Result[ledgerbus.Movement], error) {
	var w sqldb.Where
	w.Scope("m.market_id", c.MarketID)
	w.Scope("m.cash_session_id", c.ID)
	return sqldb.List(ctx, s.db, `
		SELECT m.market_id, m.movement_id, m.cash_session_id, m.amount, m.reason, m.moved_by, m.created_at
		FROM cash_movements m`, "m.movement_id", w, ledgerbus.MovementsOrderBy, p,
		func(r movementRow) ledgerbus.Movement { return ledgerbus.Movement(r) })
}
