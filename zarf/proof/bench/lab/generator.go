package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/load"
)

// Job asks a scenario of an address, in a closed loop for as long as a side has in a round, unless it is changed.
func (l *Lab) Job(scenario, addr string) load.Job {
	l.seed++
	conns := l.Conns
	if scenario == load.Login { // as many as hash at once, and as many that wait; who waits for 2 s is refused
		conns = min(conns, 8)
	}
	return load.Job{
		Addr: addr, Scenario: scenario, Conns: conns, Warm: 300 * time.Millisecond, For: l.Length, Wait: 30 * time.Second,
		Seed: l.seed, Layout: l.Layout, Tokens: l.tokens, Admin: l.admin, Cursor: l.cursor, Least: l.lengths[scenario],
	}
}

// Load has the generator do a job; anything but good answers is an error.
func (l *Lab) Load(ctx context.Context, j load.Job) (load.Outcome, error) {
	o, err := l.LoadAnyway(ctx, j)
	if err == nil && len(o.Errors) > 0 {
		err = fmt.Errorf("%s: not every answer was good, so this is no result: %v", j.Scenario, o.Errors)
	}
	return o, err
}

// LoadAnyway has the generator do a job, whatever the answers are. The service does not keep its log of it, which would
// fill the disk.
func (l *Lab) LoadAnyway(ctx context.Context, j load.Job) (o load.Outcome, err error) {
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	// The generator only answers when it is done: a ^C ends it.
	stop := context.AfterFunc(ctx, func() { _ = l.gen.cmd.Process.Kill() })
	defer stop()
	err = l.gen.ask(j, &o)
	l.Service.cutLog()
	if err != nil {
		return o, errors.Join(ctx.Err(), err)
	}
	if o.Error != "" {
		return o, errors.New(o.Error)
	}
	return o, nil
}

// Beside has a second generator do a job while during runs, which begins a second later.
func (l *Lab) Beside(j load.Job, during func() error) (o load.Outcome, err error) {
	other, err := spawnSelf([]string{"GOMAXPROCS=1"}, loadRole)
	if err != nil {
		return o, err
	}
	defer other.end()
	done := make(chan error, 1)
	go func() { done <- other.ask(j, &o) }()
	time.Sleep(time.Second)
	err = during()
	return o, errors.Join(err, <-done)
}

// GeneratorCPU is the processor time that the generator has used so far.
func (l *Lab) GeneratorCPU() time.Duration { return cpuOf(l.gen.pid(), false) }
