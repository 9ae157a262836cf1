// Package code holds the codes that people write on labels.
package code

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	// MaxFamily is the greatest number of a family in its market.
	MaxFamily = 99_999
	// MaxRunning is the greatest running number of a product in its family.
	MaxRunning = 999_999
)

// Code is `<family number>-<running number>`, such as 12-003. In the database it is the integer
// family × 1,000,000 + running, so that codes sort as people count.
type Code struct{ Family, Running int }

var errSyntax = errors.New("must be a code like 12-003")

// Parse reads a code; leading zeros do not matter.
func Parse(s string) (Code, error) {
	f, r, ok := strings.Cut(s, "-")
	if !ok {
		return Code{}, errSyntax
	}
	family, err1 := strconv.ParseUint(f, 10, 32)
	running, err2 := strconv.ParseUint(r, 10, 32)
	if err1 != nil || err2 != nil || family < 1 || family > MaxFamily || running < 1 || running > MaxRunning {
		return Code{}, errSyntax
	}
	return Code{int(family), int(running)}, nil
}

func (c Code) String() string { return fmt.Sprintf("%d-%03d", c.Family, c.Running) }

// Int is the form in which the database keeps and sorts a code.
func (c Code) Int() int64 { return int64(c.Family)*(MaxRunning+1) + int64(c.Running) }

// MarshalText implements encoding.TextMarshaler.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Code) UnmarshalText(b []byte) (err error) {
	*c, err = Parse(string(b))
	return err
}

// Value implements driver.Valuer.
func (c Code) Value() (driver.Value, error) { return c.Int(), nil }

// Scan implements sql.Scanner.
func (c *Code) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("code: cannot scan %T", src)
	}
	*c = Code{int(n / (MaxRunning + 1)), int(n % (MaxRunning + 1))}
	return nil
}
