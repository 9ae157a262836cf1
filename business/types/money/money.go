// Package money holds amounts as integers in the minor unit of a currency: 1250 is $12.50. There is no float anywhere
// near.
package money

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/garagesale/service/business/types/currency"
)

const (
	// MaxPrice is the greatest price of one piece.
	MaxPrice Money = 100_000_000
	// MaxWorth is the most that all pieces of a product may be worth, and that a basket may come to.
	MaxWorth Money = 10_000_000_000
	// Max is the greatest amount of all, 2^53 − 1: what every JSON reader keeps exact (RFC 8259, section 6).
	Max Money = 1<<53 - 1
)

// Money is an amount in minor units.
type Money int64

// Balance is an amount that may be below zero: the balance of an account, a difference, cash put in or taken out.
type Balance int64

// Times is the amount for n pieces.
func (m Money) Times(n int) Money { return m * Money(n) }

// Plus is m + n, unless that is beyond what a Money can be.
func (m Money) Plus(n Money) (sum Money, ok bool) {
	sum = m + n
	return sum, (sum > m) == (n > 0)
}

// Format writes the amount as people do, without the currency: 1250 is 12.50 in USD and 1250 in JPY.
func (m Money) Format(c currency.Currency) string {
	s, below := strings.CutPrefix(strconv.FormatInt(int64(m), 10), "-")
	if n := c.Digits(); n > 0 {
		s = strings.Repeat("0", max(0, n+1-len(s))) + s
		s = s[:len(s)-n] + "." + s[len(s)-n:]
	}
	if below {
		return "-" + s
	}
	return s
}

var plain = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,4})?$`)

// Parse reads an amount from 0 to Max as people write it: 20, 20.0 and 20.00 are 2000 in USD.
func Parse(s string, c currency.Currency) (Money, error) {
	if !plain.MatchString(s) {
		return 0, fmt.Errorf("%q: must be an amount like 20.00", s)
	}
	whole, part, _ := strings.Cut(s, ".")
	part = strings.TrimRight(part, "0")
	n := c.Digits()
	if len(part) > n {
		return 0, fmt.Errorf("%q: %s has %d digits after the point", s, c, n)
	}
	minor, err := strconv.ParseInt(whole+part+strings.Repeat("0", n-len(part)), 10, 64)
	if err != nil || Money(minor) > Max {
		return 0, fmt.Errorf("%q: must be at most %s", s, Max.Format(c))
	}
	return Money(minor), nil
}

// Commission is the part of a family's takings that the organiser keeps: ⌊(m × bps + 4999) / 10000⌋ for bps from 0 to
// 10,000, to the nearest minor unit, a tie for the family. It takes whole ten-thousands first, so nothing overflows.
func (m Money) Commission(bps int) Money {
	b := Money(bps)
	return m/10_000*b + (m%10_000*b+4_999)/10_000
}

// UnmarshalJSON implements json.Unmarshaler: an integer from 0 to Max, without fraction or exponent.
func (m *Money) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(string(b), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (n < 0 || Money(n) > Max):
		return fmt.Errorf("must be between 0 and %d", Max)
	case err != nil:
		return errors.New("must be an integer in the minor unit of the currency, such as 1250 for $12.50")
	}
	*m = Money(n)
	return nil
}
