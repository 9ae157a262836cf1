package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// The bounds when there is too much to do.
const (
	overloadTimes   = 3     // the highest rate
	goodputBound    = 0.9   // of the highest rate
	refusalBound    = 100.0 // ms until a refusal, p99
	recoveryBound   = 5.0   // s
	overloadMemory  = 256.0 // MiB
	goroutinesExtra = 150   // beside two for each connection
)

// trouble is what was seen in one kind of it.
type trouble struct {
	Name      string           `json:"name"`
	Highest   float64          `json:"highestPerSecond,omitempty"`
	Offered   float64          `json:"offeredPerSecond"`
	Good      float64          `json:"goodPerSecond"`
	Possible  float64          `json:"possiblePerSecond,omitempty"` // with a bare handler to refuse the rest
	Refused   float64          `json:"refusedPerSecond"`
	GoodP99   float64          `json:"goodP99Ms"`
	RefusedP  float64          `json:"refusedP99Ms"`
	Errors    map[string]int64 `json:"errors,omitempty"`
	Recovered float64          `json:"recoveredAfterSeconds"` // −1: it did not
	Timeline  []int64          `json:"goodInEachSecond,omitempty"`
	Vitals    []vital          `json:"vitals"`
	// how many of the processors the generator took, which the service lacked
	Generator float64 `json:"generatorCPUs"`
	from, to  float64 // of the trouble, in seconds of the timeline
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func troubleOf(name string, j job, o outcome) trouble {
	seconds := (j.Warm + j.For).Seconds()
	return trouble{
		Name: name, Offered: j.Rate, Good: float64(o.OK) / o.Seconds, Refused: float64(o.Refused.N) / seconds,
		GoodP99:  ms(o.Good.quantile(0.99)),
		RefusedP: ms(o.Refused.quantile(0.99)), Errors: o.Errors, Timeline: o.Timeline,
	}
}

// overload is the whole of `make bench-overload`.
func overload(ctx context.Context, o options) error {
	o.tooMuch = true
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.probe(ctx); err != nil {
		return err
	}
	tooMuch, err := l.tooMuch(ctx)
	if err != nil {
		return err
	}
	slow, cut, err := l.badDatabase(ctx, tooMuch.Highest/4)
	if err != nil {
		return err
	}
	list := []trouble{tooMuch, slow, cut}
	var targets []target
	var panels []panel
	for _, t := range list {
		l.say("\n%s: %.0f/s offered, %.0f/s answered well (p99 %.0f ms), %.0f/s refused (p99 %.0f ms), normal again after "+
			"%.0f s, other errors %v; the generator took %.2f processors",
			t.Name, t.Offered, t.Good, t.GoodP99, t.Refused, t.RefusedP, t.Recovered, t.Errors, t.Generator)
		targets = append(targets, t.judge(l.manyConns)...)
		panels = append(panels,
			panel{title: t.Name + ": good answers a second",
				series: []curve{{name: fmt.Sprintf("trouble from %.0f to %.0f s", t.from, t.to), y: floats(t.Timeline),
					x: seconds(len(t.Timeline))}}},
			panel{title: t.Name + ": what the service holds", series: []curve{
				series(t.Vitals, "goroutines", func(v vital) float64 {
					return v.Goroutines
				}), series(t.Vitals, "RSS, MiB", func(v vital) float64 { return v.RSS }),
				series(t.Vitals, "database connections", func(v vital) float64 { return v.Conns }),
			}})
	}
	l.say("")
	for _, t := range targets {
		l.say("%v", t)
	}
	svg := plotPanels("Too much, and a database in trouble",
		fmt.Sprintf("the highest rate is %.0f/s at %d connections in the mix", tooMuch.Highest, l.conns), panels)
	if err := os.WriteFile(filepath.Join(l.out, "overload.svg"), []byte(svg), 0o600); err != nil {
		return err
	}
	return writeJSON(filepath.Join(l.out, "overload.json"), map[string]any{"troubles": list, "targets": targets})
}

func (t trouble) judge(conns int) []target {
	var others int64
	for _, n := range t.Errors {
		others += n
	}
	most := vital{}
	for _, v := range t.Vitals {
		most.RSS, most.Goroutines = max(most.RSS, v.RSS), max(most.Goroutines, v.Goroutines)
	}
	list := []target{
		{Name: t.Name + ": answers that are neither good nor refusals", Value: float64(others), Most: true},
		{Name: t.Name + ": memory at most", Value: most.RSS, Bound: overloadMemory, Most: true, Unit: " MiB"},
		{Name: t.Name + ": goroutines at most", Value: most.Goroutines, Bound: float64(2*conns + goroutinesExtra),
			Most: true},
		{Name: t.Name + ": normal again after", Value: t.Recovered, Bound: recoveryBound, Most: true, Unit: " s"},
	}
	if t.Highest > 0 {
		list = append(list,
			target{Name: t.Name + ": good answers to the highest rate", Value: t.Good / t.Highest, Bound: goodputBound},
			target{Name: t.Name + ": good answers to those beside a bare handler that refuses", Value: t.Good / t.Possible,
				Bound: goodputBound},
			target{Name: t.Name + ": p99 of refusals", Value: t.RefusedP, Bound: refusalBound, Most: true, Unit: " ms"})
	}
	for i := range list {
		list[i] = list[i].judged()
		if list[i].Value < 0 {
			list[i].Met = false
		}
	}
	return list
}

// tooMuch offers three times what the service can do.
func (l *lab) tooMuch(ctx context.Context) (t trouble, err error) {
	if l.service, err = l.startService(ctx, l.url); err != nil {
		return t, err
	}
	defer func() { l.service.end() }()
	highest, err := l.highest(ctx, scenarioMix)
	if err != nil {
		return t, err
	}
	l.say("highest rate in the mix: %.0f/s", highest)
	calm, err := l.calm(ctx, highest/2)
	if err != nil {
		return t, err
	}
	j := l.job(scenarioMix, l.service.addr)
	j.Conns, j.Rate, j.For, j.Warm, j.Wait = l.manyConns, overloadTimes*highest, l.overloadFor, time.Second, 5*time.Second
	j.Refusals, j.Timeline = true, true
	var o outcome
	before := cpuOf(l.gen.pid(), false)
	vitals, err := l.watch(ctx, time.Second, func() (err error) { o, err = l.loadAnyway(ctx, j); return err })
	if err != nil {
		return t, err
	}
	t = troubleOf("three times the highest rate", j, o)
	t.Highest, t.Vitals, t.to = highest, vitals, (j.Warm + j.For).Seconds()
	t.Generator = (cpuOf(l.gen.pid(), false) - before).Seconds() / t.to
	if t.Recovered, err = l.untilCalm(ctx, highest/2, calm); err != nil {
		return t, err
	}
	t.Possible, err = l.besideRefusals(ctx, t.Refused)
	return t, err
}

// besideRefusals is what the service answers in a closed loop while, on the same processors, a handler that does
// nothing else refuses as many requests as the service had to: what it costs to send, read and answer them is gone,
// whoever refuses.
func (l *lab) besideRefusals(ctx context.Context, rate float64) (float64, error) {
	if err := l.startBare(ctx); err != nil {
		return 0, err
	}
	defer l.bareCtl.end()
	other, err := spawnSelf([]string{"GOMAXPROCS=1"}, "load")
	if err != nil {
		return 0, err
	}
	defer other.end()
	flood := l.job(scenarioRefuse, l.bareAddr)
	flood.Conns, flood.Rate, flood.For, flood.Refusals = l.manyConns-l.conns, rate, 15*time.Second, true
	var o outcome
	flooded := make(chan error, 1)
	go func() { flooded <- other.ask(flood, &o) }()
	time.Sleep(time.Second)
	good, err := l.highest(ctx, scenarioMix)
	if err := errors.Join(err, <-flooded); err != nil {
		return 0, err
	}
	if len(o.Errors) > 0 || float64(o.Refused.N) < 0.9*rate*flood.For.Seconds() {
		return 0, fmt.Errorf("the control refused %d of %.0f requests: %v", o.Refused.N, rate*flood.For.Seconds(), o.Errors)
	}
	l.say("highest rate beside %.0f/s that a bare handler refuses: %.0f/s", rate, good)
	return good, nil
}

// calm is the p99 at a rate that the service can do.
func (l *lab) calm(ctx context.Context, rate float64) (time.Duration, error) {
	j := l.job(scenarioMix, l.service.addr)
	j.Rate, j.For = rate, 5*time.Second
	o, err := l.load(ctx, j)
	return o.Good.quantile(0.99), err
}

// untilCalm is how many seconds pass until one second is as calm as before.
func (l *lab) untilCalm(ctx context.Context, rate float64, before time.Duration) (float64, error) {
	began := time.Now()
	for time.Since(began) < 30*time.Second {
		j := l.job(scenarioMix, l.service.addr)
		j.Rate, j.For, j.Warm = rate, time.Second, 0
		at := time.Since(began).Seconds()
		o, err := l.loadAnyway(ctx, j)
		if err != nil {
			return -1, err
		}
		if len(o.Errors) == 0 && o.Good.quantile(0.99) <= 2*before+10*time.Millisecond {
			return at, nil
		}
	}
	return -1, nil
}

// badDatabase has the service work over a relay that becomes slow, and one that cuts.
func (l *lab) badDatabase(ctx context.Context, rate float64) (slow, cut trouble, err error) {
	u, err := url.Parse(l.url)
	if err != nil {
		return slow, cut, err
	}
	r, err := newRelay(u.Host)
	if err != nil {
		return slow, cut, err
	}
	defer r.close()
	u.Host = r.addr()
	if l.service, err = l.startService(ctx, u.String()); err != nil {
		return slow, cut, err
	}
	defer func() { l.service.end() }()
	slow, err = l.during(ctx, "a database that answers 200 ms later", rate, 20*time.Second,
		func() { r.delay.Store(int64(200 * time.Millisecond)) }, func() { r.delay.Store(0) })
	if err != nil {
		return slow, cut, err
	}
	cut, err = l.during(ctx, "connections cut for 5 s", rate, 5*time.Second, func() {
		r.cut(true)
	}, func() { r.cut(false) })
	return slow, cut, err
}

// during offers a steady rate: 5 s without trouble, then with it, then 15 s to recover.
func (l *lab) during(ctx context.Context, name string, rate float64, length time.Duration, begin, end func()) (trouble,
	error) {
	const before, after = 5 * time.Second, 15 * time.Second
	j := l.job(scenarioMix, l.service.addr)
	j.Conns, j.Rate, j.For, j.Warm, j.Wait = l.manyConns, rate, before+length+after, 0, 15*time.Second
	j.Refusals, j.Timeline = true, true
	first := time.AfterFunc(before, begin)
	second := time.AfterFunc(before+length, end)
	defer first.Stop()
	defer second.Stop()
	var o outcome
	cpu := cpuOf(l.gen.pid(), false)
	vitals, err := l.watch(ctx, 500*time.Millisecond, func() (err error) { o, err = l.loadAnyway(ctx, j); return err })
	if err != nil {
		return trouble{}, err
	}
	t := troubleOf(name, j, o)
	t.Vitals, t.from, t.to = vitals, before.Seconds(), (before + length).Seconds()
	t.Generator = (cpuOf(l.gen.pid(), false) - cpu).Seconds() / j.For.Seconds()
	t.Recovered = recovered(o.Timeline, rate, int(t.to), int(j.For/time.Second))
	return t, nil
}

// recovered is how many seconds after the trouble the good answers are as many again as are asked for, and stay so.
func recovered(timeline []int64, rate float64, from, to int) float64 {
	at := -1
	for s := from; s < to && s < len(timeline); s++ {
		switch {
		case float64(timeline[s]) < 0.9*rate:
			at = -1
		case at < 0:
			at = s
		}
	}
	if at < 0 {
		return -1
	}
	return float64(at - from)
}

func floats(list []int64) []float64 {
	out := make([]float64, len(list))
	for i, n := range list {
		out[i] = float64(n)
	}
	return out
}

func seconds(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}
