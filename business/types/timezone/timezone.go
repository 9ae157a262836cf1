// Package timezone holds the names of time zones.
package timezone

import (
	"errors"
	"time"
	_ "time/tzdata" // the same zones on every machine
)

// Max is the greatest length of a name, in bytes.
const Max = 64

// Zone is the name of a zone in the IANA database, such as America/Denver.
type Zone string

// Parse checks s. "Local" and "" are Go's names for zones, not IANA's.
func Parse(s string) (Zone, error) {
	if s == "" || s == "Local" || len(s) > Max {
		return "", errUnknown
	}
	if _, err := time.LoadLocation(s); err != nil {
		return "", errUnknown
	}
	return Zone(s), nil
}

var errUnknown = errors.New("must be the name of a time zone, such as America/Denver")

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *Zone) UnmarshalText(b []byte) (err error) {
	*z, err = Parse(string(b))
	return err
}
