package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

// The bounds on the program as a whole.
const (
	idleBound   = 64.0  // MiB
	busyBound   = 128.0 // MiB, at busyConns connections in the mix
	busyConns   = 128
	readyBound  = 300.0 // ms from the start of the process
	binaryBound = 54.0  // MB, stripped; jobs, mail, webhooks, the client of NATS, passkeys and providers are 8 of them
)

// program measures what does not belong to one scenario, and leaves a service running.
func program(ctx context.Context, l *lab.Lab, o options) (figures map[string]float64, targets []report.Target,
	err error) {
	figures = map[string]float64{}
	var ready []float64
	for range max(3, o.rounds) {
		if err := l.StartService(ctx, l.URL, nil); err != nil {
			return nil, nil, err
		}
		ready = append(ready, float64(l.Service.Ready.Microseconds())/1000)
		l.Service.End()
	}
	figures["readyMs"], figures["readyMsMax"] = report.SpreadOf(ready).Median, report.SpreadOf(ready).Max
	info, err := os.Stat(l.Binary())
	if err != nil {
		return nil, nil, err
	}
	figures["binaryMB"] = float64(info.Size()) / 1e6
	if err := l.StartService(ctx, l.URL, nil); err != nil {
		return nil, nil, err
	}
	select {
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-time.After(3 * time.Second):
	}
	figures["idleMiB"] = l.Service.RSS()
	j := l.Job(load.Mix, l.Service.Addr)
	j.Conns, j.For = busyConns, max(j.For, 5*time.Second)
	if l.Length < time.Second {
		j.For = l.Length
	}
	if _, err := l.Load(ctx, j); err != nil {
		return nil, nil, err
	}
	figures["busyMiB"] = l.Service.PeakRSS()
	targets = []report.Target{
		report.AtMost("memory when idle", figures["idleMiB"], idleBound, " MiB"),
		report.AtMost(fmt.Sprintf("memory at %d connections, at most, in the mix", busyConns), figures["busyMiB"], busyBound,
			" MiB"),
		report.AtMost("ready after start", figures["readyMs"], readyBound, " ms"),
		report.AtMost("the program, stripped", figures["binaryMB"], binaryBound, " MB"),
	}
	return figures, targets, nil
}
