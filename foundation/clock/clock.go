// Package clock tells the time as the database keeps it.
package clock

import "time"

// Now is the time in UTC, in whole microseconds, so that what is written is what is read back.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
