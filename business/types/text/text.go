// Package text holds what people write about things.
package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Max is the greatest length of a text, in characters.
const Max = 2000

// Text is up to Max characters, on several lines if need be. The zero Text is empty and valid.
type Text string

// Parse checks s.
func Parse(s string) (Text, error) {
	bad := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, bad):
		return "", errors.New("must be valid text without control characters")
	case utf8.RuneCountInString(s) > Max:
		return "", fmt.Errorf("must be at most %d characters", Max)
	}
	return Text(s), nil
}

// OneLine is s in the form in which what looks the same is the same (NFKC), such as an e-mail address or a name. It
// refuses what nobody sees: controls, what breaks a line, and characters that only format, among them those of no width
// and those that turn the direction of writing.
func OneLine(s string) (string, error) {
	s = norm.NFKC.String(s)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
	}) {
		return "", errors.New("must be valid text on one line, without control, format and other invisible characters")
	}
	return s, nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Text) UnmarshalText(b []byte) (err error) {
	*t, err = Parse(string(b))
	return err
}
