// Package productdb keeps products in Postgres.
package productdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/text"
)

type row struct {
	ID          uuid.UUID   `db:"product_id"`
	MarketID    uuid.UUID   `db:"market_id"`
	FamilyID    uuid.UUID   `db:"family_id"`
	Code        code.Code   `db:"code"`
	Name        name.Name   `db:"name"`
	Description text.Text   `db:"description"`
	Price       money.Money `db:"price"`
	FixedPrice  bool        `db:"fixed_price"`
	Quantity    int         `db:"quantity"`
	Sold        int64       `db:"sold"`
	Version     int64       `db:"version"`
	CreatedAt   time.Time   `db:"created_at"`
	UpdatedAt   time.Time   `db:"updated_at"`
}

// offeredRow is a row with what is known of its family and market.
type offeredRow struct {
	row
	OwnerID      *uuid.UUID       `db:"owner_id"`
	MarketStatus marketbus.Status `db:"market_status"`
}

func (r offeredRow) offered() productbus.Offered {
	return productbus.Offered{Product: productbus.Product(r.row), OwnerID: r.OwnerID, MarketStatus: r.MarketStatus}
}

const fields = `p.product_id, p.market_id, p.family_id, p.code, p.name, p.description, p.price, p.fixed_price,
		p.quantity, p.sold, p.version, p.created_at, p.updated_at`

const columns = `
	SELECT ` + fields

const (
	selectProducts = columns + `
	FROM products p`
	// Whoever reads or changes one product is asked whose it is and whether its market is open. Lists do not tell the
	// owner: joining the families made the planner, which cannot know that a family is of one market only, read and sort
	// the whole market.
	selectOffered = columns + `,
		(SELECT m.status FROM markets m WHERE m.market_id = p.market_id) AS market_status,
		(SELECT f.owner_id FROM families f WHERE f.market_id = p.market_id AND f.family_id = p.family_id) AS owner_id
	FROM products p`
)

// Store implements productbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements productbus.Storer.
func (s Store) Create(ctx context.Context, list []productbus.Product, currency string) error {
	const q = `
		INSERT INTO products (product_id, market_id, family_id, family_number, currency, code, name, description, price,
			fixed_price, quantity, sold, version, created_at, updated_at)
		VALUES (:product_id, :market_id, :family_id, :family_number, :currency, :code, :name, :description, :price,
			:fixed_price, :quantity, :sold, :version, :created_at, :updated_at)`
	type newRow struct {
		row
		FamilyNumber int    `db:"family_number"`
		Currency     string `db:"currency"`
	}
	rows := make([]newRow, len(list))
	for i, p := range list {
		rows[i] = newRow{row(p), p.Code.Family, currency}
	}
	// One statement, however many rows, on the way to COMMIT.
	return s.db.LaterNamed(ctx, func(err error) error { return failed("create", err) }, q, rows)
}

// Update implements productbus.Storer.
func (s Store) Update(ctx context.Context, p productbus.Product) error {
	const q = `
		UPDATE products SET name = :name, description = :description, price = :price, fixed_price = :fixed_price,
			quantity = :quantity, version = :version, updated_at = :updated_at
		WHERE market_id = :market_id AND product_id = :product_id`
	_, err := s.db.NamedExec(ctx, q, row(p))
	return failed("update", err)
}

// Delete implements productbus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM products WHERE product_id = $1`, id)
	return failed("delete", err)
}

// Get implements productbus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (productbus.Offered, error) {
	r, err := sqldb.One[offeredRow](ctx, s.db, selectOffered+` WHERE p.product_id = $1`, id)
	return r.offered(), failed("get", err)
}

// Lock implements productbus.Storer.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (productbus.Offered, error) {
	r, err := sqldb.One[offeredRow](ctx, s.db, selectOffered+` WHERE p.product_id = $1 FOR NO KEY UPDATE`, id)
	return r.offered(), failed("lock", err)
}

// Query implements productbus.Storer.
func (s Store) Query(ctx context.Context, f productbus.Filter, p query.Page) (query.Result[productbus.Product], error) {
	var w sqldb.Where
	w.Scope("p.market_id", f.MarketID)
	sqldb.If(&w, "p.family_id = ?", f.FamilyID)
	sqldb.If(&w, "p.code = ?", f.Code)
	sqldb.If(&w, "p.price >= ?", f.MinPrice)
	sqldb.If(&w, "p.price <= ?", f.MaxPrice)
	sqldb.If(&w, "(p.quantity > 0) = ?", f.Available)
	if f.Name != nil {
		w.And("p.name ILIKE ?", sqldb.Contains(*f.Name))
	}
	if f.HideDraft { // asked once, because all are of one market
		w.And("(SELECT m.status FROM markets m WHERE m.market_id = ?) <> 'DRAFT'", f.MarketID)
	}
	return sqldb.List(ctx, s.db, selectProducts, "p.product_id", w, productbus.OrderBy, p, func(r row) productbus.Product {
		return productbus.Product(r)
	})
}

// NextNumbers implements productbus.Storer.
func (s Store) NextNumbers(ctx context.Context, marketID, familyID uuid.UUID, n int) (int, error) {
	last, err := sqldb.One[int](ctx, s.db, `
		INSERT INTO product_counters (market_id, family_id, last) VALUES ($1, $2, $3)
		ON CONFLICT (market_id, family_id) DO UPDATE SET last = product_counters.last + excluded.last RETURNING last`,
		marketID, familyID, n)
	if sqldb.Violates(err, "product_counters_last_check") {
		return 0, productbus.ErrNoCode
	}
	return last - n + 1, failed("next numbers", err)
}

// Count implements productbus.Storer.
func (s Store) Count(ctx context.Context, marketID, familyID uuid.UUID) (int, error) {
	n, err := sqldb.One[int](ctx, s.db, `SELECT count(*) FROM products WHERE market_id = $1 AND family_id = $2`, marketID,
		familyID)
	return n, failed("count", err)
}

// LockMany implements productbus.Storer.
func (s Store) LockMany(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID, codes []code.Code) (
	[]productbus.Product, error) {
	ints := make([]int64, len(codes))
	for i, c := range codes {
		ints[i] = c.Int()
	}
	var rows []row
	// A planner that is shown the lists makes a new plan for each basket (decision 0015).
	err := s.db.Select(ctx, &rows, selectProducts+`
		WHERE p.market_id = $1 AND (
			p.product_id = ANY ((SELECT $2::uuid[])::uuid[]) OR p.code = ANY ((SELECT $3::bigint[])::bigint[]))
		ORDER BY p.product_id FOR NO KEY UPDATE`, marketID, ids, ints)
	return products(rows), failed("lock many", err)
}

// Take implements productbus.Storer. The condition on the quantity is what keeps stock from being oversold, whether or
// not the rows were held before.
func (s Store) Take(ctx context.Context, marketID uuid.UUID, takes []productbus.Take, at time.Time) error {
	ids, quantities := columnsOf(takes)
	return s.db.LaterRows(ctx, func(n int64, err error) error {
		if err == nil && n != int64(len(takes)) {
			return productbus.ErrOutOfStock
		}
		return failed("take", err)
	}, `
		UPDATE products p SET quantity = p.quantity - t.quantity, sold = p.sold + t.quantity, version = p.version + 1,
			updated_at = $4
		FROM unnest((SELECT $2::uuid[]), (SELECT $3::bigint[])) AS t (product_id, quantity)
		WHERE p.market_id = $1 AND p.product_id = t.product_id AND p.quantity >= t.quantity`,
		marketID, ids, quantities, at)
}

// PutBack implements productbus.Storer.
func (s Store) PutBack(ctx context.Context, marketID uuid.UUID, takes []productbus.Take, at time.Time) (
	[]productbus.Product, error) {
	ids, quantities := columnsOf(takes)
	var rows []row
	err := s.db.Select(ctx, &rows, `
		UPDATE products p SET quantity = greatest(p.quantity, least(p.quantity + t.quantity, $5, $6 / greatest(p.price, 1))),
			sold = p.sold - t.quantity, version = p.version + 1, updated_at = $4
		FROM unnest($2::uuid[], $3::bigint[]) AS t (product_id, quantity)
		WHERE p.market_id = $1 AND p.product_id = t.product_id
		RETURNING `+fields,
		marketID, ids, quantities, at, productbus.MaxStock, money.MaxWorth)
	return products(rows), failed("put back", err)
}

func products(rows []row) []productbus.Product {
	list := make([]productbus.Product, len(rows))
	for i, r := range rows {
		list[i] = productbus.Product(r)
	}
	return list
}

// columnsOf turns takes into what unnest takes.
func columnsOf(takes []productbus.Take) (ids []uuid.UUID, quantities []int64) {
	ids, quantities = make([]uuid.UUID, len(takes)), make([]int64, len(takes))
	for i, t := range takes {
		ids[i], quantities[i] = t.ProductID, int64(t.Quantity)
	}
	return ids, quantities
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return productbus.ErrNotFound
	case sqldb.Violates(err, "product_totals_limit"):
		return productbus.ErrTooMany
	case sqldb.Violates(err, "sale_lines_product_fkey"):
		return productbus.ErrWasSold
	case sqldb.Violates(err, "products_family_fkey"), sqldb.Violates(err, "product_counters_family_fkey"):
		return productbus.ErrNoFamily
	case sqldb.Violates(err, "products_currency_fkey"):
		return marketbus.ErrChanged
	}
	return fmt.Errorf("product: %s: %w", what, err)
}
