// Package work is what is done beside requests: jobs that are added in the transaction of the change that asks for
// them, and done by whichever replica is free, at least once. A job whose worker is killed is done again within a
// minute, so what a job does must bear to be done twice. It is the one place that knows River
// (github.com/riverqueue/river), whose tables are in a schema of their own.
package work

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/otel"
)

// Schema is where River's tables are.
const Schema = "river"

// riverVersion is the last of River's own migrations that Migrate brings. A version of River that has more of them
// comes with a migration of ours that brings those.
const riverVersion = 8

// Migrate makes River's tables, as their owner. It takes a transaction for each of River's versions, because a later
// one uses a value of an enum that an earlier one adds; after a crash between two of them it goes on where it was.
func Migrate(ctx context.Context, db sqldb.DB) error {
	if _, err := db.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+Schema); err != nil {
		return err
	}
	m, err := rivermigrate.New(riverpgxv5.New(db.Pool()),
		&rivermigrate.Config{Schema: Schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: riverVersion})
	return err
}

// Job is something to do, by the fields that JSON keeps of it. Whoever may read the database sees them, so they are no
// secrets. A job may also have the methods of Tried, Timed and Queued.
type Job interface {
	// Kind names what is to be done; jobs wait under it across releases, so it never changes.
	Kind() string
}

// Tried is a Job that is given up after so many failed attempts; others after 25, which takes three weeks.
type Tried interface{ Attempts() int }

// Queued is a Job that waits in a queue of its own, whose jobs hold up no others (Config.Queues).
type Queued interface{ Queue() string }

// Queue adds jobs. One that is over a transaction adds them when that commits, and not if it does not.
type Queue struct {
	db     sqldb.DB
	client *Client
}

// Client is what the queues of a process share: it wakes the workers at most once in 100 ms, since a NOTIFY in every
// commit makes all commits wait for each other.
type Client = river.Client[pgx.Tx]

// NewClient makes a Client that only adds.
func NewClient() *Client {
	c, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Schema: Schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err) // it is the same for all
	}
	return c
}

// NewQueue makes a Queue over a handle.
func NewQueue(db sqldb.DB, c *Client) Queue { return Queue{db, c} }

// Add adds a job, which belongs to the trace in ctx.
func (q Queue) Add(ctx context.Context, job Job) error {
	opts, err := options(ctx, job)
	if err != nil {
		return err
	}
	return q.db.Pgx(ctx, func(tx pgx.Tx) error {
		if _, err := q.client.InsertTx(ctx, tx, job, opts); err != nil {
			return fmt.Errorf("add job %s: %w", job.Kind(), err)
		}
		return nil
	})
}

// metadata is what a job carries beside its fields.
type metadata struct {
	Traceparent string `json:"traceparent,omitempty"`
}

func options(ctx context.Context, job Job) (*river.InsertOpts, error) {
	raw, err := json.Marshal(metadata{otel.Traceparent(ctx)})
	opts := &river.InsertOpts{Metadata: raw}
	if t, ok := job.(Tried); ok {
		opts.MaxAttempts = t.Attempts()
	}
	if t, ok := job.(Queued); ok {
		opts.Queue = t.Queue()
	}
	return opts, err
}
