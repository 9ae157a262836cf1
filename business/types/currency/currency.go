// Package currency holds ISO 4217 currency codes.
package currency

import (
	"errors"

	"golang.org/x/text/currency"
)

// Currency is an ISO 4217 code such as USD.
type Currency string

// Parse checks s: three capital letters that ISO 4217 knows.
func Parse(s string) (Currency, error) {
	unit, err := currency.ParseISO(s)
	if err != nil || unit.String() != s {
		return "", errors.New("must be an ISO 4217 currency code such as USD")
	}
	return Currency(s), nil
}

// Digits is how many digits an amount has after the point: 2 for USD, none for JPY. A currency that ISO 4217 does not
// know has none.
func (c Currency) Digits() int {
	unit, err := currency.ParseISO(string(c))
	if err != nil {
		return 0
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Currency) UnmarshalText(b []byte) (err error) {
	*c, err = Parse(string(b))
	return err
}
