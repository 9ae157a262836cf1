package mid

import (
	"testing"
	"time"
)

// TestBodyDeadline: two seconds, and one more for each Rate bytes that are there, but never past Within.
func TestBodyDeadline(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 5, 30, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		body Body
		have int
		want time.Duration
	}{
		{Body{Rate: 1024, Within: 30 * time.Second}, 0, 2 * time.Second},
		{Body{Rate: 1024, Within: 30 * time.Second}, 1024, 3 * time.Second},
		{Body{Rate: 1024, Within: 30 * time.Second}, 27 * 1024, 29 * time.Second},
		{Body{Rate: 1024, Within: 30 * time.Second}, 28 * 1024, 30 * time.Second},
		{Body{Rate: 1024, Within: 30 * time.Second}, 1 << 20, 30 * time.Second},
		{Body{Rate: 1, Within: 30 * time.Second}, 1 << 20, 30 * time.Second},
		{Body{Within: time.Second}, 0, time.Second},
		{Body{Rate: 1 << 30}, 1 << 20, 2*time.Second + time.Second>>10},
	} {
		b := incoming{Body: test.body, began: began, raw: make([]byte, test.have)}
		if got := b.deadline().Sub(began); got != test.want {
			t.Errorf("%+v with %d bytes: %v, want %v", test.body, test.have, got, test.want)
		}
	}
	b := incoming{began: began}
	if at := b.deadline(); !at.IsZero() {
		t.Errorf("without bounds: %v", at)
	}
}
