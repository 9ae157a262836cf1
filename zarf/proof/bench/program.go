package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// The bounds on the program as a whole.
const (
	idleBound   = 64.0  // MiB
	busyBound   = 128.0 // MiB, at busyConns connections in the mix
	busyConns   = 128
	readyBound  = 300.0 // ms from the start of the process
	binaryBound = 45.0  // MB, stripped
)

const mebi = 1 << 20

// program measures what does not belong to one scenario, and leaves a service running.
func (l *lab) program(ctx context.Context) (figures map[string]float64, targets []target, err error) {
	figures = map[string]float64{}
	var ready []float64
	for range max(3, l.rounds) {
		s, err := l.startService(ctx, l.url)
		if err != nil {
			return nil, nil, err
		}
		ready = append(ready, float64(s.ready.Microseconds())/1000)
		s.end()
	}
	figures["readyMs"], figures["readyMsMax"] = spreadOf(ready).Median, spreadOf(ready).Max
	info, err := os.Stat(l.binary())
	if err != nil {
		return nil, nil, err
	}
	figures["binaryMB"] = float64(info.Size()) / 1e6
	if l.service, err = l.startService(ctx, l.url); err != nil {
		return nil, nil, err
	}
	select {
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-time.After(3 * time.Second):
	}
	figures["idleMiB"] = float64(memoryOf(l.service.pid(), "VmRSS")) / mebi
	j := l.job(scenarioMix, l.service.addr)
	j.Conns, j.For = busyConns, max(j.For, 5*time.Second)
	if l.length < time.Second {
		j.For = l.length
	}
	if _, err := l.load(ctx, j); err != nil {
		return nil, nil, err
	}
	figures["busyMiB"] = float64(memoryOf(l.service.pid(), "VmHWM")) / mebi
	l.service.cutLog()
	targets = []target{
		target{Name: "memory when idle", Value: figures["idleMiB"], Bound: idleBound, Most: true, Unit: " MiB"}.judged(),
		target{Name: fmt.Sprintf("memory at %d connections, at most, in the mix", busyConns), Value: figures["busyMiB"],
			Bound: busyBound, Most: true, Unit: " MiB"}.judged(),
		target{Name: "ready after start", Value: figures["readyMs"], Bound: readyBound, Most: true, Unit: " ms"}.judged(),
		target{Name: "the program, stripped", Value: figures["binaryMB"], Bound: binaryBound, Most: true,
			Unit: " MB"}.judged(),
	}
	return figures, targets, nil
}
