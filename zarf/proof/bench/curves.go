package main

import (
	"fmt"
	"math"
	"strings"
)

// panel is one set of curves.
type panel struct {
	title  string
	labels []string // of the places on the x axis; without them it is the time in seconds
	series []curve
	bound  float64 // a line that is not to be crossed; 0: none
}

type curve struct {
	name string
	x    []float64 // nil: one place after the other
	y    []float64
}

// plotPanels draws panels, two in a row.
func plotPanels(title, sub string, panels []panel) string {
	const w, h, top = 480.0, 300.0, 76.0
	rows := (len(panels) + 1) / 2
	d := newDrawing(int(2*w)+20, int(top+h*float64(rows))+10)
	d.text(24, 32, "start", colorText, 18, title)
	d.text(24, 54, "start", colorMuted, 12, sub)
	for i, p := range panels {
		d.panel(p, 10+w*float64(i%2), top+h*float64(i/2), w, h)
	}
	return d.String()
}

func (p panel) most() (x, y float64) {
	y = p.bound
	for _, c := range p.series {
		for i, v := range c.y {
			y = max(y, v)
			x = max(x, c.at(i))
		}
	}
	return max(x, 1e-9), niceAbove(max(y, 1e-9))
}

func (c curve) at(i int) float64 {
	if c.x == nil {
		return float64(i)
	}
	return c.x[i]
}

// niceAbove is a round number that is not below v.
func niceAbove(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if n*unit >= v {
			return n * unit
		}
	}
	return 10 * unit
}

func (d *drawing) panel(p panel, x0, y0, w, h float64) {
	left, right, top, bottom := x0+58, x0+w-24, y0+44, y0+h-48
	mostX, mostY := p.most()
	x := func(v float64) float64 { return left + v/mostX*(right-left) }
	y := func(v float64) float64 { return bottom - v/mostY*(bottom-top) }
	d.text(x0+14, y0+18, "start", colorText, 13, p.title)
	for i := range 5 {
		v := mostY * float64(i) / 4
		d.line(left, y(v), right, y(v), colorGrid, "", 1)
		d.text(left-8, y(v)+4, "end", colorMuted, 11, short(v))
	}
	if p.labels != nil {
		for i, l := range p.labels {
			d.text(x(float64(i)), bottom+16, "middle", colorMuted, 11, l)
		}
	} else {
		for v, step := 0.0, niceAbove(mostX/6); v <= mostX; v += step {
			d.text(x(v), bottom+16, "middle", colorMuted, 11, short(v)+" s")
		}
	}
	if p.bound > 0 {
		d.line(left, y(p.bound), right, y(p.bound), colorBound, "5 4", 1.5)
	}
	legend := left
	for i, c := range p.series {
		color := colorSeries[i%len(colorSeries)]
		points := make([][2]float64, len(c.y))
		for k, v := range c.y {
			points[k] = [2]float64{x(c.at(k)), y(v)}
		}
		d.path(points, color)
		if len(points) <= 12 {
			for _, at := range points {
				d.dot(at[0], at[1], color)
			}
		}
		d.text(legend, y0+36, "start", color, 11, c.name)
		legend += 7*float64(len(c.name)) + 12
	}
}

// short writes a number in few characters.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return trimZero(fmt.Sprintf("%.1f", v/1e6)) + "M"
	case v >= 1e4:
		return trimZero(fmt.Sprintf("%.1f", v/1e3)) + "k"
	case v >= 10 || v == 0:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return trimZero(fmt.Sprintf("%.1f", v))
	}
	return trimZero(fmt.Sprintf("%.2f", v))
}

func trimZero(s string) string { return strings.TrimRight(strings.TrimRight(s, "0"), ".") }
