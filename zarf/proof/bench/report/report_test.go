package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/garagesale/service/zarf/proof/bench/load"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	if got := SpreadOf(Ratios([]float64{50, 90, 30}, []float64{100, 100, 100})); got != (Spread{0.5, 0.3, 0.9}) {
		t.Errorf("three rounds: %+v", got)
	}
	if got := SpreadOf([]float64{1, 2, 3, 10}); got.Median != 2.5 {
		t.Errorf("the median of four is %v", got.Median)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	got := Judge([]Result{{Name: load.Get, VsBare: 0.74, VsPgbench: 0.3, P50: 1, P99: 4}})
	if len(got) != 3 || got[0].Met || !got[1].Met || !got[2].Met {
		t.Errorf("judged: %v", got)
	}
}

func TestPlotsAreXML(t *testing.T) {
	t.Parallel()
	one := Spread{0.5, 0.4, 0.6}
	for name, svg := range map[string]string{
		"ratios": Bars(Report{Scenarios: []Result{{Name: "get <&>", BareSpread: &one, PgbenchSpread: &one},
			{Name: load.RingUp, PgbenchSpread: &one}}}),
		"curves": Panels("a & b", "c", []Panel{
			{Title: "<x>", Series: []Curve{{Name: "y", Y: []float64{1, 2, 3}}}}, {Title: "empty"},
		}),
	} {
		dec := xml.NewDecoder(strings.NewReader(svg))
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: a number is none\n%s", name, svg)
		}
	}
}
