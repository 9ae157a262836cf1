package main

import (
	"slices"
	"sync"
	"time"
)

// report is what a run saw.
type report struct {
	Seconds   float64        `json:"seconds"`
	Requests  int            `json:"requests"`
	Failed    int            `json:"failed"`
	PerSecond float64        `json:"perSecond"` // that succeeded
	P50       float64        `json:"p50ms"`
	P99       float64        `json:"p99ms"`
	Max       float64        `json:"maxms"`
	Failures  map[string]int `json:"failures"` // by kind
	Texts     []string       `json:"texts,omitempty"`
	Gaps      []gap          `json:"gaps"` // without any success

	Repeated     int `json:"repeated"`     // sales that failed at first
	Unsettled    int `json:"unsettled"`    // of them, those that got no answer to the end
	Acknowledged int `json:"acknowledged"` // sales with a 201
	Recorded     int `json:"recorded"`     // sales that the service lists
	Lost         int `json:"lost"`
	Doubled      int `json:"doubled"`
	WrongStock   int `json:"wrongStock"` // products whose count is not what was sold

	Streams  int `json:"streams"`
	Cuts     int `json:"cuts"`     // of streams, whose clients came back
	Events   int `json:"events"`   // of the markets
	Misheard int `json:"misheard"` // streams that did not hear all of their market's events, once and in their order

	Webhooks    int `json:"webhooks"`
	Delivered   int `json:"delivered"`   // events, to all of them
	Redelivered int `json:"redelivered"` // of them, those that came again
	Undelivered int `json:"undelivered"` // webhooks that did not get all of their market's events, in their order
}

// gap is a time in which nothing succeeded, longer than longGap.
type gap struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Seconds float64   `json:"seconds"`
}

const (
	longGap  = 500 * time.Millisecond
	maxTexts = 5
)

// seen collects, for all clients.
type seen struct {
	mu       sync.Mutex
	times    []time.Duration
	failures map[string]int
	failed   int
	texts    []string
	last     time.Time // of a success
	gaps     []gap
}

// note records a request that began then and has just ended.
func (l *load) note(began time.Time, status int, err error) {
	s := &l.seen
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.times = append(s.times, now.Sub(began))
	if err == nil {
		if !s.last.IsZero() && now.Sub(s.last) > longGap {
			s.gaps = append(s.gaps, gap{s.last.UTC(), now.UTC(), now.Sub(s.last).Seconds()})
		}
		s.last = now
		return
	}
	if s.failures == nil {
		s.failures = map[string]int{}
	}
	k := kind(status, err)
	s.failures[k]++
	s.failed++
	if text := k + ": " + err.Error(); s.failures[k] == 1 && len(s.texts) < maxTexts {
		s.texts = append(s.texts, text)
	}
}

func (l *load) report(length time.Duration, left int) report {
	s := &l.seen
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.times)
	at := func(part float64) float64 {
		if len(s.times) == 0 {
			return 0
		}
		d := s.times[min(len(s.times)-1, int(part*float64(len(s.times))))]
		return float64(d.Microseconds()) / 1000
	}
	return report{
		Seconds: length.Seconds(), Requests: len(s.times), Failed: s.failed,
		PerSecond: float64(len(s.times)-s.failed) / length.Seconds(),
		P50:       at(0.5), P99: at(0.99), Max: at(1), Failures: s.failures, Texts: s.texts, Gaps: s.gaps,
		Repeated: len(l.pending), Unsettled: left,
	}
}
