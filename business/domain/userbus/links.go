package userbus

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/foundation/mail"
)

// The errors of links and of what they show.
var (
	ErrLink = errs.New(errs.Invalid, "bad_link", "the link is not good, or no longer",
		"Ask for another one. A link is good once, for the time that its mail says, and only the newest one is.").At(
		"token", "is not that of a link that is good")
	ErrNotVerified = errs.New(errs.Forbidden, "email_not_verified",
		"the account has not shown yet that it reads its e-mail address",
		"Open the link in the mail; `POST /v1/auth/verify/resend` sends another one.")
)

// Purpose is what a link in a mail does.
type Purpose string

// The purposes.
const (
	Address Purpose = "ADDRESS" // makes the address that it was sent to the account's
	Reset   Purpose = "RESET"   // gives the account another password
)

// life is how long a link is good: one to an address for a day, as NIST SP 800-63A, 4.4.1.6 has it.
func (p Purpose) life() time.Duration {
	if p == Reset {
		return 30 * time.Minute
	}
	return 24 * time.Hour
}

// Link is the newest of its purpose that is sent to an account, or is to be.
type Link struct {
	UserID    uuid.UUID
	Purpose   Purpose
	Email     email.Email // where it goes
	Hash      []byte      // of its token, SHA-256; nil until it is sent
	ExpiresAt time.Time
}

// linkStorer keeps links.
type linkStorer interface {
	// PutLink takes the place of the link of that account and purpose.
	PutLink(ctx context.Context, l Link) error
	// FillLink gives a link to that address its token, if there is one; else it returns ErrNotFound.
	FillLink(ctx context.Context, l Link) error
	// Link returns the link of an account to an address, or ErrNotFound.
	Link(ctx context.Context, userID uuid.UUID, p Purpose) (Link, error)
	// LockByLink returns the account of a link as Lock does.
	LockByLink(ctx context.Context, p Purpose, hash []byte) (User, error)
	// SpendLink removes a link and returns it, or ErrNotFound.
	SpendLink(ctx context.Context, p Purpose, hash []byte) (Link, error)
	// DropLinks removes an account's links, but those to the address that is kept.
	DropLinks(ctx context.Context, userID uuid.UUID, keep email.Email) error
	CleanLinks(ctx context.Context, now time.Time) (int64, error)
}

// SignUp adds an account that somebody makes for itself, and has its address verified.
func (b Business) SignUp(ctx context.Context, nu NewUser) (User, error) {
	u, err := b.create(ctx, nu, !b.cfg.Verify)
	if err != nil || u.EmailVerified {
		return u, err
	}
	if err = b.verify(ctx, u, u.Email); errors.Is(err, attempts.ErrTooMany) {
		err = nil // whoever had so many mails sent there keeps nobody from signing up; see Resend
	}
	return u, err
}

// Resend sends another link to the address that an account is to verify, if there is one. Too many within an hour are
// attempts.ErrTooMany.
func (b Business) Resend(ctx context.Context, id uuid.UUID) error {
	u, err := b.store.Lock(ctx, id)
	if err != nil {
		return err
	}
	l, err := b.store.Link(ctx, id, Address)
	switch {
	case err == nil:
		return b.verify(ctx, u, l.Email)
	case !errors.Is(err, ErrNotFound):
		return err
	case u.EmailVerified:
		return nil
	}
	return b.verify(ctx, u, u.Email)
}

// verify has a link sent to an address that the account, which the transaction holds, says is its own.
func (b Business) verify(ctx context.Context, u User, to email.Email) error {
	if _, err := b.limits.Hourly(ctx, "address", string(to)); err != nil {
		return err
	}
	if err := b.store.PutLink(ctx, Link{UserID: u.ID, Purpose: Address, Email: to,
		ExpiresAt: b.now().Add(Address.life())}); err != nil {
		return err
	}
	return b.queue.Add(ctx, SendLink{Purpose: Address, UserID: u.ID, Email: to})
}

// Verify makes the address that a link was sent to the account's, or returns ErrLink. An account that has got the
// address meanwhile keeps it: ErrEmailTaken.
func (b Business) Verify(ctx context.Context, token string) (User, error) {
	old, l, err := b.open(ctx, Address, token)
	if err != nil {
		return User{}, err
	}
	u := old
	u.Email, u.EmailVerified = l.Email, true
	u.Version++
	u.UpdatedAt = b.now()
	if u, err = b.save(ctx, old, u); err != nil || u.Email == old.Email {
		return u, err
	}
	return u, b.tell(ctx, old, mailing.EmailChanged{Link: b.page("")})
}

// Verified returns ErrNotVerified while the account has not shown that it reads its address.
func (b Business) Verified(ctx context.Context, id uuid.UUID) error {
	if !b.cfg.Verify {
		return nil
	}
	u, err := b.store.Get(ctx, id)
	if err == nil && !u.EmailVerified {
		err = ErrNotVerified
	}
	return err
}

// AskReset has a link sent to the address, by which its account gets another password. It takes as long, and says the
// same, whether there is such an account or not: who sends the link finds out.
func (b Business) AskReset(ctx context.Context, addr email.Email) error {
	_, err := b.limits.Hourly(ctx, "reset", string(addr))
	if errors.Is(err, attempts.ErrTooMany) {
		return nil // the newest of the links that were sent is good
	}
	if err != nil {
		return err
	}
	return b.queue.Add(ctx, SendLink{Purpose: Reset, Email: addr})
}

// HashReset is HashPassword for the account of a link by which it gets another password, or ErrLink.
func (b Business) HashReset(ctx context.Context, token string, p password.Password) (string, error) {
	u, err := b.store.LockByLink(ctx, Reset, secret.Hash(token))
	if errors.Is(err, ErrNotFound) {
		return "", ErrLink
	}
	if err != nil {
		return "", err
	}
	return b.HashPassword(ctx, u.Name, u.Email, p)
}

// Reset gives the account of a link another password, by its hash, or returns ErrLink. It ends the account's sessions.
// That the link was read shows that the address is the account's.
func (b Business) Reset(ctx context.Context, token, hash string) (User, error) {
	old, _, err := b.open(ctx, Reset, token)
	if err != nil {
		return User{}, err
	}
	u := old
	u.PasswordHash, u.EmailVerified = hash, true
	u.Version++
	u.UpdatedAt = b.now()
	if u, err = b.save(ctx, old, u); err != nil {
		return User{}, err
	}
	return u, b.tell(ctx, u, mailing.PasswordChanged{At: u.UpdatedAt, Link: b.page("")})
}

// open uses a link up and holds its account, or returns ErrLink.
func (b Business) open(ctx context.Context, p Purpose, token string) (User, Link, error) {
	hash := secret.Hash(token)
	u, err := b.store.LockByLink(ctx, p, hash)
	var l Link
	if err == nil {
		l, err = b.store.SpendLink(ctx, p, hash) // a second statement, whose snapshot is taken after the lock
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return User{}, Link{}, ErrLink
	case err != nil:
		return User{}, Link{}, err
	case !b.now().Before(l.ExpiresAt):
		return User{}, Link{}, ErrLink
	}
	return u, l, nil
}

// CleanLinks deletes the links that have expired, and returns how many.
func (b Business) CleanLinks(ctx context.Context) (int64, error) {
	return b.store.CleanLinks(ctx, b.now())
}

// tell has a mail sent to the account; but not to an address that nobody has shown to be its own.
func (b Business) tell(ctx context.Context, u User, c mailing.Content) error {
	if !u.EmailVerified {
		return nil
	}
	m, err := mailing.New(string(u.Email), c)
	if err != nil {
		return err
	}
	m.UserID = u.ID
	return b.queue.Add(ctx, m)
}

// TellLogin has a mail sent about a login from somewhere new, unless too many were within the hour.
func (b Business) TellLogin(ctx context.Context, u User, at time.Time, address, agent string) error {
	_, err := b.limits.Hourly(ctx, "logins", u.ID.String())
	if errors.Is(err, attempts.ErrTooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.tell(ctx, u, mailing.NewLogin{At: at, Address: address, Device: agent, Link: b.page("")})
}

// TellFactor has a mail sent about a second factor that the account has got, or no longer has.
func (b Business) TellFactor(ctx context.Context, u User, added bool) error {
	return b.tell(ctx, u, mailing.FactorChanged{Added: added, At: b.now(), Link: b.page("")})
}

// TellIdentity has a mail sent about a provider with which the account can log in from now on, or no longer.
func (b Business) TellIdentity(ctx context.Context, u User, issuer string, added bool) error {
	return b.tell(ctx, u, mailing.IdentityChanged{Added: added, Issuer: issuer, At: b.now(), Link: b.page("")})
}

// TellPasskey has a mail sent about a passkey that the account has got, or that was removed.
func (b Business) TellPasskey(ctx context.Context, u User, added bool) error {
	return b.tell(ctx, u, mailing.FactorChanged{Passkey: true, Added: added, At: b.now(), Link: b.page("")})
}

// TellKey has a mail sent about an API key that the account has got, unless too many were within the hour.
func (b Business) TellKey(ctx context.Context, u User, called name.Name, until time.Time) error {
	_, err := b.limits.Hourly(ctx, "keys", u.ID.String())
	if errors.Is(err, attempts.ErrTooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.tell(ctx, u, mailing.KeyMade{Name: string(called), At: b.now(), Until: until, Link: b.page("")})
}

// page is where people look after their account; after the # stands what the page is to do, which browsers tell no
// server and no other site.
func (b Business) page(fragment string) string { return b.cfg.Link + "/me" + fragment }

// SendLink is the job that makes a link and mails it. The token is made here, so that it is nowhere but in the mail; a
// job that is done twice sends two mails, and the second one's link is good.
type SendLink struct {
	Purpose Purpose     `json:"purpose"`
	UserID  uuid.UUID   `json:"userID,omitzero"` // none: whose address it is
	Email   email.Email `json:"email"`
}

// Kind implements work.Job.
func (SendLink) Kind() string { return "account.link" }

// Attempts implements work.Tried: about two hours of them. Whoever waits longer asks again.
func (SendLink) Attempts() int { return 8 }

// Timeout implements work.Timed.
func (SendLink) Timeout() time.Duration { return mailing.Mail{}.Timeout() }

// Mailer sends links.
type Mailer struct {
	InTx func(ctx context.Context, fn func(context.Context, Business) error) error
	Send mail.Sender
}

// Jobs has links sent.
func (m Mailer) Jobs(k *work.Kinds) { work.Handle(k, m.send) }

func (m Mailer) send(ctx context.Context, job SendLink) error {
	var c mailing.Content
	if err := m.InTx(ctx, func(ctx context.Context, b Business) (err error) {
		c, err = b.link(ctx, job)
		if errors.Is(err, ErrNotFound) { // there is no such account, or it wants no such link any more
			c, err = nil, nil
		}
		return err
	}); err != nil || c == nil {
		return err
	}
	letter, err := mailing.New(string(job.Email), c)
	if err != nil {
		return err
	}
	return mailing.Send(ctx, m.Send, letter)
}

// link makes a link and the mail that it stands in, or returns ErrNotFound.
func (b Business) link(ctx context.Context, job SendLink) (mailing.Content, error) {
	if job.Purpose == Reset {
		u, err := b.store.GetByEmail(ctx, job.Email)
		if err != nil {
			return nil, err
		}
		job.UserID = u.ID
	}
	u, err := b.store.Lock(ctx, job.UserID)
	if err != nil {
		return nil, err
	}
	if !u.Enabled || job.Purpose == Reset && u.Email != job.Email {
		return nil, ErrNotFound
	}
	token, now := secret.New(), b.now()
	l := Link{UserID: u.ID, Purpose: job.Purpose, Email: job.Email, Hash: secret.Hash(token),
		ExpiresAt: now.Add(job.Purpose.life())}
	switch {
	case job.Purpose == Reset:
		return mailing.ResetPassword{Until: l.ExpiresAt, Link: b.page("#reset=" + token)}, b.store.PutLink(ctx, l)
	case u.Email == job.Email:
		return mailing.VerifyEmail{Until: l.ExpiresAt, Link: b.page("#verify=" + token)}, b.store.FillLink(ctx, l)
	}
	return mailing.ChangeEmail{Until: l.ExpiresAt, Link: b.page("#verify=" + token)}, b.store.FillLink(ctx, l)
}
