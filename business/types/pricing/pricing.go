// Package pricing holds the price steps of a market: "half price after two" is one of them.
package pricing

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/garagesale/service/business/types/money"
)

// MaxSteps is how many steps a market may have.
const MaxSteps = 100

// Step takes percent off every price from a time on, until the next step.
type Step struct {
	From       time.Time `json:"from" doc:"From this time on, until the next step."`
	PercentOff int       `json:"percentOff" minimum:"1" maximum:"100" doc:"Percent off; prices round to the nearest."`
}

// Steps are in the order of their times.
type Steps []Step

// PercentOff is what is taken off at that time, 0 before the first step.
func (s Steps) PercentOff(at time.Time) int {
	off := 0
	for _, step := range s {
		if step.From.After(at) {
			break
		}
		off = step.PercentOff
	}
	return off
}

// Reduced is a price with percent taken off, to the nearest minor unit, a half up.
func Reduced(price money.Money, percentOff int) money.Money {
	return (price*money.Money(100-percentOff) + 50) / 100
}

// Value implements driver.Valuer.
func (s Steps) Value() (driver.Value, error) {
	if s == nil {
		s = Steps{}
	}
	b, err := json.Marshal([]Step(s))
	return string(b), err
}

// Scan implements sql.Scanner.
func (s *Steps) Scan(src any) error {
	switch b := src.(type) {
	case []byte:
		return json.Unmarshal(b, (*[]Step)(s))
	case string:
		return json.Unmarshal([]byte(b), (*[]Step)(s))
	}
	return fmt.Errorf("price steps: cannot scan %T", src)
}
