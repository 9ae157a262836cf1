// Package memberbus is about members: the accounts that help at one market, as its ORGANISER or as a CASHIER there.
package memberbus

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/role"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "member_not_found", "member not found",
		"Check the ids; its organisers see all members of a market, others themselves.")
	ErrAlready = errs.New(errs.Conflict, "already_member", "the account is a member of this market",
		"Change its role with `PATCH` instead.")
	ErrLast = errs.New(errs.Conflict, "last_organiser", "this is the last ORGANISER of the market",
		"Give another member the role ORGANISER first. An account that is disabled does not count.")
)

// Storer keeps members.
type Storer interface {
	Create(ctx context.Context, m Member) error
	Update(ctx context.Context, m Member) error
	Delete(ctx context.Context, m Member) error
	Get(ctx context.Context, marketID, userID uuid.UUID) (Member, error)
	Query(ctx context.Context, marketID uuid.UUID, p query.Page) (query.Result[Member], error)
	// Count counts the members of a market and those who are invited now.
	Count(ctx context.Context, marketID uuid.UUID, now time.Time) (int, error)
	Role(ctx context.Context, marketID, userID uuid.UUID) (role.Member, error)
	Roles(ctx context.Context, marketID uuid.UUID) (map[uuid.UUID]role.Member, error)
	// Markets are those at which an account is a member, in the order of their ids.
	Markets(ctx context.Context, userID uuid.UUID) ([]uuid.UUID, error)
	// Organisers are the addresses of a market's ORGANISERs whose accounts are enabled.
	Organisers(ctx context.Context, marketID uuid.UUID) ([]email.Email, error)
	// Organises tells whether the account is an ORGANISER of any market.
	Organises(ctx context.Context, userID uuid.UUID) (bool, error)
	// Others tells whether the market has an ORGANISER that is enabled and is not this account.
	Others(ctx context.Context, marketID, userID uuid.UUID) (bool, error)

	invitations
}

// Config is what members need to know.
type Config struct {
	Link string // up to the paths of pages: where people are told to look
}

// Business is the rules about members.
type Business struct {
	store   Storer
	users   userbus.Business
	markets marketbus.Business
	queue   work.Queue
	limits  attempts.Store
	cfg     Config
	most    int // of a market
	now     func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, markets marketbus.Business, queue work.Queue, limits attempts.Store,
	cfg Config, now func() time.Time) Business {
	return Business{store, users, markets, queue, limits, cfg, quota.Config{}.OrDefault().Members, now}
}

// Within is b with another quota of members of a market.
func (b Business) Within(most int) Business {
	b.most = most
	return b
}

// Add makes an account a member of a market. The errors are ErrAlready, marketbus.ErrNotFound, userbus.ErrNotFound and
// quota.ErrReached.
func (b Business) Add(ctx context.Context, nm NewMember) (Member, error) {
	m, err := b.markets.Lock(ctx, nm.MarketID)
	if err != nil {
		return Member{}, err
	}
	u, err := b.users.Get(ctx, nm.UserID)
	if err != nil {
		return Member{}, err
	}
	if err := b.room(ctx, m.ID); err != nil {
		return Member{}, err
	}
	now := b.now()
	member := Member{MarketID: m.ID, UserID: u.ID, Name: u.Name, Role: nm.Role, Version: now.UnixMicro(), CreatedAt: now,
		UpdatedAt: now, MarketStatus: m.Status, Organised: m.Organised}
	return member, b.store.Create(ctx, member)
}

// Get returns a member.
func (b Business) Get(ctx context.Context, marketID, userID uuid.UUID) (Member, error) {
	return b.store.Get(ctx, marketID, userID)
}

// Lock returns a member and keeps all members of the market as they are until the transaction ends, so that two
// organisers who leave at once do so one after the other.
func (b Business) Lock(ctx context.Context, marketID, userID uuid.UUID) (Member, error) {
	if _, err := b.markets.Lock(ctx, marketID); err != nil {
		return Member{}, err
	}
	return b.store.Get(ctx, marketID, userID)
}

// Query lists the members of a market.
func (b Business) Query(ctx context.Context, marketID uuid.UUID, p query.Page) (query.Result[Member], error) {
	return b.store.Query(ctx, marketID, p)
}

// Role is what the account is at the market; "": no member.
func (b Business) Role(ctx context.Context, marketID, userID uuid.UUID) (role.Member, error) {
	return b.store.Role(ctx, marketID, userID)
}

// Roles is what each member of the market is.
func (b Business) Roles(ctx context.Context, marketID uuid.UUID) (map[uuid.UUID]role.Member, error) {
	return b.store.Roles(ctx, marketID)
}

// Organisers are the addresses of the market's ORGANISERs whose accounts are enabled.
func (b Business) Organisers(ctx context.Context, marketID uuid.UUID) ([]email.Email, error) {
	return b.store.Organisers(ctx, marketID)
}

// Organises tells whether the account is an ORGANISER of any market.
func (b Business) Organises(ctx context.Context, userID uuid.UUID) (bool, error) {
	return b.store.Organises(ctx, userID)
}

// SetRole gives a member that the transaction holds another role, or returns ErrLast; the same role changes nothing.
func (b Business) SetRole(ctx context.Context, m Member, r role.Member) (Member, error) {
	if m.Role == r {
		return m, nil
	}
	if err := b.spare(ctx, m); err != nil {
		return Member{}, err
	}
	m.Role = r
	m.Version++
	m.UpdatedAt = b.now()
	return m, b.store.Update(ctx, m)
}

// Remove ends the membership of a member that the transaction holds, or returns ErrLast.
func (b Business) Remove(ctx context.Context, m Member) error {
	if err := b.spare(ctx, m); err != nil {
		return err
	}
	return b.store.Delete(ctx, m)
}

// Leave ends all memberships of an account and returns what they were, or returns ErrLast.
func (b Business) Leave(ctx context.Context, userID uuid.UUID) ([]Member, error) {
	markets, err := b.store.Markets(ctx, userID)
	if err != nil {
		return nil, err
	}
	left := make([]Member, 0, len(markets))
	for _, id := range markets {
		m, err := b.Lock(ctx, id, userID)
		if errors.Is(err, ErrNotFound) {
			continue // meanwhile it was sent away
		}
		if err == nil {
			err = b.Remove(ctx, m)
		}
		if err != nil {
			return nil, err
		}
		left = append(left, m)
	}
	return left, nil
}

// spare refuses to let the last organiser go of a market that always has one. With any other go the invitations that it
// has sent, by which it might come back.
func (b Business) spare(ctx context.Context, m Member) error {
	if m.Role != role.Organiser {
		return nil
	}
	if err := b.store.Withdraw(ctx, m.MarketID, "", m.UserID); err != nil || !m.Organised {
		return err
	}
	others, err := b.store.Others(ctx, m.MarketID, m.UserID)
	if err == nil && !others {
		err = ErrLast
	}
	return err
}
