package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/layout"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

const (
	besiegers  = 64
	siegeBound = 0.8 // of the sales without a siege
	siegePause = 100 * time.Millisecond
)

// siegeRound is one round: the tills alone, and beside the siege.
type siegeRound struct {
	Alone, Beside    float64 // sales a second
	Answered, Turned float64 // dear requests a second: answered, and refused
}

// siege is the whole of `make bench-siege`: ring-ups beside clients without an account that ask for the dearest, each
// from an address of its own, with the limits that the service has by itself. A client that is refused comes again at
// once, almost: a flood of refusals is not the matter here.
func siege(ctx context.Context, o options) error {
	l, err := lab.New(ctx, o.Config)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Probe(ctx); err != nil {
		return err
	}
	settings := []string{
		fmt.Sprint("SALES_LIMIT_ADDRESS_RATE=", o.siegeRate), "SALES_LIMIT_ADDRESS_BURST=200",
		fmt.Sprint("SALES_LIMIT_DEAR=", o.siegeDear), "SALES_WEB_MAX_EACH=256",
	}
	if err := l.StartService(ctx, l.URL, settings); err != nil {
		return err
	}
	defer func() { l.Service.End() }()
	var rounds []siegeRound
	ratios := make([]float64, 0, o.rounds)
	for i := range o.rounds {
		r, err := siegeOnce(ctx, l, i%2 == 1)
		if err != nil {
			return err
		}
		rounds, ratios = append(rounds, r), append(ratios, r.Beside/r.Alone)
		l.Say("round %d: %.0f sales/s alone, %.0f beside %d clients (%.1f dear answers/s, %.0f refusals/s)", i+1, r.Alone,
			r.Beside, besiegers, r.Answered, r.Turned)
	}
	slices.Sort(ratios)
	target := report.AtLeast("sales beside a siege to those without", ratios[len(ratios)/2], siegeBound, "")
	l.Say("%v", target)
	return report.WriteJSON(filepath.Join(l.Out, "siege.json"), map[string]any{"rounds": rounds, "targets": target})
}

// siegeOnce has the tills alone and beside the siege, or the other way round, since what comes later has it easier.
func siegeOnce(ctx context.Context, l *lab.Lab, siegeFirst bool) (r siegeRound, err error) {
	j := l.Job(load.RingUp, l.Service.Addr)
	if siegeFirst {
		if err = r.beside(ctx, l, j); err != nil {
			return r, err
		}
	}
	o, err := l.Load(ctx, j)
	if err != nil {
		return r, err
	}
	r.Alone = o.PerSecond()
	if !siegeFirst {
		err = r.beside(ctx, l, j)
	}
	return r, err
}

func (r *siegeRound) beside(ctx context.Context, l *lab.Lab, j load.Job) error {
	var answered, turned atomic.Int64
	siege, lift := context.WithCancel(ctx)
	var all sync.WaitGroup
	for i := range besiegers {
		all.Go(func() { besiege(siege, l.Service.Addr, i, &answered, &turned) })
	}
	began := time.Now()
	o, err := l.Load(ctx, j)
	seconds := time.Since(began).Seconds()
	lift()
	all.Wait()
	r.Beside, r.Answered, r.Turned = o.PerSecond(), float64(answered.Load())/seconds, float64(turned.Load())/seconds
	if err == nil && r.Answered+r.Turned == 0 {
		err = errors.New("the siege asked for nothing")
	}
	return err
}

// besiege asks for the dearest from the nth address until ctx is done.
func besiege(ctx context.Context, addr string, n int, answered, turned *atomic.Int64) {
	from := net.IPv4(127, 0, 1, byte(1+n)) //nolint:gosec // there are 64
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	market := "http://" + addr + "/v1/markets/" + layout.ID(layout.Market, layout.DeepMarket)
	paths := []string{"/labels", "/products?name=a&total=true", "/products?name=nothing+has+this&total=true"}
	for i := n; ctx.Err() == nil; i++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, market+paths[i%len(paths)], nil)
		if err != nil {
			return
		}
		res, err := client.Do(req)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode < http.StatusTooManyRequests { // the labels of so many are 422
			answered.Add(1)
			continue
		}
		turned.Add(1)
		time.Sleep(siegePause)
	}
}
