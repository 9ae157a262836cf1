package auth

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Revoked knows whose tokens were ended before they expire. A change that this replica makes counts at once; those of
// others are read every second.
type Revoked struct {
	load func(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error)
	now  func() time.Time
	life time.Duration // of a token: what was revoked longer ago has expired by itself

	mu  sync.RWMutex
	min map[uuid.UUID]int64 // the oldest generation that is good
}

const pollEvery = time.Second

// NewRevoked makes a Revoked that knows nothing yet.
func NewRevoked(load func(context.Context, time.Time) (map[uuid.UUID]int64, error), life time.Duration, now func() time.Time) *Revoked {
	return &Revoked{load: load, now: now, life: life, min: map[uuid.UUID]int64{}}
}

// Has tells whether a user's tokens of this generation were ended.
func (r *Revoked) Has(id uuid.UUID, generation int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return generation < r.min[id]
}

// Add ends the tokens of generations before this one. Call it after COMMIT.
func (r *Revoked) Add(id uuid.UUID, generation int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.min[id] = max(r.min[id], generation)
}

// Poll reads what other replicas revoked, now and then every second, until ctx is done. A failure is logged and tried
// again.
func (r *Revoked) Poll(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := r.Read(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "revocations cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Read reads what was revoked within the life of a token.
func (r *Revoked) Read(ctx context.Context) error {
	fresh, err := r.load(ctx, r.now().Add(-r.life-time.Minute))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, generation := range fresh {
		r.min[id] = max(r.min[id], generation)
	}
	return nil
}
