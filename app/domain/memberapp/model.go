package memberapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

// Member is an account that helps at a market.
type Member struct {
	MarketID     uuid.UUID        `json:"-"`
	UserID       uuid.UUID        `json:"userID" doc:"The account."`
	Name         name.Name        `json:"name" doc:"What the account is called, 1 to 100 characters."`
	Role         role.Member      `json:"role" enum:"ORGANISER,CASHIER" doc:"What it may do at this market."`
	Version      int64            `json:"-"`
	CreatedAt    time.Time        `json:"createdAt" doc:"When it became a member."`
	UpdatedAt    time.Time        `json:"updatedAt" doc:"When its role was last changed."`
	MarketStatus marketbus.Status `json:"-"`
	Organised    bool             `json:"-"`
}

// Entity implements rest.Resource.
func (m Member) Entity() (uuid.UUID, int64) { return m.UserID, m.Version }

// Market implements rest.Nested.
func (m Member) Market() uuid.UUID { return m.MarketID }

type newMember struct {
	MarketID uuid.UUID   `path:"marketID" json:"-"`
	Email    email.Email `json:"email" doc:"The e-mail address of the account."`
	Role     role.Member `json:"role" enum:"ORGANISER,CASHIER"`
}

type acceptInvitation struct {
	Token string `json:"token" format:"password" minLength:"1" maxLength:"200" doc:"That of the mail's link."`
}

// Invitations are the offers to help at a market that nobody has taken yet.
type Invitations struct {
	Items []Invitation `json:"items" doc:"All of them."`
}

// Invitation is an offer to become a member, to whoever reads an address.
type Invitation struct {
	ID        uuid.UUID   `json:"id" doc:"The id."`
	Email     email.Email `json:"email" doc:"Where it was sent."`
	Role      role.Member `json:"role" enum:"ORGANISER,CASHIER" doc:"What whoever takes it may do at this market."`
	InvitedBy uuid.UUID   `json:"invitedBy" doc:"The account that sent it."`
	ExpiresAt time.Time   `json:"expiresAt" doc:"Until when it is good."`
}

type invitationsOf struct {
	MarketID uuid.UUID `path:"marketID" json:"-"`
}

type invitationID struct {
	MarketID uuid.UUID `path:"marketID" json:"-"`
	ID       uuid.UUID `path:"invitationID" json:"-"`
}

type memberID struct {
	MarketID uuid.UUID `path:"marketID" json:"-"`
	UserID   uuid.UUID `path:"userID" json:"-"`
}

type updateMember struct {
	memberID
	Role opt.Value[role.Member] `json:"role,omitzero" enum:"ORGANISER,CASHIER"`
}

type list struct {
	MarketID uuid.UUID `path:"marketID"`
	rest.Page
}
