package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/foundation/webhook"
)

func listenCmd() *cobra.Command {
	var market, to, after string
	var types []string
	cmd := &cobra.Command{
		Use:   "listen --forward-to URL [--market MARKET] [--types TYPE,...]",
		Short: "Send what happens at a market to a receiver of webhooks on this machine",
		Long: `Send what happens at a market, as far as the account may hear of it, to a receiver of webhooks on
this machine, signed as the service signs, with a secret that is made anew each time and printed first. Each
event is sent once and gets a line: when, its type, its id, what the receiver answered and how long it took. A
stream that is cut goes on where it was; ^C ends it.`,
		Example: "  sales-admin listen --forward-to http://localhost:4242\n" +
			"  sales-admin listen --market elm --types garagesale.sale.completed.v1 --forward-to http://localhost:4242/hooks",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
			if err := webhook.Check(to, local); err != nil {
				return fmt.Errorf("--forward-to %w, or be on this machine, such as http://localhost:4242", err)
			}
			c, err := loggedIn()
			if err != nil {
				return err
			}
			m, err := findMarket(cmd, c, market)
			if err != nil {
				return err
			}
			secret := webhook.NewSecret()
			cmd.Println("secret", secret)
			cmd.Println("listening to", m.Name)
			sender := webhook.New(webhook.Config{Allow: local})
			for e, err := range c.Markets.Events(cmd.Context(), m.ID, after, types...) {
				if err != nil {
					return err
				}
				if err := forward(cmd, sender, to, secret, e.Data); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "forward-to", "", "the receiver's URL (required)")
	cmd.Flags().StringVar(&market, "market", "", "id or part of the name; by default the only open market")
	cmd.Flags().StringSliceVar(&types, "types", nil, "only these types of events; by default all")
	cmd.Flags().StringVar(&after, "after", "", "begin after this position; by default with what happens next")
	_ = cmd.MarkFlagRequired("forward-to") // fails for unknown flags only
	return cmd
}

// forward sends an event once and prints what became of it.
func forward(cmd *cobra.Command, sender *webhook.Sender, to, secret string, event []byte) error {
	var meta struct {
		ID          string `json:"id"`
		Type        string `json:"type"`
		Traceparent string `json:"traceparent"`
	}
	if err := json.Unmarshal(event, &meta); err != nil {
		return fmt.Errorf("the event cannot be read: %w", err)
	}
	res, err := sender.Send(cmd.Context(), webhook.Message{ID: meta.ID, URL: to, Secrets: []string{secret},
		Traceparent: meta.Traceparent, Body: event})
	if err != nil {
		return err
	}
	outcome := fmt.Sprint(res.Status)
	if res.Status == 0 {
		outcome = string(res.Failure)
	}
	cmd.Println(time.Now().Format(time.TimeOnly), meta.Type, meta.ID, outcome, res.Took.Round(time.Millisecond))
	return nil
}
