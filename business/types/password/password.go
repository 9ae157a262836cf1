// Package password holds passwords on their way from a person to a hash, and nowhere else.
package password

import (
	"errors"
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// The bounds of a password's length in characters (OWASP ASVS 5.0, 6.2.1 and 6.2.9).
const (
	Min = 8
	Max = 128
)

const hidden = "[password]"

// Password is a plain-text password. Whatever prints it, a log, fmt or JSON, prints a placeholder; or an address, where
// fmt cannot call String: with %d, or in a field that is not exported.
type Password struct{ s *string }

// Parse checks a password that somebody wants to have: its length, and that it is not among the first that anybody
// would try (NIST SP 800-63B, 3.1.1.2). That it has nothing of its owner's is for Contains: here it is not known whose
// it is.
func Parse(s string) (Password, error) {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return Password{}, errors.New("must be valid text")
	case n < Min || n > Max:
		return Password{}, fmt.Errorf("must be %d to %d characters", Min, Max)
	}
	p := Password{&s}
	switch {
	case likeCommon(s):
		return Password{}, errors.New("is among the commonest passwords, or one of them with a little added; choose another")
	case isRun(s):
		return Password{}, errors.New("is made of repeated characters or of runs like abcd and 1234; choose another")
	case p.Contains(service):
		return Password{}, errors.New("must not contain the name of the service")
	}
	return p, nil
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
