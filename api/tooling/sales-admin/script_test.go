package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sales-admin": main})
}

// TestScripts runs the command as a person would; each script has a database and a folder of keys of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EMPTY_URL", dbtest.EmptyURL(env.T().(testing.TB)))
			env.Setenv("SALES_DB_URL", dbtest.URL(env.T().(testing.TB)))
			env.Setenv("SALES_AUTH_KEYS", filepath.Join(env.WorkDir, "keys"))
			env.Setenv("SALES_AUTH_HASH_MEMORY", "8")
			env.Setenv("SALES_AUTH_HASH_ITERATIONS", "1")
			env.Values["t"], env.Values["received"], env.Values["ids"] = env.T(), make(chan string, 100), map[string]string{}
			// A service with the demo data, for the commands that ask one.
			s := apptest.New(env.T().(testing.TB))
			env.Setenv("SERVICE", s.URL)
			return demo.Seed(context.Background(), s.Business, clock.Now())
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"query": answered, "nats": nats, "tell": tell,
			"refused": refused, "receiver": receiver, "received": received},
	})
}

// answered is the command query of the scripts: it wants this answer of this statement, in the script's database.
func answered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: query STATEMENT ANSWER")
	}
	db, err := sqldb.Open(context.Background(), sqldb.Config{URL: ts.Getenv("SALES_DB_URL"), MaxConns: 1})
	ts.Check(err)
	defer db.Close()
	var got string
	ts.Check(db.Get(context.Background(), &got, args[0]))
	if got != args[1] {
		ts.Fatalf("%s: %s, want %s", args[0], got, args[1])
	}
}
