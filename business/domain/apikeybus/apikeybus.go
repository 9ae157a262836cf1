// Package apikeybus is about API keys: with them programs act for an account, within what the key is for.
package apikeybus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/secret"
)

// The errors that a caller can act on. ErrToken is for whoever authenticates, who makes one refusal of all.
var (
	ErrNotFound = errs.New(errs.NotFound, "key_not_found", "API key not found",
		"Check the id: the key may have been deleted, or expired long ago.")
	ErrNoMarket = errs.ErrInvalid.At("marketID", "is no market that the account may see")
	ErrToken    = errors.New("API key: not good, or no longer")
)

// MaxLife is how far ahead a key may expire: a year, whichever it is.
const MaxLife = 366 * 24 * time.Hour

// usedEvery is how often it is noted that a key is used.
const usedEvery = time.Minute

// Storer keeps API keys.
type Storer interface {
	// Create adds a key with the hash of its token, or returns ErrNoMarket.
	Create(ctx context.Context, k Key, hash []byte) error
	Count(ctx context.Context, userID uuid.UUID) (int, error)
	// Of lists the keys of an account, the newest first.
	Of(ctx context.Context, userID uuid.UUID) ([]Key, error)
	// Get returns a key of an account, or ErrNotFound.
	Get(ctx context.Context, userID, id uuid.UUID) (Key, error)
	// Lock is Get, and keeps others from changing the key until the transaction ends.
	Lock(ctx context.Context, userID, id uuid.UUID) (Key, error)
	Delete(ctx context.Context, id uuid.UUID) error
	// Forget removes all keys of an account.
	Forget(ctx context.Context, userID uuid.UUID) error
	// Find returns the key with that hash if it is good at that time and its account is enabled, or ErrNotFound.
	Find(ctx context.Context, hash []byte, now time.Time) (Grant, error)
	// Use notes that a key was used, if that was not noted since then.
	Use(ctx context.Context, id uuid.UUID, at, since time.Time) error
	Clean(ctx context.Context, by time.Time) (int64, error)
}

// Business is the rules about API keys.
type Business struct {
	store Storer
	users userbus.Business
	most  int // of an account
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, now func() time.Time) Business {
	return Business{store, users, quota.Config{}.OrDefault().Keys, now}
}

// Within is b with another quota of keys of an account.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Create gives an account a key, and returns its token, which nobody can read later. The account is told by mail. The
// errors are quota.ErrReached, ErrNoMarket, errs.ErrInvalid for a time that is past or more than MaxLife ahead, and
// ErrToken when the account has ended meanwhile.
func (b Business) Create(ctx context.Context, nk NewKey) (Key, string, error) {
	now := b.now()
	switch {
	case !nk.ExpiresAt.After(now):
		return Key{}, "", errs.ErrInvalid.At("expiresAt", "must be in the future")
	case nk.ExpiresAt.After(now.Add(MaxLife)):
		return Key{}, "", errs.ErrInvalid.At("expiresAt", "must be within 366 days")
	}
	u, err := b.users.Lock(ctx, nk.UserID) // so that two at once are counted one after the other
	switch {
	case errors.Is(err, userbus.ErrNotFound) || err == nil && !u.Enabled:
		return Key{}, "", ErrToken
	case err != nil:
		return Key{}, "", err
	}
	has, err := b.store.Count(ctx, u.ID)
	if err == nil {
		err = quota.Check("API keys of an account", has, 1, b.most)
	}
	if err != nil {
		return Key{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Key{}, "", fmt.Errorf("API key id: %w", err)
	}
	k := Key{ID: id, UserID: u.ID, Name: nk.Name, MarketID: nk.MarketID, Version: 1, CreatedAt: now,
		Actions:   slices.Compact(slices.Sorted(slices.Values(nk.Actions))),
		ExpiresAt: nk.ExpiresAt.UTC().Truncate(time.Microsecond)} // as it is read back
	token := secret.NewKey()
	if err := b.store.Create(ctx, k, secret.Hash(token)); err != nil {
		return Key{}, "", err
	}
	return k, token, b.users.TellKey(ctx, u, k.Name, k.ExpiresAt)
}

// Of lists the keys of an account, the newest first; those that have expired too, until they are cleaned up.
func (b Business) Of(ctx context.Context, userID uuid.UUID) ([]Key, error) {
	return b.store.Of(ctx, userID)
}

// Get returns a key of an account, or ErrNotFound.
func (b Business) Get(ctx context.Context, userID, id uuid.UUID) (Key, error) {
	return b.store.Get(ctx, userID, id)
}

// Lock is Get, and keeps others from changing the key until the transaction ends.
func (b Business) Lock(ctx context.Context, userID, id uuid.UUID) (Key, error) {
	return b.store.Lock(ctx, userID, id)
}

// Delete ends a key: no request that comes after COMMIT is let in with it, at any replica.
func (b Business) Delete(ctx context.Context, k Key) error { return b.store.Delete(ctx, k.ID) }

// Forget ends all keys of an account.
func (b Business) Forget(ctx context.Context, userID uuid.UUID) error {
	return b.store.Forget(ctx, userID)
}

// Use returns the key that a token is of, or ErrToken: for one that is none, was deleted, has expired, or whose account
// is disabled. It notes now and then that the key is used.
func (b Business) Use(ctx context.Context, token string) (Grant, error) {
	if !secret.IsKey(token) {
		return Grant{}, ErrToken
	}
	now := b.now()
	g, err := b.store.Find(ctx, secret.Hash(token), now)
	if errors.Is(err, ErrNotFound) {
		return Grant{}, ErrToken
	}
	since := now.Add(-usedEvery)
	if err != nil || g.LastUsedAt != nil && g.LastUsedAt.After(since) {
		return g, err
	}
	return g, b.store.Use(ctx, g.ID, now, since)
}

// Clean deletes the keys that have expired, and returns how many.
func (b Business) Clean(ctx context.Context) (int64, error) { return b.store.Clean(ctx, b.now()) }
