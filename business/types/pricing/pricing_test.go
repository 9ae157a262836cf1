package pricing_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/pricing"
)

func TestPercentOff(t *testing.T) {
	t.Parallel()
	two := time.Date(2026, 5, 30, 14, 0, 0, 0, time.UTC)
	steps := pricing.Steps{{From: two, PercentOff: 50}, {From: two.Add(time.Hour), PercentOff: 75}}
	for at, want := range map[time.Duration]int{-time.Microsecond: 0, 0: 50, time.Hour - 1: 50, time.Hour: 75,
		1000 * time.Hour: 75} {
		if got := steps.PercentOff(two.Add(at)); got != want {
			t.Errorf("at %v: %d, want %d", at, got, want)
		}
	}
	if got := pricing.Steps(nil).PercentOff(two); got != 0 {
		t.Errorf("no steps: %d", got)
	}
	value, err := steps.Value()
	var back pricing.Steps
	if err != nil || back.Scan(value) != nil || len(back) != 2 || !back[1].From.Equal(steps[1].From) ||
		back.Scan(5) == nil {
		t.Errorf("stored %v (%v), read %v", value, err, back)
	}
}

func TestReduced(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := money.Money(rapid.Int64Range(0, int64(money.MaxPrice)).Draw(t, "price"))
		off := rapid.IntRange(0, 100).Draw(t, "percentOff")
		// Within half a minor unit of the exact price, a half rounded up.
		err := 100*pricing.Reduced(price, off) - price*money.Money(100-off)
		if err <= -50 || err > 50 {
			t.Fatalf("%d less %d %%: %d", price, off, pricing.Reduced(price, off))
		}
	})
}
