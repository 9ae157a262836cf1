package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
)

// source is a database that can fail.
type source struct {
	down  atomic.Bool
	reads atomic.Int64
	users map[uuid.UUID]int64
}

func (s *source) revoked(now func() time.Time) *Revoked {
	return NewRevoked(func(context.Context, time.Time) (map[uuid.UUID]int64, error) {
		s.reads.Add(1)
		if s.down.Load() {
			return nil, errors.New("down")
		}
		return s.users, nil
	}, 15*time.Minute, now)
}

// TestUnknown: who has not read the revocations, or not lately, takes no token.
func TestUnknown(t *testing.T) {
	t.Parallel()
	var s source
	s.down.Store(true)
	r := s.revoked(time.Now)
	who := request.Actor{ID: uuid.New()}
	if err := r.check(who, 1); !errors.Is(err, errUnknown) {
		t.Errorf("never read: %v", err)
	}
	s.down.Store(false)
	if err := r.Read(t.Context()); err != nil || r.check(who, 1) != nil {
		t.Errorf("read: %v, %v", err, r.check(who, 1))
	}
	s.down.Store(true)
	if err := r.Read(t.Context()); err == nil || r.check(who, 1) != nil {
		t.Errorf("one failure: %v, %v", err, r.check(who, 1))
	}
	r.read = time.Now().Add(-3 * time.Second)
	if err := r.check(who, 1); err != nil {
		t.Errorf("almost stale: %v", err)
	}
	r.read = time.Now().Add(-5*time.Second - time.Millisecond)
	if err := r.check(who, 1); !errors.Is(err, errUnknown) {
		t.Errorf("stale: %v", err)
	}
	s.down.Store(false)
	if err := r.Read(t.Context()); err != nil || r.check(who, 1) != nil {
		t.Errorf("read again: %v, %v", err, r.check(who, 1))
	}
}

// TestAgeOfKnowledge: what was read is as old as the moment before it was asked for: what ended while the answer came
// is not in it.
func TestAgeOfKnowledge(t *testing.T) {
	t.Parallel()
	var asked time.Time
	r := NewRevoked(func(context.Context, time.Time) (map[uuid.UUID]int64, error) {
		asked = time.Now()
		time.Sleep(time.Millisecond) // so that a later moment can be told from this one
		return nil, nil
	}, 15*time.Minute, time.Now)
	if err := r.Read(t.Context()); err != nil || r.read.After(asked) {
		t.Errorf("%v; read at %s, asked at %s", err, r.read, asked)
	}
}

// TestForget: what is remembered does not outlive the tokens by much.
func TestForget(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var s source
	r := s.revoked(func() time.Time { return now })
	id, session := uuid.New(), uuid.New()
	s.users = map[uuid.UUID]int64{id: 3}
	r.Add(session, 1)
	if err := r.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	for gen, want := range map[int64]error{2: errRevoked, 3: nil} {
		if err := r.check(request.Actor{ID: id}, gen); !errors.Is(err, want) {
			t.Errorf("generation %d: %v", gen, err)
		}
	}
	if err := r.check(request.Actor{ID: uuid.New(), Session: session}, 1); !errors.Is(err, errRevoked) {
		t.Errorf("session: %v", err)
	}
	s.users, now = nil, now.Add(17*time.Minute)
	if err := r.Read(t.Context()); err != nil || len(r.ended) != 0 {
		t.Errorf("%v, remembered: %v", err, r.ended)
	}
}

// TestWatch reads when told, and goes on when it cannot listen.
func TestWatch(t *testing.T) {
	t.Parallel()
	var s source
	r := s.revoked(time.Now)
	tell := make(chan struct{})
	listen := func(ctx context.Context, heard func()) error {
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tell:
				heard()
			}
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		r.Watch(ctx, slog.New(slog.DiscardHandler), listen)
		close(done)
	}()
	for n := int64(1); n <= 20; n++ { // far more than the ticks in that time
		start := time.Now()
		tell <- struct{}{}
		for s.reads.Load() < n {
			if time.Since(start) > 10*time.Second {
				t.Fatal("told, but it does not read")
			}
			time.Sleep(time.Millisecond)
		}
	}
	stop()
	<-done
}
