package report

import (
	"fmt"

	"github.com/garagesale/service/zarf/proof/bench/load"
)

// Target is a bound on one figure.
type Target struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Bound   float64 `json:"bound"`
	Stretch float64 `json:"stretch,omitempty"`
	Most    bool    `json:"most,omitempty"` // the bound is an upper one
	Unit    string  `json:"unit,omitempty"`
	Met     bool    `json:"met"`
}

// AtLeast is the target of a value that shall not be below a bound; the unit stands behind the value.
func AtLeast(name string, value, bound float64, unit string) Target {
	return Target{Name: name, Value: value, Bound: bound, Unit: unit, Met: value >= bound}
}

// AtMost is the target of a value that shall not be above a bound; the unit stands behind the value.
func AtMost(name string, value, bound float64, unit string) Target {
	return Target{Name: name, Value: value, Bound: bound, Unit: unit, Most: true, Met: value <= bound}
}

func (t Target) String() string {
	word := "MISSED"
	if t.Met {
		word = "met"
	}
	if t.Stretch > 0 && t.Value >= t.Stretch {
		word = "met, and the stretch"
	}
	sign := "≥"
	if t.Most {
		sign = "≤"
	}
	text := fmt.Sprintf("%-44s %8.2f%s  %s %g", t.Name, t.Value, t.Unit, sign, t.Bound)
	if t.Stretch > 0 {
		text += fmt.Sprintf(" (stretch %g)", t.Stretch)
	}
	return text + "  " + word
}

// floor is how much of a control a scenario shall reach, and what would be better still.
type floor struct{ least, stretch float64 }

func (f floor) target(name string, value float64) Target {
	t := AtLeast(name, value, f.least, "")
	t.Stretch = f.stretch
	return t
}

var vsBare = map[string]floor{
	load.Get:  {0.75, 0.85},
	load.List: {0.75, 0.90},
	load.Deep: {0.75, 0.90},
}

var vsPgbench = map[string]floor{
	load.Get:    {0.20, 0.25},
	load.RingUp: {0.60, 0.90},
	load.Create: {0.60, 0.90},
	load.Hot:    {0.50, 0.80},
}

// tailBound is how much longer the slowest hundredth may take than half of the answers, at half of the highest rate.
const tailBound = 5

// pageBound is how much more a deep page may cost than the first.
const pageBound = 1.3

// Depth compares the processor time of a deep page with that of the first.
func Depth(list []Result) []Target {
	costs := map[string]float64{}
	for _, r := range list {
		costs[r.Name] = r.CPU + r.Postgres
	}
	first, deep := costs[load.List], costs[load.Deep]
	if first == 0 || deep == 0 {
		return nil
	}
	return []Target{AtMost("cost of page 10,000 to that of page 1", deep/first, pageBound, "")}
}

// Judge holds the results against the targets.
func Judge(list []Result) (out []Target) {
	for _, r := range list {
		if f, ok := vsBare[r.Name]; ok {
			out = append(out, f.target(r.Name+" against bare", r.VsBare))
		}
		if f, ok := vsPgbench[r.Name]; ok {
			out = append(out, f.target(r.Name+" against pgbench", r.VsPgbench))
		}
		if r.P50 > 0 {
			out = append(out, AtMost(r.Name+" p99/p50 at half of the highest rate", r.P99/r.P50, tailBound, ""))
		}
	}
	return out
}
