package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// rights are those of the tables that the service's role may not do everything to; plain is what it may do to others.
var rights = map[string]string{
	"sales": "SELECT INSERT UPDATE(status) UPDATE(version)", "sale_lines": "SELECT INSERT UPDATE(returned)",
	"ledger_entries": "SELECT INSERT", "cash_movements": "SELECT INSERT", "sale_voids": "SELECT INSERT",
	"sale_returns": "SELECT INSERT", "sale_return_lines": "SELECT INSERT", "payouts": "SELECT INSERT",
	"cash_sessions":  "SELECT INSERT UPDATE(closed_at) UPDATE(counted) UPDATE(expected)",
	"product_totals": "SELECT",
	"audit":          "SELECT INSERT", "goose_db_version": "SELECT",
}

const plain = "SELECT INSERT UPDATE DELETE"

func TestRights(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	if ok, err := migrate.Restricted(t.Context(), db); err != nil || !ok {
		t.Errorf("the tests run with too many rights: %v, %v", ok, err)
	}
	owner := dbtest.Owner(t, db)
	if ok, err := migrate.Restricted(t.Context(), owner); err != nil || ok {
		t.Errorf("the owner is taken for the service: %v, %v", ok, err)
	}
	if _, err := migrate.Up(t.Context(), owner); err != nil { // grants again
		t.Fatal(err)
	}
	var got []struct {
		Name   string `db:"name"`
		Rights string `db:"rights"`
	}
	err := db.Select(t.Context(), &got, `
		SELECT t.tablename AS name, concat_ws(' ',
			(SELECT string_agg(p, ' ' ORDER BY i)
				FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) WITH ORDINALITY u (p, i)
				WHERE has_table_privilege(t.tablename::regclass, p)),
			(SELECT string_agg('UPDATE(' || c.column_name || ')', ' ' ORDER BY c.column_name) FROM information_schema.columns c
				WHERE c.table_schema = 'public' AND c.table_name = t.tablename
				AND NOT has_table_privilege(t.tablename::regclass, 'UPDATE')
				AND has_column_privilege(t.tablename::regclass, c.column_name::text, 'UPDATE'))) AS rights
		FROM pg_tables t WHERE t.schemaname = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	restricted := 0
	for _, g := range got {
		want, ok := rights[g.Name]
		if ok {
			restricted++
		} else {
			want = plain
		}
		if g.Rights != want {
			t.Errorf("%s: %q, want %q", g.Name, g.Rights, want)
		}
	}
	if restricted != len(rights) {
		t.Errorf("%d restricted tables are there, want %d", restricted, len(rights))
	}
}

// TestForbidden: what an intruder would try with the service's connection.
func TestForbidden(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, q := range []string{
		`UPDATE audit SET outcome = 'SUCCESS'`, `DELETE FROM audit`, `TRUNCATE audit`, `DROP TABLE audit`,
		`UPDATE sales SET total = 0`, `DELETE FROM sales`, `UPDATE sale_lines SET amount = 0`, `DELETE FROM sale_lines`,
		`ALTER TABLE users ADD COLUMN x int`, `CREATE TABLE mine (x int)`, `CREATE INDEX i ON users (name)`, `TRUNCATE users`,
		`DELETE FROM goose_db_version`, `CREATE ROLE another`, `ALTER ROLE sales_app SUPERUSER`,
		`CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`, `COPY users TO PROGRAM 'cat'`,
		`SELECT pg_read_file('/etc/passwd')`,
	} {
		_, err := db.Exec(t.Context(), q)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%s: %v", q, err)
		}
	}
	for _, q := range []string{`UPDATE sales SET status = status, version = version`,
		`UPDATE sale_lines SET returned = returned`} {
		if _, err := db.Exec(t.Context(), q); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// database makes an empty database that belongs to a new user without any privilege, as on a managed server.
func database(t *testing.T) (owner string) {
	t.Helper()
	admin := dbtest.URL(t)
	db := dbtest.Open(t, admin)
	name := "owner_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	for _, q := range []string{"CREATE ROLE " + name + " LOGIN PASSWORD '" + name + "'", "CREATE DATABASE " + name +
		" OWNER " + name} {
		if _, err := db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := db.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.UserPassword(name, name), "/"+name
	return u.String()
}

// TestPlainOwner: the owner of the database needs no other privilege to migrate, and grants what is his to grant.
func TestPlainOwner(t *testing.T) {
	t.Parallel()
	url := database(t)
	owner := dbtest.Open(t, url)
	var wg sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs { // five copies start at once
		wg.Go(func() { _, errs[i] = migrate.Up(t.Context(), owner) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	service := dbtest.Open(t, dbtest.ServiceURL(t, url))
	if ok, err := migrate.Restricted(t.Context(), service); err != nil || !ok {
		t.Errorf("%v, %v", ok, err)
	}
	if err := migrate.Check(t.Context(), service); err != nil {
		t.Error(err)
	}
	if _, err := service.Exec(t.Context(), `DELETE FROM attempts`); err != nil {
		t.Error(err)
	}

	// A role that is missing, and that he must not make: nothing is granted, and nothing fails.
	if err := migrate.Grant(t.Context(), owner, "sales_missing"); err != nil {
		t.Errorf("without the role: %v", err)
	}
	var roles []string
	if err := owner.Select(t.Context(), &roles,
		`SELECT rolname FROM pg_roles WHERE rolname LIKE 'sales\_%'`); err != nil || slices.Contains(roles, "sales_missing") {
		t.Errorf("%v, %v", roles, err)
	}
	if ok, err := migrate.HasRole(t.Context(), owner); err != nil || !ok {
		t.Errorf("%v, %v", ok, err)
	}
}

// TestNewerSchema: an older program does not give back what a newer one took.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	owner := dbtest.Owner(t, db)
	for _, q := range []string{`CREATE TABLE newer (x int)`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`} {
		if _, err := owner.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate.Grant(t.Context(), owner, migrate.Role); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO newer VALUES (1)`); err == nil {
		t.Error("granted")
	}
	if _, err := owner.Exec(t.Context(), `DELETE FROM goose_db_version WHERE version_id = 99999`); err != nil {
		t.Fatal(err)
	}
	if err := migrate.Grant(t.Context(), owner, migrate.Role); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO newer VALUES (1)`); err != nil {
		t.Errorf("a new table: %v", err)
	}
}

func TestCreateLogin(t *testing.T) {
	t.Parallel()
	admin := dbtest.URL(t)
	db := dbtest.Open(t, admin)
	for _, password := range []string{"first", `it's "second"\`} {
		if err := migrate.CreateLogin(t.Context(), db, "Sales Login", password); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(admin)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("Sales Login", password)
		as, err := sqldb.Open(t.Context(), sqldb.Config{URL: u.String(), MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := migrate.Restricted(t.Context(), as); err != nil || !ok {
			t.Errorf("%s", fmt.Sprint(ok, err))
		}
		as.Close()
	}
}
