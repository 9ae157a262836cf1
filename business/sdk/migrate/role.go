package migrate

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/garagesale/service/business/sdk/sqldb"
)

// Role is the group role that has what the service needs and no more: it reads and writes the tables, changes none of
// them, and what is append-only it can only add to. The service logs in as a member of it; migrations run as the owner.
const Role = "sales_app"

//go:embed grants.sql
var grants string

// lockKey keeps programs that grant at once apart: Postgres refuses concurrent changes of one table's rights.
const lockKey = 5_077_311_904

// grant makes the role if it is missing and may be made, and gives it its rights. Where it is missing, on a server
// whose owner of the database must not make roles, nothing is granted: make the role and migrate again. When the schema
// is newer than this program, a newer one knows better what is append-only.
func grant(ctx context.Context, db sqldb.DB, role string) error {
	return db.InTx(ctx, func(tx sqldb.DB) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, lockKey); err != nil {
			return err
		}
		var version int64
		if err := tx.Get(ctx, &version,
			`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`); err != nil || version > latest {
			return err
		}
		_, err := tx.Exec(ctx, strings.ReplaceAll(`
			DO $$ BEGIN
				IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_app') THEN
					CREATE ROLE sales_app NOLOGIN;
				END IF;
			EXCEPTION
				WHEN insufficient_privilege THEN RAISE NOTICE 'the role sales_app is missing, and may not be made';
				WHEN duplicate_object OR unique_violation THEN NULL; -- roles belong to the server: another database made it
			END $$`, Role, role))
		if err != nil {
			return err
		}
		if exists, err := roleExists(ctx, tx, role); err != nil || !exists {
			return err
		}
		_, err = tx.Exec(ctx, strings.ReplaceAll(grants, Role, role))
		return err
	})
}

// HasRole tells whether Role is there. Without it the service can only log in as the owner of its tables.
func HasRole(ctx context.Context, db sqldb.DB) (bool, error) { return roleExists(ctx, db, Role) }

func roleExists(ctx context.Context, db sqldb.DB, role string) (ok bool, err error) {
	err = db.Get(ctx, &ok, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role)
	return ok, err
}

// Restricted tells whether the handle's user lacks what Role lacks: it cannot change the audit.
func Restricted(ctx context.Context, db sqldb.DB) (ok bool, err error) {
	err = db.Get(ctx, &ok, `SELECT NOT has_table_privilege('audit', 'UPDATE')`)
	return ok, err
}

// CreateLogin makes a user that is a member of Role, or gives it this password if it is there. It is for development
// and tests, where nobody else looks after users; the server's log may show the statement.
func CreateLogin(ctx context.Context, db sqldb.DB, name, password string) error {
	return db.InTx(ctx, func(tx sqldb.DB) error {
		exists, err := roleExists(ctx, tx, name)
		if err != nil {
			return err
		}
		statement := `CREATE ROLE %I LOGIN PASSWORD %L IN ROLE ` + Role
		if exists {
			statement = `ALTER ROLE %I LOGIN PASSWORD %L`
		}
		var quoted string
		if err := tx.Get(ctx, &quoted, `SELECT format($1, $2::text, $3::text)`, statement, name, password); err != nil {
			return fmt.Errorf("login %s: %w", name, err)
		}
		if _, err := tx.Exec(ctx, quoted); err != nil {
			return fmt.Errorf("login %s: %w", name, err)
		}
		return nil
	})
}
