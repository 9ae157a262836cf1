package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
)

func useraddCmd() *cobra.Command {
	var called, addr string
	var roles []string
	cmd := &cobra.Command{
		Use:   "useradd --email ADDRESS [--name NAME] [--role ROLE]...",
		Short: "Add an account, such as the first ADMIN",
		Long: `Add an account, such as the first ADMIN. The password is asked for, or read as the first
line of standard input when that is no terminal; it is never an argument, which others could see.`,
		Example: "  sales-admin useradd --email ada@example.com --name 'Ada' --role ADMIN\n  sales-admin useradd --email " +
			"till@example.com --role CASHIER < password.txt",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			nu, err := newUser(called, addr, roles)
			if err != nil {
				return err
			}
			pass, err := readPassword(cmd)
			if err != nil {
				return err
			}
			db, s, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			bus, err := domains(db, s)
			if err != nil {
				return err
			}
			if nu.PasswordHash, err = bus.Users.HashPassword(cmd.Context(), nu.Name, nu.Email, pass); err != nil {
				return err
			}
			var u userbus.User
			err = bus.InTx(cmd.Context(), func(ctx context.Context, d business.Domains) (err error) {
				if u, err = d.Users.Create(ctx, nu); err != nil {
					return err
				}
				return recorded(ctx, d, rest.Event{Action: "user.create", Resource: "user", ResourceID: u.ID},
					"sales-admin useradd", map[string]any{"name": u.Name, "email": u.Email, "roles": u.Roles})
			})
			if err != nil {
				return err
			}
			cmd.Println("added", u.ID, u.Email, u.Roles)
			return nil
		},
	}
	cmd.Flags().StringVar(&addr, "email", "", "the e-mail address, by which the account logs in (required)")
	cmd.Flags().StringVar(&called, "name", "", "the name; by default the part of the address before the @")
	cmd.Flags().StringSliceVar(&roles, "role", []string{string(role.User)}, "ADMIN, CASHIER or USER; may be repeated")
	_ = cmd.MarkFlagRequired("email") // fails for unknown flags only
	return cmd
}

func newUser(called, addr string, roles []string) (nu userbus.NewUser, err error) {
	if nu.Email, err = email.Parse(addr); err != nil {
		return nu, fmt.Errorf("--email %q: %w", addr, err)
	}
	if called == "" {
		called = nu.Email.Local()
	}
	if nu.Name, err = name.Parse(called); err != nil {
		return nu, fmt.Errorf("--name %q: %w", called, err)
	}
	for _, s := range roles {
		r, err := role.Parse(strings.ToUpper(s))
		if err != nil {
			return nu, fmt.Errorf("--role %q: %w", s, err)
		}
		nu.Roles = append(nu.Roles, r)
	}
	return nu, nil
}

// readPassword asks twice on a terminal, and reads one line elsewhere.
func readPassword(cmd *cobra.Command) (password.Password, error) {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
			return password.Password{}, errors.New("no password on standard input")
		}
		return parsePassword(strings.TrimRight(line, "\r\n"))
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		cmd.PrintErr(prompt)
		b, err := term.ReadPassword(int(in.Fd()))
		cmd.PrintErrln()
		if err != nil {
			return password.Password{}, fmt.Errorf("password: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return password.Password{}, errors.New("the two passwords differ")
	}
	return parsePassword(typed[0])
}

func parsePassword(s string) (password.Password, error) {
	p, err := password.Parse(s)
	if err != nil {
		return p, fmt.Errorf("password: %w", err)
	}
	return p, nil
}

func genkeyCmd() *cobra.Command {
	var bits int
	cmd := &cobra.Command{
		Use:   "genkey",
		Short: "Add a key that signs tokens; a running service picks it up",
		Long: `Add an RSA key to the folder SALES_AUTH_KEYS. A running service publishes the new key at once, signs
with it after SALES_AUTH_KEY_SETTLE, when every replica has it, and keeps taking tokens of the older
keys as long as they are in the folder.`,
		Example: "  SALES_AUTH_KEYS=/etc/sales/keys sales-admin genkey",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := settings.FromEnvironment()
			if err != nil {
				return err
			}
			kid, err := keystore.Generate(s.Auth.Keys, bits)
			if err != nil {
				return err
			}
			cmd.Println("added", kid, "to", s.Auth.Keys)
			return nil
		},
	}
	cmd.Flags().IntVar(&bits, "bits", keystore.MinBits, "size of the key")
	return cmd
}

func retirekeyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "retirekey KID",
		Short: "Remove a key; its tokens end with it",
		Long: `Remove a key from the folder SALES_AUTH_KEYS. A running service takes its tokens no more, so wait until
the last of them has expired: SALES_AUTH_KEY_SETTLE and SALES_AUTH_TOKEN_LIFE after genkey. The last
key stays.`,
		Example: "  sales-admin retirekey 0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := settings.FromEnvironment()
			if err != nil {
				return err
			}
			err = keystore.Retire(s.Auth.Keys, args[0])
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("there is no key %q in %s", args[0], s.Auth.Keys)
			}
			if err == nil {
				cmd.Println("removed", args[0])
			}
			return err
		},
	}
}

func gentokenCmd() *cobra.Command {
	var addr string
	var life time.Duration
	cmd := &cobra.Command{
		Use:   "gentoken --email ADDRESS",
		Short: "Print an access token for an account, for debugging",
		Long: `Print an access token for an account, for debugging. It stands in the audit. It is good for
SALES_AUTH_TOKEN_LIFE or shorter: the service takes no token that was issued longer ago.`,
		Example: "  TOKEN=$(sales-admin gentoken --email admin@example.com)",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := email.Parse(addr)
			if err != nil {
				return fmt.Errorf("--email %q: %w", addr, err)
			}
			db, s, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			if life = cmp.Or(life, s.Auth.TokenLife); life < time.Second || life > s.Auth.TokenLife {
				return fmt.Errorf("--life %s: must be 1s to %s, SALES_AUTH_TOKEN_LIFE", life, s.Auth.TokenLife)
			}
			token, err := gentoken(cmd.Context(), db, s, to, life)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	cmd.Flags().StringVar(&addr, "email", "", "the account (required)")
	cmd.Flags().DurationVar(&life, "life", 0, "how long the token is good (SALES_AUTH_TOKEN_LIFE, and no longer)")
	_ = cmd.MarkFlagRequired("email") // fails for unknown flags only
	return cmd
}

// gentoken makes a token and records that it did, before anybody can use it.
func gentoken(ctx context.Context, db sqldb.DB, s settings.Settings, to email.Email, life time.Duration) (string,
	error) {
	keys, err := keystore.Open(s.Auth.Keys)
	if err != nil {
		return "", err
	}
	bus, err := domains(db, s)
	if err != nil {
		return "", err
	}
	u, err := bus.Users.GetByEmail(ctx, to)
	switch {
	case err != nil:
		return "", err
	case !u.Enabled:
		return "", errors.New("the account is disabled")
	}
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: s.Auth.Issuer, Audience: s.Auth.Audience, Life: life}, keys,
		clock.Now)
	if err != nil {
		return "", err
	}
	token, _, err := tokens.Issue(request.Actor{ID: u.ID, Roles: u.Roles, AuthAt: clock.Now()}, u.Generation)
	if err != nil {
		return "", err
	}
	return token, bus.InTx(ctx, func(ctx context.Context, d business.Domains) error {
		return recorded(ctx, d, rest.Event{Action: auth.ActionLogin, Resource: "user", ResourceID: u.ID},
			"sales-admin gentoken", map[string]any{"email": u.Email, "roles": u.Roles, "life": life.String()})
	})
}
