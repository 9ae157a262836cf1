package saledb

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/text"
)

type voidRow struct {
	MarketID  uuid.UUID `db:"market_id"`
	SaleID    uuid.UUID `db:"sale_id"`
	Reason    text.Text `db:"reason"`
	VoidedBy  uuid.UUID `db:"voided_by"`
	CreatedAt time.Time `db:"created_at"`
}

type returnRow struct {
	ID         uuid.UUID   `db:"return_id"`
	MarketID   uuid.UUID   `db:"market_id"`
	SaleID     uuid.UUID   `db:"sale_id"`
	Amount     money.Money `db:"amount"`
	Reason     text.Text   `db:"reason"`
	ReturnedBy uuid.UUID   `db:"returned_by"`
	CreatedAt  time.Time   `db:"created_at"`
}

// ret is a return without its lines.
func (r returnRow) ret() salebus.Return {
	return salebus.Return{
		ID: r.ID, MarketID: r.MarketID, SaleID: r.SaleID, Amount: r.Amount, Reason: r.Reason, ReturnedBy: r.ReturnedBy,
		CreatedAt: r.CreatedAt,
	}
}

const selectReturns = `
	SELECT r.return_id, r.market_id, r.sale_id, r.amount, r.reason, r.returned_by, r.created_at
	FROM sale_returns r`

// TakeBack implements salebus.Storer.
func (s Store) TakeBack(ctx context.Context, sale salebus.Sale, pieces []salebus.ReturnLine) error {
	_, err := s.db.Exec(ctx, `UPDATE sales SET status = $3, version = $4 WHERE market_id = $1 AND sale_id = $2`,
		sale.MarketID, sale.ID, sale.Status, sale.Version)
	if err != nil {
		return failed("take back", err)
	}
	lines, quantities := columns(pieces)
	_, err = s.db.Exec(ctx, `
		UPDATE sale_lines l SET returned = l.returned + r.quantity
		FROM unnest($3::int[], $4::int[]) AS r (line, quantity)
		WHERE l.market_id = $1 AND l.sale_id = $2 AND l.line = r.line`, sale.MarketID, sale.ID, lines, quantities)
	return failed("take back lines", err)
}

// CreateVoid implements salebus.Storer.
func (s Store) CreateVoid(ctx context.Context, v salebus.Void) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO sale_voids (market_id, sale_id, reason, voided_by, created_at)
		VALUES (:market_id, :sale_id, :reason, :voided_by, :created_at)`, voidRow(v))
	return failed("create void", err)
}

// CreateReturn implements salebus.Storer.
func (s Store) CreateReturn(ctx context.Context, r salebus.Return) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO sale_returns (return_id, market_id, sale_id, amount, reason, returned_by, created_at)
		VALUES (:return_id, :market_id, :sale_id, :amount, :reason, :returned_by, :created_at)`,
		returnRow{r.ID, r.MarketID, r.SaleID, r.Amount, r.Reason, r.ReturnedBy, r.CreatedAt})
	if err != nil {
		return failed("create return", err)
	}
	lines, quantities := columns(r.Lines)
	_, err = s.db.Exec(ctx, `
		INSERT INTO sale_return_lines (market_id, return_id, sale_id, line, quantity)
		SELECT $1, $2, $3, l.line, l.quantity FROM unnest($4::int[], $5::int[]) AS l (line, quantity)`,
		r.MarketID, r.ID, r.SaleID, lines, quantities)
	return failed("create return lines", err)
}

// GetReturn implements salebus.Storer.
func (s Store) GetReturn(ctx context.Context, id uuid.UUID) (salebus.Return, error) {
	r, err := sqldb.One[returnRow](ctx, s.db, selectReturns+` WHERE r.return_id = $1`, id)
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return salebus.Return{}, salebus.ErrReturnNotFound
	case err != nil:
		return salebus.Return{}, failed("get return", err)
	}
	list := []salebus.Return{r.ret()}
	err = s.addReturnLines(ctx, list)
	return list[0], err
}

// QueryReturns implements salebus.Storer.
func (s Store) QueryReturns(ctx context.Context, sale salebus.Sale, p query.Page) (query.Result[salebus.Return],
	error) {
	var w sqldb.Where
	w.Scope("r.market_id", sale.MarketID)
	w.And("r.sale_id = ?", sale.ID)
	res, err := sqldb.List(ctx, s.db, selectReturns, "r.return_id", w, salebus.ReturnsOrderBy, p, returnRow.ret)
	if err != nil {
		return res, err
	}
	return res, s.addReturnLines(ctx, res.Items)
}

// addReturnLines reads the lines of all the returns, which are of one market, at once.
func (s Store) addReturnLines(ctx context.Context, returns []salebus.Return) error {
	if len(returns) == 0 {
		return nil
	}
	at, ids := make(map[uuid.UUID]int, len(returns)), make([]uuid.UUID, len(returns))
	for i, r := range returns {
		at[r.ID], ids[i] = i, r.ID
	}
	var rows []struct {
		ReturnID uuid.UUID `db:"return_id"`
		Line     int       `db:"line"`
		Quantity int       `db:"quantity"`
	}
	err := s.db.Select(ctx, &rows, `
		SELECT return_id, line, quantity FROM sale_return_lines
		WHERE market_id = $1 AND return_id = ANY ($2) ORDER BY return_id, line`,
		returns[0].MarketID, ids)
	for _, r := range rows {
		ret := &returns[at[r.ReturnID]]
		ret.Lines = append(ret.Lines, salebus.ReturnLine{Line: r.Line, Quantity: r.Quantity})
	}
	return failed("return lines", err)
}

// columns turns lines into what unnest takes.
func columns(pieces []salebus.ReturnLine) (lines, quantities []int32) {
	for _, p := range pieces {
		lines = append(lines, int32(p.Line))               //nolint:gosec // no greater than those of a sale
		quantities = append(quantities, int32(p.Quantity)) //nolint:gosec // as above
	}
	return lines, quantities
}
