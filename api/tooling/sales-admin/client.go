package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/garagesale/service/api/clients/go"
)

// account is a login that is kept between commands, in a file that only its owner can read.
type account struct {
	URL    string       `json:"url"`
	Email  string       `json:"email"`
	Tokens sales.Tokens `json:"tokens"`
}

func accountFile() (string, error) {
	if file := os.Getenv("SALES_LOGIN"); file != "" {
		return file, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "garagesale", "login.json"), err
}

func (a account) save() error {
	file, err := accountFile()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	// Written aside and renamed, so that a command beside this one never reads half of it.
	tmp := file + ".new"
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}

// loggedIn is a client with the tokens of the last `login`.
func loggedIn() (*sales.Client, error) {
	file, err := accountFile()
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("log in first: sales-admin login --email ADDRESS")
	}
	if err != nil {
		return nil, err
	}
	var a account
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("%s: %w (log in again)", file, err)
	}
	return sales.New(a.URL, sales.WithTokens(a.Tokens, func(t sales.Tokens) {
		a.Tokens = t
		if err := a.save(); err != nil {
			fmt.Fprintln(os.Stderr, "sales-admin: the new tokens could not be kept:", err)
		}
	})), nil
}

func loginCmd() *cobra.Command {
	var email, url string
	cmd := &cobra.Command{
		Use:   "login --email ADDRESS [--url URL]",
		Short: "Log in to a service, for markets, products, sell and statement",
		Long: `Log in to a service. The password is asked for, or read as the first line of standard input
when that is no terminal. The tokens are kept in the user's configuration folder, or in the file SALES_LOGIN,
readable by the user alone.`,
		Example: "  sales-admin login --email cashier@example.com\n  sales-admin login --email ada@example.com --url " +
			"https://sales.example.com < password.txt",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pass, err := givenPassword(cmd)
			if err != nil {
				return err
			}
			a := account{URL: url, Email: email}
			c := sales.New(url)
			if err := c.LogIn(cmd.Context(), email, pass); err != nil {
				return err
			}
			a.Tokens = c.Tokens()
			if err := a.save(); err != nil {
				return err
			}
			cmd.Println("logged in as", email)
			return nil
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "the account (required)")
	cmd.Flags().StringVar(&url, "url", "http://127.0.0.1:3000", "the service")
	_ = cmd.MarkFlagRequired("email") // fails for unknown flags only
	return cmd
}

// givenPassword reads a password that exists, so it is not judged.
func givenPassword(cmd *cobra.Command) (string, error) {
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		cmd.PrintErr("Password: ")
		b, err := term.ReadPassword(int(in.Fd()))
		cmd.PrintErrln()
		return string(b), err
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", errors.New("no password on standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func marketsCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "markets",
		Short:   "List the markets",
		Example: "  sales-admin markets",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loggedIn()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for m, err := range c.Markets.List(cmd.Context(), sales.MarketFilter{}) {
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.ID, m.Status, m.StartsAt.Format("2006-01-02"), m.Currency, m.Name)
			}
			return w.Flush()
		},
	}
}

func productsCmd() *cobra.Command {
	var market, part string
	cmd := &cobra.Command{
		Use:     "products [--market MARKET] [--name PART]",
		Short:   "List what is on the tables of a market",
		Example: "  sales-admin products\n  sales-admin products --name lamp",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loggedIn()
			if err != nil {
				return err
			}
			m, err := findMarket(cmd, c, market)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for p, err := range c.Products.List(cmd.Context(), m.ID, sales.ProductFilter{Name: part}) {
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(w, "%s\t%s\t%d left\t%s\n", p.Code, amount(p.Price, m.Currency), p.Quantity, p.Name)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&market, "market", "", "id or part of the name; by default the only open market")
	cmd.Flags().StringVar(&part, "name", "", "a part of the product's name")
	return cmd
}

func statementCmd() *cobra.Command {
	var market string
	cmd := &cobra.Command{
		Use:     "statement NUMBER [--market MARKET]",
		Short:   "Show what the family with that number sold and has to get",
		Example: "  sales-admin statement 12",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loggedIn()
			if err != nil {
				return err
			}
			m, err := findMarket(cmd, c, market)
			if err != nil {
				return err
			}
			for f, err := range c.Families.List(cmd.Context(), m.ID) {
				if err != nil {
					return err
				}
				if fmt.Sprint(f.Number) == args[0] {
					return printStatement(cmd, c, f, m.Currency)
				}
			}
			return fmt.Errorf("there is no family %s at %s that this account may see", args[0], m.Name)
		},
	}
	cmd.Flags().StringVar(&market, "market", "", "id or part of the name; by default the only open market")
	return cmd
}

func printStatement(cmd *cobra.Command, c *sales.Client, f sales.Family, currency string) error {
	s, err := c.Families.Statement(cmd.Context(), f.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, l := range s.Lines {
		_, _ = fmt.Fprintf(w, "sale %d\t%d × %s\t%s\n", l.SaleNumber, l.Quantity-l.Returned, l.Name,
			amount(l.Amount, currency))
	}
	for _, row := range []struct {
		what  string
		minor int64
	}{{"gross", s.Gross}, {"commission", s.Commission}, {"net", s.Net}, {"paid", s.Paid}, {"balance", s.Balance}} {
		_, _ = fmt.Fprintf(w, "%s\t\t%s\n", row.what, amount(row.minor, currency))
	}
	return w.Flush()
}
