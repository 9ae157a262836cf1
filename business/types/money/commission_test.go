package money_test

import (
	"math/big"
	"testing"

	"github.com/garagesale/service/business/types/money"
)

// nearest is the commission by its meaning instead of its formula: the whole number nearest to gross × bps / 10,000,
// the lower one if two are as near.
func nearest(gross money.Money, bps int) money.Money {
	exact := new(big.Int).Mul(big.NewInt(int64(gross)), big.NewInt(int64(bps)))
	low, rest := new(big.Int).DivMod(exact, big.NewInt(10_000), new(big.Int))
	if rest.Cmp(big.NewInt(10_000-rest.Int64())) > 0 {
		low.Add(low, big.NewInt(1))
	}
	return money.Money(low.Int64())
}

func TestCommission(t *testing.T) {
	t.Parallel()
	for _, bps := range []int{0, 1, 333, 1000, 9999, 10_000} {
		for gross := money.Money(0); gross <= 10_000; gross++ {
			if got, want := gross.Commission(bps), nearest(gross, bps); got != want {
				t.Fatalf("%d at %d: %d, want %d", gross, bps, got, want)
			}
		}
		for _, gross := range []money.Money{money.Max - 1, money.Max, 1<<62 - 1, 1<<63 - 1} {
			got, want := gross.Commission(bps), nearest(gross, bps)
			if got != want || got < 0 || got > gross {
				t.Errorf("%d at %d: %d, want %d", gross, bps, got, want)
			}
		}
	}
	// A tie goes to the family.
	if got := money.Money(5).Commission(1000); got != 0 {
		t.Errorf("half a cent: %d", got)
	}
}
