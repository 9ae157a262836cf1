package text_test

import (
	"strings"
	"testing"

	"github.com/garagesale/service/business/types/text"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const spaced = " as it is "
	for s, ok := range map[string]bool{
		"": true, "two\nlines": true, "a\r\n\tb": true, spaced: true, strings.Repeat("ü", text.Max): true,
		strings.Repeat("ü", text.Max+1): false, "\x00": false, "a\x1bb": false, "\xff": false,
	} {
		got, err := text.Parse(s)
		if (err == nil) != ok || ok && string(got) != s {
			t.Errorf("%q: %q %v", s, got, err)
		}
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"": "", "Ann O’Neil": "Ann O’Neil", "ﬁne": "fine", "two\nlines": "bad", "a\u2028b": "bad", "a\x00b": "bad",
		"\u202eabc": "bad", "a\u200bb": "bad", "a\u034fb": "bad", "\xff": "bad", "a\xffb": "bad",
	} {
		got, err := text.OneLine(s)
		if (err != nil) != (want == "bad") || err == nil && got != want {
			t.Errorf("%q: %q %v, want %q", s, got, err, want)
		}
	}
}
