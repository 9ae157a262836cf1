package name_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/garagesale/service/business/types/name"
)

func TestParse(t *testing.T) {
	t.Parallel()
	hundred := strings.Repeat("ü", name.Max)
	for s, want := range map[string]name.Name{
		"Smith": "Smith", "  Smith\t\n": "Smith", "O'Brien & Söhne": "O'Brien & Söhne", "日本": "日本", "👪": "👪",
		hundred: name.Name(hundred), " " + hundred + " ": name.Name(hundred),
		"": "", " ": "", "a\nb": "", "a\x00": "", "a\x7fb": "", "\xff": "", hundred + "x": "", "\u0085": "",
		"Ｓｍｉｔｈ": "Smith", "So\u0308hne": "Söhne", "a\u00a0b": "a b", "ﬁsh ™": "fish TM",
		strings.Repeat("u\u0308", name.Max): name.Name(hundred), strings.Repeat("ﷺ", 6): "", "\u00a8": "\u0308",
		"a\u200bb": "", "\u202egpj.exe": "", "a\u2066b": "", "a\u00adb": "", "\ufeff": "", "a\u200d": "", "\u3164": "",
		"a\u2028b": "", "\U000e0041": "",
	} {
		got, err := name.Parse(s)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v", s, got, err)
		}
	}
}

// FuzzName: a name that is taken is 1 to Max printable characters on one line, and the same when it is read again.
func FuzzName(f *testing.F) {
	for _, s := range []string{"Smith", " a ", "\u00a0a\u3000", "a\u2028b", "", "\x00", strings.Repeat("ü", 101)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := name.Parse(s)
		if err != nil {
			return
		}
		if again, err := name.Parse(string(n)); again != n || err != nil {
			t.Errorf("%q is %q, and that is %q: %v", s, n, again, err)
		}
		if c := utf8.RuneCountInString(string(n)); c < 1 || c > name.Max || !utf8.ValidString(string(n)) ||
			strings.ContainsFunc(string(n), unicode.IsControl) {
			t.Errorf("%q is %q", s, n)
		}
		if !norm.NFKC.IsNormalString(string(n)) || strings.ContainsFunc(string(n), func(r rune) bool {
			return unicode.Is(unicode.Cf, r)
		}) {
			t.Errorf("%q is %q, with more than one sees", s, n)
		}
		if strings.ContainsAny(string(n), "\n\r\u2028\u2029") {
			t.Errorf("%q is %q, on several lines", s, n)
		}
	})
}
