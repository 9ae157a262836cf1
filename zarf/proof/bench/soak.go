package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/lab"
	"github.com/garagesale/service/zarf/proof/bench/load"
	"github.com/garagesale/service/zarf/proof/bench/report"
)

// slack is how much more the last quarter of a soak may hold than the first.
var slacks = []struct {
	name  string
	unit  string
	part  float64 // of the first quarter's
	extra float64
	of    func(lab.Vital) float64
}{
	{"goroutines", "", 0.05, 10, func(v lab.Vital) float64 { return v.Goroutines }},
	{"heap", " MiB", 0.20, 5, func(v lab.Vital) float64 { return v.Heap }},
	{"RSS", " MiB", 0.10, 5, func(v lab.Vital) float64 { return v.RSS }},
	{"database connections", "", 0, 1, func(v lab.Vital) float64 { return v.Conns }},
	{"file handles", "", 0.05, 5, func(v lab.Vital) float64 { return v.Files }},
}

// soak is the whole of `make soak`: the mix at half of the highest rate for long, and nothing that the service holds
// grows.
func soak(ctx context.Context, o options) error {
	l, err := lab.New(ctx, o.Config)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Probe(ctx); err != nil {
		return err
	}
	if err := l.StartService(ctx, l.URL, nil); err != nil {
		return err
	}
	most, err := highest(ctx, l, load.Mix)
	if err != nil {
		return err
	}
	j := l.Job(load.Mix, l.Service.Addr)
	j.Rate, j.For, j.Timeline = most/2, o.soakFor, true
	l.Say("soaking for %v at %.0f/s, half of the highest rate", j.For, j.Rate)
	var out load.Outcome
	vitals, err := l.Watch(ctx, min(10*time.Second, j.For/40), func() (err error) {
		out, err = l.Load(ctx, j)
		return err
	})
	if err != nil {
		return err
	}
	targets, err := flat(vitals)
	if err != nil {
		return err
	}
	failed := 0
	for _, t := range targets {
		l.Say("%v", t)
		if !t.Met {
			failed++
		}
	}
	l.Say("%d answers, p50 %.2f ms, p99 %.2f ms", out.OK, out.Good.Millis(0.5), out.Good.Millis(0.99))
	panels := make([]report.Panel, 0, len(slacks)+1)
	for _, s := range slacks {
		panels = append(panels, report.Panel{Title: s.name, Series: []report.Curve{series(vitals, "", s.of)}})
	}
	panels = append(panels, report.Panel{Title: "answers a second",
		Series: []report.Curve{report.EachSecond("", out.Timeline)}})
	svg := report.Panels("A soak", fmt.Sprintf("%v of the mix at %.0f/s, half of the highest rate", j.For, j.Rate), panels)
	if err := os.WriteFile(filepath.Join(l.Out, "soak.svg"), []byte(svg), 0o600); err != nil {
		return err
	}
	err = report.WriteJSON(filepath.Join(l.Out, "soak.json"), map[string]any{
		"seconds": j.For.Seconds(), "perSecond": j.Rate, "answers": out.OK, "p50Ms": out.Good.Millis(0.5),
		"p99Ms": out.Good.Millis(0.99), "targets": targets, "vitals": vitals,
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d figures grow", failed, len(targets))
	}
	return err
}

// flat compares the last quarter with the first.
func flat(list []lab.Vital) ([]report.Target, error) {
	n := len(list) / 4
	if n == 0 {
		return nil, errors.New("the soak was too short to compare its quarters")
	}
	var targets []report.Target
	for _, s := range slacks {
		mean := func(part []lab.Vital) (sum float64) {
			for _, v := range part {
				sum += s.of(v)
			}
			return sum / float64(len(part))
		}
		first, last := mean(list[:n]), mean(list[len(list)-n:])
		targets = append(targets, report.AtMost(
			fmt.Sprintf("%s: the last quarter after %.1f in the first", s.name, first),
			last, first+max(s.part*first, s.extra), s.unit))
	}
	return targets, nil
}
