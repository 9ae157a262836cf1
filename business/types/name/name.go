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
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "", errors.New("must be valid text on one line, without control characters")
	case utf8.RuneCountInString(s) > Max:
		return "", fmt.Errorf("must be at most %d characters", Max)
	}
	return Name(s), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Name) UnmarshalText(b []byte) (err error) {
	*n, err = Parse(string(b))
	return err
}
