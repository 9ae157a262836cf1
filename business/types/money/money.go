// Package money holds amounts as integers in the minor unit of a currency: 1250 is $12.50. There is no float anywhere
// near.
package money

import (
	"errors"
	"fmt"
	"strconv"
)

const (
	// MaxPrice is the greatest price of one piece. With at most 200 lines of at most 100,000 pieces a total fits 2^53.
	MaxPrice Money = 100_000_000
	// Max is the greatest amount of all, 2^53 − 1: what every JSON reader keeps exact (RFC 8259, section 6).
	Max Money = 1<<53 - 1
)

// Money is an amount in minor units.
type Money int64

// Balance is an amount that may be below zero: the balance of an account, a difference, cash put in or taken out.
type Balance int64

// Times is the amount for n pieces.
func (m Money) Times(n int) Money { return m * Money(n) }

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
