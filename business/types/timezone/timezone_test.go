package timezone_test

import (
	"strings"
	"testing"

	"github.com/garagesale/service/business/types/timezone"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"UTC": true, "America/Denver": true, "Europe/Berlin": true, "Asia/Dubai": true,
		"": false, "Local": false, "Mars/Base": false, "../etc/passwd": false, "/etc/localtime": false, "+02:00": false,
		"America/Denver\n": false, strings.Repeat("a", timezone.Max+1): false, "\x00": false,
	} {
		var z timezone.Zone
		if err := z.UnmarshalText([]byte(s)); (err == nil) != want || want && string(z) != s {
			t.Errorf("%q: %q %v, want a zone: %t", s, z, err, want)
		}
	}
}
