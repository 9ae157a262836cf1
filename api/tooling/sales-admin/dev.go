package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/postgres"
)

func devCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine: database, demo data, keys and the service",
		Long: `Run everything on this machine, as one process tree that ^C ends: a Postgres of its own (unless
SALES_DB_URL names one), the migrations, the demo data, a signing key, and the service. The
database and the key stay in the data folder between runs. Every setting of the service may be
given in the environment.`,
		Example: "  sales-admin dev\n  SALES_WEB_API_HOST=127.0.0.1:8080 sales-admin dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return dev(cmd, dir) },
	}
	cmd.Flags().StringVar(&dir, "data", ".data", "folder of the database and the keys")
	return cmd
}

func dev(cmd *cobra.Command, dir string) error {
	ctx := cmd.Context()
	s, err := readSettings()
	if err != nil {
		return err
	}
	if s.DB.URL == "" {
		cmd.PrintErrln("starting Postgres in", filepath.Join(dir, "db"))
		pg, err := postgres.Start(ctx, postgres.Config{Dir: filepath.Join(dir, "db")})
		if errors.Is(err, postgres.ErrNoBinaries) {
			return fmt.Errorf("%w; or set SALES_DB_URL to a database that runs", err)
		}
		if err != nil {
			return err
		}
		defer func() {
			if err := pg.Stop(); err != nil {
				cmd.PrintErrln("stopping Postgres:", err)
			}
		}()
		s.DB.URL = pg.URL()
	}
	if os.Getenv("SALES_AUTH_KEYS") == "" {
		s.Auth.Keys = filepath.Join(dir, "keys")
	}
	if err := prepare(ctx, s); err != nil {
		return err
	}
	return serve(ctx, cmd, s)
}

// prepare brings schema, demo data and keys to where the service can start.
func prepare(ctx context.Context, s settings) error {
	db, err := sqldb.Open(ctx, sqldb.Config{URL: s.DB.URL, MaxConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := migrate.Up(ctx, db); err != nil {
		return err
	}
	bus, err := domains(db, s)
	if err != nil {
		return err
	}
	if err := demo.Seed(ctx, bus, clock.Now()); err != nil && !errors.Is(err, demo.ErrNotEmpty) {
		return err
	}
	if _, err := keystore.Open(s.Auth.Keys); errors.Is(err, keystore.ErrEmpty) {
		_, err = keystore.Generate(s.Auth.Keys, keystore.MinBits)
		return err
	} else if err != nil {
		return err
	}
	return nil
}

// serve runs the service, which stands beside this program, until ctx is done or it ends by itself.
func serve(ctx context.Context, cmd *cobra.Command, s settings) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// The kernel's signal that ends the child with its parent follows the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child := exec.CommandContext(ctx, filepath.Join(filepath.Dir(self), "sales"))
	child.Env = append(os.Environ(), "SALES_DB_URL="+s.DB.URL, "SALES_AUTH_KEYS="+s.Auth.Keys)
	child.Stdout, child.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	child.SysProcAttr = dieWithParent()
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = time.Minute // it drains for 20 s at most
	if err := child.Start(); err != nil {
		return fmt.Errorf("the service: %w (`make build` puts it there)", err)
	}
	api := os.Getenv("SALES_WEB_API_HOST")
	if api == "" {
		api = "127.0.0.1:3000"
	}
	go func() {
		if awaitReady(ctx, "http://"+api+"/v1/readiness") {
			cmd.PrintErrf("\nReady: http://%s — log in as admin@example.com, cashier@example.com or smith@example.com, password %s.\nTry `make demo` in another terminal; ^C ends it all.\n\n", api, demo.Password)
		}
	}()
	err = child.Wait()
	if ctx.Err() != nil && child.ProcessState.Success() {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the service: %w", err)
	}
	return nil
}

func awaitReady(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil) //nolint:gosec // the address that the user chose
		if err != nil {
			return false
		}
		res, err := http.DefaultClient.Do(req) //nolint:gosec // as above
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return true
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}
