// Package clock tells the time as the database keeps it: in UTC and whole microseconds.
//
// A time that was written is equal to the one that is read back, so that values can be compared as they are. Programs
// hand Now on to what needs the time; business never looks at a clock itself, and a test passes one of its own.
package clock

import "time"

// Now is the time in UTC, in whole microseconds, so that what is written is what is read back.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
