package code_test

import (
	"cmp"
	"testing"

	"pgregory.net/rapid"

	"github.com/garagesale/service/business/types/code"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"12-003": "12-003", "1-1": "1-001", "012-3": "12-003", "99999-999999": "99999-999999", "1-1000": "1-1000",
		"": "", "-": "", "12": "", "12-": "", "-3": "", "0-1": "", "1-0": "", "100000-1": "", "1-1000000": "", "1--1": "",
		"1-1-1": "", "+1-1": "",
		"1-+1": "", " 1-1": "", "1-1 ": "", "a-1": "", "1-a": "", "1_0-1": "", "0x1-1": "", "१-१": "", "4294967297-1": "",
		"99999999999999999999-1": "",
	} {
		c, err := code.Parse(s)
		if got := c.String(); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %s %v", s, got, err)
		}
	}
}

func generator() *rapid.Generator[code.Code] {
	return rapid.Custom(func(t *rapid.T) code.Code {
		return code.Code{Family: rapid.IntRange(1, code.MaxFamily).Draw(t, "family"),
			Running: rapid.IntRange(1, code.MaxRunning).Draw(t, "running")}
	})
}

// TestForms: a code survives its text and its database form, and sorts there as people count.
func TestForms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := generator().Draw(t, "a"), generator().Draw(t, "b")
		if got, err := code.Parse(a.String()); got != a || err != nil {
			t.Errorf("%v became %v: %v", a, got, err)
		}
		v, err := a.Value()
		if err != nil {
			t.Fatal(err)
		}
		var got code.Code
		if err := got.Scan(v); got != a || err != nil {
			t.Errorf("%v became %v: %v", a, got, err)
		}
		if cmp.Compare(a.Int(), b.Int()) != cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Running, b.Running)) {
			t.Errorf("%v and %v sort as %d and %d", a, b, a.Int(), b.Int())
		}
	})
	if err := new(code.Code).Scan("1-001"); err == nil {
		t.Error("scanned a string")
	}
}

// FuzzCode: what is taken is in the bounds and means the same when it is written and read again.
func FuzzCode(f *testing.F) {
	for _, s := range []string{"12-003", "1-1", "0-1", "99999-999999", "-", "1-1-1", "+1-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := code.Parse(s)
		if err != nil {
			return
		}
		if c.Family < 1 || c.Family > code.MaxFamily || c.Running < 1 || c.Running > code.MaxRunning {
			t.Errorf("%q is %v", s, c)
		}
		if again, err := code.Parse(c.String()); again != c || err != nil {
			t.Errorf("%q is %v, and that is %v: %v", s, c, again, err)
		}
	})
}
