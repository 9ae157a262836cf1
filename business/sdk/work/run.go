package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/codes"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/otel"
)

const (
	// timeout is how long a job may take that does not say. River looks every 30 s for jobs that should have ended, so
	// that with rescueAfter and the first wait of 1 s one is done again within a minute of its worker's death.
	timeout     = 10 * time.Second
	rescueAfter = 15 * time.Second

	// pollEvery is how often a worker looks for jobs that nobody woke it for: those that were added within 100 ms after
	// others, and all of them behind a pooler that does not deliver NOTIFY.
	pollEvery = 2 * time.Second

	// startEvery is how often it tries to start while the database is away or not migrated.
	startEvery = time.Second

	// Done jobs are kept for a day, so that a periodic one is known to have run. Those that were given up or cancelled
	// are kept for a week, for a person to see.
	keepDone = 24 * time.Hour
	keepLost = 7 * 24 * time.Hour

	// maxError is how much of an error's text is kept with a job, in bytes.
	maxError = 1000
)

// Timed is a Job that may take so long; others may take 10 s. Its context ends then, and it is tried again.
type Timed interface{ Timeout() time.Duration }

// Kinds is what is done for each kind of job, and which jobs come by themselves.
type Kinds struct {
	workers  *river.Workers
	periodic []*river.PeriodicJob
}

// NewKinds makes a Kinds that knows none.
func NewKinds() *Kinds { return &Kinds{workers: river.NewWorkers()} }

// Handle has the jobs of J's kind done by do. One that fails is tried again, 1 s later at first and each time later
// than the last, by the fourth power of the attempt; see Final and Tried. The text of its error is kept with the job,
// without e-mail addresses, so it must hold no secret. It panics when the kind is taken.
func Handle[J Job](k *Kinds, do func(ctx context.Context, job J) error) {
	river.AddWorker(k.workers, handler[J]{do: do})
}

// Every adds a job of J's kind at each multiple of the period since the year 1 in UTC, whatever the number of replicas,
// and for a period that began before one of them runs. The period is a whole number of seconds, at most keepDone.
func Every[J Job](k *Kinds, period time.Duration, job J) {
	k.periodic = append(k.periodic, river.NewPeriodicJob(aligned(period),
		func() (river.JobArgs, *river.InsertOpts) {
			opts, err := options(context.Background(), job)
			if err != nil {
				return nil, nil
			}
			opts.UniqueOpts = river.UniqueOpts{ByPeriod: period}
			return job, opts
		}, &river.PeriodicJobOpts{ID: job.Kind(), RunOnStart: true}))
}

// aligned is a schedule at the multiples of a duration, which are where river.UniqueOpts has a period begin.
type aligned time.Duration

// Next implements river.PeriodicSchedule.
func (a aligned) Next(now time.Time) time.Time {
	return now.UTC().Truncate(time.Duration(a)).Add(time.Duration(a))
}

type handler[J Job] struct {
	river.WorkerDefaults[J]
	do func(ctx context.Context, job J) error
}

// Work implements river.Worker.
func (h handler[J]) Work(ctx context.Context, job *river.Job[J]) error { return h.do(ctx, job.Args) }

// Timeout implements river.Worker.
func (handler[J]) Timeout(job *river.Job[J]) time.Duration {
	if t, ok := any(job.Args).(Timed); ok {
		return t.Timeout()
	}
	return 0 // the client's
}

// Final marks the error of a job that would fail each time: it is not tried again.
func Final(err error) error { return river.JobCancel(err) }

// Again has a job done once more after a while, which is no failure.
func Again(after time.Duration) error { return river.JobSnooze(after) }

type idKey struct{}

// ID is the id of the job whose context it is; one that was added later has a greater one.
func ID(ctx context.Context) int64 {
	id, _ := ctx.Value(idKey{}).(int64)
	return id
}

// WithID is ctx as a job of that id has it.
func WithID(ctx context.Context, id int64) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// Config says how jobs are done.
type Config struct {
	Workers int            // jobs at once, at least 1
	Queues  map[string]int // jobs at once of the queues that are not shared (Queued)
	Log     *slog.Logger
	Tracing *otel.Provider

	timeout, rescueAfter time.Duration // 0: the constants
}

// Run does jobs until ctx is done. Those that run then have 10 s to end; what does not is done again later. It waits
// for a database that is away.
func Run(ctx context.Context, db sqldb.DB, k *Kinds, cfg Config) error {
	c, err := newWorker(db, k, cfg)
	if err != nil {
		return fmt.Errorf("work: %w", err)
	}
	for told := false; ; told = true {
		err := c.Start(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was not to go on
		}
		if !told {
			cfg.Log.WarnContext(ctx, "no jobs are done until the database is there", logger.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(startEvery):
		}
	}
	<-ctx.Done()
	select {
	case <-c.Stopped():
		return nil
	case <-time.After(timeout + 5*time.Second):
		return errors.New("work: a job does not end")
	}
}

func newWorker(db sqldb.DB, k *Kinds, cfg Config) (*Client, error) {
	queues := map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: cfg.Workers}}
	for name, n := range cfg.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	return river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{
		Schema: Schema, Workers: k.workers, PeriodicJobs: k.periodic, FetchOnlyKnownKinds: true,
		Queues: queues, JobTimeout: cmp.Or(cfg.timeout, timeout), RescueStuckJobsAfter: cmp.Or(cfg.rescueAfter, rescueAfter),
		FetchPollInterval: pollEvery, SoftStopTimeout: timeout,
		CompletedJobRetentionPeriod: keepDone, CancelledJobRetentionPeriod: keepLost, DiscardedJobRetentionPeriod: keepLost,
		ReindexerIndexNames: []string{}, // only the owner of the tables may
		Plugins:             []rivertype.Plugin{&around{log: cfg.Log, tracing: cfg.Tracing}},
		Logger:              slog.New(warnings{cfg.Log.Handler()}),
	})
}

// around is what happens around each job: its span, and what is told of its failure.
type around struct {
	river.MiddlewareDefaults
	log     *slog.Logger
	tracing *otel.Provider
}

// Work implements rivertype.WorkerMiddleware.
func (a *around) Work(ctx context.Context, job *rivertype.JobRow, do func(context.Context) error) (err error) {
	var m metadata
	_ = json.Unmarshal(job.Metadata, &m) // without it the job has a trace of its own
	traced, span := a.tracing.Continue(ctx, m.Traceparent, "job "+job.Kind)
	defer span.End()
	if err = recovered(WithID(traced, job.ID), do); err == nil {
		return nil
	}
	if _, ok := errors.AsType[*rivertype.JobSnoozeError](err); ok {
		return err
	}
	span.SetStatus(codes.Error, "")
	if ctx.Err() != nil {
		return err // the program ends, or the job was cancelled: that is no failure
	}
	failures.Add(1, job.Kind)
	err = failure{err}
	a.log.WarnContext(traced, "a job failed", slog.Int64("jobID", job.ID), slog.String("kind", job.Kind),
		slog.Int("attempt", job.Attempt), slog.Int("attempts", job.MaxAttempts), slog.String("error", err.Error()))
	return err
}

// recovered makes a panic an error like others.
func recovered(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return do(ctx)
}

// failure is an error as it is kept: without addresses, not long, and without the one character that jsonb refuses.
type failure struct{ error }

func (f failure) Error() string {
	s := logger.Mask(strings.ReplaceAll(f.error.Error(), "\x00", ""))
	return strings.ToValidUTF8(s[:min(len(s), maxError)], "")
}

func (f failure) Unwrap() error { return f.error }

// warnings lets no less through: River tells of each failed job, and so do we.
type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}
