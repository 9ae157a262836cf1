// Package sqldb is the one way to the database: a pgx pool, rows read into structs as sqlx reads them, and Postgres's
// errors told apart.
package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/garagesale/service/business/sdk/errs"
)

// ErrNoRows is what Get returns when there is no row.
var ErrNoRows = pgx.ErrNoRows

// DB is a database handle, of the pool or of one transaction; whoever holds it need not know which.
type DB struct {
	q    querier
	pool *pgxpool.Pool // nil within a transaction
	tx   *tx           // nil outside of InTx

	bounded bool // statements outside of InTx have a time in which to end
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Config says where the database is and how much of it to use.
type Config struct {
	URL      string // postgres://user:password@host:port/name?sslmode=…
	MaxConns int32  // 0: pgx's default, 4 or the number of CPUs
	Tracer   pgx.QueryTracer
	// ReadTimeout is how long a statement outside of InTx, which is a read, may take; 0: as long as it likes. Postgres
	// itself ends it, so the connection stays good.
	ReadTimeout time.Duration
}

// Open makes the pool. It connects when first used, so a database that is not up yet is no error here.
func Open(ctx context.Context, cfg Config) (DB, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		// The parser's text may quote the URL, and with it the password.
		return DB{}, errors.New("the database URL is not valid: it must be like " +
			"postgres://user:password@host:5432/name?sslmode=disable")
	}
	if cfg.MaxConns > 0 {
		pc.MaxConns = cfg.MaxConns
	}
	pc.ConnConfig.Tracer = cfg.Tracer
	// A database that moved to another machine leaves an address where nobody answers: do not wait there for long.
	if !strings.Contains(cfg.URL, "connect_timeout=") {
		pc.ConnConfig.ConnectTimeout = 2 * time.Second
	}
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if pc.ConnConfig.RuntimeParams["application_name"] == "" {
		pc.ConnConfig.RuntimeParams["application_name"] = "sales"
	}
	pc.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		// The driver reads timestamptz in local time unless told.
		c.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		pgxuuid.Register(c.TypeMap()) // ids as 16 bytes, not as text
		if cfg.ReadTimeout <= 0 {
			return nil
		}
		ms := max(1, cfg.ReadTimeout.Milliseconds())
		_, err := c.Exec(ctx, "set statement_timeout = "+strconv.FormatInt(ms, 10)) // a pooler takes no such parameter
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return DB{}, fmt.Errorf("database pool: %w", err)
	}
	return DB{q: pool, pool: pool, bounded: cfg.ReadTimeout > 0}, nil
}

// Close closes the pool, once its connections are given back.
func (db DB) Close() { db.pool.Close() }

// Pool is the pool beneath, for what only pgx can do; nil within a transaction.
func (db DB) Pool() *pgxpool.Pool { return db.pool }

// SQL is the pool as database/sql knows it, for libraries that want that; nil within a transaction. Close it after use.
func (db DB) SQL() *sql.DB { return stdlib.OpenDBFromPool(db.pool) }

// Get reads one row into dest; ErrNoRows if there is none.
func (db DB) Get(ctx context.Context, dest any, q string, args ...any) error {
	rows, err := db.q.Query(ctx, q, native(args)...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	if !rows.Next() {
		return classify(cmp.Or(rows.Err(), ErrNoRows))
	}
	row := reflect.ValueOf(dest).Elem()
	p, err := planOf(rows, q, row.Type())
	if err != nil {
		return err
	}
	if err := p.scan(rows, row); err != nil {
		return err
	}
	rows.Close() // only now is it known whether the statement ended well
	return classify(rows.Err())
}

// One returns one row; ErrNoRows if there is none.
func One[Row any](ctx context.Context, db DB, q string, args ...any) (row Row, err error) {
	err = db.Get(ctx, &row, q, args...)
	return row, err
}

// Select reads all rows into dest, a pointer to a slice.
func (db DB) Select(ctx context.Context, dest any, q string, args ...any) error {
	rows, err := db.q.Query(ctx, q, native(args)...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	list := reflect.ValueOf(dest).Elem()
	var p plan
	for n := list.Len(); rows.Next(); n++ {
		if p == nil {
			if p, err = planOf(rows, q, list.Type().Elem()); err != nil {
				return err
			}
		}
		list.Grow(1)
		list.SetLen(n + 1)
		row := list.Index(n)
		row.SetZero()
		if err := p.scan(rows, row); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

// Each reads row by row and hands each to fn, so that however many there are only one is held. An error of fn ends it,
// and the connection, since what is not read yet may be long. It is for a transaction or a Snapshot, whose reads then
// take as long as fn does: ctx bounds them.
func Each[Row any](ctx context.Context, db DB, fn func(Row) error, q string, args ...any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := db.q.Exec(ctx, "set local statement_timeout = 0"); err != nil {
		return classify(err)
	}
	rows, err := db.q.Query(ctx, q, native(args)...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	var row Row
	into := reflect.ValueOf(&row).Elem()
	var p plan
	for rows.Next() {
		if p == nil {
			if p, err = planOf(rows, q, into.Type()); err != nil {
				return err
			}
		}
		into.SetZero()
		if err = p.scan(rows, into); err == nil {
			err = fn(row)
		}
		if err != nil {
			cancel()
			return err
		}
	}
	return classify(rows.Err())
}

// Exec runs a statement and returns how many rows it touched.
func (db DB) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	tag, err := db.q.Exec(ctx, q, native(args)...)
	return tag.RowsAffected(), classify(err)
}

// NamedExec is Exec with :names for the db-tagged fields of row.
func (db DB) NamedExec(ctx context.Context, q string, row any) (int64, error) {
	q, args, err := named(q, row)
	if err != nil {
		return 0, err
	}
	return db.Exec(ctx, q, args...)
}

// Violates tells whether err is the violation of that constraint.
func Violates(err error, constraint string) bool {
	if _, ok := errors.AsType[earlier](err); ok {
		return false // another statement's
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// OutOfRange tells whether err says that a number does not fit its type, as a sum may not that is cast to bigint.
func OutOfRange(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "22003"
}

// classify adds errs.ErrUnavailable to the errors that mean "the database is not there now". Anything else that no
// domain turns into a sentinel of its own stays internal.
func classify(err error) error {
	if err == nil || errors.Is(err, ErrNoRows) || errors.Is(err, context.Canceled) {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", "53", "57": // connection exceptions, insufficient resources, operator intervention
			return fmt.Errorf("%w: %w", errs.ErrUnavailable, err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	var netErr net.Error
	if errors.As(err, &connect) || errors.As(err, &netErr) || errors.Is(err, context.DeadlineExceeded) ||
		pgconn.SafeToRetry(err) || lost(err) {
		return fmt.Errorf("%w: %w", errs.ErrUnavailable, err)
	}
	return err
}
