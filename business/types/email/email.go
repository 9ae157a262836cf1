// Package email holds e-mail addresses, the names by which accounts log in.
package email

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/garagesale/service/business/types/text"
)

// Max is the greatest length of an address in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
const Max = 254

// Email is a bare address, `local@domain`, in lower case and Unicode's form NFKC. In a log it is masked.
type Email string

var errSyntax = errors.New("must be an e-mail address like name@example.com")

// Parse checks s and brings it to one form, so that an address is one account however it is typed. What only looks like
// another address, for characters that nobody sees, is none.
func Parse(s string) (Email, error) {
	plain, err := text.OneLine(s)
	if err != nil {
		return "", err
	}
	lower := norm.NFKC.String(strings.ToLower(plain))
	if max(len(plain), len(lower)) > Max { // some letters are longer in lower case
		return "", fmt.Errorf("must be at most %d bytes", Max)
	}
	a, err := mail.ParseAddress(plain)
	if err != nil || a.Address != plain || strings.ContainsFunc(plain, unicode.IsSpace) {
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
