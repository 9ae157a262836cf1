// Package reportdb reads reports from Postgres. It writes nothing and may read every table. Every query begins with the
// market in an index, so its cost does not grow with the data of others.
package reportdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
)

// Store implements reportbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

type statementLine struct {
	SaleID     uuid.UUID   `db:"sale_id"`
	Line       int         `db:"line"`
	SaleNumber int64       `db:"number"`
	At         time.Time   `db:"created_at"`
	CashierID  uuid.UUID   `db:"cashier_id"`
	Name       name.Name   `db:"name"`
	Code       *code.Code  `db:"code"`
	Quantity   int         `db:"quantity"`
	Returned   int         `db:"returned"`
	ListPrice  money.Money `db:"list_price"`
	UnitPrice  money.Money `db:"unit_price"`
	Amount     money.Money `db:"amount"`
}

const selectLines = `
	SELECT l.sale_id, l.line, s.number, s.created_at, s.cashier_id, l.name, p.code, l.quantity, l.returned, l.list_price,
		l.unit_price, l.amount
	FROM sale_lines l JOIN sales s ON s.market_id = l.market_id AND s.sale_id = l.sale_id
		LEFT JOIN products p ON p.market_id = l.market_id AND p.product_id = l.product_id`

// Statement implements reportbus.Storer.
func (s Store) Statement(ctx context.Context, f familybus.Family, p query.Page) (st reportbus.Statement, bps int,
	paidOut bool, err error) {
	err = s.db.Snapshot(ctx, func(tx sqldb.DB) error {
		if st, bps, paidOut, err = totals(ctx, tx, f); err != nil {
			return err
		}
		order, err := reportbus.LinesOrderBy.Order(p)
		if err != nil {
			return err
		}
		var w sqldb.Where
		w.Scope("l.market_id", f.MarketID)
		w.Scope("l.family_id", f.ID)
		if order.After != nil {
			w.And("(l.sale_id, l.line) > ((SELECT ?::uuid), (SELECT ?::bigint))", order.After.ID, order.After.Value)
		}
		var rows []statementLine
		if err := sqldb.Page(ctx, tx, &rows, selectLines, w, "l.sale_id, l.line", order.Limit+1); err != nil {
			return err
		}
		more := len(rows) > order.Limit
		rows = rows[:min(len(rows), order.Limit)]
		st.Lines = make([]reportbus.StatementLine, len(rows))
		for i, r := range rows {
			st.Lines[i] = reportbus.StatementLine(r)
		}
		if more {
			st.NextCursor, err = order.Next(st.Lines[len(rows)-1])
		}
		return err
	})
	return st, bps, paidOut, failed("statement", err)
}

// StatementLines implements reportbus.Storer.
func (s Store) StatementLines(ctx context.Context, f familybus.Family, each func(reportbus.StatementLine) error) (
	st reportbus.Statement, bps int, paidOut bool, err error) {
	err = s.db.Snapshot(ctx, func(tx sqldb.DB) error {
		if st, bps, paidOut, err = totals(ctx, tx, f); err != nil {
			return err
		}
		return sqldb.Each(ctx, tx, func(r statementLine) error { return each(reportbus.StatementLine(r)) },
			selectLines+` WHERE l.market_id = $1 AND l.family_id = $2 ORDER BY l.sale_id, l.line`, f.MarketID, f.ID)
	})
	return st, bps, paidOut, failed("statement lines", err)
}

// totals is a statement without its lines.
func totals(ctx context.Context, tx sqldb.DB, f familybus.Family) (st reportbus.Statement, bps int, paidOut bool,
	err error) {
	var head struct {
		Currency   currency.Currency `db:"currency"`
		BPS        int               `db:"bps"`
		PaidOut    bool              `db:"paid_out"`
		Commission money.Money       `db:"commission"`
		Net        money.Money       `db:"net"`
		Sold       money.Money       `db:"sold"`
		Returned   money.Money       `db:"returned"`
	}
	err = tx.Get(ctx, &head, `
		SELECT m.currency, coalesce(f.commission, m.commission) AS bps, p.payout_id IS NOT NULL AS paid_out,
			coalesce(p.commission, 0) AS commission, coalesce(p.net, 0) AS net, l.sold, l.returned
		FROM families f JOIN markets m ON m.market_id = f.market_id
			LEFT JOIN payouts p ON p.market_id = f.market_id AND p.family_id = f.family_id
			CROSS JOIN LATERAL (
				SELECT coalesce(sum(l.quantity * l.unit_price), 0)::bigint AS sold,
					coalesce(sum(l.returned * l.unit_price), 0)::bigint AS returned
				FROM sale_lines l WHERE l.market_id = f.market_id AND l.family_id = f.family_id
			) l
		WHERE f.market_id = $1 AND f.family_id = $2`, f.MarketID, f.ID)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = familybus.ErrNotFound
	}
	return reportbus.Statement{
		FamilyID: f.ID, Currency: head.Currency, Sold: head.Sold, Returned: head.Returned, Commission: head.Commission,
		Paid: head.Net,
	}, head.BPS, head.PaidOut, err
}

// TopSellers implements reportbus.Storer.
func (s Store) TopSellers(ctx context.Context, marketID uuid.UUID, by reportbus.By, limit int) ([]reportbus.TopSeller,
	error) {
	var rows []struct {
		FamilyID     uuid.UUID   `db:"family_id"`
		Name         name.Name   `db:"name"`
		Listed       int64       `db:"listed"`
		Sold         int64       `db:"sold"`
		Revenue      money.Money `db:"revenue"`
		LastListedAt *time.Time  `db:"last_listed_at"`
	}
	err := s.db.Select(ctx, &rows, `
		SELECT f.family_id, f.name, coalesce(p.listed, 0) AS listed, coalesce(l.sold, 0) AS sold,
			coalesce(l.revenue, 0) AS revenue, p.last_listed_at
		FROM families f
			LEFT JOIN (
				SELECT family_id, sum(quantity + sold)::bigint AS listed, max(created_at) AS last_listed_at
				FROM products WHERE market_id = $1 GROUP BY family_id
			) p ON p.family_id = f.family_id
			LEFT JOIN (
				SELECT family_id, sum(quantity - returned) AS sold, sum((quantity - returned) * unit_price)::bigint AS revenue
				FROM sale_lines WHERE market_id = $1 GROUP BY family_id
			) l ON l.family_id = f.family_id
		WHERE f.market_id = $1
		ORDER BY CASE $2
				WHEN 'listed' THEN coalesce(p.listed, 0) WHEN 'sold' THEN coalesce(l.sold, 0) ELSE coalesce(l.revenue, 0)
			END DESC, p.last_listed_at DESC NULLS LAST, f.number
		LIMIT $3`, marketID, string(by), limit)
	if err != nil {
		return nil, failed("top sellers", err)
	}
	list := make([]reportbus.TopSeller, len(rows))
	for i, r := range rows {
		list[i] = reportbus.TopSeller(r)
	}
	return list, nil
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case sqldb.OutOfRange(err):
		return reportbus.ErrTooGreat
	}
	return fmt.Errorf("report: %s: %w", what, err)
}
