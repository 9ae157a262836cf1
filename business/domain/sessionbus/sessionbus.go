// Package sessionbus is about sessions: how long an account stays logged in, and what ends that.
package sessionbus

import (
	"cmp"
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

// The errors that a caller can act on. ErrReused is an ErrToken that ended the session, so the transaction must commit.
var (
	ErrToken = errs.New(errs.Unauthenticated, "bad_refresh_token",
		"the refresh token is not valid, or no longer; log in again",
		"Log in again: the session has ended.")
	ErrReused   = fmt.Errorf("%w: used twice", ErrToken)
	ErrNotFound = errs.New(errs.NotFound, "session_not_found", "session not found",
		"Check the id: the session may have ended.")

	errNotFound = fmt.Errorf("%w: unknown", ErrToken)
)

// Grace is how long a refresh token that was used still gets the answer it got, for a client whose tabs refresh at the
// same time, or whose connection broke before the answer came (zarf/docs/decisions/0010-refresh-grace.md).
const Grace = 5 * time.Second

// Storer keeps sessions.
type Storer interface {
	Create(ctx context.Context, s Session) error
	// CountLive holds an account until the transaction ends, and counts its sessions of that generation that can still be
	// refreshed.
	CountLive(ctx context.Context, userID uuid.UUID, generation int64, now time.Time) (int, error)
	// Lock returns the session that a token belongs to, and keeps it to this transaction; false if there is none.
	Lock(ctx context.Context, hash []byte) (Session, bool, error)
	End(ctx context.Context, id uuid.UUID, at time.Time) error
	// Live lists the sessions of an account, of that generation, that can still be refreshed, the one that was used last
	// first.
	Live(ctx context.Context, userID uuid.UUID, generation int64, now time.Time) ([]Session, error)
	// EndOf ends those of these sessions that have not ended and are the account's, and returns which.
	EndOf(ctx context.Context, userID uuid.UUID, ids []uuid.UUID, at time.Time) ([]uuid.UUID, error)
	// Confirm notes when the password was given in a session that has not ended; else it returns ErrNotFound.
	Confirm(ctx context.Context, s Session) error
	// Devices tells whether an account has logged in with a device, and with how many it has.
	Devices(ctx context.Context, userID uuid.UUID, device []byte) (known bool, n int, err error)
	// SeeDevice notes a login, and forgets the oldest devices beyond that many.
	SeeDevice(ctx context.Context, userID uuid.UUID, device []byte, at time.Time, most int) error
	CleanDevices(ctx context.Context, before time.Time) error
	Ended(ctx context.Context, since time.Time) ([]uuid.UUID, error)
	AddToken(ctx context.Context, t Token) error
	Token(ctx context.Context, hash []byte) (Token, error)
	// Use notes that a token was used, and where its session was.
	Use(ctx context.Context, t Token, s Session) error
	Clean(ctx context.Context, before time.Time) (int64, error)
	// CleanTokens deletes the used tokens that expire by then.
	CleanTokens(ctx context.Context, by time.Time) error
}

// Business is the rules about sessions.
type Business struct {
	store Storer
	users userbus.Business
	cfg   Config
	most  int // of an account, that can be refreshed
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, cfg Config, now func() time.Time) Business {
	cfg.Life, cfg.Idle = cmp.Or(cfg.Life, 7*24*time.Hour), cmp.Or(cfg.Idle, 12*time.Hour)
	cfg.Access = cmp.Or(cfg.Access, 15*time.Minute)
	return Business{store, users, cfg, quota.Config{}.OrDefault().Sessions, now}
}

// Within is b with another quota of sessions of an account.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Begin starts a session of a user who has just been authenticated, or returns quota.ErrReached. A client that the user
// has not logged in with before is told by mail.
func (b Business) Begin(ctx context.Context, u userbus.User, from Client) (Grant, error) {
	return b.BeginAt(ctx, u, from, b.now())
}

// BeginAt is Begin for a user who has shown at that time who it is; the zero time is not known.
func (b Business) BeginAt(ctx context.Context, u userbus.User, from Client, authAt time.Time) (Grant, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, fmt.Errorf("session id: %w", err)
	}
	now := b.now()
	live, err := b.store.CountLive(ctx, u.ID, u.Generation, now)
	if err == nil {
		err = quota.Check("sessions of an account", live, 1, b.most)
	}
	if err != nil {
		return Grant{}, err
	}
	s := Session{ID: id, UserID: u.ID, Generation: u.Generation, CreatedAt: now, ExpiresAt: now.Add(b.cfg.Life),
		Address: from.address(), UserAgent: from.agent(), UsedAt: now, AuthAt: authAt}
	if err := b.store.Create(ctx, s); err != nil {
		return Grant{}, err
	}
	if err := b.notice(ctx, u, s, from.device()); err != nil {
		return Grant{}, err
	}
	token := secret.New()
	return Grant{Session: s, User: u, Token: token}, b.addToken(ctx, s, token)
}

// Refresh gives the next refresh token for one that was not used yet. Used again within Grace a token gets the very
// same answer; later it ends the session: ErrReused, with the session in the Grant. Any other token is ErrToken.
func (b Business) Refresh(ctx context.Context, token string, from Client) (Grant, error) {
	hash := secret.Hash(token)
	s, found, err := b.store.Lock(ctx, hash)
	if err != nil {
		return Grant{}, err
	}
	if !found {
		return Grant{}, errNotFound
	}
	// A second statement, whose snapshot is taken after the lock.
	t, err := b.store.Token(ctx, hash)
	if err != nil {
		return Grant{}, err
	}
	now := b.now()
	u, err := b.users.Get(ctx, s.UserID)
	switch {
	case errors.Is(err, userbus.ErrNotFound):
		return Grant{}, errNotFound
	case err != nil:
		return Grant{}, err
	case s.EndedAt != nil || !u.Enabled || u.Generation != s.Generation:
		return Grant{}, fmt.Errorf("%w: its session has ended", ErrToken)
	case !now.Before(t.ExpiresAt) || !now.Before(s.ExpiresAt):
		return Grant{}, fmt.Errorf("%w: expired", ErrToken)
	case t.UsedAt != nil && now.Sub(*t.UsedAt) > Grace:
		if err := b.store.End(ctx, s.ID, now); err != nil {
			return Grant{}, err
		}
		return Grant{Session: s, User: u}, ErrReused
	case t.UsedAt != nil:
		next, err := unseal(token, t.Successor)
		return Grant{Session: s, User: u, Token: next}, err
	}
	next := secret.New()
	if t.Successor, err = seal(token, next); err != nil {
		return Grant{}, err
	}
	t.UsedAt = &now
	s.UsedAt, s.Address, s.UserAgent = now, from.address(), from.agent()
	if err := b.store.Use(ctx, t, s); err != nil {
		return Grant{}, err
	}
	return Grant{Session: s, User: u, Token: next}, b.addToken(ctx, s, next)
}

// End ends the session that a refresh token belongs to, whether or not it was used or has expired, and returns it;
// false if there is none.
func (b Business) End(ctx context.Context, token string) (Session, bool, error) {
	s, found, err := b.store.Lock(ctx, secret.Hash(token))
	if err != nil || !found || s.EndedAt != nil {
		return s, found, err
	}
	return s, true, b.store.End(ctx, s.ID, b.now())
}

// Live lists the sessions of an account that can still be refreshed, the one that was used last first.
func (b Business) Live(ctx context.Context, userID uuid.UUID) ([]Session, error) {
	u, err := b.users.Get(ctx, userID)
	if err != nil {
		return nil, err
	}
	return b.store.Live(ctx, u.ID, u.Generation, b.now())
}

// EndOne ends a live session of an account, or returns ErrNotFound.
func (b Business) EndOne(ctx context.Context, userID, id uuid.UUID) error {
	live, err := b.Live(ctx, userID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(live, func(s Session) bool { return s.ID == id }) {
		return ErrNotFound
	}
	_, err = b.store.EndOf(ctx, userID, []uuid.UUID{id}, b.now())
	return err
}

// EndOthers ends all live sessions of an account but one, and returns those that it ended.
func (b Business) EndOthers(ctx context.Context, userID, but uuid.UUID) ([]uuid.UUID, error) {
	live, err := b.Live(ctx, userID)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, s := range live {
		if s.ID != but {
			ids = append(ids, s.ID)
		}
	}
	return b.store.EndOf(ctx, userID, ids, b.now())
}

// Confirm notes that the password of the account u, whose hash is u's, was given again in a session, so that its next
// tokens say so, and returns the account. With no session nothing is noted. It returns ErrNotFound when the session has
// ended, or the account has another password by now.
func (b Business) Confirm(ctx context.Context, u userbus.User, session uuid.UUID, now time.Time) (userbus.User, error) {
	held, err := b.users.Lock(ctx, u.ID)
	switch {
	case errors.Is(err, userbus.ErrNotFound) || err == nil && (held.PasswordHash != u.PasswordHash || !held.Enabled):
		return userbus.User{}, ErrNotFound
	case err != nil || session == uuid.Nil:
		return held, err
	}
	return held, b.store.Confirm(ctx, Session{ID: session, UserID: held.ID, Generation: held.Generation, AuthAt: now})
}

// Ended lists the sessions that were ended since then.
func (b Business) Ended(ctx context.Context, since time.Time) ([]uuid.UUID, error) {
	return b.store.Ended(ctx, since)
}

// kept is how long a session is kept once it is over, beyond the life of its access tokens: a replica that starts then
// must still learn that it was ended.
const kept = 24 * time.Hour

// Clean deletes the sessions that have long been over, and returns how many; and of the others the tokens that were
// used and have expired since: coming again they are refused like any that is unknown. Devices that were not seen for
// a year are forgotten.
func (b Business) Clean(ctx context.Context) (int64, error) {
	now := b.now()
	if err := errors.Join(b.store.CleanTokens(ctx, now), b.store.CleanDevices(ctx, now.Add(-devicesKept))); err != nil {
		return 0, err
	}
	return b.store.Clean(ctx, now.Add(-kept-b.cfg.Access))
}

func (b Business) addToken(ctx context.Context, s Session, token string) error {
	return b.store.AddToken(ctx, Token{Hash: secret.Hash(token), SessionID: s.ID, ExpiresAt: b.now().Add(b.cfg.Idle)})
}
