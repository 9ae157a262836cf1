package money_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		m    money.Money
		c    currency.Currency
		want string
	}{
		{0, "USD", "0.00"}, {5, "USD", "0.05"}, {99, "USD", "0.99"}, {100, "USD", "1.00"}, {1250, "USD", "12.50"},
		{-5, "USD", "-0.05"}, {-1250, "USD", "-12.50"}, {money.Max, "USD", "90071992547409.91"},
		{0, "JPY", "0"}, {1250, "JPY", "1250"}, {-7, "JPY", "-7"}, {money.Max, "JPY", "9007199254740991"},
		{0, "KWD", "0.000"}, {5, "KWD", "0.005"}, {1250, "KWD", "1.250"}, {-999, "KWD", "-0.999"},
		{math.MaxInt64, "USD", "92233720368547758.07"}, {math.MinInt64, "USD", "-92233720368547758.08"},
		{1250, "ZZZ", "1250"},
	} {
		if got := tt.m.Format(tt.c); got != tt.want {
			t.Errorf("%d in %s: got %q, want %q", int64(tt.m), tt.c, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    string
		c    currency.Currency
		want money.Money
		err  string
	}{
		{"20.00", "USD", 2000, ""}, {"20", "USD", 2000, ""}, {"20.5", "USD", 2050, ""}, {"0", "USD", 0, ""},
		{"0.01", "USD", 1, ""}, {"007", "USD", 700, ""}, {"1.2300", "USD", 123, ""}, {"20", "JPY", 20, ""},
		{"20.00", "JPY", 20, ""}, {"1.005", "KWD", 1005, ""}, {"90071992547409.91", "USD", money.Max, ""},
		{"90071992547409.92", "USD", 0, "at most 90071992547409.91"},
		{"999999999999999.9999", "CLF", 0, "at most"}, // more than 64 bits hold
		{"1.005", "USD", 0, "USD has 2 digits"}, {"20.50", "JPY", 0, "JPY has 0 digits"},
		{"1.0005", "KWD", 0, "KWD has 3 digits"},
		{"", "USD", 0, "like 20.00"}, {"-1", "USD", 0, "like 20.00"}, {"+1", "USD", 0, "like 20.00"},
		{"1,50", "USD", 0, "like 20.00"}, {".5", "USD", 0, "like 20.00"}, {"5.", "USD", 0, "like 20.00"},
		{"1e3", "USD", 0, "like 20.00"}, {"0x10", "USD", 0, "like 20.00"}, {"1/2", "USD", 0, "like 20.00"},
		{"1 000", "USD", 0, "like 20.00"}, {"1234567890123456", "USD", 0, "like 20.00"},
	} {
		got, err := money.Parse(tt.s, tt.c)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q in %s: got %d, %v; want %d, %q", tt.s, tt.c, got, err, tt.want, tt.err)
		}
	}
}

// TestParseFormat: what is written is what is read back.
func TestParseFormat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := money.Money(rapid.Int64Range(0, 999_999_999_999_999).Draw(t, "amount"))
		c := rapid.SampledFrom([]currency.Currency{"USD", "JPY", "KWD"}).Draw(t, "currency")
		if got, err := money.Parse(m.Format(c), c); err != nil || got != m {
			t.Errorf("%d in %s is written %q and read as %d, %v", int64(m), c, m.Format(c), int64(got), err)
		}
	})
}
