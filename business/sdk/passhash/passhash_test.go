package passhash

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/business/types/password"
)

func newHasher(t *testing.T, concurrent int) *Hasher {
	t.Helper()
	h, err := New(Config{Memory: 8, Iterations: 1, Concurrent: concurrent})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHash(t *testing.T) {
	t.Parallel()
	h := newHasher(t, 2)
	ctx := t.Context()
	p, other := password.Given("correct horse"), password.Given("correct horsf")
	hash, err := h.Hash(ctx, p)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=8,t=1,p=1$") || strings.Contains(hash, "horse") {
		t.Fatalf("%s %v", hash, err)
	}
	if again, _ := h.Hash(ctx, p); again == hash {
		t.Error("two hashes of one password are the same: no salt")
	}
	for _, tt := range []struct {
		p    password.Password
		hash string
		want bool
	}{
		{p, hash, true},
		{other, hash, false},
		{password.Given(""), hash, false},
		{p, "", false},
		{password.Given("nobody"), "", false}, // what the stand-in hash is made of
	} {
		if got, err := h.Matches(ctx, tt.p, tt.hash); got != tt.want || err != nil {
			t.Errorf("%q and %q: %v %v", tt.p.Reveal(), tt.hash, got, err)
		}
	}
	if ok, err := h.Matches(ctx, p, "broken"); ok || err == nil {
		t.Errorf("a broken hash: %v %v", ok, err)
	}
	// A hash made at another cost is still good, after the setting was changed.
	dear, err := New(Config{Memory: 16, Iterations: 2, Concurrent: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := dear.Matches(ctx, p, hash); !ok || err != nil {
		t.Errorf("a hash of another cost: %v %v", ok, err)
	}
}

// TestMissingTakesAsLong: for an account that does not exist a hash is computed too, at the same cost.
func TestMissingTakesAsLong(t *testing.T) {
	t.Parallel()
	h, err := New(Config{Memory: 4096, Iterations: 3, Concurrent: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := password.Given("correct horse")
	hash, err := h.Hash(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	fastest := func(hash string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			if _, err := h.Matches(t.Context(), p, hash); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	exists, missing := fastest(hash), fastest("")
	if missing < exists/3 || missing > exists*3 {
		t.Errorf("an account that exists takes %v, one that does not %v", exists, missing)
	}
}

// TestBound: no more hashings at once than there are slots; who waits too long is told to come back.
func TestBound(t *testing.T) {
	t.Parallel()
	h := newHasher(t, 1)
	h.slots <- struct{}{} // somebody is hashing
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Hash(ctx, password.Given("x")); !errors.Is(err, ErrBusy) {
		t.Errorf("hash: %v", err)
	}
	if ok, err := h.Matches(ctx, password.Given("x"), h.dummy); ok || !errors.Is(err, ErrBusy) {
		t.Errorf("compare: %v %v", ok, err)
	}
	if ErrBusy.RetryAfter < time.Second {
		t.Error("who is told to come back is not told when")
	}
	<-h.slots
	// Everyone that has a place gets a turn, and gives it back.
	var wg sync.WaitGroup
	for range cap(h.places) {
		wg.Go(func() {
			if _, err := h.Hash(t.Context(), password.Given("x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(h.slots) != 0 || len(h.places) != 0 {
		t.Errorf("%d turns and %d places were not given back", len(h.slots), len(h.places))
	}
}

// TestOutdated: a hash is outdated when either of its costs is lower than today's, whatever the other one is.
func TestOutdated(t *testing.T) {
	t.Parallel()
	today, err := New(Config{Memory: 16, Iterations: 2, Concurrent: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		memory, iterations uint32
		want               bool
	}{
		{16, 2, false}, {15, 2, true}, {16, 1, true}, {15, 1, true}, {15, 3, true}, {17, 1, true}, {17, 2, false},
		{16, 3, false}, {17, 3, false},
	} {
		then, err := New(Config{Memory: tt.memory, Iterations: tt.iterations, Concurrent: 1})
		if err != nil {
			t.Fatal(err)
		}
		hash, err := then.Hash(t.Context(), password.Given("correct horse"))
		if err != nil {
			t.Fatal(err)
		}
		if got := today.Outdated(hash); got != tt.want {
			t.Errorf("%d KiB and %d iterations, where 16 and 2 are asked for: %t, want %t", tt.memory, tt.iterations, got,
				tt.want)
		}
	}
	for _, no := range []string{"", "broken"} {
		if today.Outdated(no) {
			t.Errorf("%q is outdated", no)
		}
	}
}

// TestPlaces: how many run, at least one, and how many may be there with those that wait.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ concurrent, queue, slots, places int }{
		{0, 0, 1, 17}, {2, 0, 2, 34}, {2, 3, 2, 5},
	} {
		h, err := New(Config{Memory: 8, Iterations: 1, Concurrent: tt.concurrent, Queue: tt.queue})
		if err != nil {
			t.Fatal(err)
		}
		if cap(h.slots) != tt.slots || cap(h.places) != tt.places {
			t.Errorf("%+v: %d run and %d are there, want %d and %d", tt, cap(h.slots), cap(h.places), tt.slots, tt.places)
		}
	}
}
