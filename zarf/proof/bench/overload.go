package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
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
	Vitals    []lab.Vital      `json:"vitals"`
	// how many of the processors the generator took, which the service lacked
	Generator float64 `json:"generatorCPUs"`
	from, to  float64 // of the trouble, in seconds of the timeline
}

// overload is the whole of `make bench-overload`.
func overload(ctx context.Context, o options) error {
	o.TooMuch = true
	l, err := lab.New(ctx, o.Config)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Probe(ctx); err != nil {
		return err
	}
	most, err := tooMuch(ctx, l, o)
	if err != nil {
		return err
	}
	slow, cut, err := badDatabase(ctx, l, o, most.Highest/4)
	if err != nil {
		return err
	}
	list := []trouble{most, slow, cut}
	var targets []report.Target
	var panels []report.Panel
	for _, t := range list {
		l.Say("\n%s: %.0f/s offered, %.0f/s answered well (p99 %.0f ms), %.0f/s refused (p99 %.0f ms), normal again after "+
			"%.0f s, other errors %v; the generator took %.2f processors",
			t.Name, t.Offered, t.Good, t.GoodP99, t.Refused, t.RefusedP, t.Recovered, t.Errors, t.Generator)
		targets = append(targets, t.judge(o.manyConns)...)
		panels = append(panels, report.Panel{
			Title: t.Name + ": good answers a second",
			Series: []report.Curve{
				report.EachSecond(fmt.Sprintf("trouble from %.0f to %.0f s", t.from, t.to), t.Timeline),
			},
		}, report.Panel{
			Title: t.Name + ": what the service holds",
			Series: []report.Curve{
				series(t.Vitals, "goroutines", func(v lab.Vital) float64 { return v.Goroutines }),
				series(t.Vitals, "RSS, MiB", func(v lab.Vital) float64 { return v.RSS }),
				series(t.Vitals, "database connections", func(v lab.Vital) float64 { return v.Conns }),
			},
		})
	}
	l.Say("")
	for _, t := range targets {
		l.Say("%v", t)
	}
	svg := report.Panels("Too much, and a database in trouble",
		fmt.Sprintf("the highest rate is %.0f/s at %d connections in the mix", most.Highest, o.Conns), panels)
	if err := os.WriteFile(filepath.Join(l.Out, "overload.svg"), []byte(svg), 0o600); err != nil {
		return err
	}
	return report.WriteJSON(filepath.Join(l.Out, "overload.json"), map[string]any{"troubles": list, "targets": targets})
}

func (t trouble) judge(conns int) []report.Target {
	var others int64
	for _, n := range t.Errors {
		others += n
	}
	most := lab.Vital{}
	for _, v := range t.Vitals {
		most.RSS, most.Goroutines = max(most.RSS, v.RSS), max(most.Goroutines, v.Goroutines)
	}
	list := []report.Target{
		report.AtMost(t.Name+": answers that are neither good nor refusals", float64(others), 0, ""),
		report.AtMost(t.Name+": memory at most", most.RSS, overloadMemory, " MiB"),
		report.AtMost(t.Name+": goroutines at most", most.Goroutines, float64(2*conns+goroutinesExtra), ""),
		report.AtMost(t.Name+": normal again after", t.Recovered, recoveryBound, " s"),
	}
	if t.Highest > 0 {
		list = append(list,
			report.AtLeast(t.Name+": good answers to the highest rate", t.Good/t.Highest, goodputBound, ""),
			report.AtLeast(t.Name+": good answers to those beside a bare handler that refuses", t.Good/t.Possible,
				goodputBound, ""),
			report.AtMost(t.Name+": p99 of refusals", t.RefusedP, refusalBound, " ms"))
	}
	for i := range list {
		if list[i].Value < 0 {
			list[i].Met = false
		}
	}
	return list
}

// tooMuch offers three times what the service can do.
func tooMuch(ctx context.Context, l *lab.Lab, o options) (t trouble, err error) {
	if err = l.StartService(ctx, l.URL, nil); err != nil {
		return t, err
	}
	defer func() { l.Service.End() }()
	most, err := highest(ctx, l, load.Mix)
	if err != nil {
		return t, err
	}
	o.Say("highest rate in the mix: %.0f/s", most)
	before, err := calm(ctx, l, most/2)
	if err != nil {
		return t, err
	}
	j := l.Job(load.Mix, l.Service.Addr)
	j.Conns, j.Rate, j.For, j.Warm, j.Wait = o.manyConns, overloadTimes*most, o.overloadFor, time.Second, 5*time.Second
	if t, err = watched(ctx, l, "three times the highest rate", j, time.Second); err != nil {
		return t, err
	}
	t.Highest, t.to = most, (j.Warm + j.For).Seconds()
	if t.Recovered, err = untilCalm(ctx, l, most/2, before); err != nil {
		return t, err
	}
	t.Possible, err = besideRefusals(ctx, l, o, t.Refused)
	return t, err
}

// watched does a job in which refusals are answers too, and looks at the service every so often.
func watched(ctx context.Context, l *lab.Lab, name string, j load.Job, every time.Duration) (trouble, error) {
	j.Refusals, j.Timeline = true, true
	var o load.Outcome
	before := l.GeneratorCPU()
	vitals, err := l.Watch(ctx, every, func() (err error) { o, err = l.LoadAnyway(ctx, j); return err })
	if err != nil {
		return trouble{}, err
	}
	seconds := (j.Warm + j.For).Seconds()
	return trouble{
		Name: name, Offered: j.Rate, Good: o.PerSecond(), Refused: float64(o.Refused.N) / seconds,
		GoodP99: o.Good.Millis(0.99), RefusedP: o.Refused.Millis(0.99), Errors: o.Errors, Timeline: o.Timeline,
		Vitals: vitals, Generator: (l.GeneratorCPU() - before).Seconds() / seconds,
	}, nil
}

// besideRefusals is what the service answers in a closed loop while, on the same processors, a handler that does
// nothing else refuses as many requests as the service had to: what it costs to send, read and answer them is gone,
// whoever refuses.
func besideRefusals(ctx context.Context, l *lab.Lab, o options, rate float64) (float64, error) {
	if err := l.StartBare(ctx); err != nil {
		return 0, err
	}
	defer l.EndBare()
	flood := l.Job(load.Refuse, l.BareAddr)
	flood.Conns, flood.Rate, flood.For, flood.Refusals = o.manyConns-o.Conns, rate, 15*time.Second, true
	var good float64
	out, err := l.Beside(flood, func() (err error) { good, err = highest(ctx, l, load.Mix); return err })
	if err != nil {
		return 0, err
	}
	if len(out.Errors) > 0 || float64(out.Refused.N) < 0.9*rate*flood.For.Seconds() {
		return 0, fmt.Errorf("the control refused %d of %.0f requests: %v", out.Refused.N, rate*flood.For.Seconds(),
			out.Errors)
	}
	o.Say("highest rate beside %.0f/s that a bare handler refuses: %.0f/s", rate, good)
	return good, nil
}

// calm is the p99 at a rate that the service can do.
func calm(ctx context.Context, l *lab.Lab, rate float64) (time.Duration, error) {
	j := l.Job(load.Mix, l.Service.Addr)
	j.Rate, j.For = rate, 5*time.Second
	o, err := l.Load(ctx, j)
	return o.Good.Quantile(0.99), err
}

// untilCalm is how many seconds pass until one second is as calm as before.
func untilCalm(ctx context.Context, l *lab.Lab, rate float64, before time.Duration) (float64, error) {
	began := time.Now()
	for time.Since(began) < 30*time.Second {
		j := l.Job(load.Mix, l.Service.Addr)
		j.Rate, j.For, j.Warm = rate, time.Second, 0
		at := time.Since(began).Seconds()
		o, err := l.LoadAnyway(ctx, j)
		if err != nil {
			return -1, err
		}
		if len(o.Errors) == 0 && o.Good.Quantile(0.99) <= 2*before+10*time.Millisecond {
			return at, nil
		}
	}
	return -1, nil
}

// badDatabase has the service work over a relay that becomes slow, and one that cuts.
func badDatabase(ctx context.Context, l *lab.Lab, o options, rate float64) (slow, cut trouble, err error) {
	u, err := url.Parse(l.URL)
	if err != nil {
		return slow, cut, err
	}
	r, err := lab.NewRelay(u.Host)
	if err != nil {
		return slow, cut, err
	}
	defer r.Close()
	u.Host = r.Addr()
	if err = l.StartService(ctx, u.String(), nil); err != nil {
		return slow, cut, err
	}
	defer func() { l.Service.End() }()
	j := l.Job(load.Mix, l.Service.Addr)
	j.Conns, j.Rate, j.Warm, j.Wait = o.manyConns, rate, 0, 15*time.Second
	slow, err = during(ctx, l, "a database that answers 200 ms later", j, 20*time.Second,
		func() { r.Slow(200 * time.Millisecond) }, func() { r.Slow(0) })
	if err != nil {
		return slow, cut, err
	}
	cut, err = during(ctx, l, "connections cut for 5 s", j, 5*time.Second,
		func() { r.Cut(true) }, func() { r.Cut(false) })
	return slow, cut, err
}

// during offers a steady rate: 5 s without trouble, then with it, then 15 s to recover.
func during(ctx context.Context, l *lab.Lab, name string, j load.Job, length time.Duration, begin, end func()) (trouble,
	error) {
	const before, after = 5 * time.Second, 15 * time.Second
	j.For = before + length + after
	first := time.AfterFunc(before, begin)
	second := time.AfterFunc(before+length, end)
	defer first.Stop()
	defer second.Stop()
	t, err := watched(ctx, l, name, j, 500*time.Millisecond)
	if err != nil {
		return t, err
	}
	t.from, t.to = before.Seconds(), (before + length).Seconds()
	t.Recovered = recovered(t.Timeline, j.Rate, int(t.to), int(j.For/time.Second))
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

// series is one of the figures over time.
func series(list []lab.Vital, name string, of func(lab.Vital) float64) report.Curve {
	c := report.Curve{Name: name, X: make([]float64, len(list)), Y: make([]float64, len(list))}
	for i, v := range list {
		c.X[i], c.Y[i] = v.At, of(v)
	}
	return c
}
