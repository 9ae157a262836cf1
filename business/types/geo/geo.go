// Package geo holds where on earth something is: degrees of WGS 84, as GPS gives them.
package geo

import (
	"errors"

	"github.com/go-json-experiment/json"
)

// Latitude is −90 to 90 degrees, north above 0.
type Latitude float64

// Longitude is −180 to 180 degrees, east above 0.
type Longitude float64

// The bounds.
const (
	MaxLatitude  = 90
	MaxLongitude = 180
)

// UnmarshalJSON implements json.Unmarshaler.
func (l *Latitude) UnmarshalJSON(b []byte) error {
	return within((*float64)(l), b, MaxLatitude, "-90 to 90")
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *Longitude) UnmarshalJSON(b []byte) error {
	return within((*float64)(l), b, MaxLongitude, "-180 to 180")
}

func within(dst *float64, b []byte, most float64, words string) error {
	var v float64
	if err := json.Unmarshal(b, &v); err != nil || v < -most || v > most {
		return errors.New("must be degrees from " + words)
	}
	*dst = v
	return nil
}
