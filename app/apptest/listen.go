package apptest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/foundation/sse"
)

// Stream is what a client of server-sent events has heard.
type Stream struct {
	cancel context.CancelFunc
	done   chan struct{} // is closed when the stream has ended

	mu     sync.Mutex
	heard  []Heard
	lastID int64
	grown  chan struct{}
	err    error // of the first event that is not as documented
}

// Heard is one event.
type Heard struct {
	Position int64
	Type     string
	Event    Object // CloudEvents 1.0
	At       time.Time
}

// String is the type.
func (h Heard) String() string { return h.Type }

// Listen follows a stream of events until the test ends. Headers come in pairs.
func (s *Service) Listen(t testing.TB, path, token string, headers ...string) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	must(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.client.Do(req) //nolint:bodyclose // it is closed where it is read
	if err != nil || res.StatusCode != http.StatusOK {
		cancel()
		t.Fatalf("GET %s: %v, %v", path, res, err)
	}
	st := &Stream{cancel: cancel, done: make(chan struct{}), grown: make(chan struct{})}
	go func() {
		defer close(st.done)
		defer res.Body.Close()
		st.read(res, s)
	}()
	t.Cleanup(func() {
		cancel()
		<-st.done
		if st.err != nil {
			t.Error(st.err)
		}
	})
	return st
}

func (st *Stream) read(res *http.Response, s *Service) {
	_ = sse.Read(res.Body, func(e sse.Event) error { // it ends however the test wants
		s.secrets.note([]byte(e.Data))
		h := Heard{Type: e.Type, At: time.Now()}
		h.Position, _ = strconv.ParseInt(e.ID, 10, 64)
		_ = json.Unmarshal([]byte(e.Data), &h.Event)
		st.mu.Lock()
		defer st.mu.Unlock()
		st.lastID = h.Position
		if h.Event != nil {
			st.err = cmp.Or(st.err, documented(h, []byte(e.Data)))
			st.heard = append(st.heard, h)
			close(st.grown)
			st.grown = make(chan struct{})
		}
		return nil
	})
}

// documented returns what is wrong with an event that was heard.
func documented(h Heard, raw []byte) error {
	contract, err := TheEvents()
	if err == nil {
		err = contract.CheckEvent(raw)
	}
	if err == nil && h.Type != h.Event["type"] {
		err = fmt.Errorf("the event is called %s, its type is %v", h.Type, h.Event["type"])
	}
	return err
}

// Wait returns what was heard, once that is n events.
func (st *Stream) Wait(t testing.TB, n int) []Heard {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		st.mu.Lock()
		heard, grown := slices.Clip(st.heard), st.grown
		st.mu.Unlock()
		if len(heard) >= n {
			return heard
		}
		select {
		case <-grown:
		case <-st.done:
			t.Fatalf("the stream has ended after %d events, want %d: %v", len(heard), n, heard)
		case <-deadline:
			t.Fatalf("%d events after 30 s, want %d: %v", len(heard), n, heard)
		}
	}
}

// Heard is what was heard so far.
func (st *Stream) Heard() []Heard {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.heard
}

// LastID is the last id that the client has seen.
func (st *Stream) LastID() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return strconv.FormatInt(st.lastID, 10)
}

// Ended waits until the service has ended the stream.
func (st *Stream) Ended(t testing.TB) {
	t.Helper()
	select {
	case <-st.done:
	case <-time.After(30 * time.Second):
		t.Fatal("the stream goes on after 30 s")
	}
}

// Close leaves.
func (st *Stream) Close() {
	st.cancel()
	<-st.done
}
