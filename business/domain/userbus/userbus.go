// Package userbus is about accounts: who may log in, and as what.
package userbus

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/metrics"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "user_not_found", "user not found",
		"Check the id; accounts of others are visible to ADMIN only.")
	ErrEmailTaken = errs.New(errs.Conflict, "email_taken", "an account with this e-mail address exists",
		"Log in, or choose another address.")
	ErrHasHistory = errs.New(errs.Conflict, "user_has_history", "the user sold something, owns a family or is a member "+
		"of a market, so it can be disabled, but not deleted",
		"Disable the account with `PATCH {\"enabled\": false}` instead.")
	ErrLastAdmin = errs.New(errs.Conflict, "last_admin", "this is the last enabled ADMIN",
		"Give another account the role ADMIN first.")
	ErrWrongPassword = errs.New(errs.Invalid, "wrong_password", "this is not the password of the account",
		"Send the account's present password.")
	ErrCredentials = errs.New(errs.Unauthenticated, "bad_credentials", "the e-mail address or the password is wrong",
		"Check address and password; which of them is wrong is not told.")
)

var loginFailures = metrics.NewCounter("garagesale_login_failures_total",
	"Logins that failed because of the account or the password.")

// EndedChannel is where replicas tell each other that sessions were ended.
const EndedChannel = "revocations"

// Storer keeps users.
type Storer interface {
	Create(ctx context.Context, u User) error
	Update(ctx context.Context, u User) error
	Delete(ctx context.Context, id uuid.UUID) error
	Get(ctx context.Context, id uuid.UUID) (User, error)
	Lock(ctx context.Context, id uuid.UUID) (User, error)
	GetByEmail(ctx context.Context, addr email.Email) (User, error)
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[User], error)
	UpgradeHash(ctx context.Context, id uuid.UUID, old, hash string) error
	LockAdmins(ctx context.Context) ([]uuid.UUID, error) // the enabled ones
	Revoke(ctx context.Context, id uuid.UUID, generation int64, at time.Time) error
	Revocations(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error)
	// Forget takes who an account was out of all that is told of it elsewhere, and what was sent to its address.
	Forget(ctx context.Context, id uuid.UUID, addr email.Email) error

	linkStorer
}

// Business is the rules about users.
type Business struct {
	store  Storer
	hasher *passhash.Hasher
	queue  work.Queue
	limits attempts.Store
	cfg    Config
	now    func() time.Time
}

// New makes a Business.
func New(store Storer, hasher *passhash.Hasher, queue work.Queue, limits attempts.Store, cfg Config,
	now func() time.Time) Business {
	return Business{store, hasher, queue, limits, cfg, now}
}

// HashPassword hashes the password that the account of that name and address is to have. It takes tens of milliseconds,
// so call it outside of a transaction. It refuses a password that contains the name or the address, or a word of them.
func (b Business) HashPassword(ctx context.Context, called name.Name, addr email.Email, p password.Password) (string,
	error) {
	switch {
	case p.Contains(string(addr), addr.Local()):
		return "", errs.ErrInvalid.At("password", "must not contain the e-mail address, or a word of it")
	case p.Contains(string(called)):
		return "", errs.ErrInvalid.At("password", "must not contain the name of the account, or a word of it")
	}
	return b.hasher.Hash(ctx, p)
}

// Confirm returns ErrWrongPassword, at that place of the request, unless p is the user's password. It counts as a login
// does: who has stolen a token must not guess the password with it. It takes as long as HashPassword.
func (b Business) Confirm(ctx context.Context, u User, p password.Password, from netip.Addr, place string) (
	attempts.Attempt, error) {
	tried, err := b.limits.Begin(ctx, u.Email, from)
	if err != nil {
		return tried, err
	}
	ok, err := b.hasher.Matches(ctx, p, u.PasswordHash)
	if err != nil {
		return tried, err
	}
	if !ok {
		return tried, ErrWrongPassword.At(place, "is not the password of the account")
	}
	return tried, b.limits.Succeeded(ctx, tried)
}

// Authenticate returns the account that logs in, or ErrCredentials: the same, after the same time, for an account that
// does not exist or is disabled and for a wrong password. With ErrCredentials the User is the account that was tried,
// for the audit.
func (b Business) Authenticate(ctx context.Context, addr email.Email, p password.Password) (User, error) {
	u, err := b.store.GetByEmail(ctx, addr)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, err
	}
	ok, err := b.hasher.Matches(ctx, p, u.PasswordHash)
	switch {
	case err != nil:
		return User{}, err
	case !ok || !u.Enabled:
		loginFailures.Add(1)
		return u, ErrCredentials
	}
	return u, nil
}

// Rehash returns a new hash of the password that u has just logged in with, if u's was made at a lower cost than the
// settings ask for now, else "". It takes as long as HashPassword.
func (b Business) Rehash(ctx context.Context, u User, p password.Password) (string, error) {
	if !b.hasher.Outdated(u.PasswordHash) {
		return "", nil
	}
	return b.hasher.Hash(ctx, p)
}

// UpgradeHash gives u a hash from Rehash, unless its password was changed meanwhile. It is the same password, so no
// session ends and the version stays.
func (b Business) UpgradeHash(ctx context.Context, u User, hash string) error {
	return b.store.UpgradeHash(ctx, u.ID, u.PasswordHash, hash)
}

// Create adds an account that somebody answers for who may, its address too.
func (b Business) Create(ctx context.Context, nu NewUser) (User, error) {
	return b.create(ctx, nu, true)
}

func (b Business) create(ctx context.Context, nu NewUser, verified bool) (User, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return User{}, fmt.Errorf("user id: %w", err)
	}
	now := b.now()
	u := User{
		ID: id, Name: nu.Name, Email: nu.Email, EmailVerified: verified, Roles: role.NewSet(nu.Roles...),
		PasswordHash: nu.PasswordHash, Enabled: true, Generation: 1, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	return u, b.store.Create(ctx, u)
}

// Get returns a user.
func (b Business) Get(ctx context.Context, id uuid.UUID) (User, error) { return b.store.Get(ctx, id) }

// GetByEmail returns the user with that address.
func (b Business) GetByEmail(ctx context.Context, addr email.Email) (User, error) {
	return b.store.GetByEmail(ctx, addr)
}

// Lock returns a user and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (User, error) { return b.store.Lock(ctx, id) }

// Query lists users.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[User], error) {
	return b.store.Query(ctx, f, p)
}

// Update changes a user; what is the same changes nothing. A new password and being disabled end its sessions. A new
// address counts once the link that is sent there was opened, and the present one forgets any other. The account is
// told of another password or address; too many of these within an hour are attempts.ErrTooMany.
func (b Business) Update(ctx context.Context, u User, up UpdateUser) (User, error) {
	old := u
	moves := up.Email.Set && up.Email.V != u.Email
	later := moves && b.cfg.Verify && !up.ByAdmin
	up.Name.Apply(&u.Name)
	up.PasswordHash.Apply(&u.PasswordHash)
	up.Enabled.Apply(&u.Enabled)
	switch {
	case later:
	case moves:
		u.Email, u.EmailVerified = up.Email.V, true
	case up.Email.Set:
		if err := b.store.DropLinks(ctx, u.ID, u.Email); err != nil {
			return User{}, err
		}
	}
	if !later && opt.Unchanged(old, u) {
		return u, nil
	}
	u.Version++
	u.UpdatedAt = b.now()
	u, err := b.save(ctx, old, u)
	if err != nil {
		return User{}, err
	}
	return u, b.moved(ctx, old, u, up)
}

// moved looks after what follows from another password or address.
func (b Business) moved(ctx context.Context, old, u User, up UpdateUser) error {
	secret, addr := u.PasswordHash != old.PasswordHash, up.Email.Set && up.Email.V != old.Email
	if !secret && !addr {
		return nil
	}
	if !up.ByAdmin {
		if _, err := b.limits.Hourly(ctx, "changes", u.ID.String()); err != nil {
			return err
		}
	}
	if addr && u.Email == old.Email {
		switch _, err := b.store.GetByEmail(ctx, up.Email.V); {
		case err == nil:
			return ErrEmailTaken
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if err := b.verify(ctx, u, up.Email.V); err != nil {
			return err
		}
	}
	if addr {
		if err := b.tell(ctx, old, mailing.EmailChanged{Later: u.Email == old.Email, Link: b.page("")}); err != nil {
			return err
		}
	}
	if secret {
		return b.tell(ctx, u, mailing.PasswordChanged{At: u.UpdatedAt, Link: b.page("")})
	}
	return nil
}

// SetRoles gives a user other roles, which ends its sessions; the same ones change nothing.
func (b Business) SetRoles(ctx context.Context, u User, roles role.Set) (User, error) {
	old := u
	u.Roles = role.NewSet(roles...)
	if slices.Equal(u.Roles, old.Roles) {
		return u, nil
	}
	u.Version++
	u.UpdatedAt = b.now()
	return b.save(ctx, old, u)
}

func (b Business) save(ctx context.Context, old, u User) (User, error) {
	if isAdmin(old) && !isAdmin(u) {
		if err := b.notLastAdmin(ctx, u.ID); err != nil {
			return User{}, err
		}
	}
	if u.PasswordHash != old.PasswordHash || u.Enabled != old.Enabled || !slices.Equal(u.Roles, old.Roles) {
		u.Generation++
		if err := b.store.Revoke(ctx, u.ID, u.Generation, b.now()); err != nil {
			return User{}, err
		}
	}
	if u.PasswordHash != old.PasswordHash || u.Email != old.Email || !u.Enabled {
		if err := b.store.DropLinks(ctx, u.ID, ""); err != nil {
			return User{}, err
		}
	}
	return u, b.store.Update(ctx, u)
}

// EndSessions ends the sessions of an account that the transaction holds.
func (b Business) EndSessions(ctx context.Context, u User) (User, error) {
	u.Generation++
	if err := b.store.Revoke(ctx, u.ID, u.Generation, b.now()); err != nil {
		return User{}, err
	}
	return u, b.store.Update(ctx, u)
}

// Delete removes a user that has no history.
func (b Business) Delete(ctx context.Context, u User) error {
	if isAdmin(u) {
		if err := b.notLastAdmin(ctx, u.ID); err != nil {
			return err
		}
	}
	if err := b.store.Revoke(ctx, u.ID, u.Generation+1, b.now()); err != nil {
		return err
	}
	return b.store.Delete(ctx, u.ID)
}

// Revocations tells whose tokens were ended since then, with the oldest generation that is good.
func (b Business) Revocations(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error) {
	return b.store.Revocations(ctx, since)
}

// notLastAdmin holds every enabled ADMIN, so that two of them cannot remove each other at once.
func (b Business) notLastAdmin(ctx context.Context, id uuid.UUID) error {
	admins, err := b.store.LockAdmins(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(admins, func(a uuid.UUID) bool { return a != id }) {
		return ErrLastAdmin
	}
	return nil
}

func isAdmin(u User) bool { return u.Enabled && u.Roles.Has(role.Admin) }
