package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/outbox"
)

func eventsCmd() *cobra.Command {
	return group("events", "Show what was told of a market, and tell it again", eventsListCmd(), eventsReplayCmd(),
		eventsFailedCmd(), eventsRetryCmd(), eventsDropCmd())
}

// span is which events of a market are meant.
type span struct{ market, from, until string }

func (s *span) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.market, "market", "", "id of the market (required)")
	cmd.Flags().StringVar(&s.from, "from", "",
		"position or time of the first, such as 2026-05-30T09:00:00Z; none: the oldest that is kept")
	cmd.Flags().StringVar(&s.until, "until", "", "position of the last, or time before which it was; none: the newest")
	_ = cmd.MarkFlagRequired("market") // fails for unknown flags only
}

func (s *span) marketID() (uuid.UUID, error) {
	id, err := uuid.Parse(s.market)
	if err != nil {
		err = fmt.Errorf("--market: %q is no id", s.market)
	}
	return id, err
}

// walk calls fn with the events of the span, page by page.
func (s *span) walk(ctx context.Context, store outbox.Store, fn func([]outbox.Told) error) error {
	market, err := s.marketID()
	if err != nil {
		return err
	}
	reach, err := store.Reach(ctx)
	if err != nil {
		return err
	}
	after, until := reach.Gone, reach.Head
	if s.from != "" {
		if after, err = before(ctx, store, market, s.from); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		if after < reach.Gone {
			return fmt.Errorf("--from: what was up to position %d is no longer kept", reach.Gone)
		}
	}
	if s.until != "" {
		if until, err = before(ctx, store, market, s.until); err != nil {
			return fmt.Errorf("--until: %w", err)
		}
		if !strings.Contains(s.until, ":") {
			until++ // that position too
		}
	}
	for after < until {
		page, err := store.OfMarket(ctx, market, after, 500)
		if err != nil {
			return err
		}
		for i, e := range page {
			if e.Position > until {
				page = page[:i]
				break
			}
		}
		if len(page) == 0 {
			return nil
		}
		after = page[len(page)-1].Position
		if err := fn(page); err != nil {
			return err
		}
	}
	return nil
}

// before is the position before the event that a position or a time names.
func before(ctx context.Context, store outbox.Store, market uuid.UUID, which string) (int64, error) {
	if n, err := strconv.ParseInt(which, 10, 64); err == nil && n > 0 {
		return n - 1, nil
	}
	at, err := time.Parse(time.RFC3339, which)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a position nor a time like 2026-05-30T09:00:00Z", which)
	}
	return store.Before(ctx, market, at)
}

func eventsListCmd() *cobra.Command {
	var which span
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list --market ID [--from POSITION|TIME] [--until POSITION|TIME] [--json]",
		Short: "List what was told of a market: position, time, type, and what it is about",
		Long: `List what was told of a market, the oldest first: position, time, type, and what it is about. With --json
each line is an object with the position and the whole event, as everybody got it.`,
		Example: "  sales-admin events list --market 0197c1b2-7d10-7000-8000-000000000001\n" +
			"  sales-admin events list --market 0197c1b2-7d10-7000-8000-000000000001 --from 2026-05-30T09:00:00Z --json | " +
			"jq .event.type",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				return errors.Join(which.walk(cmd.Context(), bus.Outbox, func(page []outbox.Told) error {
					for _, e := range page {
						if asJSON {
							_, _ = fmt.Fprintf(cmd.OutOrStdout(), "{\"position\": %d, \"event\": %s}\n", e.Position, e.Payload)
							continue
						}
						_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s %s\n", e.Position, e.At.Format(time.RFC3339), e.Type, e.Kind, e.KindID)
					}
					return nil
				}), w.Flush())
			})
		},
	}
	which.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print whole events, one a line")
	return cmd
}

func eventsReplayCmd() *cobra.Command {
	var which span
	var to string
	cmd := &cobra.Command{
		Use:   "replay --market ID --to nats|webhook:ID [--from POSITION|TIME] [--until POSITION|TIME]",
		Short: "Tell again what was told of a market",
		Long: `Tell again what was told of a market, with the same ids and in the same order, to a receiver that has lost it.
It comes behind what was told since. NATS (SALES_EVENTS_NATS_URL) drops what it got within the last two hours. A
webhook of the market is sent what it wants of it, each once: GET /v1/webhooks/{webhookID}/deliveries shows what becomes
of it. What a webhook has not come to yet is left out, since it comes anyway.`,
		Example: "  sales-admin events replay --market 0197c1b2-7d10-7000-8000-000000000001 --from 4711 --to nats\n" +
			"  sales-admin events replay --market 0197c1b2-7d10-7000-8000-000000000001 --from 2026-05-30T09:00:00Z " +
			"--to webhook:0197c1b2-7d10-7000-8000-000000000090",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDomains(cmd, func(bus business.Business, s settings.Settings) error {
				if id, ok := strings.CutPrefix(to, "webhook:"); ok {
					return replayToWebhook(cmd, bus, which, id)
				}
				return replayToNATS(cmd, bus, s, which, to)
			})
		},
	}
	which.flags(cmd)
	cmd.Flags().StringVar(&to, "to", "", "who gets them: nats, or webhook: and its id (required)")
	_ = cmd.MarkFlagRequired("to") // fails for unknown flags only
	return cmd
}

func replayToNATS(cmd *cobra.Command, bus business.Business, s settings.Settings, which span, to string) error {
	market, err := which.marketID()
	if err != nil {
		return err
	}
	target, end, err := targetOf(to, s)
	if err != nil {
		return err
	}
	defer end()
	sent := 0
	err = which.walk(cmd.Context(), bus.Outbox, func(page []outbox.Told) error {
		n, err := sendAll(cmd, target, page)
		sent += n
		return err
	})
	if sent > 0 {
		err = errors.Join(err, bus.InTx(cmd.Context(), func(ctx context.Context, d business.Domains) error {
			return recorded(ctx, d, rest.Event{Action: "event.replay", Resource: "market", ResourceID: market},
				cmd.CommandPath(), map[string]any{"to": to, "from": which.from, "until": which.until, "events": sent})
		}))
	}
	cmd.Printf("%d events were told again%s\n", sent, repeats(target))
	return err
}

// replayToWebhook has a webhook sent again what it wants of the span, a page in a transaction.
func replayToWebhook(cmd *cobra.Command, bus business.Business, which span, to string) error {
	id, err := uuid.Parse(to)
	if err != nil {
		return fmt.Errorf("--to: %q is no webhook's id", to)
	}
	market, err := which.marketID()
	if err != nil {
		return err
	}
	w, err := bus.Webhooks.Get(cmd.Context(), id)
	if err == nil && w.MarketID != market {
		err = errors.New("it is of another market")
	}
	if err != nil {
		return fmt.Errorf("--to: webhook %s: %w", id, err)
	}
	var sent int64
	err = which.walk(cmd.Context(), bus.Outbox, func(page []outbox.Told) error {
		var n int64
		err := bus.InTx(cmd.Context(), func(ctx context.Context, d business.Domains) error {
			w, err := d.Webhooks.Lock(ctx, id)
			if err != nil {
				return err
			}
			if n, err = d.Webhooks.Replay(ctx, w, page); err != nil {
				return err
			}
			return recorded(ctx, d, rest.Event{Action: "event.replay", Resource: "webhook", ResourceID: id}, cmd.CommandPath(),
				map[string]any{"from": page[0].Position, "until": page[len(page)-1].Position, "events": n})
		})
		if err != nil {
			return fmt.Errorf("--to: webhook %s: %w", id, err)
		}
		sent += n
		return nil
	})
	cmd.Printf("%d events are sent again, behind what waits\n", sent)
	return err
}

// targetOf is whom --to names, and how to end with it.
func targetOf(to string, s settings.Settings) (outbox.Target, func(), error) {
	if to != "nats" {
		return nil, nil, fmt.Errorf("--to: %q must be nats, or webhook: and its id", to)
	}
	if s.Events.NATS.URL == "" {
		return nil, nil, errors.New("SALES_EVENTS_NATS_URL is not set: name a server, such as nats://127.0.0.1:4222")
	}
	b, err := broker.Open(broker.Config(s.Events.NATS))
	if err != nil {
		return nil, nil, err
	}
	if err := b.Ready(); err != nil {
		b.Close()
		return nil, nil, err
	}
	return b, b.Close, nil
}

// sendAll sends every event that the target does not refuse, and returns how many those were.
func sendAll(cmd *cobra.Command, target outbox.Target, list []outbox.Told) (sent int, err error) {
	for len(list) > 0 {
		n, err := target.Send(cmd.Context(), list)
		sent += n
		if refused, ok := errors.AsType[outbox.Refused](err); ok {
			cmd.PrintErrf("position %d is refused: %s\n", list[n].Position, refused.Reason)
			n++
		} else if err != nil {
			return sent, fmt.Errorf("at position %d: %w", list[n].Position, err)
		}
		list = list[n:]
	}
	return sent, nil
}

// repeats tells how many of them the target had already, if it knows.
func repeats(target outbox.Target) string {
	if b, ok := target.(*broker.Broker); ok && b.Repeats() > 0 {
		return fmt.Sprintf(", %d of which it had", b.Repeats())
	}
	return ""
}

func eventsFailedCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "failed [--json]",
		Short:   "List the events that were refused and set aside: relay, position, since when, market, type, reason",
		Example: "  sales-admin events failed",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				list, err := bus.Outbox.Failures(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, f := range list {
					_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", f.Relay, f.Position, f.At.Format(time.RFC3339), f.MarketID,
						f.Type, f.Reason)
				}
				return w.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as a JSON array")
	return cmd
}

func eventsRetryCmd() *cobra.Command {
	return failureCmd("retry", "Tell an event again that was set aside; it comes behind what was told since",
		func(cmd *cobra.Command, store outbox.Store, s settings.Settings, relay string, position int64) error {
			target, end, err := targetOf(relay, s)
			if err != nil {
				return err
			}
			defer end()
			list, err := store.After(cmd.Context(), position-1, 1)
			if err != nil {
				return err
			}
			if len(list) == 0 || list[0].Position != position {
				return fmt.Errorf("event %d is no longer kept: drop it", position)
			}
			if _, err = target.Send(cmd.Context(), list); err != nil {
				return fmt.Errorf("event %d: %w", position, err)
			}
			return nil
		})
}

func eventsDropCmd() *cobra.Command {
	return failureCmd("drop", "Take an event off the list of those that were set aside",
		func(*cobra.Command, outbox.Store, settings.Settings, string, int64) error { return nil })
}

// failureCmd does something about an event that was set aside, and takes it off the list.
func failureCmd(use, short string,
	do func(*cobra.Command, outbox.Store, settings.Settings, string, int64) error) *cobra.Command {
	var relay string
	cmd := &cobra.Command{
		Use:     use + " POSITION [--relay NAME]",
		Short:   short,
		Example: "  sales-admin events " + use + " 4711",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			position, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is no position (see sales-admin events failed)", args[0])
			}
			return withDomains(cmd, func(bus business.Business, s settings.Settings) error {
				list, err := bus.Outbox.Failures(cmd.Context())
				if err != nil {
					return err
				}
				for _, f := range list {
					if f.Relay != relay || f.Position != position {
						continue
					}
					if err := do(cmd, bus.Outbox, s, relay, position); err != nil {
						return err
					}
					return bus.InTx(cmd.Context(), func(ctx context.Context, d business.Domains) error {
						if err := d.Outbox.Forget(ctx, relay, position); err != nil {
							return err
						}
						return recorded(ctx, d, rest.Event{Action: "event." + use, Resource: "event", ResourceID: f.ID},
							cmd.CommandPath(), map[string]any{"relay": relay, "position": position})
					})
				}
				return fmt.Errorf("there is no event %d that %s refused (see sales-admin events failed)", position, relay)
			})
		},
	}
	cmd.Flags().StringVar(&relay, "relay", "nats", "who refused it")
	return cmd
}
