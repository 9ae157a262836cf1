package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
)

// Sources say what was revoked since a time: whose tokens, and which sessions.
type Sources struct {
	Users    func(ctx context.Context, since time.Time) ([]userbus.Revocation, error)
	Sessions func(ctx context.Context, since time.Time) ([]uuid.UUID, error)
	// Listen calls heard when it begins to listen and whenever there is something new, until it fails; nil: nobody tells.
	Listen func(ctx context.Context, heard func()) error
}

// Revoked knows whose tokens were ended before they expire. What this replica ends counts at once; what others end is
// read when they say so, and every second besides, for a word may be lost. A replica that could not read for MaxAge takes
// no token at all, rather than one that was ended.
type Revoked struct {
	from Sources
	now  func() time.Time
	life time.Duration // of a token: what was revoked longer ago has expired by itself

	mu       sync.RWMutex
	users    map[uuid.UUID]mark
	sessions map[uuid.UUID]time.Time // until when to remember it
	read     time.Time               // the last time that all was read
}

type mark struct {
	generation int64 // the oldest that is good
	until      time.Time
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
	errUnknown = &errs.Error{Kind: errs.Unavailable, Code: "revocations_unknown", Msg: "the service cannot tell which sessions have ended; try again", RetryAfter: time.Second}
)

// NewRevoked makes a Revoked that knows nothing yet, and so takes no token: Read or Watch comes first. Life is that of an
// access token.
func NewRevoked(from Sources, life time.Duration, now func() time.Time) *Revoked {
	return &Revoked{from: from, now: now, life: life, users: map[uuid.UUID]mark{}, sessions: map[uuid.UUID]time.Time{}}
}

// check returns an error unless tokens of the actor's session and of this generation are good: errUnknown if that is not
// known.
func (r *Revoked) check(who request.Actor, generation int64) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if time.Since(r.read) > MaxAge {
		return errUnknown
	}
	if _, ended := r.sessions[who.Session]; ended || generation < r.users[who.ID].generation {
		return errRevoked
	}
	return nil
}

// Add ends the user's tokens of generations before this one. Call it after COMMIT.
func (r *Revoked) Add(id uuid.UUID, generation int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(id, generation)
}

// AddSession ends the session's tokens. Call it after COMMIT.
func (r *Revoked) AddSession(id uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[id] = r.until()
}

func (r *Revoked) add(id uuid.UUID, generation int64) {
	r.users[id] = mark{max(r.users[id].generation, generation), r.until()}
}

func (r *Revoked) until() time.Time { return r.now().Add(r.life + margin) }

// Watch reads what was revoked, now, when another replica tells, and every second, until ctx is done. A failure is logged
// once and tried again.
func (r *Revoked) Watch(ctx context.Context, log *slog.Logger) {
	told := make(chan struct{}, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	if r.from.Listen != nil {
		wg.Go(func() { r.listen(ctx, log, told) })
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

func (r *Revoked) listen(ctx context.Context, log *slog.Logger, told chan<- struct{}) {
	for quiet := false; ctx.Err() == nil; quiet = true {
		err := r.from.Listen(ctx, func() {
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
	started, since := time.Now(), r.now().Add(-r.life-margin)
	users, err := r.from.Users(ctx, since)
	if err != nil {
		return err
	}
	sessions, err := r.from.Sessions(ctx, since)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for id, m := range r.users {
		if m.until.Before(now) {
			delete(r.users, id)
		}
	}
	for id, until := range r.sessions {
		if until.Before(now) {
			delete(r.sessions, id)
		}
	}
	for _, u := range users {
		r.add(u.UserID, u.Generation)
	}
	for _, id := range sessions {
		r.sessions[id] = r.until()
	}
	r.read = started
	return nil
}
