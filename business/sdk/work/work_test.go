package work_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/otel"
)

func TestMain(m *testing.M) {
	if url := os.Getenv("WORK_TEST_URL"); url != "" {
		hang(url)
		return
	}
	dbtest.Main(m)
}

// greeting is a job.
type greeting struct{ Name string }

func (greeting) Kind() string { return "greeting" }

func (greeting) Attempts() int { return 2 }

type job struct {
	ID          int64     `db:"id"`
	State       string    `db:"state"`
	Attempt     int       `db:"attempt"`
	Attempts    int       `db:"max_attempts"`
	Args        string    `db:"args"`
	Traceparent string    `db:"traceparent"`
	ScheduledAt time.Time `db:"scheduled_at"`
	Errors      []string  `db:"errors"`
}

func jobs(t *testing.T, db sqldb.DB) (list []job) {
	t.Helper()
	if err := db.Select(context.Background(), &list, `
		SELECT id, state::text AS state, attempt, max_attempts, args::text AS args,
			coalesce(metadata ->> 'traceparent', '') AS traceparent, scheduled_at,
			ARRAY(SELECT e ->> 'error' FROM unnest(errors) e) AS errors
		FROM river.river_job ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	return list
}

// run works until the test ends or the function that it returns has been called, which waits for the end.
func run(t *testing.T, db sqldb.DB, k *work.Kinds, cfg work.Config) (stop func()) {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Tracing == nil {
		var err error
		if cfg.Tracing, err = otel.Start(t.Context(), otel.Config{}, cfg.Log); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Workers = max(cfg.Workers, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := work.Run(ctx, db, k, cfg); err != nil {
			t.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// TestAdded: a job is there when its change is, and not otherwise.
func TestAdded(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	refused := errors.New("refused")
	runs := 0
	for _, tt := range []struct {
		name string
		in   func(context.Context, business.Domains) error
		want error
	}{
		{"commits", func(ctx context.Context, d business.Domains) error { return d.Work.Add(ctx, greeting{"Ada"}) }, nil},
		{"rolls back", func(ctx context.Context, d business.Domains) error {
			if err := d.Work.Add(ctx, greeting{"Bo"}); err != nil {
				return err
			}
			return refused
		}, refused},
		{"runs again", func(ctx context.Context, d business.Domains) error {
			if err := d.Work.Add(ctx, greeting{"Cy"}); err != nil {
				return err
			}
			if runs++; runs == 1 {
				return &pgconn.PgError{Code: "40001"}
			}
			return nil
		}, nil},
	} {
		if err := b.InTx(t.Context(), tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := b.Work.Add(t.Context(), greeting{"Di"}); err != nil { // a transaction of its own
		t.Error(err)
	}
	var got []string
	for _, j := range jobs(t, db) {
		got = append(got, j.Args)
		if j.State != "available" || j.Attempts != 2 {
			t.Errorf("%+v", j)
		}
	}
	if want := []string{`{"Name": "Ada"}`, `{"Name": "Cy"}`, `{"Name": "Di"}`}; !slices.Equal(got, want) || runs != 2 {
		t.Errorf("%q after %d runs, want %q", got, runs, want)
	}
}

// TestBroken: a job that cannot be added breaks the change, and says so once.
func TestBroken(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	if _, err := dbtest.Owner(t, db).Exec(t.Context(), `REVOKE INSERT ON river.river_job FROM sales_app`); err != nil {
		t.Fatal(err)
	}
	err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		_ = d.Work.Add(ctx, greeting{"Ada"}) // whoever overlooks it
		return nil
	})
	if err == nil {
		t.Error("the change was committed")
	}
	err = b.Work.Add(t.Context(), greeting{"Ada"})
	if err == nil || !strings.HasPrefix(err.Error(), "add job greeting: ") {
		t.Errorf("outside: %v", err)
	}
}

// TestDone: two replicas, with no more rights than the service has, do each of 100 jobs once.
func TestDone(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	const n = 100
	var mu sync.Mutex
	times := map[string]int{}
	k := work.NewKinds()
	work.Handle(k, func(_ context.Context, g greeting) error {
		mu.Lock()
		defer mu.Unlock()
		times[g.Name]++
		return nil
	})
	run(t, db, k, work.Config{Workers: 3})
	run(t, dbtest.Open(t, db.Pool().Config().ConnString()), k, work.Config{Workers: 3})
	for i := range n {
		if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			return d.Work.Add(ctx, greeting{strings.Repeat("x", i+1)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are done", func() bool {
		return !slices.ContainsFunc(jobs(t, db), func(j job) bool { return j.State != "completed" })
	})
	mu.Lock()
	defer mu.Unlock()
	if len(times) != n {
		t.Errorf("%d were done, want %d", len(times), n)
	}
	for name, done := range times {
		if done != 1 {
			t.Errorf("%d was done %d times", len(name), done)
		}
	}
}

// TestFailing: a job that fails is tried again and then given up, a final failure and a panic too; each is logged and
// kept, without what is in the job and without addresses, and counted.
func TestFailing(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	var out apptest.Buffer
	k := work.NewKinds()
	work.Handle(k, func(_ context.Context, g greeting) error {
		switch g.Name {
		case "final secret":
			return work.Final(errors.New("never for ada@example.com"))
		case "panic secret":
			panic("oh bo@example.com")
		}
		return errors.New("not\x00 now, cy@example.com" + strings.Repeat("ü", 5000))
	})
	before := failures(t)
	run(t, db, k, work.Config{Log: logger.New(&out, nil, "test")})
	for _, name := range []string{"final secret", "panic secret", "again secret"} {
		if err := b.Work.Add(t.Context(), greeting{name}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are given up", func() bool {
		return !slices.ContainsFunc(jobs(t, db), func(j job) bool { return j.State != "discarded" && j.State != "cancelled" })
	})
	list := jobs(t, db)
	for i, want := range []struct {
		state string
		text  string
		tries int
	}{{"cancelled", "never for a***@example.com", 1}, {"discarded", "panic: oh b***@example.com", 2},
		{"discarded", "not now, c***@example.com", 2}} {
		j := list[i]
		if j.State != want.state || len(j.Errors) != want.tries || !strings.Contains(j.Errors[0], want.text) ||
			len(j.Errors[0]) > 1000 {
			t.Errorf("%+v, want %+v", j, want)
		}
		if n := strings.Count(out.String(), want.text); n != want.tries {
			t.Errorf("%q is logged %d times, want %d", want.text, n, want.tries)
		}
	}
	if s := out.String(); strings.Contains(s, "secret") ||
		!strings.Contains(s, `"jobID":1,"kind":"greeting","attempt":1`) {
		t.Errorf("the log:\n%s", s)
	}
	if n := failures(t) - before; n < 5 {
		t.Errorf("%v failures were counted", n)
	}
}

func failures(t *testing.T) (n float64) {
	t.Helper()
	for _, s := range apptest.Published(t, "garagesale_job_failures_total").Series {
		if s.Values[0] == "greeting" {
			n = s.Value
		}
	}
	return n
}

// TestTraced: a job is in the trace of what added it, and sampled when that is; one of nobody has a trace of its own.
func TestTraced(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	mem := tracetest.NewInMemoryExporter()
	p, err := otel.Start(t.Context(), otel.Config{Ratio: 1, Exporter: mem}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 2)
	k := work.NewKinds()
	work.Handle(k, func(ctx context.Context, _ greeting) error {
		seen <- otel.Traceparent(ctx)
		return nil
	})
	run(t, db, k, work.Config{Tracing: p})
	ctx, span := p.Tracer().Start(t.Context(), "request")
	if err := b.Work.Add(ctx, greeting{"Ada"}); err != nil {
		t.Fatal(err)
	}
	span.End()
	id := span.SpanContext().TraceID().String()
	if got := <-seen; !strings.Contains(got, id) || !strings.HasSuffix(got, "-01") {
		t.Errorf("the job ran in %s, want %s", got, id)
	}
	if err := b.Work.Add(t.Context(), greeting{"Bo"}); err != nil {
		t.Fatal(err)
	}
	if got := <-seen; got == "" || strings.Contains(got, id) {
		t.Errorf("the job of nobody ran in %q", got)
	}
	eventually(t, "the span is exported", func() bool {
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(mem.GetSpans(), func(s tracetest.SpanStub) bool {
			return s.Name == "job greeting" && s.Parent.SpanID() == span.SpanContext().SpanID()
		})
	})
}

// hang works jobs that never end, in a process that is there to be killed.
func hang(url string) {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, sqldb.Config{URL: url, MaxConns: 4})
	if err != nil {
		panic(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	tracing, err := otel.Start(ctx, otel.Config{}, log)
	if err != nil {
		panic(err)
	}
	k := work.NewKinds()
	work.Handle(k, func(context.Context, greeting) error { select {} })
	if err := work.Run(ctx, db, k, work.Config{Workers: 1, Log: log, Tracing: tracing}); err != nil {
		panic(err)
	}
}

// TestKilled: what a killed process was doing is done by another. WORK_KILLED=1 measures that with the times of
// production, beside a replica that was there before.
func TestKilled(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "WORK_TEST_URL="+db.Pool().Config().ConnString())
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := b.Work.Add(t.Context(), greeting{"Ada"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the job runs", func() bool { return jobs(t, db)[0].State == "running" })

	k := work.NewKinds()
	done := make(chan string, 1)
	work.Handle(k, func(_ context.Context, g greeting) error {
		done <- g.Name
		return nil
	})
	cfg, within := work.Within(work.Config{}, 100*time.Millisecond, 200*time.Millisecond), 40*time.Second
	production := os.Getenv("WORK_KILLED") != ""
	if production {
		cfg, within = work.Config{}, time.Minute
		run(t, db, k, cfg)
	}
	time.Sleep(500 * time.Millisecond)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	killed := time.Now()
	if !production {
		run(t, db, k, cfg)
	}
	select {
	case name := <-done:
		if name != "Ada" {
			t.Errorf("done for %q", name)
		}
		t.Logf("done again %v after the kill", time.Since(killed))
	case <-time.After(within):
		t.Fatalf("not done within %v: %+v", within, jobs(t, db))
	}
	eventually(t, "it is done", func() bool { return jobs(t, db)[0].State == "completed" })
	if j := jobs(t, db)[0]; j.Attempt != 2 || len(j.Errors) != 1 {
		t.Errorf("%+v", j)
	}
}

// TestEvery: two replicas do a periodic job once in each period, also when one of them goes, and end quietly.
func TestEvery(t *testing.T) {
	t.Parallel()
	_, db := dbtest.Business(t)
	const period = 2 * time.Second
	var out bytes.Buffer
	var ran atomic.Int64
	replica := func() (stop func()) {
		k := work.NewKinds()
		work.Handle(k, func(context.Context, greeting) error {
			ran.Add(1)
			return nil
		})
		work.Every(k, period, greeting{"tick"})
		return run(t, db, k, work.Config{Log: logger.New(&out, slog.LevelWarn, "test")})
	}
	stop1, stop2 := replica(), replica()
	eventually(t, "two ticks", func() bool { return ran.Load() >= 2 })
	stop1()
	eventually(t, "two more", func() bool { return ran.Load() >= 4 })
	stop2()
	list := jobs(t, db)
	seen := map[time.Time]bool{}
	for _, j := range list {
		at := j.ScheduledAt.Truncate(period)
		if seen[at] {
			t.Errorf("twice in the period from %v: %+v", at, list)
		}
		seen[at] = true
	}
	if n := ran.Load(); int(n) > len(list) {
		t.Errorf("ran %d times for %d jobs", n, len(list))
	}
	if span := list[len(list)-1].ScheduledAt.Sub(list[0].ScheduledAt.Truncate(period)); int(span/period)+1 != len(list) {
		t.Errorf("%d jobs within %v", len(list), span)
	}
	if out.Len() > 0 {
		t.Errorf("the log:\n%s", &out)
	}
	before := ran.Load()
	time.Sleep(period + time.Second)
	if n := ran.Load(); n != before {
		t.Errorf("it ran %d times after its end", n-before)
	}
}

// TestNext: a period begins at its multiples, for whoever asks and whenever.
func TestNext(t *testing.T) {
	t.Parallel()
	const period = 10 * time.Minute
	begin := time.Date(2026, 5, 9, 12, 10, 0, 0, time.UTC)
	for now, want := range map[time.Time]time.Time{
		begin:                               begin.Add(period),
		begin.Add(1):                        begin.Add(period),
		begin.Add(period - 1):               begin.Add(period),
		begin.Add(period):                   begin.Add(2 * period),
		begin.In(time.FixedZone("", 19800)): begin.Add(period),
	} {
		if got := work.Next(period, now); !got.Equal(want) {
			t.Errorf("after %v: %v, want %v", now, got, want)
		}
	}
}

// TestStop: what runs at the end may finish; what does not is interrupted, and waits for another as if never begun.
func TestStop(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	k := work.NewKinds()
	running, release := make(chan struct{}), make(chan struct{})
	work.Handle(k, func(context.Context, greeting) error {
		close(running)
		<-release
		return nil
	})
	stop := run(t, db, k, work.Config{})
	if err := b.Work.Add(t.Context(), greeting{"Ada"}); err != nil {
		t.Fatal(err)
	}
	<-running
	time.AfterFunc(300*time.Millisecond, func() { close(release) })
	if err := b.Work.Add(t.Context(), greeting{"Bo"}); err != nil {
		t.Fatal(err)
	}
	stop()
	list := jobs(t, db)
	if list[0].State != "completed" || list[1].State != "available" || list[1].Attempt != 0 {
		t.Errorf("%+v", list)
	}
}

// TestPublished: the metrics tell what waits, and nothing while the database is away.
func TestPublished(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	work.Publish(db)
	values := func(name string) map[string]float64 {
		m := map[string]float64{}
		for _, s := range apptest.Published(t, name).Series {
			m[strings.Join(s.Values, "")] = s.Value
		}
		return m
	}
	const oldest = "garagesale_jobs_oldest_waiting_seconds"
	if m := values(oldest); len(m) != 1 || m[""] != 0 {
		t.Errorf("nothing waits: %v", m)
	}
	for range 3 {
		if err := b.Work.Add(t.Context(), greeting{"Ada"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(t.Context(), `UPDATE river.river_job SET scheduled_at = now() - interval '1 hour' WHERE id = 2;`+
		`UPDATE river.river_job SET state = 'discarded', finalized_at = now(), scheduled_at = now() - interval '2 hours'
			WHERE id = 3`); err != nil {
		t.Fatal(err)
	}
	if m := values("garagesale_jobs"); len(m) != 5 || m["available"] != 2 || m["discarded"] != 1 || m["running"] != 0 {
		t.Errorf("%v", m)
	}
	if m := values(oldest); m[""] < 3600 || m[""] > 3700 {
		t.Errorf("%v", m)
	}
	db.Close()
	if m := values("garagesale_jobs"); len(m) != 0 {
		t.Errorf("without a database: %v", m)
	}
}
