package memberbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/mail"
)

// ErrNoInvitation refuses a token that is that of no invitation.
var ErrNoInvitation = errs.New(errs.NotFound, "invitation_not_found", "there is no such invitation, or no longer",
	"Ask an organiser for another one. An invitation is good once and for seven days; it ends when another one is sent "+
		"to its address, and when whoever sent it is no organiser any more.")

// invitationLife is how long an invitation is good.
const invitationLife = 7 * 24 * time.Hour

// Invitation is an offer to become a member, to whoever reads an address.
type Invitation struct {
	ID        uuid.UUID
	MarketID  uuid.UUID
	Email     email.Email
	Role      role.Member
	InvitedBy uuid.UUID
	ExpiresAt time.Time
}

// invitations keeps them, one to an address at a market.
type invitations interface {
	// Invite takes the place of another one to the same address.
	Invite(ctx context.Context, i Invitation) error
	// Fill gives an invitation that is good now its token, and returns it, or ErrNoInvitation.
	Fill(ctx context.Context, marketID uuid.UUID, addr email.Email, hash []byte, now time.Time) (Invitation, error)
	// Invited is the market of an invitation that is good now, or ErrNoInvitation.
	Invited(ctx context.Context, hash []byte, now time.Time) (marketID uuid.UUID, err error)
	// Take removes an invitation that is good now and returns it, or ErrNoInvitation.
	Take(ctx context.Context, hash []byte, now time.Time) (Invitation, error)
	// Withdraw ends those to an address, or by an account, at a market.
	Withdraw(ctx context.Context, marketID uuid.UUID, addr email.Email, by uuid.UUID) error
	// Open lists those of a market that are good now, the one that ends last first.
	Open(ctx context.Context, marketID uuid.UUID, now time.Time) ([]Invitation, error)
	// Uninvite ends one of a market, or returns ErrNoInvitation.
	Uninvite(ctx context.Context, marketID, id uuid.UUID, now time.Time) error
	Clean(ctx context.Context, now time.Time) (int64, error)
}

// Invite sends an invitation to an address, in the place of another one to it. The errors are marketbus.ErrNotFound,
// quota.ErrReached and attempts.ErrTooMany, when the account or the address had too many mails sent within an hour.
func (b Business) Invite(ctx context.Context, i Invitation) error {
	m, err := b.markets.Lock(ctx, i.MarketID)
	if err != nil {
		return err
	}
	if _, err := b.limits.Hourly(ctx, "invitations by", i.InvitedBy.String()); err != nil {
		return err
	}
	if _, err := b.limits.Hourly(ctx, "invitations to", string(i.Email)); err != nil {
		return err
	}
	if err := b.store.Withdraw(ctx, m.ID, i.Email, uuid.Nil); err != nil {
		return err
	}
	if err := b.room(ctx, m.ID); err != nil {
		return err
	}
	if i.ID, err = uuid.NewV7(); err != nil {
		return fmt.Errorf("invitation id: %w", err)
	}
	i.ExpiresAt = b.now().Add(invitationLife)
	if err := b.store.Invite(ctx, i); err != nil {
		return err
	}
	return b.queue.Add(ctx, SendInvitation{m.ID, i.Email})
}

// room keeps the quota of a market that the transaction holds.
func (b Business) room(ctx context.Context, marketID uuid.UUID) error {
	has, err := b.store.Count(ctx, marketID, b.now())
	if err != nil {
		return err
	}
	return quota.Check("members of a market, with those who are invited", has, 1, b.most)
}

// Accept makes the account a member by the token of an invitation, once. The errors are ErrNoInvitation and ErrAlready,
// after which the invitation is as good as before.
func (b Business) Accept(ctx context.Context, token string, userID uuid.UUID) (Member, error) {
	hash, now := secret.Hash(token), b.now()
	marketID, err := b.store.Invited(ctx, hash, now)
	if err != nil {
		return Member{}, err
	}
	if _, err := b.markets.Lock(ctx, marketID); err != nil { // before the invitation, as whoever withdraws it does
		return Member{}, err
	}
	i, err := b.store.Take(ctx, hash, now)
	if err != nil {
		return Member{}, err
	}
	return b.Add(ctx, NewMember{MarketID: i.MarketID, UserID: userID, Role: i.Role})
}

// Open lists the invitations of a market that are good, the newest first.
func (b Business) Open(ctx context.Context, marketID uuid.UUID) ([]Invitation, error) {
	return b.store.Open(ctx, marketID, b.now())
}

// Uninvite ends an invitation of a market, or returns ErrNoInvitation. Its mail, if it was not sent yet, is not.
func (b Business) Uninvite(ctx context.Context, marketID, id uuid.UUID) error {
	return b.store.Uninvite(ctx, marketID, id, b.now())
}

// Clean deletes invitations that are no longer good, with their addresses.
func (b Business) Clean(ctx context.Context) (int64, error) { return b.store.Clean(ctx, b.now()) }

// SendInvitation is the job that mails an invitation. The token is made here, so that it is nowhere but in the mail; a
// job that is done twice sends two mails, and the second one's link is good.
type SendInvitation struct {
	MarketID uuid.UUID   `json:"marketID"`
	Email    email.Email `json:"email"`
}

// Kind implements work.Job.
func (SendInvitation) Kind() string { return "member.invite" }

// Attempts implements work.Tried: about a day of them, with River's waits.
func (SendInvitation) Attempts() int { return mailing.Mail{}.Attempts() }

// Timeout implements work.Timed.
func (SendInvitation) Timeout() time.Duration { return mailing.Mail{}.Timeout() }

// Mailer sends invitations.
type Mailer struct {
	InTx func(ctx context.Context, fn func(context.Context, Business) error) error
	Send mail.Sender
}

// Jobs has invitations sent.
func (m Mailer) Jobs(k *work.Kinds) { work.Handle(k, m.send) }

func (m Mailer) send(ctx context.Context, job SendInvitation) error {
	var letter mailing.Mail
	err := m.InTx(ctx, func(ctx context.Context, b Business) (err error) {
		letter, err = b.letter(ctx, job)
		return err
	})
	if errors.Is(err, ErrNoInvitation) { // it was withdrawn meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	return mailing.Send(ctx, m.Send, letter)
}

// letter gives an invitation its token, and is the mail with it, or ErrNoInvitation.
func (b Business) letter(ctx context.Context, job SendInvitation) (mailing.Mail, error) {
	token := secret.New()
	i, err := b.store.Fill(ctx, job.MarketID, job.Email, secret.Hash(token), b.now())
	if err != nil {
		return mailing.Mail{}, err
	}
	m, err := b.markets.Get(ctx, i.MarketID)
	if err != nil {
		return mailing.Mail{}, err
	}
	return mailing.New(string(i.Email), mailing.Invitation{Market: string(m.Name), Organiser: i.Role == role.Organiser,
		Until: i.ExpiresAt, Link: b.cfg.Link + "/me#invitation=" + token})
}
