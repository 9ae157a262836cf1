// Package migrate brings the database's schema up to this program's. Migrations are embedded, forward-only, and safe
// with the previous version of the code still running (zarf/docs/migrations.md).
package migrate

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
)

//go:embed sql/*.sql
var files embed.FS

// State is one migration and when it was applied.
type State struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero: not yet
}

// inGo are the migrations that are no SQL file, by the names that they would have.
var inGo = map[string]func(context.Context, sqldb.DB) error{
	"00009_river.go": work.Migrate,
}

func provider(db sqldb.DB, conn *sql.DB) (*goose.Provider, error) {
	// Several pods may start at once: one migrates, the others wait for it.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	dir, err := fs.Sub(files, "sql")
	if err != nil {
		return nil, err
	}
	var list []*goose.Migration
	for name, up := range inGo {
		m := goose.NewGoMigration(version(name), &goose.GoFunc{
			RunDB: func(ctx context.Context, _ *sql.DB) error { return up(ctx, db) },
		}, nil)
		m.Source = name
		list = append(list, m)
	}
	return goose.NewProvider(goose.DialectPostgres, conn, dir, goose.WithSessionLocker(locker),
		goose.WithGoMigrations(list...), goose.WithDisableGlobalRegistry(true))
}

// Up applies what is missing, returns the names of what it applied, and gives Role its rights.
func Up(ctx context.Context, db sqldb.DB) ([]string, error) {
	conn := db.SQL()
	defer conn.Close()
	p, err := provider(db, conn)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	results, err := p.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	names := make([]string, len(results))
	for i, r := range results {
		names[i] = r.Source.Path
	}
	if err := grant(ctx, db, Role); err != nil {
		return names, fmt.Errorf("migrate: rights of %s: %w", Role, err)
	}
	return names, nil
}

// Status lists every migration that this program knows.
func Status(ctx context.Context, db sqldb.DB) ([]State, error) {
	conn := db.SQL()
	defer conn.Close()
	p, err := provider(db, conn)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	list, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	states := make([]State, len(list))
	for i, s := range list {
		states[i] = State{Version: s.Source.Version, Name: s.Source.Path, AppliedAt: s.AppliedAt}
	}
	return states, nil
}

// latest is the newest version that this program carries.
var latest = func() int64 {
	entries, err := files.ReadDir("sql")
	if err != nil {
		panic(err)
	}
	newest := version(entries[len(entries)-1].Name())
	for name := range inGo {
		newest = max(newest, version(name))
	}
	return newest
}()

func version(name string) int64 {
	v, err := goose.NumericComponent(name)
	if err != nil {
		panic(err)
	}
	return v
}

// ErrBehind is what Check returns while migrations are missing.
var ErrBehind = errors.New("migrations are not current; run `sales-admin migrate up`")

// Check returns nil when the schema is as new as this program, or newer: then a newer version is being rolled out.
func Check(ctx context.Context, db sqldb.DB) error {
	var version int64
	err := db.Get(ctx, &version, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" { // no such table: nothing was migrated yet
		return ErrBehind
	}
	if err == nil && version < latest {
		return ErrBehind
	}
	return err
}
