// Package sqldb is the one way to the database: sqlx over a pgx pool, with Postgres's errors told apart.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/garagesale/service/business/sdk/errs"
)

// ErrNoRows is what Get returns when there is no row.
var ErrNoRows = sql.ErrNoRows

// DB is a database handle, of the pool or of one transaction; whoever holds it need not know which.
type DB struct {
	q    sqlx.ExtContext
	sqlx *sqlx.DB      // nil within a transaction
	pool *pgxpool.Pool // nil within a transaction
}

// Config says where the database is and how much of it to use.
type Config struct {
	URL      string // postgres://user:password@host:port/name?sslmode=…
	MaxConns int32  // 0: pgx's default, 4 or the number of CPUs
	Tracer   pgx.QueryTracer
}

// Open makes the pool. It connects when first used, so a database that is not up yet is no error here.
func Open(ctx context.Context, cfg Config) (DB, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		// The parser's text may quote the URL, and with it the password.
		return DB{}, errors.New("the database URL is not valid: it must be like postgres://user:password@host:5432/name?sslmode=disable")
	}
	if cfg.MaxConns > 0 {
		pc.MaxConns = cfg.MaxConns
	}
	pc.ConnConfig.Tracer = cfg.Tracer
	// A database that moved to another machine leaves an address where nobody answers: do not wait there for long.
	pc.ConnConfig.ConnectTimeout = 2 * time.Second
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if pc.ConnConfig.RuntimeParams["application_name"] == "" {
		pc.ConnConfig.RuntimeParams["application_name"] = "sales"
	}
	pc.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		// The driver reads timestamptz in local time unless told.
		c.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return DB{}, fmt.Errorf("database pool: %w", err)
	}
	x := sqlx.NewDb(stdlib.OpenDBFromPool(pool), "pgx")
	return DB{q: x, sqlx: x, pool: pool}, nil
}

// Close closes the pool, once its connections are given back.
func (db DB) Close() {
	_ = db.sqlx.Close()
	db.pool.Close()
}

// Pool is the pool beneath, for what only pgx can do; nil within a transaction.
func (db DB) Pool() *pgxpool.Pool { return db.pool }

// SQL is the pool as database/sql knows it, for libraries that want that; nil within a transaction.
func (db DB) SQL() *sql.DB { return db.sqlx.DB }

// Get reads one row into dest; ErrNoRows if there is none.
func (db DB) Get(ctx context.Context, dest any, q string, args ...any) error {
	return classify(sqlx.GetContext(ctx, db.q, dest, q, args...))
}

// Select reads all rows into dest, a pointer to a slice.
func (db DB) Select(ctx context.Context, dest any, q string, args ...any) error {
	return classify(sqlx.SelectContext(ctx, db.q, dest, q, args...))
}

// Exec runs a statement and returns how many rows it touched.
func (db DB) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	res, err := db.q.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, classify(err)
	}
	return res.RowsAffected()
}

// NamedExec is Exec with :names for the db-tagged fields of row.
func (db DB) NamedExec(ctx context.Context, q string, row any) (int64, error) {
	res, err := sqlx.NamedExecContext(ctx, db.q, q, row)
	if err != nil {
		return 0, classify(err)
	}
	return res.RowsAffected()
}

// Violates tells whether err is the violation of that constraint.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// classify adds errs.ErrUnavailable to the errors that mean "the database is not there now". Anything else that no
// domain turns into a sentinel of its own stays internal.
func classify(err error) error {
	if err == nil || errors.Is(err, ErrNoRows) || errors.Is(err, context.Canceled) {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:2] {
		case "08", "53", "57": // connection exceptions, insufficient resources, operator intervention
			return fmt.Errorf("%w: %w", errs.ErrUnavailable, err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	var netErr net.Error
	if errors.As(err, &connect) || errors.As(err, &netErr) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || lost(err) {
		return fmt.Errorf("%w: %w", errs.ErrUnavailable, err)
	}
	return err
}
