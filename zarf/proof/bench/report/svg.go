package report

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// The looks that all plots share.
const (
	colorText  = "#1f2933"
	colorMuted = "#7b8794"
	colorGrid  = "#e4e7eb"
	colorBound = "#c23b22"
	colorBest  = "#2f9e6e"
)

var colorSeries = []string{"#2f6fb3", "#e08e2b", "#2f9e6e", "#8a5bb5", "#c23b22", "#4aa8b8", "#99801f", "#b35a86"}

// drawing is an SVG that grows.
type drawing struct{ b strings.Builder }

func newDrawing(width, height int) *drawing {
	d := &drawing{}
	fmt.Fprintf(&d.b,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" `+
			`font-family="system-ui, sans-serif" font-size="13">`+"\n", width, height)
	d.rect(0, 0, float64(width), float64(height), "#ffffff")
	return d
}

func (d *drawing) String() string { return d.b.String() + "</svg>\n" }

func (d *drawing) rect(x, y, w, h float64, fill string) {
	fmt.Fprintf(&d.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, w, h, fill)
}

// line draws one; a dash such as "5 4" breaks it, "" does not.
func (d *drawing) line(x1, y1, x2, y2 float64, color, dash string, width float64) {
	fmt.Fprintf(&d.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%.1f"`, x1, y1, x2, y2,
		color, width)
	if dash != "" {
		fmt.Fprintf(&d.b, ` stroke-dasharray="%s"`, dash)
	}
	d.b.WriteString("/>\n")
}

// text writes at a place; anchor is start, middle or end.
func (d *drawing) text(x, y float64, anchor, color string, size int, s string) {
	fmt.Fprintf(&d.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-size="%d">`, x, y, anchor, color, size)
	_ = xml.EscapeText(&d.b, []byte(s)) // a strings.Builder takes everything
	d.b.WriteString("</text>\n")
}

func (d *drawing) path(points [][2]float64, color string) {
	fmt.Fprintf(&d.b, `<polyline fill="none" stroke="%s" stroke-width="2" stroke-linejoin="round" points="`, color)
	for _, p := range points {
		fmt.Fprintf(&d.b, "%.1f,%.1f ", p[0], p[1])
	}
	d.b.WriteString(`"/>` + "\n")
}

func (d *drawing) dot(x, y float64, color string) {
	fmt.Fprintf(&d.b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x, y, color)
}
