package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

func migrateCmd() *cobra.Command {
	return group("migrate", "Migrate the database's schema", migrateUpCmd(), migrateStatusCmd())
}

func migrateUpCmd() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:     "up",
		Short:   "Bring the schema up to this program's; safe to run several at once",
		Example: "  SALES_DB_URL=postgres:///sales?host=/var/run/postgresql sales-admin migrate up",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, _, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			if err := awaitDatabase(cmd.Context(), db, wait); err != nil {
				return err
			}
			done, err := migrate.Up(cmd.Context(), db)
			for _, name := range done {
				cmd.Println("applied", name)
			}
			if err != nil {
				return err
			}
			if len(done) == 0 {
				cmd.Println("nothing to do: the schema is current")
			}
			if ok, err := migrate.HasRole(cmd.Context(), db); err != nil || !ok {
				cmd.PrintErrf("the role %s is missing and may not be made here: let the server's owner run CREATE ROLE %s "+
					"NOLOGIN, then migrate up again\n", migrate.Role, migrate.Role)
				return err
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long to wait for a database that does not answer")
	return cmd
}

func migrateStatusCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "List the migrations and when they were applied",
		Example: "  sales-admin migrate status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, _, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			states, err := migrate.Status(cmd.Context(), db)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range states {
				at := "pending"
				if !s.AppliedAt.IsZero() {
					at = s.AppliedAt.UTC().Format(time.RFC3339)
				}
				_, _ = fmt.Fprintf(w, "%s\t%s\n", s.Name, at)
			}
			return w.Flush()
		},
	}
}

// awaitDatabase asks until the database answers, at most for so long.
func awaitDatabase(ctx context.Context, db sqldb.DB, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for wait > 0 {
		_, err := db.Exec(ctx, "SELECT 1")
		if !errors.Is(err, errs.ErrUnavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the database did not answer within %v: %w", wait, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

func seedCmd() *cobra.Command {
	var ifEmpty bool
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Fill an empty database with the demo data; never for production",
		Long: `Fill an empty, migrated database with the demo data: five accounts, one open market,
three families and their products. A database that has any data is left as it is.`,
		Example: "  sales-admin seed",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				err := demo.Seed(cmd.Context(), bus, clock.Now())
				switch {
				case errors.Is(err, demo.ErrNotEmpty) && ifEmpty:
					cmd.Println("nothing to do: the database has data")
					return nil
				case errors.Is(err, demo.ErrNotEmpty):
					return demo.ErrNotEmpty
				case err != nil:
					return err
				}
				cmd.Println("seeded:", demo.Market)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&ifEmpty, "if-empty", false, "a database that has data is no error")
	return cmd
}
