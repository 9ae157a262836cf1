// Package name holds what people and things are called.
package name

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/garagesale/service/business/types/text"
)

// Max is the greatest length of a name, in characters.
const Max = 100

// Name is 1 to Max visible characters on one line, in Unicode's form NFKC and without space at either end. The zero
// Name is empty. A name that was stored when the rules were others is read as it is.
type Name string

// Parse trims the space around s, normalises and checks it.
func Parse(s string) (Name, error) {
	s, err := text.OneLine(strings.TrimSpace(s))
	if err != nil {
		return "", err
	}
	switch s = strings.TrimSpace(s); {
	case s == "":
		return "", errors.New("must not be empty")
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
