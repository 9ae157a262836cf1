package report

import "fmt"

// bar is one ratio with its targets.
type bar struct {
	label  string
	spread Spread
	floor  floor
}

// ratioBars are the bars of a run against one control.
func ratioBars(list []Result, of map[string]floor, pick func(Result) *Spread) (bars []bar) {
	for _, r := range list {
		if s := pick(r); s != nil {
			bars = append(bars, bar{r.Name, *s, of[r.Name]})
		}
	}
	return bars
}

// Bars draws how much of its controls the service reaches: a bar is the median of the rounds, a whisker from the
// least to the most of them.
func Bars(r Report) string {
	groups := []struct {
		title string
		bars  []bar
	}{
		{"of bare, a handler that does nothing but ask and answer",
			ratioBars(r.Scenarios, vsBare, func(r Result) *Spread { return r.BareSpread })},
		{"of pgbench, which runs the same statements",
			ratioBars(r.Scenarios, vsPgbench, func(r Result) *Spread { return r.PgbenchSpread })},
	}
	const (
		left, right, top = 110.0, 40.0, 84.0
		step, width      = 38.0, 860.0
		gap              = 60.0
	)
	most := 1.0
	height := top + 30
	for _, g := range groups {
		height += gap + step*float64(len(g.bars))
		for _, b := range g.bars {
			most = max(most, b.spread.Max, b.floor.stretch)
		}
	}
	most = float64(int(most*5+0.999)) / 5
	x := func(v float64) float64 { return left + v/most*(width-left-right) }
	d := newDrawing(int(width), int(height))
	d.text(24, 32, "start", colorText, 18, "The service beside its controls")
	d.text(24, 54, "start", colorMuted, 12,
		fmt.Sprintf("%s UTC, %d CPUs, %d connections, %d products; median of the rounds, whiskers from the least to the most",
			r.At.Format("2006-01-02 15:04"), r.CPUs, r.Conns, r.Products))
	y := top
	for _, g := range groups {
		if len(g.bars) == 0 {
			continue
		}
		d.text(24, y+8, "start", colorText, 13, g.title)
		y += 24
		bottom := y + step*float64(len(g.bars))
		for v := 0.0; v <= most+0.001; v += 0.2 {
			d.line(x(v), y, x(v), bottom, colorGrid, "", 1)
			d.text(x(v), bottom+14, "middle", colorMuted, 11, fmt.Sprintf("%.1f", v))
		}
		for _, b := range g.bars {
			d.bar(b, x, y, step)
			y += step
		}
		y += gap - 24
	}
	d.text(24, height-10, "start", colorBound, 12, "│ at least")
	d.text(100, height-10, "start", colorBest, 12, "┊ stretch")
	return d.String()
}

func (d *drawing) bar(b bar, x func(float64) float64, y, step float64) {
	color := colorSeries[0]
	if b.floor.least > 0 && b.spread.Median < b.floor.least {
		color = colorSeries[1]
	}
	middle := y + step/2
	d.text(x(0)-10, middle+4, "end", colorText, 13, b.label)
	d.rect(x(0), y+8, x(b.spread.Median)-x(0), step-16, color)
	d.line(x(b.spread.Min), middle, x(b.spread.Max), middle, colorText, "", 1)
	for _, v := range []float64{b.spread.Min, b.spread.Max} {
		d.line(x(v), middle-4, x(v), middle+4, colorText, "", 1)
	}
	if b.floor.least > 0 {
		d.line(x(b.floor.least), y+3, x(b.floor.least), y+step-3, colorBound, "", 2)
		d.line(x(b.floor.stretch), y+3, x(b.floor.stretch), y+step-3, colorBest, "4 3", 2)
	}
	d.text(x(0)+8, middle+4, "start", "#ffffff", 12, fmt.Sprintf("%.2f", b.spread.Median))
}
