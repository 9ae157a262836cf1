package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// slack is how much more the last quarter of a soak may hold than the first.
var slacks = []struct {
	name  string
	unit  string
	part  float64 // of the first quarter's
	extra float64
	of    func(vital) float64
}{
	{"goroutines", "", 0.05, 10, func(v vital) float64 { return v.Goroutines }},
	{"heap", " MiB", 0.20, 5, func(v vital) float64 { return v.Heap }},
	{"RSS", " MiB", 0.10, 5, func(v vital) float64 { return v.RSS }},
	{"database connections", "", 0, 1, func(v vital) float64 { return v.Conns }},
	{"file handles", "", 0.05, 5, func(v vital) float64 { return v.Files }},
}

// soak is the whole of `make soak`: the mix at half of the highest rate for long, and nothing that the service holds
// grows.
func soak(ctx context.Context, o options) error {
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.probe(ctx); err != nil {
		return err
	}
	if l.service, err = l.startService(ctx, l.url); err != nil {
		return err
	}
	highest, err := l.highest(ctx, scenarioMix)
	if err != nil {
		return err
	}
	j := l.job(scenarioMix, l.service.addr)
	j.Rate, j.For, j.Timeline = highest/2, l.soakFor, true
	l.say("soaking for %v at %.0f/s, half of the highest rate", j.For, j.Rate)
	var out outcome
	vitals, err := l.watch(ctx, min(10*time.Second, j.For/40), func() (err error) {
		out, err = l.load(ctx, j)
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
		l.say("%v", t)
		if !t.Met {
			failed++
		}
	}
	l.say("%d answers, p50 %.2f ms, p99 %.2f ms", out.OK, ms(out.Good.quantile(0.5)), ms(out.Good.quantile(0.99)))
	panels := make([]panel, 0, len(slacks)+1)
	for _, s := range slacks {
		panels = append(panels, panel{title: s.name, series: []curve{series(vitals, "", s.of)}})
	}
	panels = append(panels,
		panel{title: "answers a second", series: []curve{{y: floats(out.Timeline), x: seconds(len(out.Timeline))}}})
	svg := plotPanels("A soak", fmt.Sprintf("%v of the mix at %.0f/s, half of the highest rate", j.For, j.Rate), panels)
	if err := os.WriteFile(filepath.Join(l.out, "soak.svg"), []byte(svg), 0o600); err != nil {
		return err
	}
	err = writeJSON(filepath.Join(l.out, "soak.json"), map[string]any{
		"seconds": j.For.Seconds(), "perSecond": j.Rate, "answers": out.OK, "p50Ms": ms(out.Good.quantile(0.5)),
		"p99Ms": ms(out.Good.quantile(0.99)), "targets": targets, "vitals": vitals,
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d figures grow", failed, len(targets))
	}
	return err
}

// flat compares the last quarter with the first.
func flat(list []vital) ([]target, error) {
	n := len(list) / 4
	if n == 0 {
		return nil, errors.New("the soak was too short to compare its quarters")
	}
	var targets []target
	for _, s := range slacks {
		mean := func(part []vital) (sum float64) {
			for _, v := range part {
				sum += s.of(v)
			}
			return sum / float64(len(part))
		}
		first, last := mean(list[:n]), mean(list[len(list)-n:])
		targets = append(targets, target{
			Name: fmt.Sprintf("%s: the last quarter after %.1f in the first", s.name, first), Value: last,
			Bound: first + max(s.part*first, s.extra), Most: true, Unit: s.unit,
		}.judged())
	}
	return targets, nil
}
