// Package saledb keeps sales in Postgres.
package saledb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/text"
)

type row struct {
	ID        uuid.UUID         `db:"sale_id"`
	MarketID  uuid.UUID         `db:"market_id"`
	Number    int64             `db:"number"`
	CashierID uuid.UUID         `db:"cashier_id"`
	Status    salebus.Status    `db:"status"`
	Currency  currency.Currency `db:"currency"`
	Total     money.Money       `db:"total"`
	Tender    salebus.Tender    `db:"tender"`
	Paid      money.Money       `db:"paid"`
	Change    money.Money       `db:"change"`
	Reference text.Text         `db:"reference"`
	Version   int64             `db:"version"`
	CreatedAt time.Time         `db:"created_at"`
}

// sale is a sale without its lines, which stand in a table of their own.
func (r row) sale() salebus.Sale {
	return salebus.Sale{
		ID: r.ID, MarketID: r.MarketID, Number: r.Number, CashierID: r.CashierID, Status: r.Status, Currency: r.Currency,
		Total: r.Total, Version: r.Version, CreatedAt: r.CreatedAt,
		Payment: salebus.Payment{Tender: r.Tender, Amount: r.Paid, Change: r.Change, Reference: r.Reference},
	}
}

type lineRow struct {
	Line      int         `db:"line"`
	ProductID *uuid.UUID  `db:"product_id"`
	FamilyID  uuid.UUID   `db:"family_id"`
	Name      name.Name   `db:"name"`
	Quantity  int         `db:"quantity"`
	ListPrice money.Money `db:"list_price"`
	UnitPrice money.Money `db:"unit_price"`
	Amount    money.Money `db:"amount"`
	Returned  int         `db:"returned"`
}

const selectSales = `
	SELECT s.sale_id, s.market_id, s.number, s.cashier_id, s.status, s.currency, s.total, s.tender, s.paid, s.change,
		s.reference, s.version, s.created_at
	FROM sales s`

// Store implements salebus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements salebus.Storer: two statements, however many lines, on the way to COMMIT.
func (s Store) Create(ctx context.Context, sale salebus.Sale) error {
	p := sale.Payment
	const q = `
		INSERT INTO sales (sale_id, market_id, number, cashier_id, status, currency, total, tender, paid, change,
			reference, version, created_at)
		VALUES (:sale_id, :market_id, :number, :cashier_id, :status, :currency, :total, :tender, :paid, :change,
			:reference, :version, :created_at)`
	err := s.db.LaterNamed(ctx, then("create"), q, row{
		sale.ID, sale.MarketID, sale.Number, sale.CashierID, sale.Status, sale.Currency, sale.Total, p.Tender, p.Amount,
		p.Change, p.Reference, sale.Version, sale.CreatedAt,
	})
	if err != nil {
		return err
	}
	n := len(sale.Lines)
	products, families, names := make([]*uuid.UUID, n), make([]uuid.UUID, n), make([]string, n)
	quantities, listPrices, unitPrices := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, l := range sale.Lines {
		products[i], families[i], names[i] = l.ProductID, l.FamilyID, string(l.Name)
		quantities[i], listPrices[i], unitPrices[i] = int64(l.Quantity), int64(l.ListPrice), int64(l.UnitPrice)
	}
	return s.db.Later(ctx, then("create lines"), `
		INSERT INTO sale_lines (market_id, sale_id, line, product_id, family_id, name, quantity, list_price, unit_price,
			amount)
		SELECT $1, $2, l.line, l.product_id, l.family_id, l.name, l.quantity, l.list_price, l.unit_price,
			l.quantity * l.unit_price
		FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[]) WITH ORDINALITY
			AS l (product_id, family_id, name, quantity, list_price, unit_price, line)`,
		sale.MarketID, sale.ID, products, families, names, quantities, listPrices, unitPrices)
}

// Get implements salebus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (salebus.Sale, error) {
	return s.get(ctx, selectSales+` WHERE s.sale_id = $1`, id)
}

// Lock implements salebus.Storer. The lines are read after the lock, and nobody changes them without it.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (salebus.Sale, error) {
	return s.get(ctx, selectSales+` WHERE s.sale_id = $1 FOR NO KEY UPDATE`, id)
}

func (s Store) get(ctx context.Context, q string, args ...any) (salebus.Sale, error) {
	r, err := sqldb.One[row](ctx, s.db, q, args...)
	if err != nil {
		return salebus.Sale{}, failed("get", err)
	}
	sales := []salebus.Sale{r.sale()}
	err = s.addLines(ctx, sales)
	return sales[0], err
}

// Query implements salebus.Storer.
func (s Store) Query(ctx context.Context, f salebus.Filter, p query.Page) (query.Result[salebus.Sale], error) {
	var w sqldb.Where
	w.Scope("s.market_id", f.MarketID)
	sqldb.If(&w, "s.cashier_id = ?", f.CashierID)
	sqldb.If(&w, "s.status = ?", f.Status)
	sqldb.If(&w, "s.tender = ?", f.Tender)
	sqldb.If(&w, "s.created_at >= ?", f.From)
	sqldb.If(&w, "s.created_at < ?", f.To)
	sqldb.If(&w, "EXISTS (SELECT 1 FROM sale_lines l WHERE l.market_id = s.market_id AND l.sale_id = s.sale_id AND "+
		"l.family_id = ?)", f.FamilyID)
	res, err := sqldb.List(ctx, s.db, selectSales, "s.sale_id", w, salebus.OrderBy, p, row.sale)
	if err != nil {
		return res, err
	}
	return res, s.addLines(ctx, res.Items)
}

// addLines reads the lines of all the sales, which are of one market, at once.
func (s Store) addLines(ctx context.Context, sales []salebus.Sale) error {
	if len(sales) == 0 {
		return nil
	}
	at, ids := make(map[uuid.UUID]int, len(sales)), make([]uuid.UUID, len(sales))
	for i, sale := range sales {
		at[sale.ID], ids[i] = i, sale.ID
	}
	var rows []struct {
		SaleID uuid.UUID `db:"sale_id"`
		lineRow
	}
	err := s.db.Select(ctx, &rows, `
		SELECT sale_id, line, product_id, family_id, name, quantity, list_price, unit_price, amount, returned
		FROM sale_lines WHERE market_id = $1 AND sale_id = ANY ((SELECT $2::uuid[])::uuid[]) ORDER BY sale_id, line`,
		sales[0].MarketID, ids)
	for _, r := range rows {
		sale := &sales[at[r.SaleID]]
		sale.Lines = append(sale.Lines, salebus.Line(r.lineRow))
	}
	return failed("lines", err)
}

func then(what string) func(error) error {
	return func(err error) error { return failed(what, err) }
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return salebus.ErrNotFound
	case sqldb.Violates(err, "sales_currency_fkey"):
		return marketbus.ErrChanged
	case sqldb.Violates(err, "sales_cashier_fkey"), sqldb.Violates(err, "sale_voids_voided_by_fkey"),
		sqldb.Violates(err, "sale_returns_returned_by_fkey"):
		return salebus.ErrNoCashier
	case sqldb.Violates(err, "sale_lines_family_fkey"):
		return errs.ErrInvalid.At("lines", "a family was removed meanwhile")
	}
	return fmt.Errorf("sale: %s: %w", what, err)
}
