// Package identitybus is about who accounts are at OpenID Connect providers, and logging in by that.
package identitybus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "identity_not_found", "the account has no such identity",
		"Check the id: `GET /v1/users/me/identities` lists those that there are.")
	ErrUnverified = errs.New(errs.Forbidden, "email_unverified_there",
		"the provider does not say that the e-mail address there is verified, and no account belongs to this login yet",
		"Verify the address at the provider, or log in with a password.")
	ErrDisabled = errs.New(errs.Forbidden, "account_disabled", "the account of this login is disabled",
		"Ask whoever runs the service.")
	ErrToken = errs.New(errs.Invalid, "bad_login_token", "the login is over, or was never begun",
		"Begin again with `GET /v1/auth/oidc/{provider}`. A login is good once, for 10 minutes.").At(
		"token", "is not that of a login that waits")
	ErrUsed = errs.New(errs.Conflict, "login_used", "this login was taken already",
		"Begin again with `GET /v1/auth/oidc/{provider}`.")
	ErrLinked = errs.New(errs.Conflict, "identity_taken", "this login belongs to an account by now",
		"Begin again with `GET /v1/auth/oidc/{provider}`.")
	ErrLast = errs.New(errs.Conflict, "last_login", "the account has no other way to log in",
		"Give it a password first, by `POST /v1/auth/reset`.")
)

// Life is how long a login may take from its begin, and again from coming back to going on.
const Life = 10 * time.Minute

// most is how many identities an account may have.
const most = 10

// Storer keeps identities, and the logins that providers vouched for.
type Storer interface {
	// Spend notes a login, or returns ErrUsed when it was noted before. Of an account only the newest one waits.
	Spend(ctx context.Context, w Waiting) error
	// Waiting returns the login that goes on with a token, or ErrToken.
	Waiting(ctx context.Context, tokenHash []byte) (Waiting, error)
	// End has a login go on no more, or returns ErrToken when it does not wait.
	End(ctx context.Context, tokenHash []byte) error
	Clean(ctx context.Context, now time.Time) (int64, error)
	// Find returns ErrNotFound when the identity is nobody's.
	Find(ctx context.Context, issuer, subject string) (Identity, error)
	// Create returns ErrLinked when the identity is somebody's.
	Create(ctx context.Context, i Identity) error
	Use(ctx context.Context, id uuid.UUID, at time.Time) error
	Of(ctx context.Context, userID uuid.UUID) ([]Identity, error) // the oldest first
	Delete(ctx context.Context, id uuid.UUID) error
	// Forget removes all that there is of an account.
	Forget(ctx context.Context, userID uuid.UUID) error
}

// Business is the rules about identities.
type Business struct {
	store Storer
	users userbus.Business
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, now func() time.Time) Business {
	return Business{store, users, now}
}

// Enter takes a login, once, and returns its account, which the transaction holds then. Linked is false when the
// account has a password and must give it before the login is its own. A login that no account belongs to gets the one
// of its verified address, or a new one. The errors are ErrUsed, ErrUnverified, ErrDisabled and quota.ErrReached.
func (b Business) Enter(ctx context.Context, l Login) (u userbus.User, linked bool, err error) {
	if err := b.store.Spend(ctx, Waiting{Hash: l.Hash, ExpiresAt: b.now().Add(Life)}); err != nil {
		return u, false, err
	}
	u, err = b.holder(ctx, l)
	switch {
	case err == nil:
		return u, true, enabled(u)
	case !errors.Is(err, ErrNotFound):
		return u, false, err
	case l.Email == "":
		return u, false, ErrUnverified
	}
	switch u, err = b.users.GetByEmail(ctx, l.Email); {
	case errors.Is(err, userbus.ErrNotFound):
		return b.welcome(ctx, l)
	case err != nil:
		return u, false, err
	}
	if u, err = b.users.Lock(ctx, u.ID); err != nil {
		return u, false, err
	}
	if err := enabled(u); err != nil || u.PasswordHash != "" {
		return u, false, err
	}
	return u, true, b.link(ctx, u, l.Issuer, l.Subject)
}

// holder holds the account whose identity it is, or returns ErrNotFound.
func (b Business) holder(ctx context.Context, l Login) (userbus.User, error) {
	i, err := b.store.Find(ctx, l.Issuer, l.Subject)
	if err != nil {
		return userbus.User{}, err
	}
	u, err := b.users.Lock(ctx, i.UserID)
	if err == nil {
		i, err = b.store.Find(ctx, l.Issuer, l.Subject) // a second statement, whose snapshot is taken after the lock
	}
	switch {
	case errors.Is(err, userbus.ErrNotFound) || err == nil && i.UserID != u.ID:
		return userbus.User{}, ErrNotFound
	case err != nil:
		return userbus.User{}, err
	}
	return u, b.store.Use(ctx, i.ID, b.now())
}

func enabled(u userbus.User) error {
	if !u.Enabled {
		return ErrDisabled
	}
	return nil
}

// welcome makes an account for a login with a verified address that nobody has.
func (b Business) welcome(ctx context.Context, l Login) (userbus.User, bool, error) {
	called := l.Name
	if called == "" {
		var err error
		if called, err = name.Parse(l.Email.Local()); err != nil {
			called = "Somebody"
		}
	}
	u, err := b.users.Create(ctx, userbus.NewUser{Name: called, Email: l.Email, Roles: role.NewSet(role.User)})
	if err != nil {
		return u, false, err
	}
	return u, true, b.add(ctx, u, l.Issuer, l.Subject)
}

// link gives an account that the transaction holds an identity, and tells it by mail.
func (b Business) link(ctx context.Context, u userbus.User, issuer, subject string) error {
	if err := b.add(ctx, u, issuer, subject); err != nil {
		return err
	}
	return b.users.TellIdentity(ctx, u, issuer, true)
}

func (b Business) add(ctx context.Context, u userbus.User, issuer, subject string) error {
	has, err := b.store.Of(ctx, u.ID)
	if err == nil {
		err = quota.Check("identities of an account", len(has), 1, most)
	}
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("identity id: %w", err)
	}
	now := b.now()
	return b.store.Create(ctx, Identity{ID: id, UserID: u.ID, Issuer: issuer, Subject: subject, CreatedAt: now,
		UsedAt: now})
}

// Wait has the login of an account wait, and returns the token with which it goes on; linked as Enter says.
func (b Business) Wait(ctx context.Context, l Login, u userbus.User, linked bool) (string, error) {
	token := secret.New()
	return token, b.store.Spend(ctx, Waiting{Hash: secret.Hash(token), TokenHash: secret.Hash(token), UserID: &u.ID,
		Issuer: l.Issuer, Subject: l.Subject, AuthAt: l.AuthAt, Linked: linked, ExpiresAt: b.now().Add(Life)})
}

// Waiting returns the login that goes on with the token, and its account, or ErrToken.
func (b Business) Waiting(ctx context.Context, token string) (Waiting, userbus.User, error) {
	w, err := b.store.Waiting(ctx, secret.Hash(token))
	if err == nil && !b.now().Before(w.ExpiresAt) {
		err = ErrToken
	}
	if err != nil {
		return Waiting{}, userbus.User{}, err
	}
	u, err := b.users.Get(ctx, *w.UserID)
	return w, u, err
}

// GoOn ends the wait of a login of the account u, which has given its password where the login is not its own yet: it
// is from then on. It returns the account, which the transaction holds. The errors are ErrToken, ErrDisabled, ErrLinked
// and quota.ErrReached.
func (b Business) GoOn(ctx context.Context, w Waiting, u userbus.User) (userbus.User, error) {
	held, err := b.users.Lock(ctx, u.ID)
	switch {
	case errors.Is(err, userbus.ErrNotFound) || err == nil && held.PasswordHash != u.PasswordHash:
		return held, ErrToken
	case err != nil:
		return held, err
	}
	if err := b.store.End(ctx, w.TokenHash); err != nil {
		return held, err
	}
	if err := enabled(held); err != nil {
		return held, err
	}
	if !w.Linked {
		return held, b.link(ctx, held, w.Issuer, w.Subject)
	}
	i, err := b.store.Find(ctx, w.Issuer, w.Subject)
	if errors.Is(err, ErrNotFound) || err == nil && i.UserID != held.ID {
		err = ErrToken // it was taken away meanwhile
	}
	return held, err
}

// Of lists the identities of an account, the oldest first.
func (b Business) Of(ctx context.Context, userID uuid.UUID) ([]Identity, error) {
	return b.store.Of(ctx, userID)
}

// Unlink takes an identity away from an account, which is told by mail. The errors are ErrNotFound, and ErrLast when
// the account has no password and no other identity of a provider that is set up.
func (b Business) Unlink(ctx context.Context, userID, id uuid.UUID, setUp func(issuer string) bool) error {
	u, err := b.users.Lock(ctx, userID)
	if err != nil {
		return err
	}
	all, err := b.store.Of(ctx, u.ID)
	if err != nil {
		return err
	}
	var gone *Identity
	other := u.PasswordHash != ""
	for _, i := range all {
		switch {
		case i.ID == id:
			gone = &i
		case setUp(i.Issuer):
			other = true
		}
	}
	switch {
	case gone == nil:
		return ErrNotFound
	case !other:
		return ErrLast
	}
	if err := b.store.Delete(ctx, id); err != nil {
		return err
	}
	return b.users.TellIdentity(ctx, u, gone.Issuer, false)
}

// Forget removes the identities of an account that is made nobody.
func (b Business) Forget(ctx context.Context, userID uuid.UUID) error {
	return b.store.Forget(ctx, userID)
}

// Clean deletes the logins that are over, and returns how many.
func (b Business) Clean(ctx context.Context) (int64, error) { return b.store.Clean(ctx, b.now()) }
