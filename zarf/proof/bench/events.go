package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/foundation/sse"
	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/layout"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

const (
	idleStreams  = 5000
	streamMemory = 250  // MiB, of all of them
	eventsCost   = 0.95 // of the ring-ups of the revision before
	salesRate    = 200  // a second, while the way of an event is timed
	failOver     = 5    // seconds
)

// eventsResult is what `make bench-events` measured.
type eventsResult struct {
	Before, Now []float64 // ring-ups a second of the two revisions, round by round
	P50, P99    float64   // ms from the event's time, which is before COMMIT, to the client
	PerStream   float64   // KiB
	CatchUp     float64   // old events a second to one client
	FailOver    float64   // seconds
	Targets     []report.Target
}

// events is the whole of `make bench-events`: what telling costs a ring-up, beside an earlier revision of the service
// where one is named, how long an event takes to a client, what streams hold, and how fast a client catches up.
func events(ctx context.Context, o options) error {
	l, err := lab.New(ctx, o.Config)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Probe(ctx); err != nil {
		return err
	}
	defer func() { l.Service.End() }()
	var r eventsResult
	for _, part := range []func(context.Context, *lab.Lab, options, *eventsResult) error{
		cost, way, many, catchUp, takeOver,
	} {
		if err := part(ctx, l, o, &r); err != nil {
			return err
		}
	}
	for _, t := range r.Targets {
		l.Say("%v", t)
	}
	return report.WriteJSON(filepath.Join(l.Out, "events.json"), r)
}

// streamSettings let one machine play thousands of clients.
var streamSettings = []string{"SALES_WEB_MAX_STREAMS=10000", "SALES_WEB_MAX_CONNS=20000"}

// cost compares ring-ups with those of the revision that -before names, in turns over the same database.
func cost(ctx context.Context, l *lab.Lab, o options, r *eventsResult) error {
	if o.before == "" {
		l.Say("no -before: what telling costs a ring-up is not measured")
		return nil
	}
	old, err := buildBefore(ctx, l, o.before)
	if err != nil {
		return err
	}
	ratios := make([]float64, 0, o.rounds)
	for i := range o.rounds {
		rate := map[bool]float64{}
		for _, before := range []bool{i%2 == 0, i%2 != 0} {
			var by []string
			if before {
				by = []string{"sh", "-c", "exec " + old}
			}
			if err := l.StartService(ctx, l.URL, nil, by...); err != nil {
				return err
			}
			out, err := l.Load(ctx, l.Job(load.RingUp, l.Service.Addr))
			l.Service.End()
			if err != nil {
				return err
			}
			rate[before] = out.PerSecond()
		}
		r.Before, r.Now = append(r.Before, rate[true]), append(r.Now, rate[false])
		ratios = append(ratios, rate[false]/rate[true])
		l.Say("round %d: %.0f ring-ups/s before, %.0f now", i+1, rate[true], rate[false])
	}
	slices.Sort(ratios)
	r.Targets = append(r.Targets,
		report.AtLeast("ring-ups that tell to those of "+o.before, ratios[len(ratios)/2], eventsCost, ""))
	return nil
}

// buildBefore builds the service of another revision.
func buildBefore(ctx context.Context, l *lab.Lab, revision string) (string, error) {
	dir := filepath.Join(filepath.Dir(l.Binary()), "before")
	run := func(in, name string, args ...string) error {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = in
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := run(l.Root, "git", "worktree", "add", "--force", "--detach", dir, revision); err != nil {
		return "", err
	}
	bin := dir + ".sales"
	err := run(dir, "go", "build", "-buildvcs=false", "-trimpath", "-o", bin, "./api/services/sales")
	return bin, errors.Join(err, run(l.Root, "git", "worktree", "remove", "--force", dir))
}

// way times events of one market on their way to a client.
func way(ctx context.Context, l *lab.Lab, _ options, r *eventsResult) error {
	if err := l.StartService(ctx, l.URL, streamSettings); err != nil {
		return err
	}
	var took []time.Duration
	listening, hangUp := context.WithCancel(ctx)
	done := make(chan error, 1)
	opened := make(chan struct{})
	go func() {
		done <- listen(listening, l.Service.Addr, layout.HotMarket, l.Admin(), "", opened, func(data string) {
			var e struct{ Time time.Time }
			if json.Unmarshal([]byte(data), &e) == nil {
				took = append(took, time.Since(e.Time))
			}
		})
	}()
	<-opened
	j := l.Job(load.Hot, l.Service.Addr)
	j.Rate, j.For = salesRate, 10*time.Second
	_, err := l.Load(ctx, j)
	time.Sleep(time.Second) // the last ones arrive
	hangUp()
	if err := errors.Join(err, <-done); err != nil {
		return err
	}
	if len(took) < int(salesRate*j.For.Seconds()) {
		return fmt.Errorf("only %d events arrived", len(took))
	}
	slices.Sort(took)
	ms := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000
	}
	r.P50, r.P99 = ms(0.5), ms(0.99)
	l.Say("%d events at %d sales/s: p50 %.1f ms, p99 %.1f ms from before COMMIT to the client", len(took), salesRate,
		r.P50, r.P99)
	return nil
}

// listen follows a market's stream until ctx is done.
func listen(ctx context.Context, addr string, market int64, token, last string, opened chan<- struct{},
	each func(data string)) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"http://"+addr+"/v1/markets/"+layout.ID(layout.Market, market)+"/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("events: %s", res.Status)
	}
	close(opened)
	err = sse.Read(res.Body, func(e sse.Event) error {
		if e.Data != "" {
			each(e.Data)
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return cmp.Or(err, io.ErrUnexpectedEOF)
}

// many opens streams of a market at which nothing happens, and asks what the service holds for them, and what the tills
// lose.
func many(ctx context.Context, l *lab.Lab, o options, r *eventsResult) error {
	alone, err := l.Load(ctx, l.Job(load.RingUp, l.Service.Addr))
	if err != nil {
		return err
	}
	before := l.Service.RSS()
	conns := make([]net.Conn, 0, o.streams)
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	market := layout.ID(layout.Market, layout.HotMarket)
	request := []byte("GET /v1/markets/" + market + "/events HTTP/1.1\r\nHost: x\r\n\r\n")
	for i := range o.streams {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, byte(1+i%200))}}
		c, err := d.DialContext(ctx, "tcp", l.Service.Addr)
		if err != nil {
			return err
		}
		conns = append(conns, c)
		if _, err := c.Write(request); err != nil {
			return err
		}
		line, err := bufio.NewReaderSize(c, 64).ReadString('\n')
		if err != nil || !strings.Contains(line, " 200 ") {
			return fmt.Errorf("stream %d: %q, %w", i+1, line, err)
		}
	}
	time.Sleep(2 * time.Second)
	held := l.Service.RSS() - before
	r.PerStream = held * 1024 / float64(o.streams)
	beside, err := l.Load(ctx, l.Job(load.RingUp, l.Service.Addr))
	if err != nil {
		return err
	}
	r.Targets = append(r.Targets,
		report.AtMost(fmt.Sprintf("memory of %d idle streams", o.streams), held,
			streamMemory*float64(o.streams)/idleStreams, " MiB"),
		report.AtLeast("ring-ups beside them to those alone", beside.PerSecond()/alone.PerSecond(), 0.9, ""))
	return nil
}

// catchUp has one client read old events.
func catchUp(ctx context.Context, l *lab.Lab, o options, r *eventsResult) error {
	if err := l.Exec(ctx, `
		WITH old AS (SELECT position FROM event_head), made AS (
			INSERT INTO events (position, id, market_id, aggregatetype, aggregateid, type, at, payload)
			SELECT old.position + n, gen_random_uuid(), $1, 'product', gen_random_uuid(), 'garagesale.product.updated.v1', now(),
				json_build_object('specversion', '1.0', 'n', n, 'data', repeat('x', 600))
			FROM old, generate_series(1, $2::bigint) n
		)
		UPDATE event_head SET position = position + $2`, layout.ID(layout.Market, layout.DeepMarket), o.old); err != nil {
		return err
	}
	listening, hangUp := context.WithTimeout(ctx, 10*time.Minute)
	defer hangUp()
	var n atomic.Int64
	began := time.Now()
	err := listen(listening, l.Service.Addr, layout.DeepMarket, l.Admin(), "0", make(chan struct{}),
		func(string) {
			if n.Add(1) == o.old {
				hangUp()
			}
		})
	if err != nil {
		return err
	}
	if n.Load() < o.old {
		return fmt.Errorf("only %d of %d old events arrived", n.Load(), o.old)
	}
	r.CatchUp = float64(o.old) / time.Since(began).Seconds()
	l.Say("a client caught up over %d old events at %.0f/s", o.old, r.CatchUp)
	return nil
}

// takeOver kills the replica that sells and tells, and times until another one has told the rest.
func takeOver(ctx context.Context, l *lab.Lab, o options, r *eventsResult) error {
	first := l.Service
	defer first.End()
	if err := l.StartService(ctx, l.URL, streamSettings); err != nil {
		return err
	}
	var last atomic.Int64
	listening, hangUp := context.WithCancel(ctx)
	var wg sync.WaitGroup
	opened, failed := make(chan struct{}), make(chan error, 1)
	wg.Go(func() {
		failed <- listen(listening, l.Service.Addr, layout.HotMarket, l.Admin(), "", opened, func(string) {
			last.Store(time.Now().UnixNano())
		})
	})
	defer wg.Wait()
	defer hangUp()
	<-opened
	j := l.Job(load.Hot, first.Addr)
	j.For = 3 * time.Second
	var killed time.Time
	_, _ = l.Beside(j, func() error { // its answers end with the service
		time.Sleep(time.Second)
		killed = time.Now()
		first.End()
		return nil
	})
	for waiting := int64(1); waiting > 0; {
		if err := l.Get(ctx, &waiting, `SELECT count(*) FROM outbox`); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second)
	r.FailOver = max(0, time.Unix(0, last.Load()).Sub(killed).Seconds())
	r.Targets = append(r.Targets,
		report.AtMost("the rest was told after the death of who told", r.FailOver, failOver, " s"))
	return nil
}
