package currency_test

import (
	"testing"

	"github.com/garagesale/service/business/types/currency"
)

func TestDigits(t *testing.T) {
	t.Parallel()
	for c, want := range map[currency.Currency]int{"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "ZZZ": 0, "": 0} {
		if got := c.Digits(); got != want {
			t.Errorf("%q: %d digits, want %d", c, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"USD": true, "EUR": true, "JPY": true, "": false, "usd": false, "US": false, "USDX": false, "ZZZ": false,
		"U5D": false, "ÜSD": false,
	} {
		c, err := currency.Parse(s)
		if (err == nil) != ok || ok && string(c) != s {
			t.Errorf("%q: %q %v", s, c, err)
		}
	}
}
