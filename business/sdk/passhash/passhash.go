// Package passhash hashes passwords with argon2id, with a bound on how many at a time.
package passhash

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/foundation/otel"
)

// ErrBusy is returned when too many hashings are waiting.
var ErrBusy = errs.Register(&errs.Error{Kind: errs.Unavailable, Code: "login_busy",
	Msg:        "too many logins at once; try again in a moment",
	Advice:     "Wait as long as `Retry-After` says and log in again.",
	RetryAfter: time.Second})

// Config is the cost of one hash and how many run at once: those in use never hold more than Memory × Concurrent.
type Config struct {
	Memory     uint32 // KiB; OWASP's Password Storage Cheat Sheet: 19 MiB with 2 iterations
	Iterations uint32
	Concurrent int
	Queue      int // how many wait for their turn; 0: 16 for each that runs
}

// Hasher hashes and compares.
type Hasher struct {
	params argon2id.Params
	slots  chan struct{} // those that run
	places chan struct{} // those, and those that wait
	dummy  string
}

// maxWait is how long a request waits for its turn before it is told to come back.
const maxWait = 2 * time.Second

// New makes a Hasher; it hashes once, for the accounts that do not exist.
func New(cfg Config) (*Hasher, error) {
	cfg.Concurrent = max(1, cfg.Concurrent)
	cfg.Queue = cmp.Or(cfg.Queue, 16*cfg.Concurrent)
	h := &Hasher{
		params: argon2id.Params{Memory: cfg.Memory, Iterations: cfg.Iterations, Parallelism: 1, SaltLength: 16,
			KeyLength: 32},
		slots:  make(chan struct{}, cfg.Concurrent),
		places: make(chan struct{}, cfg.Concurrent+cfg.Queue),
	}
	var err error
	h.dummy, err = argon2id.CreateHash("nobody", &h.params)
	if err != nil {
		return nil, fmt.Errorf("argon2id: %w", err)
	}
	return h, nil
}

// Hash returns the encoded hash of p, or ErrBusy.
func (h *Hasher) Hash(ctx context.Context, p password.Password) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	_, span := otel.Span(ctx, "hash password")
	defer span.End()
	return argon2id.CreateHash(p.Reveal(), &h.params)
}

// Matches tells whether p is the password behind hash. For an account that does not exist give "": the answer is no,
// and takes as long (OWASP ASVS 5.0, 6.3.8).
func (h *Hasher) Matches(ctx context.Context, p password.Password, hash string) (bool, error) {
	exists := hash != ""
	if !exists {
		hash = h.dummy
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	_, span := otel.Span(ctx, "compare password")
	defer span.End()
	match, err := argon2id.ComparePasswordAndHash(p.Reveal(), hash)
	return match && exists, err
}

// Outdated tells whether a hash was made at a lower cost than this Hasher's.
func (h *Hasher) Outdated(hash string) bool {
	p, _, _, err := argon2id.DecodeHash(hash)
	return err == nil && (p.Memory < h.params.Memory || p.Iterations < h.params.Iterations)
}

func (h *Hasher) enter(ctx context.Context) error {
	ctx, span := otel.Span(ctx, "wait to hash")
	defer span.End()
	select {
	case h.places <- struct{}{}:
	default:
		return ErrBusy
	}
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.places
		return ErrBusy
	}
}

func (h *Hasher) leave() {
	<-h.slots
	<-h.places
}
