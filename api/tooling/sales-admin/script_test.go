package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/garagesale/service/app/sdk/apptest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/dbtest"
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
			// A service with the demo data, for the commands that ask one.
			s := apptest.New(env.T().(testing.TB))
			env.Setenv("SERVICE", s.URL)
			return demo.Seed(context.Background(), s.Business, clock.Now())
		},
	})
}
