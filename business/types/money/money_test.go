package money_test

import (
	"encoding/json"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/garagesale/service/business/types/money"
)

func TestPlus(t *testing.T) {
	t.Parallel()
	const most, least = money.Money(1<<63 - 1), money.Money(-1 << 63)
	for _, tt := range []struct {
		a, b, sum money.Money
		ok        bool
	}{
		{0, 0, 0, true}, {5, 0, 5, true}, {5, -7, -2, true}, {most - 1, 1, most, true}, {most, 1, 0, false},
		{least, most, -1, true}, {least + 1, -1, least, true}, {least, -1, 0, false}, {most, most, 0, false},
	} {
		if sum, ok := tt.a.Plus(tt.b); ok != tt.ok || ok && sum != tt.sum {
			t.Errorf("%d + %d is %d, %t, want %d, %t", tt.a, tt.b, sum, ok, tt.sum, tt.ok)
		}
	}
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Money{
		"0": 0, "1": 1, "1250": 1250, "9007199254740991": money.Max,
		"9007199254740992": -1, "-1": -1, "1.0": -1, "1e3": -1, "1E0": -1, `"1"`: -1, "null": -1, "true": -1, "[]": -1,
		"9223372036854775808": -1, "1000000000000000000000000000000": -1, "-9223372036854775809": -1, "0.1": -1,
	} {
		got := money.Money(-1)
		err := json.Unmarshal([]byte(text), &got)
		if got != want || (err == nil) != (want >= 0) {
			t.Errorf("%s: %d, %v, want %d, and an error where that is below 0", text, got, err, want)
		}
	}
}

// TestTotalFits: the dearest basket that the bounds allow is computed exactly.
func TestTotalFits(t *testing.T) {
	t.Parallel()
	const lines, pieces = 200, 100_000
	if total := money.MaxPrice.Times(pieces) * lines; total > money.Max || total < 0 {
		t.Errorf("the dearest basket costs %d, more than %d", total, money.Max)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := money.Money(rapid.Int64Range(0, int64(money.MaxPrice)).Draw(t, "price"))
		n := rapid.IntRange(0, pieces).Draw(t, "n")
		if got, want := int64(m.Times(n)), new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(int64(n))); !want.IsInt64() ||
			got != want.Int64() {
			t.Errorf("%d × %d = %d, want %s", m, n, got, want)
		}
	})
}

// FuzzMoney: whatever JSON is taken is the integer that it says, within the bounds.
func FuzzMoney(f *testing.F) {
	for _, s := range []string{"0", "1250", "-1", "1e3", "1.0", "9007199254740992", "1000000000000000000000000000000",
		`"5"`, " 7 ", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := money.Money(-7)
		if err := json.Unmarshal([]byte(s), &got); err != nil {
			if got != -7 {
				t.Errorf("%q: refused, and yet it is %d", s, got)
			}
			return
		}
		if got < 0 || got > money.Max {
			t.Errorf("%q is %d, want it from 0 to %d", s, got, money.Max)
		}
		var exact json.Number
		if err := json.Unmarshal([]byte(s), &exact); err != nil {
			t.Fatalf("%q was taken: %v", s, err)
		}
		if n, err := strconv.ParseInt(exact.String(), 10, 64); err != nil || n != int64(got) {
			t.Errorf("%q is %d, want what it says: %d, %v", s, got, n, err)
		}
		back, err := json.Marshal(got)
		if err != nil || string(back) != strconv.FormatInt(int64(got), 10) {
			t.Errorf("%q goes out as %s, %v, want %d", s, back, err, got)
		}
	})
}
