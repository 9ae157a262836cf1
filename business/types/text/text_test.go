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
