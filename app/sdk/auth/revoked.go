package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/errs"
)

// Revoked knows whose tokens were ended before they expire. What this replica ends counts at once; what others end is
// read when they say so, and every second besides, for a word may be lost. A replica that could not read for MaxAge
// takes no token at all, rather than one that was ended.
type Revoked struct {
	load func(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error)
	now  func() time.Time
	life time.Duration // of a token: what was revoked longer ago has expired by itself

	mu    sync.RWMutex
	ended map[uuid.UUID]mark
	read  time.Time // the last time that all was read
}

type mark struct {
	generation int64     // the oldest that is good
	until      time.Time // until when to remember it
}

// MaxAge is how old the knowledge of what is revoked may be.
const MaxAge = 5 * time.Second

const (
	pollEvery = time.Second
	readLimit = 2 * time.Second
	margin    = time.Minute // for clocks that differ, and transactions that take long to commit
)

var (
	errRevoked = errors.New("revoked")
	errUnknown = errs.Register(&errs.Error{Kind: errs.Unavailable, Code: "revocations_unknown",
		Msg:        "the service cannot tell which sessions have ended; try again",
		Advice:     "Repeat the request in a moment.",
		RetryAfter: time.Second})
)

// NewRevoked makes a Revoked that knows nothing yet, and so takes no token: Read or Watch comes first. Load tells the
// oldest good generation of what was ended since a time: an account's, or, of a session that is over, any above 0. Life
// is that of an access token.
func NewRevoked(load func(context.Context, time.Time) (map[uuid.UUID]int64, error), life time.Duration,
	now func() time.Time) *Revoked {
	return &Revoked{load: load, now: now, life: life, ended: map[uuid.UUID]mark{}}
}

// Has tells whether an account's tokens of this generation were ended; or a session's, which are of generation 0.
func (r *Revoked) Has(id uuid.UUID, generation int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return generation < r.ended[id].generation
}

// check returns an error unless tokens of the actor's session and of this generation are good: errUnknown if that is
// not known.
func (r *Revoked) check(who request.Actor, generation int64) error {
	r.mu.RLock()
	age := time.Since(r.read)
	r.mu.RUnlock()
	switch {
	case age > MaxAge:
		return errUnknown
	case r.Has(who.ID, generation) || r.Has(who.Session, 0):
		return errRevoked
	}
	return nil
}

// Add ends the tokens of generations before this one, of an account or a session. Call it after COMMIT.
func (r *Revoked) Add(id uuid.UUID, generation int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(id, generation)
}

func (r *Revoked) add(id uuid.UUID, generation int64) {
	r.ended[id] = mark{max(r.ended[id].generation, generation), r.now().Add(r.life + margin)}
}

// Watch reads what was revoked, now, when another replica tells, and every second, until ctx is done. A failure is
// logged once and tried again. Listen calls heard when it begins to listen and whenever there is something new, until
// it fails; nil: nobody tells.
func (r *Revoked) Watch(ctx context.Context, log *slog.Logger, listen func(ctx context.Context, heard func()) error) {
	told := make(chan struct{}, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	if listen != nil {
		wg.Go(func() { hear(ctx, log, listen, told) })
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	failed := false
	for {
		err := r.Read(ctx)
		if err != nil && ctx.Err() == nil && !failed {
			log.WarnContext(ctx, "revocations cannot be read", "error", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-told:
		case <-tick.C:
		}
	}
}

func hear(ctx context.Context, log *slog.Logger, listen func(context.Context, func()) error, told chan<- struct{}) {
	for quiet := false; ctx.Err() == nil; quiet = true {
		err := listen(ctx, func() {
			select {
			case told <- struct{}{}:
			default: // one reading will see it all
			}
			quiet = false
		})
		if ctx.Err() == nil && !quiet {
			log.WarnContext(ctx, "revocations are not heard, only read every second", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}

// Read reads what was revoked within the life of a token.
func (r *Revoked) Read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	started := time.Now()
	ended, err := r.load(ctx, r.now().Add(-r.life-margin))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for id, m := range r.ended {
		if m.until.Before(now) {
			delete(r.ended, id)
		}
	}
	for id, generation := range ended {
		r.add(id, generation)
	}
	r.read = started
	return nil
}
