// Package email holds e-mail addresses, the names by which accounts log in.
package email

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"unicode"
)

// Max is the greatest length of an address in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
const Max = 254

// Email is a bare address, `local@domain`, in lower case. In a log it is masked.
type Email string

var errSyntax = errors.New("must be an e-mail address like name@example.com")

// Parse checks s and folds it to lower case, so that an address is one account however it is typed.
func Parse(s string) (Email, error) {
	lower := strings.ToLower(s)
	if max(len(s), len(lower)) > Max { // some letters are longer in lower case
		return "", fmt.Errorf("must be at most %d bytes", Max)
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r)
	}) {
		return "", errSyntax
	}
	return Email(lower), nil
}

// Local is the part before the @.
func (e Email) Local() string {
	local, _, _ := strings.Cut(string(e), "@")
	return local
}

// LogValue implements slog.LogValuer: the first letter and the domain.
func (e Email) LogValue() slog.Value {
	local, domain, _ := strings.Cut(string(e), "@")
	return slog.StringValue(local[:min(1, len(local))] + "***@" + domain)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Email) UnmarshalText(b []byte) (err error) {
	*e, err = Parse(string(b))
	return err
}
