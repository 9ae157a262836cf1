package main

import "fmt"

// target is a bound on one figure.
type target struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Bound   float64 `json:"bound"`
	Stretch float64 `json:"stretch,omitempty"`
	Most    bool    `json:"most,omitempty"` // the bound is an upper one
	Unit    string  `json:"unit,omitempty"`
	Met     bool    `json:"met"`
}

func (t target) judged() target {
	t.Met = t.Value >= t.Bound
	if t.Most {
		t.Met = t.Value <= t.Bound
	}
	return t
}

func (t target) String() string {
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

var vsBare = map[string]floor{
	scenarioGet:  {0.75, 0.85},
	scenarioList: {0.75, 0.90},
	scenarioDeep: {0.75, 0.90},
}

var vsPgbench = map[string]floor{
	scenarioGet:    {0.20, 0.25},
	scenarioRingUp: {0.60, 0.90},
	scenarioCreate: {0.60, 0.90},
	scenarioHot:    {0.50, 0.80},
}

// tailBound is how much longer the slowest hundredth may take than half of the answers, at half of the highest rate.
const tailBound = 5

// pageBound is how much more a deep page may cost than the first.
const pageBound = 1.3

// depth compares the processor time of a deep page with that of the first.
func depth(list []result) []target {
	costs := map[string]float64{}
	for _, r := range list {
		costs[r.Name] = r.CPU + r.Postgres
	}
	first, deep := costs[scenarioList], costs[scenarioDeep]
	if first == 0 || deep == 0 {
		return nil
	}
	return []target{target{Name: "cost of page 10,000 to that of page 1", Value: deep / first, Bound: pageBound,
		Most: true}.judged()}
}

// judge holds the results against the targets.
func judge(list []result) (out []target) {
	for _, r := range list {
		if f, ok := vsBare[r.Name]; ok {
			out = append(out, target{Name: r.Name + " against bare", Value: r.VsBare, Bound: f.least,
				Stretch: f.stretch}.judged())
		}
		if f, ok := vsPgbench[r.Name]; ok {
			out = append(out, target{Name: r.Name + " against pgbench", Value: r.VsPgbench, Bound: f.least,
				Stretch: f.stretch}.judged())
		}
		if r.P50 > 0 {
			out = append(out, target{Name: r.Name + " p99/p50 at half of the highest rate", Value: r.P99 / r.P50,
				Bound: tailBound, Most: true}.judged())
		}
	}
	return out
}
