package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

func userCmd() *cobra.Command {
	return group("user", "Show accounts, disable them, and log them out", userListCmd(), userShowCmd(), userDisableCmd(),
		userSessionsCmd(), userResetFactorCmd())
}

func userListCmd() *cobra.Command {
	var called, having string
	var disabled bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List accounts, the newest first",
		Long: `List accounts, the newest first: id, e-mail address, whether that is verified, roles, whether the account
is enabled, and its name.`,
		Example: "  sales-admin user list\n  sales-admin user list --role ADMIN\n  sales-admin user list --disabled",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var f userbus.Filter
			if called != "" {
				f.Name = &called
			}
			if having != "" {
				r, err := role.Parse(strings.ToUpper(having))
				if err != nil {
					return fmt.Errorf("--role %q: %w", having, err)
				}
				f.Role = &r
			}
			if disabled {
				f.Enabled = new(bool)
			}
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				return listUsers(cmd, bus, f)
			})
		},
	}
	cmd.Flags().StringVar(&called, "name", "", "only those with this in their name")
	cmd.Flags().StringVar(&having, "role", "", "only those with this role")
	cmd.Flags().BoolVar(&disabled, "disabled", false, "only those that are disabled")
	return cmd
}

// listUsers prints page after page.
func listUsers(cmd *cobra.Command, bus business.Business, f userbus.Filter) error {
	w := table(cmd.OutOrStdout())
	for p := (query.Page{Limit: query.MaxLimit, OrderBy: "-createdAt"}); ; {
		res, err := bus.Users.Query(cmd.Context(), f, p)
		if err != nil {
			return err
		}
		for _, u := range res.Items {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", u.ID, u.Email, verified(u), roles(u), enabled(u), u.Name)
		}
		if p.Cursor = res.NextCursor; p.Cursor == "" {
			return w.Flush()
		}
	}
}

func userShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "show ACCOUNT",
		Short:   "Show an account and its API keys, by its e-mail address or its id",
		Example: "  sales-admin user show ada@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				u, err := named(cmd.Context(), bus.Domains, args[0])
				if err != nil {
					return err
				}
				w := table(cmd.OutOrStdout())
				for _, line := range [][2]string{{"id", u.ID.String()}, {"name", string(u.Name)}, {"email", string(u.Email)},
					{"", verified(u)}, {"roles", roles(u)}, {"", enabled(u)}, {"created", u.CreatedAt.Format(time.RFC3339)},
					{"updated", u.UpdatedAt.Format(time.RFC3339)}} {
					_, _ = fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
				}
				keys, err := bus.APIKeys.Of(cmd.Context(), u.ID)
				if err != nil {
					return err
				}
				for _, k := range keys {
					_, _ = fmt.Fprintf(w, "API key\t%s, until %s\n", k.Name, k.ExpiresAt.Format(time.RFC3339))
				}
				return w.Flush()
			})
		},
	}
}

func userDisableCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "disable ACCOUNT",
		Short: "Disable an account, by its e-mail address or its id",
		Long: `Disable an account, by its e-mail address or its id: it is logged out everywhere within 2 seconds, and
logs in no more. It stands in the audit. The last enabled ADMIN stays. An ADMIN enables it again, with PATCH.`,
		Example: "  sales-admin user disable ada@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return change(cmd, args[0], "user.update", map[string]any{"enabled": false},
				func(ctx context.Context, d business.Domains, u userbus.User) (string, error) {
					_, err := d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false), ByAdmin: true})
					return "disabled", err
				})
		},
	}
}

func userResetFactorCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "reset-factor ACCOUNT",
		Short: "Take an account's second factors away, by its e-mail address or its id",
		Long: `Take the second factors of an account, named by its e-mail address or its id, away: the codes of its app and
its passkeys, for who has lost them; make sure that it is them. The account is logged out everywhere within 2
seconds, and is told by mail. It stands in the audit.`,
		Example: "  sales-admin user reset-factor ada@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return change(cmd, args[0], "user.reset_factor", map[string]any{},
				func(ctx context.Context, d business.Domains, u userbus.User) (string, error) {
					_, err := d.Factors.Reset(ctx, u)
					return "has no second factor any more", err
				})
		},
	}
}

func userSessionsCmd() *cobra.Command {
	var end bool
	cmd := &cobra.Command{
		Use:   "sessions ACCOUNT [--end]",
		Short: "List where an account is logged in, or log it out",
		Long: `List where an account, named by its e-mail address or its id, is logged in, the session that was used last
first: id, begin, last use, address, and what the program calls itself. With --end all of them are ended, which
stands in the audit; the service takes their tokens no more within 2 seconds.`,
		Example: "  sales-admin user sessions ada@example.com\n  sales-admin user sessions ada@example.com --end",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if end {
				return change(cmd, args[0], "session.end", map[string]any{},
					func(ctx context.Context, d business.Domains, u userbus.User) (string, error) {
						ended, err := d.Sessions.EndOthers(ctx, u.ID, uuid.Nil)
						return fmt.Sprintf("logged out of %d sessions", len(ended)), err
					})
			}
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				return listSessions(cmd, bus, args[0])
			})
		},
	}
	cmd.Flags().BoolVar(&end, "end", false, "end all of them")
	return cmd
}

func listSessions(cmd *cobra.Command, bus business.Business, who string) error {
	u, err := named(cmd.Context(), bus.Domains, who)
	if err != nil {
		return err
	}
	live, err := bus.Sessions.Live(cmd.Context(), u.ID)
	if err != nil {
		return err
	}
	w := table(cmd.OutOrStdout())
	for _, s := range live {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.ID, s.CreatedAt.Format(time.RFC3339), s.UsedAt.Format(time.RFC3339),
			s.Address, s.UserAgent)
	}
	return w.Flush()
}

// change does something to an account, in one transaction with its record in the audit, and says what.
func change(cmd *cobra.Command, who, action string, changes map[string]any,
	do func(context.Context, business.Domains, userbus.User) (string, error)) error {
	return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
		var said string
		err := bus.InTx(cmd.Context(), func(ctx context.Context, d business.Domains) error {
			u, err := named(ctx, d, who)
			if err == nil {
				u, err = d.Users.Lock(ctx, u.ID)
			}
			if err != nil {
				return err
			}
			if said, err = do(ctx, d, u); err != nil {
				return err
			}
			said = string(u.Email) + " " + said
			return recorded(ctx, d, rest.Event{Action: action, Resource: "user", ResourceID: u.ID}, cmd.CommandPath(), changes)
		})
		if err == nil {
			cmd.Println(said)
		}
		return err
	})
}

// named finds an account by its id or its e-mail address.
func named(ctx context.Context, d business.Domains, who string) (userbus.User, error) {
	if id, err := uuid.Parse(who); err == nil {
		return d.Users.Get(ctx, id)
	}
	addr, err := email.Parse(who)
	if err != nil {
		return userbus.User{}, errors.New(who + ": neither an id nor an e-mail address")
	}
	return d.Users.GetByEmail(ctx, addr)
}

func table(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0) }

func roles(u userbus.User) string {
	list := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		list[i] = string(r)
	}
	return strings.Join(list, ",")
}

func verified(u userbus.User) string {
	if u.EmailVerified {
		return "verified"
	}
	return "unverified"
}

func enabled(u userbus.User) string {
	if u.Enabled {
		return "enabled"
	}
	return "disabled"
}
