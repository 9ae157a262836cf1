// Package report turns what was measured into what is read: a table, bars with whiskers, curves over time or size, and
// targets that are met or missed.
//
// It measures nothing and knows neither the service nor the database; it is given numbers. A ratio is always that of
// one round (Ratios), because what disturbs a round disturbs both sides of it, and is told with how far the rounds lie
// apart (Spread): the middle of them alone would hide a machine that is not quiet. Drawings are plain SVG without a
// script.
//
// The bounds on the ratios stand in targets.go, those on the program as a whole beside who measures it; both make a
// Target with AtLeast or AtMost.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"
)

// Report is what a run of all scenarios leaves behind.
type Report struct {
	At        time.Time          `json:"at"`
	Seconds   float64            `json:"seconds"`
	CPUs      int                `json:"cpus"`
	Conns     int                `json:"connections"`
	Pool      int                `json:"pool"`
	Products  int64              `json:"products"`
	Sales     int64              `json:"sales"`
	Go        string             `json:"go"`
	Postgres  string             `json:"postgres"`
	Settings  map[string]string  `json:"postgresSettings"`
	Scenarios []Result           `json:"scenarios"`
	Service   map[string]float64 `json:"service,omitempty"` // figures of the whole program
	// Lines is how many statements and round trips a ring-up of so many lines takes.
	Lines   map[string]LineCost `json:"ringUpOfLines,omitempty"`
	Targets []Target            `json:"targets"`
}

// LineCost is what a ring-up takes at the database.
type LineCost struct {
	Statements int   `json:"statements"`
	Trips      int64 `json:"roundTrips"`
}

// Table writes the scenarios, and whether the targets are met.
func (r Report) Table(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) {
		for _, c := range cells {
			fmt.Fprint(tw, c, "\t")
		}
		fmt.Fprintln(tw)
	}
	row("scenario", "per s", "bare", "of bare", "pgbench", "of pgbench", "p50 ms", "p99 ms", "bare p99", "CPU µs",
		"of Postgres", "allocs", "bytes", "statements", "trips")
	of := func(value float64, s *Spread) string {
		if s == nil {
			return "–"
		}
		return fmt.Sprintf("%.2f [%.2f–%.2f]", value, s.Min, s.Max)
	}
	count := func(format string, v float64) string {
		if v == 0 {
			return "–"
		}
		return fmt.Sprintf(format, v)
	}
	for _, s := range r.Scenarios {
		row(s.Name, count("%.0f", s.PerSecond), count("%.0f", s.BarePerSecond), of(s.VsBare, s.BareSpread),
			count("%.0f", s.PgbenchPerSecond), of(s.VsPgbench, s.PgbenchSpread),
			count("%.2f", s.P50), count("%.2f", s.P99), count("%.2f", s.BareP99), count("%.0f", s.CPU),
			count("%.0f", s.Postgres), count("%.0f", s.Allocs), count("%.0f", s.Bytes),
			count("%.2f", s.Statements), count("%.0f", float64(s.Trips)))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, t := range r.Targets {
		fmt.Fprintln(w, t)
	}
	return nil
}

// WriteJSON writes a file for a machine to read, and for people: it is indented.
func WriteJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
