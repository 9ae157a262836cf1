// Package arch_test keeps the rules of the house: who may import whom, and what may stand where. Each rule has a
// negative control, a few lines that break it.
package arch_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// rules, each with files that break it and a part of what it says about each of them.
var rules = []struct {
	name   string
	rule   rule
	broken []fixture
}{
	{"layers", layers, []fixture{
		{"foundation/x/x.go", imports("business/sdk/errs"), "foundation knows nothing"},
		{"business/x.go", imports("app/mux"), "calls go one way"},
		{"business/domain/salebus/x.go", imports("app/sdk/request"), "calls go one way"},
		{"app/mux/x.go", imports("api/services/sales"), "app does not know"},
		{"app/sdk/mid/x.go", imports("business/domain/userbus"), "know no domain"},
		{"app/sdk/rest/x.go", imports("app/domain/userapp"), "know no domain"},
		{"business/sdk/query/x.go", imports("business/domain/userbus/userdb"), "know no domain"},
		{"business/types/money/x.go", imports("business/domain/marketbus"), "know no domain"},
		{"api/services/sales/x.go", imports("business/dbtest"), "for tests only"},
	}},
	{"domains", domains, []fixture{
		{"app/domain/saleapp/x.go", imports("app/domain/productapp"), "do not know each other"},
		{"app/domain/saleapp/y.go", imports("business/domain/salebus/saledb"), "through business only"},
		{"app/mux/y.go", imports("business/domain/salebus/saledb"), "through business only"},
		{"business/domain/salebus/x.go", imports("business/domain/salebus/saledb"), "does not know its storage"},
		{"business/domain/salebus/saledb/x.go", imports("business/domain/productbus/productdb"),
			"storage does not use another"},
		{"business/domain/marketbus/x.go", imports("business/domain/familybus"), "those beneath it"},
		{"business/domain/productbus/x.go", imports("business/domain/salebus"), "those beneath it"},
		{"business/domain/payoutbus/x.go", imports("business/domain/salebus"), "those beneath it"},
		{"business/domain/salebus/y.go", imports("business/domain/newbus"), "those beneath it"},
		{"business/domain/familybus/familydb/x.go", imports("business/domain/productbus"), "those beneath it"},
	}},
	{"libraries", libraries, []fixture{
		{"business/domain/salebus/x.go", imports("net/http"), "no place there"},
		{"business/domain/salebus/y.go", imports("github.com/jmoiron/sqlx"), "no place there"},
		{"business/domain/salebus/z.go", imports("database/sql"), "no place there"},
		{"app/domain/saleapp/x.go", imports("github.com/jackc/pgx/v5"), "no place there"},
		{"business/sdk/query/x.go", imports("github.com/jackc/pgx/v5/pgconn"), "no place there"},
		{"zarf/x/x.go", imports("net/http"), "no place there"},
		{"app/mux/x.go", imports("github.com/open-policy-agent/opa/v1/rego"), "no place there"},
		{"app/domain/saleapp/y.go", imports("github.com/danielgtaylor/huma/v2"), "no place there"},
		{"app/mux/y.go", imports("github.com/nats-io/nats.go"), "no place there"},
		{"app/domain/authapp/x.go", imports("github.com/coreos/go-oidc/v3/oidc"), "no place there"},
		{"api/tooling/sales-admin/x.go", imports("github.com/nats-io/nats-server/v2/server"), "no place there"},
		{"api/services/sales/x.go", imports("foundation/natsserver"), "no place there"},
		{"business/sdk/migrate/x.go", imports("github.com/riverqueue/river"), "no place there"},
		{"business/domain/userbus/x.go", imports("github.com/riverqueue/river/rivertype"), "no place there"},
		{"business/x.go", "package x\nimport \"os\"\nvar _ = os.Getenv(\"HOME\")", "read in api only"},
		{"foundation/otel/x.go", "package x\nimport \"os\"\nvar _ = os.LookupEnv", "read in api only"},
	}},
	{"writes", writes, []fixture{
		{"app/domain/saleapp/x.go", "package x\nfunc Routes() { rest.Read(api, rest.Op{Method: \"POST\", Path: " +
			"\"/v1/x\"}, h) }", "POST /v1/x with rest.Read"},
		{"app/domain/saleapp/y.go", "package x\nfunc Routes() {\nop := rest.Op{Method: \"PUT\", Path: " +
			"\"/v1/y\"}\nrest.Read(api, op, h) }", "PUT /v1/y with rest.Read"},
		{"app/domain/userapp/x.go", "package x\nfunc Routes() { rest.Read(api, rest.Op{Method: \"GET\"}, get) }\nfunc " +
			"get(d D) { d.Users.Delete(nil) }", "calls Delete"},
		{"app/domain/userapp/y.go", "package x\nfunc Routes() { rest.WriteAfter(api, op, before, h) }\nfunc before(d D) { " +
			"deep(d) }\nfunc deep(d D) { d.Users.Update(nil) }", "calls Update"},
		{"app/domain/familyapp/x.go", "package x\nfunc h() { b.InTx(nil) }", "calls InTx"},
		{"app/mux/x.go", "package x\nfunc h() { cfg.Business.InTx(nil) }", "calls InTx"},
	}},
	{"tables", tables, []fixture{
		{"business/domain/salebus/saledb/x.go", sql("UPDATE products SET quantity = 0"),
			"writes products, which belongs to business/domain/productbus"},
		{"business/domain/salebus/saledb/y.go", sql("DELETE FROM users"), "writes users, which belongs to"},
		{"business/domain/userbus/userdb/x.go", sql("SELECT 1 FROM sales s"), "reads sales"},
		{"business/domain/marketbus/marketdb/x.go", sql("SELECT 1 FROM markets m JOIN families f ON true"), "reads families"},
		{"business/domain/reportbus/reportdb/x.go", sql("INSERT INTO reports VALUES (1)"), "reports only read"},
		{"business/domain/salebus/x.go", sql("SELECT 1 FROM sales"), "reads sales"},
	}},
	{"clock and money", clockAndMoney, []fixture{
		{"business/domain/salebus/x.go", "package x\nimport \"time\"\nvar now = time.Now", "clock is passed in"},
		{"business/sdk/query/x.go", "package x\nimport \"time\"\nfunc f(t time.Time) { _ = time.Since(t) }",
			"clock is passed in"},
		{"business/types/money/x.go", "package x\ntype Rate float64", "no float near money"},
		{"app/domain/saleapp/x.go", "package x\nvar vat = 0.2", "no float near money"},
	}},
	{"left out", leftOut, []fixture{
		{"app/mux/x_test.go", "package x\nfunc TestX(t *testing.T) { t.Skip" + "(err) }", "fails in CI"},
	}},
	{"tested", tested, []fixture{
		{"app/domain/placeapp/placeapp.go", "package x", "app/domain/placeapp/placeapp_test.go: write it"},
		{"app/domain/saleapp/saleapp_test.go", "package x", "app/domain/saleapp/saleapp_test.go: write it"},
	}},
	{"sizes", sizes, []fixture{
		{"api/services/sales/main.go", "package x\n" + strings.Repeat("\n", 151), "more than 150"},
		{"app/mux/x.go", "package x\n" + strings.Repeat("\n", 401), "more than 400"},
	}},
}

type fixture struct{ name, text, want string }

func imports(path string) string {
	if !strings.Contains(path, ".") && path != "net/http" && path != "database/sql" {
		path = "example.com/m/" + path
	}
	return "package x\nimport _ \"" + path + "\"\n"
}

func sql(q string) string { return "package x\nconst q = `" + q + "`\n" }

func TestRules(t *testing.T) {
	t.Parallel()
	code := read(t, os.DirFS("../../.."))
	if len(code.files) < 50 || code.sql == "" {
		t.Fatalf("%d files read: that is not all", len(code.files))
	}
	for _, r := range rules {
		for _, msg := range r.rule(code) {
			t.Errorf("%s: %s", r.name, msg)
		}
	}
}

// TestRulesAreKept shows each rule the files that break it, and the same files where they break nothing.
func TestRulesAreKept(t *testing.T) {
	t.Parallel()
	base := fstest.MapFS{
		"go.mod": {Data: []byte("module example.com/m\n")},
		"business/sdk/migrate/sql/1.sql": {Data: []byte(`
CREATE TABLE users (
    user_id uuid
);
CREATE TABLE markets (
    market_id uuid
);
CREATE TABLE families (
    market_id uuid REFERENCES markets,
    owner_id  uuid REFERENCES users
);
CREATE TABLE products (
    family_id uuid REFERENCES families
);
CREATE TABLE sales (
    sale_id uuid
);
CREATE TABLE reports (
    a int
);
ALTER TABLE sales ADD COLUMN product_id uuid REFERENCES products;
`)},
		"business/domain/userbus/userdb/a.go": {
			Data: []byte(sql("INSERT INTO users VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1"))},
		"business/domain/marketbus/marketdb/a.go": {Data: []byte(sql("UPDATE markets SET a = 1"))},
		"business/domain/familybus/familydb/a.go": {
			Data: []byte(sql("DELETE FROM families; SELECT 1 FROM families f JOIN markets m ON true FOR UPDATE OF f"))},
		"business/domain/productbus/productdb/a.go": {Data: []byte(sql("UPDATE products SET a = 1 FROM unnest(x)"))},
		"business/domain/salebus/saledb/a.go": {
			Data: []byte(sql("INSERT INTO sales VALUES (1); SELECT 1 FROM sales JOIN products ON true"))},
		"business/domain/salebus/a.go": {Data: []byte(imports("business/domain/productbus"))},
		"app/domain/saleapp/a.go":      {Data: []byte(imports("business/domain/salebus"))},
		"app/domain/saleapp/saleapp_test.go": {
			Data: []byte("package x\nfunc TestDomain(t *testing.T) { apptest.Domain(t, \"Sales\", suite) }")},
		"app/domain/userapp/userapp_test.go": {
			Data: []byte("package x\nfunc TestDomain(t *testing.T) { apptest.Domain(t, \"Accounts\", suite) }")},
		"business/types/money/a.go": {Data: []byte(imports("database/sql/driver"))},
		"app/domain/userapp/a.go": {
			Data: []byte("package x\nfunc Routes() { rest.Read(api, rest.Op{Method: \"GET\"}, list) }\nfunc list(d D) { " +
				"d.Users.Query(nil) }")},
	}
	for _, r := range rules {
		if got := r.rule(read(t, base)); got != nil {
			t.Errorf("%s: reports what is right: %q", r.name, got)
		}
		for _, f := range r.broken {
			fsys := maps.Clone(base)
			fsys[f.name] = &fstest.MapFile{Data: []byte(f.text)}
			got := r.rule(read(t, fsys))
			if !slices.ContainsFunc(got, func(msg string) bool { return strings.Contains(msg, f.want) }) {
				t.Errorf("%s: %s is not found: got %q, want %q", r.name, f.name, got, f.want)
			}
		}
	}
}
