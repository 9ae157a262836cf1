// Command sales-admin does what an operator does: run everything on a laptop, migrate, make accounts and keys, and ring
// up a sale from a terminal. What has to work without a service, such as migrate and useradd, goes to the database by
// the same business packages as the API; what a till does goes through the API by its Go client. Settings come from the
// environment, by the names that the service has for them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/app/sdk/trail"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

// build is the revision, set by the linker.
var build = "develop"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "sales-admin:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sales-admin",
		Short: "Run, migrate and look after the sales service",
		Long: `Run, migrate and look after the sales service.

Settings come from the environment, as the service's own do: SALES_DB_URL names the
database, SALES_AUTH_KEYS the folder of signing keys (default .data/keys).`,
		Version:       build,
		SilenceErrors: true, // main prints them, in one line
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetOut(os.Stdout)
	cmd.AddCommand(devCmd(), migrateCmd(), seedCmd(), useraddCmd(), userCmd(), genkeyCmd(), retirekeyCmd(), gentokenCmd(),
		errorsCmd(), eventsCmd(), jobsCmd(),
		loginCmd(), marketsCmd(), productsCmd(), sellCmd(), statementCmd(), listenCmd())
	return cmd
}

// open connects to the database that the environment names. Close the handle after use.
func open(ctx context.Context) (sqldb.DB, settings.Settings, error) {
	s, err := settings.FromEnvironment()
	if err != nil {
		return sqldb.DB{}, s, err
	}
	if s.DB.URL == "" {
		return sqldb.DB{}, s,
			errors.New("SALES_DB_URL is not set: name a database, such as postgres://user:password@localhost:5432/sales")
	}
	db, err := sqldb.Open(ctx, sqldb.Config{URL: s.DB.URL, MaxConns: 4})
	return db, s, err
}

// domains are the business over a database handle.
func domains(db sqldb.DB, s settings.Settings) (business.Business, error) {
	hasher, err := passhash.New(passhash.Config{Memory: s.Auth.HashMemory, Iterations: s.Auth.HashIterations,
		Concurrent: 2})
	if err != nil {
		return business.Business{}, err
	}
	return business.New(db, business.Config{Hasher: hasher, Now: clock.Now}), nil
}

// withDomains gives fn the business over the database that the environment names, whose migrations must be current.
func withDomains(cmd *cobra.Command, fn func(business.Business, settings.Settings) error) error {
	db, s, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer db.Close()
	if err := migrate.Check(cmd.Context(), db); err != nil {
		return err
	}
	bus, err := domains(db, s)
	if err != nil {
		return err
	}
	return fn(bus, s)
}

// recorded writes down what a command changed, in the transaction of the change. Nobody is logged in, so the record has
// no account, and says which command it was.
func recorded(ctx context.Context, d business.Domains, e rest.Event, by string, changes map[string]any) (err error) {
	changes["by"] = by
	if e.Changes, err = json.Marshal(changes); err != nil {
		return err
	}
	return trail.Change(ctx, &d, e)
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return fmt.Errorf("%s wants a subcommand (see sales-admin %s --help)", use, use)
	}}
	cmd.AddCommand(subs...)
	return cmd
}
