package logger

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                "",
		"no address":                      "no address",
		"ada@example.com":                 "a***@example.com",
		"a@b.example.co.uk":               "a***@b.example.co.uk",
		"to <Ada.L+x@Example.COM>, twice": "to <A***@Example.COM>, twice",
		"(email)=(ada@example.com)":       "(email)=(a***@example.com)",
		"jürgen@müller.de":                "j***@müller.de",
		"ada@example.com,bo@example.org":  "a***@example.com,b***@example.org",
		"chi/v5@v5.5.0/mux.go:12":         "chi/v5@v5.5.0/mux.go:12",
		"user@localhost":                  "user@localhost",
		"@ alone":                         "@ alone",
		"?k=gs_0123456789abcdefXYZ01&x":   "?k=gs_***&x",
		"gs_0123456789abcdefXYZ01@x.org":  "g***@x.org",
		"msgs_total, gs_ alone":           "msgs_total, gs_ alone",
	} {
		if got := Mask(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestMaskedEverywhere: wherever in a record an address stands, it does not reach the log.
func TestMaskedEverywhere(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := New(&b, nil, "sales").With("who", "ada@example.com").WithGroup("g")
	log.Info("from ada@example.com", Error(errors.New("refused ada@example.com")),
		slog.Any("list", []string{"ada@example.com"}), slog.Any("m", map[string]string{"k": "ada@example.com"}))
	if s := b.String(); strings.Contains(s, "ada@") || strings.Count(s, "a***@example.com") != 5 {
		t.Errorf("log: %s", s)
	}
	lines(t, b.Bytes())
}

func FuzzMask(f *testing.F) {
	f.Add("Ada <ada@example.com>")
	f.Add("key gs_0123456789abcdefXYZ01")
	f.Fuzz(func(t *testing.T, s string) {
		if once := Mask(s); !strings.Contains(s, "@") && !strings.Contains(s, "gs_") && once != s {
			t.Errorf("%q became %q", s, once)
		}
	})
}
