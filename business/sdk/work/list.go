package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Entry is a job as a person sees it, without its fields.
type Entry struct {
	ID        int64     `db:"id"`
	Kind      string    `db:"kind"`
	State     string    `db:"state"`
	Attempt   int       `db:"attempt"`
	Attempts  int       `db:"max_attempts"`
	Next      time.Time `db:"scheduled_at"` // when it is tried, or was to be
	LastError string    `db:"last_error"`
}

// Waiting are the states of a job that waits, and States are all.
var (
	Waiting = []string{"available", "scheduled", "retryable"}
	States  = append(Waiting[:3:3], "running", "completed", "cancelled", "discarded")
)

// List returns jobs in these states, the newest first.
func (q Queue) List(ctx context.Context, states []string, limit int) (list []Entry, err error) {
	err = q.db.Select(ctx, &list, `
		SELECT id, kind, state::text AS state, attempt, max_attempts, scheduled_at,
			coalesce(errors[array_upper(errors, 1)] ->> 'error', '') AS last_error
		FROM river.river_job WHERE state::text = ANY ($1) ORDER BY id DESC LIMIT $2`, states, limit)
	return list, err
}

// ErrNotFound is the error for a job that is not there, or no more.
var ErrNotFound = errors.New("there is no such job")

// ErrRunning is the error for a job that runs: it can be cancelled, and dropped afterwards.
var ErrRunning = errors.New("the job is running")

// Retry has a job tried now, whatever became of it; one that runs goes on.
func (q Queue) Retry(ctx context.Context, id int64) (state string, err error) {
	return q.change(ctx, id, q.client.JobRetryTx)
}

// Cancel has a job not be done; one that runs is told to stop. One that has ended stays as it is.
func (q Queue) Cancel(ctx context.Context, id int64) (state string, err error) {
	return q.change(ctx, id, q.client.JobCancelTx)
}

// Drop deletes a job.
func (q Queue) Drop(ctx context.Context, id int64) error {
	_, err := q.change(ctx, id, q.client.JobDeleteTx)
	return err
}

// change returns the state that the job is in afterwards.
func (q Queue) change(ctx context.Context, id int64,
	do func(context.Context, pgx.Tx, int64) (*rivertype.JobRow, error)) (state string, err error) {
	err = q.db.Pgx(ctx, func(tx pgx.Tx) error {
		job, err := do(ctx, tx, id)
		switch {
		case errors.Is(err, river.ErrNotFound):
			return ErrNotFound
		case errors.Is(err, rivertype.ErrJobRunning):
			return ErrRunning
		case err != nil:
			return fmt.Errorf("job %d: %w", id, err)
		}
		state = string(job.State)
		return nil
	})
	return state, err
}
