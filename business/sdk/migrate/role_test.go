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
	"product_totals": "SELECT", "product_counters": "SELECT INSERT UPDATE",
	"market_counters": "SELECT INSERT UPDATE(next_sale) UPDATE(open) UPDATE(reduced) UPDATE(turnover)",
	"audit":           "SELECT INSERT", "goose_db_version": "SELECT", "river.river_migration": "SELECT",
	"outbox": "SELECT INSERT DELETE", "events": "SELECT INSERT", "event_head": "SELECT UPDATE(position)",
	"relays": "SELECT INSERT UPDATE(position)", "relay_failures": "SELECT INSERT DELETE",
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
		SELECT t.name, concat_ws(' ',
			(SELECT string_agg(p, ' ' ORDER BY i)
				FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) WITH ORDINALITY u (p, i)
				WHERE has_table_privilege(t.name::regclass, p)),
			(SELECT string_agg('UPDATE(' || c.column_name || ')', ' ' ORDER BY c.column_name) FROM information_schema.columns c
				WHERE c.table_schema = t.schemaname AND c.table_name = t.tablename
				AND NOT has_table_privilege(t.name::regclass, 'UPDATE')
				AND has_column_privilege(t.name::regclass, c.column_name::text, 'UPDATE'))) AS rights
		FROM (SELECT *, CASE schemaname WHEN 'public' THEN '' ELSE schemaname || '.' END || tablename AS name
			FROM pg_tables) t
		WHERE t.schemaname IN ('public', 'river')`)
	if err != nil {
		t.Fatal(err)
	}
	restricted := 0
	for _, g := range got {
		if strings.HasPrefix(g.Name, "events_") { // a partition, which is reached through its table
			if g.Rights != "" {
				t.Errorf("%s: %q, want none", g.Name, g.Rights)
			}
			continue
		}
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
	// A database that is made of a template lacks what the template's was granted; an update grants it.
	if _, err := migrate.Up(t.Context(), dbtest.Owner(t, db)); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`UPDATE audit SET outcome = 'SUCCESS'`, `DELETE FROM audit`, `TRUNCATE audit`, `DROP TABLE audit`,
		`UPDATE sales SET total = 0`, `DELETE FROM sales`, `UPDATE sale_lines SET amount = 0`, `DELETE FROM sale_lines`,
		`ALTER TABLE users ADD COLUMN x int`, `CREATE TABLE mine (x int)`, `CREATE INDEX i ON users (name)`, `TRUNCATE users`,
		`DELETE FROM goose_db_version`, `DELETE FROM river.river_migration`, `TRUNCATE river.river_job`,
		`CREATE TABLE river.mine (x int)`, `ALTER TABLE river.river_job ADD COLUMN x int`, `CREATE ROLE another`,
		`ALTER ROLE sales_app SUPERUSER`,
		`CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`, `COPY users TO PROGRAM 'cat'`,
		`SELECT pg_read_file('/etc/passwd')`, `CREATE TEMPORARY TABLE ledger_entries (x int)`,
		`UPDATE cash_sessions SET held = 0`, `UPDATE cash_sessions SET opening_float = 0`, `DELETE FROM cash_sessions`,
		`UPDATE market_counters SET cash_moved = 0`, `DELETE FROM market_counters`, `UPDATE product_totals SET products = 0`,
		`DELETE FROM product_totals`, `DELETE FROM product_counters`,
		`UPDATE events SET payload = '{}'`, `DELETE FROM events`, `DROP TABLE events_default`,
		`UPDATE event_head SET gone = 1`, `DELETE FROM event_head`, `UPDATE outbox SET payload = '{}'`,
		`UPDATE payouts SET net = 0`, `DELETE FROM payouts`, `UPDATE sale_voids SET reason = ''`, `DELETE FROM sale_returns`,
		`CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION check_posting()`,
		`ALTER TABLE ledger_entries DISABLE TRIGGER ALL`, `SET session_replication_role = replica`,
		`ALTER FUNCTION check_posting() SET search_path = pg_temp`, `DROP FUNCTION refuse_change() CASCADE`,
	} {
		_, err := db.Exec(t.Context(), q)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%s: %v", q, err)
		}
	}
	for _, q := range []string{`UPDATE sales SET status = 'VOIDED', version = version + 1`,
		`UPDATE sale_lines SET returned = quantity`} {
		if _, err := db.Exec(t.Context(), q); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// TestFunctions: every function of ours finds our tables whatever the search_path, and only its owner may use it.
func TestFunctions(t *testing.T) {
	t.Parallel()
	owner := dbtest.Owner(t, dbtest.New(t))
	careless := func() (list []string) {
		var got []struct {
			Name     string `db:"name"`
			Settings string `db:"settings"`
			Public   bool   `db:"public"`
		}
		if err := owner.Select(t.Context(), &got, `
			SELECT p.proname AS name, coalesce(array_to_string(p.proconfig, ';'), '') AS settings,
				has_function_privilege($1, p.oid, 'EXECUTE') AS public
			FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
				AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`, migrate.Role); err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			t.Error("there is no function of ours")
		}
		for _, f := range got {
			public := slices.Contains([]string{"keep_events", "forget_account", "forget_invited"}, f.Name)
			if f.Settings != "search_path=public, pg_temp" || f.Public != public {
				list = append(list, f.Name)
			}
		}
		return list
	}
	if got := careless(); got != nil {
		t.Errorf("run with another search_path, or by whoever likes: %q, want none", got)
	}
	// The control: of the three that are made here one is right.
	for _, q := range []string{
		`CREATE FUNCTION anyones() RETURNS int LANGUAGE sql SET search_path = public, pg_temp RETURN 1`,
		`CREATE FUNCTION lost() RETURNS int LANGUAGE sql RETURN 1`,
		`CREATE FUNCTION ours() RETURNS int LANGUAGE sql SET search_path = public, pg_temp RETURN 1`,
		`REVOKE EXECUTE ON FUNCTION lost(), ours() FROM PUBLIC`,
	} {
		if _, err := owner.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	got := careless()
	if slices.Sort(got); !slices.Equal(got, []string{"anyones", "lost"}) {
		t.Errorf("found %q, want anyones and lost", got)
	}
}

// TestOneWay: what the service must change it cannot set back, nor can the owner of the tables.
func TestOneWay(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	lamp := s.Product(t, 10, 9)
	ids := map[string]uuid.UUID{}
	for _, status := range []string{"COMPLETED", "PARTLY_RETURNED", "RETURNED", "VOIDED"} {
		ids[status] = s.Sell(t, lamp, 2).ID
		if status == "COMPLETED" {
			continue
		}
		if _, err := db.Exec(t.Context(), `UPDATE sales SET status = $2, version = version + 1 WHERE sale_id = $1`,
			ids[status], status); err != nil {
			t.Fatal(err)
		}
	}
	owner := dbtest.Owner(t, db)
	for _, q := range []string{
		`UPDATE sale_lines SET returned = 1`, `UPDATE markets SET status = 'CLOSED', settled = true`,
		`INSERT INTO cash_sessions (market_id, cash_session_id, cashier_id, opening_float, opened_at, closed_at, expected,
				counted)
			SELECT market_id, gen_random_uuid(), cashier_id, 0, now(), now(), 5, 3 FROM sales LIMIT 1`,
	} {
		if _, err := owner.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for name, as := range map[string]sqldb.DB{"the service": db, "the owner": owner} {
		refused := func(q string, args ...any) {
			t.Helper()
			_, err := as.Exec(t.Context(), q, args...)
			if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23001" {
				t.Errorf("%s, %s %v: %v, want a restrict_violation", name, q, args, err)
			}
		}
		for _, q := range []string{
			`UPDATE sale_lines SET returned = 0`, `UPDATE cash_sessions SET counted = 5`,
			`UPDATE cash_sessions SET expected = 3`,
			`UPDATE cash_sessions SET closed_at = NULL, expected = NULL, counted = NULL`,
			`UPDATE market_counters SET next_sale = next_sale - 1`, `UPDATE market_counters SET turnover = 0`,
			`UPDATE market_counters SET reduced = reduced - 1`, `UPDATE product_counters SET last = last - 1`,
			`UPDATE markets SET settled = false`,
		} {
			refused(q)
		}
		const set = `UPDATE sales SET status = $2, version = version + 1 WHERE sale_id = $1`
		for from, to := range map[string][]string{"COMPLETED": {"COMPLETED"}, "PARTLY_RETURNED": {"COMPLETED", "VOIDED"},
			"RETURNED": {"COMPLETED", "PARTLY_RETURNED", "VOIDED"}, "VOIDED": {"COMPLETED", "PARTLY_RETURNED", "RETURNED"}} {
			for _, status := range to {
				refused(set, ids[from], status)
			}
		}
		refused(`UPDATE sales SET version = version - 1, status = 'VOIDED' WHERE sale_id = $1`, ids["COMPLETED"])
		if _, err := as.Exec(t.Context(), set, ids["PARTLY_RETURNED"], "PARTLY_RETURNED"); err != nil {
			t.Errorf("%s: a second return: %v", name, err)
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
