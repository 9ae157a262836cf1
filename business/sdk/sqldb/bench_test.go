package sqldb_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/text"
)

// benchRow is a product, with every kind of column that the stores have.
type benchRow struct {
	ID          uuid.UUID   `db:"product_id"`
	FamilyID    uuid.UUID   `db:"family_id"`
	OwnerID     *uuid.UUID  `db:"owner_id"`
	Code        code.Code   `db:"code"`
	Name        name.Name   `db:"name"`
	Description text.Text   `db:"description"`
	Price       money.Money `db:"price"`
	FixedPrice  bool        `db:"fixed_price"`
	Quantity    int         `db:"quantity"`
	Version     int64       `db:"version"`
	CreatedAt   time.Time   `db:"created_at"`
	UpdatedAt   time.Time   `db:"updated_at"`
}

const (
	benchTable = `
		CREATE TABLE p (product_id uuid PRIMARY KEY, family_id uuid, owner_id uuid, code bigint, name text, description text,
			price bigint, fixed_price bool, quantity int, version bigint, created_at timestamptz, updated_at timestamptz)`
	benchRead = `
		SELECT product_id, family_id, owner_id, code, name, description, price, fixed_price, quantity, version, created_at,
			updated_at FROM p`
	benchWrite = `
		UPDATE p SET family_id = :family_id, owner_id = :owner_id, code = :code, name = :name, description = :description,
			price = :price, fixed_price = :fixed_price, quantity = :quantity, version = :version, created_at = :created_at,
			updated_at = :updated_at WHERE product_id = :product_id`
	benchWritePgx = `
		UPDATE p SET family_id = @family_id, owner_id = @owner_id, code = @code, name = @name, description = @description,
			price = @price, fixed_price = @fixed_price, quantity = @quantity, version = @version, created_at = @created_at,
			updated_at = @updated_at WHERE product_id = @product_id`
)

// BenchmarkRows is a product read and written, and a page of a hundred read, beside the same with what pgx brings
// (decision 0004).
func BenchmarkRows(b *testing.B) {
	ctx := b.Context()
	db := dbtest.Open(b, dbtest.EmptyURL(b))
	if _, err := db.Exec(ctx, benchTable); err != nil {
		b.Fatal(err)
	}
	first := uuid.New()
	for i := range 100 {
		id := first
		if i > 0 {
			id = uuid.New()
		}
		if _, err := db.Exec(ctx,
			`INSERT INTO p VALUES ($1, $2, $2, 1000001, 'Lamp', 'A lamp', 450, false, 5, 1, now(), now())`,
			id, uuid.New()); err != nil {
			b.Fatal(err)
		}
	}
	loop := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	const one = benchRead + ` WHERE product_id = $1`
	r, err := sqldb.One[benchRow](ctx, db, one, first)
	if err != nil {
		b.Fatal(err)
	}
	loop("one/sqldb", func() error {
		_, err := sqldb.One[benchRow](ctx, db, one, first)
		return err
	})
	loop("one/pgx", func() error {
		rows, err := db.Pool().Query(ctx, one, first)
		if err != nil {
			return err
		}
		_, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[benchRow])
		return err
	})
	loop("hundred/sqldb", func() error {
		list := make([]benchRow, 0, 100)
		return db.Select(ctx, &list, benchRead)
	})
	loop("hundred/pgx", func() error {
		rows, err := db.Pool().Query(ctx, benchRead)
		if err != nil {
			return err
		}
		_, err = pgx.AppendRows(make([]benchRow, 0, 100), rows, pgx.RowToStructByName[benchRow])
		return err
	})
	loop("write/sqldb", func() error {
		_, err := db.NamedExec(ctx, benchWrite, r)
		return err
	})
	loop("write/pgx", func() error {
		_, err := db.Pool().Exec(ctx, benchWritePgx, pgx.NamedArgs{
			"product_id": r.ID, "family_id": r.FamilyID, "owner_id": r.OwnerID, "code": r.Code, "name": r.Name,
			"description": r.Description, "price": r.Price, "fixed_price": r.FixedPrice, "quantity": r.Quantity,
			"version": r.Version, "created_at": r.CreatedAt, "updated_at": r.UpdatedAt,
		})
		return err
	})
}
