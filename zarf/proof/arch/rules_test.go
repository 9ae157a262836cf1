package arch_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// rule names what breaks it, one text for each place.
type rule func(source) []string

// scaffold are the packages that put everything together for tests; nothing but tests may import them.
var scaffold = []string{"app/apptest", "business/dbtest", "foundation/testenv"}

// layers: calls go one way, and what is shared knows no domain.
func layers(s source) (broken []string) {
	for _, f := range s.files {
		for _, imp := range f.imports {
			bad := ""
			switch {
			case under(f.dir, "foundation") && under(imp, "api", "app", "business"):
				bad = "foundation knows nothing of sales"
			case under(f.dir, "business") && under(imp, "api", "app"):
				bad = "calls go one way, App → Business → Storage"
			case under(f.dir, "app") && under(imp, "api"):
				bad = "app does not know who serves it"
			case under(imp, scaffold...) && !under(f.dir, scaffold...):
				bad = "it is for tests only"
			case under(f.dir, scaffold...):
			case under(f.dir, "app/sdk", "business/sdk", "business/types") && under(imp, "app/domain", "business/domain"):
				bad = "sdk and types know no domain"
			}
			if bad != "" {
				broken = append(broken, fmt.Sprintf("%s imports %s: %s", f.name, imp, bad))
			}
		}
	}
	return broken
}

// height is how high a domain stands: it may import those that stand lower. One that is not here stands above all.
var height = map[string]int{"user": 1, "market": 1, "family": 2, "member": 2, "passkey": 2, "product": 3,
	"ledger": 3, "sale": 4, "payout": 4}

const top = 9

func heightOf(domain string) int {
	if h, ok := height[domain]; ok {
		return h
	}
	return top
}

// domains do not know their neighbours, only those beneath them.
func domains(s source) (broken []string) {
	for _, f := range s.files {
		for _, imp := range f.imports {
			from, to := domain(f.dir), domain(imp)
			bad := ""
			switch {
			case under(f.dir, "app/domain") && under(imp, "app/domain") && f.dir != imp:
				bad = "app domains do not know each other"
			case under(f.dir, "app") && !under(f.dir, scaffold...) && storage(imp):
				bad = "app reaches storage through business only"
			case from == "" || to == "":
			case !storage(f.dir) && storage(imp):
				bad = "business does not know its storage"
			case from != to && storage(imp):
				bad = "storage does not use another domain's"
			case from != to && heightOf(from) <= heightOf(to):
				bad = "a domain imports only those beneath it"
			}
			if bad != "" {
				broken = append(broken, fmt.Sprintf("%s imports %s: %s", f.name, imp, bad))
			}
		}
	}
	return broken
}

// tool is a program that measures the others: it speaks HTTP and asks the database as they do.
const tool = "zarf/proof/bench"

// libraries stand where they belong, and nowhere else.
func libraries(s source) (broken []string) {
	for _, f := range s.files {
		for _, imp := range f.imports {
			ok := true
			switch {
			case under(imp, "net/http"):
				ok = under(f.dir, "api", "app", "foundation", tool)
			case under(imp, "github.com/jmoiron/sqlx", "github.com/jackc/pgx", "database/sql"):
				ok = under(f.dir, "business/sdk/sqldb", "business/dbtest", "business/sdk/migrate", "business/sdk/work", "api",
					tool) ||
					storage(f.dir) ||
					under(f.dir, "foundation/postgres") || // it asks its server whether it answers
					imp == "database/sql/driver" && under(f.dir, "business/types") // the database form of a value
			case under(imp, "github.com/open-policy-agent/opa"):
				ok = under(f.dir, "app/sdk/auth")
			case under(imp, "github.com/riverqueue/river"):
				ok = under(f.dir, "business/sdk/work")
			case under(imp, "github.com/danielgtaylor/huma"):
				ok = under(f.dir, "app/sdk/rest")
			case under(imp, "github.com/nats-io/nats.go"):
				ok = under(f.dir, "business/sdk/broker", "api/examples")
			case under(imp, "github.com/coreos/go-oidc", "golang.org/x/oauth2"):
				ok = under(f.dir, "foundation/openid")
			case under(imp, "github.com/nats-io/nats-server"):
				ok = under(f.dir, "foundation/natsserver")
			case under(imp, "foundation/natsserver"): // the service has the client alone
				ok = under(f.dir, "api/tooling/sales-admin")
			}
			if !ok {
				broken = append(broken, fmt.Sprintf("%s imports %s, which has no place there", f.name, imp))
			}
		}
		if under(f.dir, "api", "foundation/testenv") ||
			under(f.dir, "foundation/postgres") { // it hands PATH on to the programs it runs
			continue
		}
		f.uses(func(pkg, name string) {
			if (pkg == "os" || pkg == "syscall") && slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"},
				name) {
				broken = append(broken, fmt.Sprintf("%s uses %s.%s: the environment is read in api only", f.name, pkg, name))
			}
		})
	}
	return broken
}

var leavesOut = regexp.MustCompile(`\bt\.Skip(f|Now)?\(`)

// whenAsked are tests that take long, properties that draw again, and what not every cluster has.
var whenAsked = []string{"app/domain/reportapp/rules_test.go", "app/mux/pages_test.go",
	"zarf/proof/cluster/platform_test.go", "zarf/proof/prove/crash_test.go", "zarf/proof/prove/program_test.go"}

// leftOut: what a machine lacks fails where CI would not see that a test was left out.
func leftOut(s source) (broken []string) {
	for name, text := range s.tests {
		if leavesOut.MatchString(text) && !slices.Contains(whenAsked, name) {
			broken = append(broken, name+" skips: testenv.Lacks fails in CI")
		}
	}
	return broken
}

// telemetry measures in seconds, looks at the database while it is up, and holds no money; nor does the earth. Of the
// packages below it is the file metrics.go.
var (
	telemetry = []string{"app/domain/checkapp/checkapp.go", "business/sdk/sqldb/tracer.go", "business/types/geo/geo.go"}
	measured  = []string{"business/sdk/sqldb", "business/sdk/outbox", "business/sdk/work", "business/domain/webhookbus"}
)

// clockAndMoney: business is given the time, and no float comes near money.
func clockAndMoney(s source) (broken []string) {
	for _, f := range s.files {
		if !under(f.dir, "business", "app/domain") || under(f.dir, scaffold...) || slices.Contains(telemetry, f.name) ||
			path.Base(f.name) == "metrics.go" && slices.Contains(measured, f.dir) {
			continue
		}
		f.uses(func(pkg, name string) {
			switch {
			case pkg == "time" && slices.Contains([]string{"Now", "Since", "Until"}, name):
				broken = append(broken, fmt.Sprintf("%s uses time.%s: a clock is passed in", f.name, name))
			case pkg == "strconv" && name == "ParseFloat":
				broken = append(broken, fmt.Sprintf("%s uses strconv.ParseFloat: no float near money", f.name))
			}
		})
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.Name == "float64" || n.Name == "float32" {
					broken = append(broken, fmt.Sprintf("%s uses %s: no float near money", f.name, n.Name))
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					broken = append(broken, fmt.Sprintf("%s has the float %s: no float near money", f.name, n.Value))
				}
			}
			return true
		})
	}
	return broken
}

// readOnlyPosts are the routes that are no GET and yet change nothing.
var readOnlyPosts = []string{"POST /v1/auth/token"}

// reading are the methods of business that a handler without a transaction may call.
var reading = []string{"Get", "Query", "OfMarket", "Authenticate", "Matches", "HashPassword", "Rehash",
	"QueryDeliveries", "QuerySessions", "GetSession", "Balances", "QueryReturns", "GetReturn", "Statement", "Summary",
	"TopSellers"}

// writes: whatever writes goes through rest.Write or rest.Once, which alone open transactions, and what is registered
// with rest.Read calls nothing that writes.
func writes(s source) (broken []string) {
	for _, f := range s.files {
		if !under(f.dir, "app") || under(f.dir, scaffold...) {
			continue
		}
		f.callsOf(func(pkg, name string, call *ast.CallExpr) {
			if name == "InTx" && f.dir != "app/sdk/rest" {
				broken = append(broken, f.name+" calls InTx: transactions are opened by rest.Write and rest.Once only")
			}
		})
		if !under(f.dir, "app/domain") {
			continue
		}
		functions := map[string]ast.Node{}
		for _, other := range s.files {
			if other.dir == f.dir {
				for _, d := range other.ast.Decls {
					if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
						functions[fn.Name.Name] = fn
					}
				}
			}
		}
		constants := stringVars(f)
		f.callsOf(func(pkg, name string, call *ast.CallExpr) {
			if pkg != "rest" || len(call.Args) < 3 {
				return
			}
			var outside []ast.Expr // what runs without a transaction
			switch name {
			case "Read":
				outside = call.Args[2:]
				route := opField(call.Args[1], constants, "Method") + " " + opField(call.Args[1], constants, "Path")
				if !strings.HasPrefix(route, "GET ") && !slices.Contains(readOnlyPosts, route) {
					broken = append(broken, fmt.Sprintf("%s registers %s with rest.Read", f.name, route))
				}
			case "WriteAfter":
				outside = call.Args[2:3]
			}
			for _, n := range outside {
				for _, method := range businessCalls(n, functions, map[string]bool{}) {
					if !slices.Contains(reading, method) {
						broken = append(broken,
							fmt.Sprintf("%s: a handler outside of a transaction calls %s, which is not among those that only read", f.name,
								method))
					}
				}
			}
		})
	}
	return broken
}

// opField is a field of the rest.Op literal that e is or names.
func opField(e ast.Expr, named map[string]ast.Expr, field string) string {
	if id, ok := e.(*ast.Ident); ok {
		e = named[id.Name]
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return "?"
	}
	for _, el := range lit.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == field {
			if v, ok := kv.Value.(*ast.BasicLit); ok {
				return strings.Trim(v.Value, `"`)
			}
		}
	}
	return "?"
}

// stringVars are the variables that the file sets with :=, by name.
func stringVars(f file) map[string]ast.Expr {
	vars := map[string]ast.Expr{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.DEFINE && len(a.Lhs) == 1 {
			vars[fmt.Sprint(a.Lhs[0])] = a.Rhs[0]
		}
		return true
	})
	return vars
}

// businessCalls lists the methods X of the calls d.<Domain>.X(…) in n and in the package's functions that n names.
func businessCalls(n ast.Node, functions map[string]ast.Node, seen map[string]bool) (methods []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if fn, ok := functions[n.Name]; ok && !seen[n.Name] {
				seen[n.Name] = true
				methods = append(methods, businessCalls(fn, functions, seen)...)
			}
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
				if on, ok := sel.X.(*ast.SelectorExpr); ok && fmt.Sprint(on.X) == "d" {
					methods = append(methods, sel.Sel.Name)
				}
			}
		}
		return true
	})
	return methods
}

// tested: each domain of the API gives rows about its routes to apptest.Domain, which asks for what is missing.
func tested(s source) (broken []string) {
	missing := map[string]bool{}
	for _, f := range s.files {
		test := f.dir + "/" + path.Base(f.dir) + "_test.go"
		if path.Dir(f.dir) == "app/domain" && !strings.Contains(s.tests[test], "apptest.Domain(") && !missing[test] {
			missing[test] = true
			broken = append(broken, fmt.Sprintf("%s: write it, with a TestDomain that calls apptest.Domain; the one of "+
				"app/domain/familyapp is an example", test))
		}
	}
	return broken
}

// sizes keep files readable at one sitting.
func sizes(s source) (broken []string) {
	for _, f := range s.files {
		limit := 400
		if path.Base(f.name) == "main.go" {
			limit = 150
		}
		if f.lines > limit {
			broken = append(broken, fmt.Sprintf("%s has %d lines, more than %d", f.name, f.lines, limit))
		}
	}
	return broken
}
