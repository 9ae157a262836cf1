// Package sse reads server-sent events (WHATWG HTML, 9.2.6), as far as this service sends them: data is one line.
package sse

import (
	"bufio"
	"io"
	"strings"
)

// Event is what stands before a blank line. One without Data only tells how far the stream is.
type Event struct {
	ID   string // the last that was sent, though an earlier event had it
	Type string
	Data string
}

// maxLine is how long a line may be, in bytes.
const maxLine = 1 << 20

// Read hands each event to fn until the stream ends, or fn fails. What is cut off before its blank line does not count.
func Read(r io.Reader, fn func(Event) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var e Event
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			e.ID = value
		case "event":
			e.Type = value
		case "data":
			e.Data = value
		case "":
			if lines.Text() != "" {
				continue // a comment
			}
			if err := fn(e); err != nil {
				return err
			}
			e = Event{ID: e.ID}
		}
	}
	return lines.Err()
}
