package report

import (
	"fmt"
	"math"
	"strings"
)

// Panel is one set of curves.
type Panel struct {
	Title  string
	Labels []string // of the places on the x axis; without them it is the time in seconds
	Series []Curve
	Bound  float64 // a line that is not to be crossed; 0: none
}

// Curve is a line through points.
type Curve struct {
	Name string
	X    []float64 // nil: one place after the other
	Y    []float64
}

// EachSecond is the curve of what was counted in one second after the other.
func EachSecond(name string, counts []int64) Curve {
	c := Curve{Name: name, X: make([]float64, len(counts)), Y: make([]float64, len(counts))}
	for i, n := range counts {
		c.X[i], c.Y[i] = float64(i), float64(n)
	}
	return c
}

// Panels draws panels as an SVG, two in a row.
func Panels(title, sub string, panels []Panel) string {
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

func (p Panel) most() (x, y float64) {
	y = p.Bound
	for _, c := range p.Series {
		for i, v := range c.Y {
			y = max(y, v)
			x = max(x, c.at(i))
		}
	}
	return max(x, 1e-9), niceAbove(max(y, 1e-9))
}

func (c Curve) at(i int) float64 {
	if c.X == nil {
		return float64(i)
	}
	return c.X[i]
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

func (d *drawing) panel(p Panel, x0, y0, w, h float64) {
	left, right, top, bottom := x0+58, x0+w-24, y0+44, y0+h-48
	mostX, mostY := p.most()
	x := func(v float64) float64 { return left + v/mostX*(right-left) }
	y := func(v float64) float64 { return bottom - v/mostY*(bottom-top) }
	d.text(x0+14, y0+18, "start", colorText, 13, p.Title)
	for i := range 5 {
		v := mostY * float64(i) / 4
		d.line(left, y(v), right, y(v), colorGrid, "", 1)
		d.text(left-8, y(v)+4, "end", colorMuted, 11, Short(v))
	}
	if p.Labels != nil {
		for i, l := range p.Labels {
			d.text(x(float64(i)), bottom+16, "middle", colorMuted, 11, l)
		}
	} else {
		for v, step := 0.0, niceAbove(mostX/6); v <= mostX; v += step {
			d.text(x(v), bottom+16, "middle", colorMuted, 11, Short(v)+" s")
		}
	}
	if p.Bound > 0 {
		d.line(left, y(p.Bound), right, y(p.Bound), colorBound, "5 4", 1.5)
	}
	legend := left
	for i, c := range p.Series {
		color := colorSeries[i%len(colorSeries)]
		points := make([][2]float64, len(c.Y))
		for k, v := range c.Y {
			points[k] = [2]float64{x(c.at(k)), y(v)}
		}
		d.path(points, color)
		if len(points) <= 12 {
			for _, at := range points {
				d.dot(at[0], at[1], color)
			}
		}
		d.text(legend, y0+36, "start", color, 11, c.Name)
		legend += 7*float64(len(c.Name)) + 12
	}
}

// Short writes a number in few characters.
func Short(v float64) string {
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
