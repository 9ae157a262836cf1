package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/work"
)

func jobsCmd() *cobra.Command {
	change := func(use, short, long string, do func(work.Queue, context.Context, int64) (string, error)) *cobra.Command {
		return &cobra.Command{
			Use: use + " ID...", Short: short, Long: long, Example: "  sales-admin jobs " + use + " 17",
			Args: cobra.MinimumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return changeJobs(cmd, args, "job."+use, do) },
		}
	}
	return group("jobs", "Show what waits to be done, and what could not be done",
		jobsListCmd(),
		change("retry", "Have jobs tried now", `Have jobs tried now, those that were given up too; what runs goes on.`,
			work.Queue.Retry),
		change("cancel", "Have jobs not be done", `Have jobs not be done. One that runs is told to stop, and is cancelled
when it does; one that has ended stays as it is.`, work.Queue.Cancel),
		change("drop", "Delete jobs", `Delete jobs, whatever became of them; one that runs has to be cancelled first.
Nobody has to: what is done is deleted after a day, what was given up or cancelled after a week.`,
			func(q work.Queue, ctx context.Context, id int64) (string, error) { return "dropped", q.Drop(ctx, id) }),
	)
}

func jobsListCmd() *cobra.Command {
	var states []string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List jobs, the newest first",
		Long: `List jobs, the newest first: id, kind, state, attempts, when it is tried next, and its last error.
A job waits as available, as scheduled for later, or as retryable after it has failed; it is running; or it has
ended as completed, as cancelled, or as discarded when it failed too often.`,
		Example: "  sales-admin jobs list\n  sales-admin jobs list --state discarded",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, s := range states {
				if !slices.Contains(work.States, s) {
					return fmt.Errorf("--state %q: must be one of %s", s, strings.Join(work.States, ", "))
				}
			}
			return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
				list, err := bus.Work.List(cmd.Context(), states, limit)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, j := range list {
					next := "-"
					if slices.Contains(work.Waiting, j.State) {
						next = j.Next.UTC().Format(time.RFC3339)
					}
					line, _, _ := strings.Cut(j.LastError, "\n")
					_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%d/%d\t%s\t%s\n", j.ID, j.Kind, j.State, j.Attempt, j.Attempts, next,
						strings.Map(printable, line))
				}
				return w.Flush()
			})
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", slices.DeleteFunc(slices.Clone(work.States),
		func(s string) bool { return s == "completed" }), "only those in this state; may be repeated")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many at most")
	return cmd
}

// printable keeps what somebody else's server said from steering the terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// changeJobs does it to each, one by one, up to the first error.
func changeJobs(cmd *cobra.Command, args []string, action string,
	do func(work.Queue, context.Context, int64) (string, error)) error {
	ids := make([]int64, len(args))
	for i, arg := range args {
		var err error
		if ids[i], err = strconv.ParseInt(arg, 10, 64); err != nil || ids[i] < 1 {
			return fmt.Errorf("%q is no job's id (see sales-admin jobs list)", arg)
		}
	}
	return withDomains(cmd, func(bus business.Business, _ settings.Settings) error {
		for _, id := range ids {
			var state string
			err := bus.InTx(cmd.Context(), func(ctx context.Context, d business.Domains) (err error) {
				if state, err = do(d.Work, ctx, id); err != nil {
					return err
				}
				return recorded(ctx, d, rest.Event{Action: action, Resource: "job"}, cmd.CommandPath(),
					map[string]any{"id": id, "state": state})
			})
			if err != nil {
				return fmt.Errorf("job %d: %w", id, err)
			}
			cmd.Println(id, state)
		}
		return nil
	})
}
