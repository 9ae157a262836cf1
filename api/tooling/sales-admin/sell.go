package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/clients/go"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
)

func sellCmd() *cobra.Command {
	var market, cash, key string
	var card bool
	cmd := &cobra.Command{
		Use:   "sell CODE[xN][@PRICE]... (--cash AMOUNT | --card)",
		Short: "Ring up a sale",
		Long: `Ring up a sale at the open market. Each argument names a product by the code on its label, how
many pieces, and what was agreed for one of them if that is not its price. If the answer is lost for good, the
command prints a key; the same command with --key and it rings up nothing twice.`,
		Example: "  sales-admin sell 12-003 12-004x2 --cash 20.00\n  sales-admin sell 2-001@65.00 --card",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (cash != "") == card {
				return errors.New("say how it is paid: --cash AMOUNT or --card")
			}
			c, err := loggedIn()
			if err != nil {
				return err
			}
			m, err := findMarket(cmd, c, market)
			if err != nil {
				return err
			}
			if key == "" {
				key = sales.NewKey()
			}
			basket, err := basketOf(cmd, c, m, args, cash)
			if err != nil {
				return err
			}
			basket.Key = key
			s, err := c.Sales.Create(cmd.Context(), m.ID, basket)
			var refused *sales.Error
			switch {
			case errors.As(err, &refused) && refused.Code != "outcome_unknown":
				return err
			case err != nil:
				return fmt.Errorf("%w; whether it was rung up is unknown: repeat the command with --key %s", err, key)
			}
			for _, l := range s.Lines {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%3d × %-30s %12s\n", l.Quantity, l.Name, amount(l.Amount, m.Currency))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "sale %d: total %s, change %s\n", s.Number, amount(s.Total, m.Currency),
				amount(s.Payment.Change, m.Currency))
			return err
		},
	}
	cmd.Flags().StringVar(&cash, "cash", "", "the cash that is handed over, such as 20.00")
	cmd.Flags().BoolVar(&card, "card", false, "paid by card")
	cmd.Flags().StringVar(&market, "market", "", "id or part of the name; by default the only open market")
	cmd.Flags().StringVar(&key, "key", "", "the key of an attempt whose answer was lost")
	return cmd
}

// basketOf reads the arguments; without cash it is paid by card, whatever it costs.
func basketOf(cmd *cobra.Command, c *sales.Client, m sales.Market, args []string, cash string) (sales.NewSale, error) {
	basket := sales.NewSale{Payment: sales.NewPayment{Tender: "CARD"}}
	for _, arg := range args {
		line, err := parseLine(arg, m.Currency)
		if err != nil {
			return basket, err
		}
		basket.Lines = append(basket.Lines, line)
	}
	var err error
	if cash == "" {
		basket.Payment.Amount, err = total(cmd, c, m, basket.Lines)
		return basket, err
	}
	basket.Payment.Tender = "CASH"
	if basket.Payment.Amount, err = parseAmount(cash, m.Currency); err != nil {
		return basket, fmt.Errorf("--cash %w", err)
	}
	return basket, nil
}

var lineForm = regexp.MustCompile(`^([0-9]+-[0-9]+)(?:x([0-9]+))?(?:@(.+))?$`)

// parseLine reads CODE[xN][@PRICE].
func parseLine(arg, currency string) (sales.NewLine, error) {
	m := lineForm.FindStringSubmatch(arg)
	if m == nil {
		return sales.NewLine{}, fmt.Errorf("%q: must be like 12-003, 12-003x2 or 12-003x2@4.50", arg)
	}
	l := sales.NewLine{Code: m[1], Quantity: 1}
	var err error
	if m[2] != "" {
		if l.Quantity, err = strconv.Atoi(m[2]); err != nil || l.Quantity < 1 {
			return l, fmt.Errorf("%q: %s is no number of pieces", arg, m[2])
		}
	}
	if m[3] != "" {
		price, err := parseAmount(m[3], currency)
		if err != nil {
			return l, fmt.Errorf("%q: %w", arg, err)
		}
		l.UnitPrice = &price
	}
	return l, nil
}

// total adds up what a card is charged. The service refuses the sale if a price changed meanwhile.
func total(cmd *cobra.Command, c *sales.Client, m sales.Market, lines []sales.NewLine) (int64, error) {
	var sum int64
	for _, l := range lines {
		price := l.UnitPrice
		if price == nil {
			for p, err := range c.Products.List(cmd.Context(), m.ID, sales.ProductFilter{Code: l.Code}) {
				if err != nil {
					return 0, err
				}
				price = &p.Price
			}
		}
		if price == nil {
			return 0, fmt.Errorf("%s: there is no such product at %s", l.Code, m.Name)
		}
		sum += *price * int64(l.Quantity)
	}
	return sum, nil
}

// amount writes an amount as people do.
func amount(minor int64, code string) string {
	return money.Money(minor).Format(currency.Currency(code))
}

// parseAmount reads an amount as people write it.
func parseAmount(s, code string) (int64, error) {
	m, err := money.Parse(s, currency.Currency(code))
	return int64(m), err
}

// findMarket finds a market by id or by a part of its name, or the only one that is open.
func findMarket(cmd *cobra.Command, c *sales.Client, which string) (sales.Market, error) {
	if len(which) == 36 && strings.Count(which, "-") == 4 {
		return c.Markets.Get(cmd.Context(), which)
	}
	f := sales.MarketFilter{Name: which}
	if which == "" {
		f.Status = "OPEN"
	}
	var found []sales.Market
	for m, err := range c.Markets.List(cmd.Context(), f) {
		if err != nil {
			return sales.Market{}, err
		}
		if found = append(found, m); len(found) > 1 {
			return sales.Market{}, fmt.Errorf("there are several such markets, %q and %q among them: name one with --market",
				found[0].Name, m.Name)
		}
	}
	if len(found) == 0 {
		return sales.Market{}, errors.New("there is no such market")
	}
	return found[0], nil
}
