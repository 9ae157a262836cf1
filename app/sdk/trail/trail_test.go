package trail

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/business/sdk/audit"
)

// store is a database that answers when it is let.
type store struct {
	let chan error

	mu      sync.Mutex
	records []audit.Record
}

func (*store) Stamp(r audit.Record) (audit.Record, error) { return r, nil }

func (s *store) Add(ctx context.Context, records ...audit.Record) error {
	select {
	case err := <-s.let:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, records...)
	return nil
}

// TestFlood: a flood of refusals waits for nothing, not even for a database that hangs, keeps a bounded number of
// records, and the audit tells how many it lacks.
func TestFlood(t *testing.T) {
	t.Parallel()
	s := &store{let: make(chan error)}
	f := NewRefusals(s, slog.New(slog.DiscardHandler))
	h := f.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		f.Run(ctx)
		close(done)
	}()

	const flood = 20_000
	start := time.Now()
	for range flood {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}
	took := time.Since(start)
	if len(f.queue) > queue {
		t.Errorf("%d wait", len(f.queue))
	}
	s.let <- errors.New("down") // those are lost, and counted
	close(s.let)
	stop()
	<-done
	s.mu.Lock()
	defer s.mu.Unlock()
	n, last := len(s.records), s.records[len(s.records)-1]
	t.Logf("%d refusals in %v, %d records", flood, took, n)
	if n > queue+batch+perSec*int(took.Seconds()+1) {
		t.Errorf("%d records", n)
	}
	lost := flood - (n - 1)
	if want := `{"count":` + strconv.Itoa(lost) + `}`; last.Action != "audit.dropped" || string(last.Changes) != want {
		t.Errorf("last record %s %s, want %s", last.Action, last.Changes, want)
	}
}

func TestOnlyRefusals(t *testing.T) {
	t.Parallel()
	s := &store{let: make(chan error)}
	f := NewRefusals(s, slog.New(slog.DiscardHandler))
	for status, want := range map[int]int{200: 0, 404: 0, 409: 0, 429: 0, 500: 0, 401: 1, 403: 1} {
		f.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		if len(f.queue) != want {
			t.Errorf("%d: %d records", status, len(f.queue))
		}
		for range len(f.queue) {
			<-f.queue
		}
	}
}
