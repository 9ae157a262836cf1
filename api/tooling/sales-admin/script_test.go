package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/garagesale/service/business/sdk/dbtest"
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
			return nil
		},
	})
}
