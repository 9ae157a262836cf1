// Package name holds what people and things are called.
package name

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Max is the greatest length of a name, in characters.
const Max = 100

// Name is 1 to Max printable characters on one line, without space at either end. The zero Name is empty.
type Name string

// Parse trims the space around s and checks it.
func Parse(s string) (Name, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", errors.New("must not be empty")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, breaks):
		return "", errors.New("must be valid text on one line, without control characters")
	case utf8.RuneCountInString(s) > Max:
		return "", fmt.Errorf("must be at most %d characters", Max)
	}
	return Name(s), nil
}

// breaks tells whether r breaks a line; U+2028 and U+2029 do, and are no controls.
func breaks(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Name) UnmarshalText(b []byte) (err error) {
	*n, err = Parse(string(b))
	return err
}
