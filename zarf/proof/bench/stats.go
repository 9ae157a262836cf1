package main

import "slices"

// spread is the middle of some values, and how far they lie apart.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	list := slices.Sorted(slices.Values(values))
	n := len(list)
	return spread{(list[(n-1)/2] + list[n/2]) / 2, list[0], list[n-1]}
}

// ratios are those of each round: what disturbs a round disturbs both sides of it.
func ratios(of, to []float64) []float64 {
	list := make([]float64, 0, len(of))
	for i := range min(len(of), len(to)) {
		list = append(list, of[i]/to[i])
	}
	return list
}
