package report

import "slices"

// Spread is the middle of some values, and how far they lie apart.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// SpreadOf is that of the values, whatever their order; of none it is zero.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	list := slices.Sorted(slices.Values(values))
	n := len(list)
	return Spread{(list[(n-1)/2] + list[n/2]) / 2, list[0], list[n-1]}
}

// Ratios are those of each round: what disturbs a round disturbs both sides of it.
func Ratios(of, to []float64) []float64 {
	list := make([]float64, 0, len(of))
	for i := range min(len(of), len(to)) {
		list = append(list, of[i]/to[i])
	}
	return list
}
