// Package password holds passwords on their way from a person to a hash, and nowhere else.
package password

import (
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// The bounds of a password's length in characters (OWASP ASVS 5.0, 6.2.1 and 6.2.9).
const (
	Min = 8
	Max = 128
)

//go:embed common.txt
var commonList string

// common are the ten thousand commonest passwords that are long enough to pass otherwise (OWASP ASVS 5.0, 6.2.4).
var common = func() map[string]struct{} {
	set := map[string]struct{}{}
	for line := range strings.Lines(commonList) {
		set[strings.TrimSpace(line)] = struct{}{}
	}
	return set
}()

const hidden = "[password]"

// Password is a plain-text password. Whatever prints it, a log, fmt or JSON, prints a placeholder; or an address, where
// fmt cannot call String: with %d, or in a field that is not exported.
type Password struct{ s *string }

// Parse checks a password that somebody wants to have: its length, and that it is not a common one.
func Parse(s string) (Password, error) {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return Password{}, errors.New("must be valid text")
	case n < Min || n > Max:
		return Password{}, fmt.Errorf("must be %d to %d characters", Min, Max)
	}
	if _, found := common[strings.ToLower(s)]; found {
		return Password{}, errors.New("is among the commonest passwords; choose another")
	}
	return Password{&s}, nil
}

// Given wraps a password that somebody presents, which is only ever compared.
func Given(s string) Password { return Password{&s} }

// Reveal is the plain text, for the hash function.
func (p Password) Reveal() string {
	if p.s == nil {
		return ""
	}
	return *p.s
}

func (Password) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (Password) GoString() string { return hidden }

// LogValue implements slog.LogValuer.
func (Password) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText implements encoding.TextMarshaler.
func (Password) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Password) UnmarshalText(b []byte) (err error) {
	*p, err = Parse(string(b))
	return err
}
