// Package memberapp is the members of the API: who helps at a market, as its ORGANISER or as a CASHIER there.
package memberapp

import (
	"context"
	_ "embed"
	"errors"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

//go:embed examples.json
var examples []byte

// members is where those of a market are found.
const members = "/v1/markets/{marketID}/members"

const invitations = "/v1/markets/{marketID}/invitations"

// Routes adds the routes of members.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Members", Description: "A member is an account that helps at one market, and nowhere " +
		"else: an `ORGANISER` may there what ADMIN may there, a `CASHIER` rings up there. Where it says organisers, ADMIN " +
		"and the market's ORGANISERs are meant."}, examples)
	rest.Tells(api, memberbus.Events, members+"/", toMember)
	rest.Read(api, rest.Op{
		Method: "GET", Path: members, Action: "member.list",
		ID: "listMembers", Summary: "List the members of a market", Orders: memberbus.OrderBy.Names(),
		Description: "Those who help there; a market that ADMIN made may have none.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, auth.ErrForbidden},
	}, query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: members, Action: "member.create", Location: members + "/",
		ID: "addMember", Summary: "Make an account a member of a market",
		Description: "The account with that e-mail address, which it has verified, helps at the market from its next " +
			"request on. An address without one gets a mail with a link, good once and for seven days, by which whoever " +
			"opens it becomes a member; another one to the same address takes its place. A market may have 100 members and " +
			"open invitations, an account and an address 10 of these mails an hour.",
		Accepted: "No account has the address: it is invited by mail.",
		Errors: []*errs.Error{marketbus.ErrNotFound, memberbus.ErrAlready, quota.ErrReached, attempts.ErrTooMany,
			auth.ErrForbidden},
	}, create)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/invitations/accept", Action: "invitation.accept", Location: members + "/",
		ID: "acceptInvitation", Summary: "Take an invitation",
		Description: "The account that asks becomes a member, whatever its address: the token of the mail is the proof.",
		Errors:      []*errs.Error{memberbus.ErrNoInvitation, memberbus.ErrAlready, userbus.ErrNotVerified},
	}, accept)
	rest.Read(api, rest.Op{
		Method: "GET", Path: invitations, Action: "member.list",
		ID: "listInvitations", Summary: "List the open invitations of a market",
		Description: "Those that nobody has taken and that are still good, the newest first; all of them, on one page.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, auth.ErrForbidden},
	}, open)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: invitations + "/{invitationID}", Action: "member.uninvite",
		ID: "withdrawInvitation", Summary: "Withdraw an invitation",
		Description: "The link of its mail is no longer good.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, memberbus.ErrNoInvitation, auth.ErrForbidden},
	}, withdraw)
	rest.Read(api, rest.Op{
		Method: "GET", Path: members + "/{userID}", Action: "member.read",
		ID: "getMember", Summary: "Read a member",
		Description: "A CASHIER reads itself.",
		Errors:      []*errs.Error{memberbus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: members + "/{userID}", Action: "member.update",
		ID: "updateMember", Summary: "Give a member another role",
		Description: "It counts from the member's next request on. A market that an account made always has an ORGANISER.",
		Errors: []*errs.Error{marketbus.ErrNotFound, memberbus.ErrNotFound, memberbus.ErrLast,
			auth.ErrForbidden},
	}, update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: members + "/{userID}", Action: "member.delete",
		ID: "removeMember", Summary: "Leave a market, or send a member away",
		Description: "Everyone may leave but the last ORGANISER of a market that an account made. What the member rang up " +
			"stays, as does its open cash drawer, which an organiser closes.",
		Errors: []*errs.Error{marketbus.ErrNotFound, memberbus.ErrNotFound, memberbus.ErrLast},
	}, remove)
}

func toMember(m memberbus.Member) Member { return Member(m) }

func query(c rest.Call[business.Domains], in list) (rest.List[Member], error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return rest.List[Member]{}, err
	}
	res, err := c.D.Members.Query(c, m.ID, in.Page.Query())
	return rest.ListOf(res, toMember), err
}

// create adds an account, or else invites whoever reads the address.
func create(c rest.Call[business.Domains], in newMember) (Member, error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return Member{}, err
	}
	u, err := c.D.Users.GetByEmail(c, in.Email)
	if err == nil {
		err = c.D.Users.Verified(c, u.ID) // else it may be anybody's, who waits there for what its owner is given
	}
	if errors.Is(err, userbus.ErrNotFound) || errors.Is(err, userbus.ErrNotVerified) {
		return Member{}, c.D.Members.Invite(c, memberbus.Invitation{MarketID: m.ID, Email: in.Email, Role: in.Role,
			InvitedBy: c.Actor.ID})
	}
	if err != nil {
		return Member{}, err
	}
	made, err := c.D.Members.Add(c, memberbus.NewMember{MarketID: m.ID, UserID: u.ID, Role: in.Role})
	c.Tell(memberbus.EventAdded.Of(made))
	return Member(made), err
}

func accept(c rest.Call[business.Domains], in acceptInvitation) (Member, error) {
	if err := c.D.Users.Verified(c, c.Actor.ID); err != nil {
		return Member{}, err
	}
	made, err := c.D.Members.Accept(c, in.Token, c.Actor.ID)
	c.Tell(memberbus.EventAdded.Of(made))
	return Member(made), err
}

func open(c rest.Call[business.Domains], in invitationsOf) (Invitations, error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return Invitations{}, err
	}
	all, err := c.D.Members.Open(c, m.ID)
	out := Invitations{Items: make([]Invitation, len(all))}
	for i, one := range all {
		out.Items[i] = Invitation{ID: one.ID, Email: one.Email, Role: one.Role, InvitedBy: one.InvitedBy,
			ExpiresAt: one.ExpiresAt}
	}
	return out, err
}

func withdraw(c rest.Call[business.Domains], in invitationID) (rest.None, error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return rest.None{}, err
	}
	if err := c.D.Members.Uninvite(c, m.ID, in.ID); err != nil {
		return rest.None{}, err
	}
	return rest.None{}, c.Match(in.ID, 0) // it has no versions, and so no ETag
}

func get(c rest.Call[business.Domains], in memberID) (Member, error) {
	m, err := rest.Get(c, in.of(c.D.Members.Get), in.UserID, target)
	return Member(m), err
}

func update(c rest.Call[business.Domains], in updateMember) (Member, error) {
	m, err := rest.Lock(c, in.of(c.D.Members.Lock), in.UserID, target)
	if err != nil {
		return Member{}, err
	}
	is := m.Role
	in.Role.Apply(&is)
	changed, err := c.D.Members.SetRole(c, m, is)
	if changed.Version != m.Version {
		c.Tell(memberbus.EventAdded.Of(changed))
	}
	return Member(changed), err
}

func remove(c rest.Call[business.Domains], in memberID) (rest.None, error) {
	m, err := rest.Lock(c, in.of(c.D.Members.Lock), in.UserID, target)
	if err != nil {
		return rest.None{}, err
	}
	c.Tell(memberbus.EventRemoved.Of(m))
	return rest.None{}, c.D.Members.Remove(c, m)
}

// of is a load of members as one of the market's.
func (in memberID) of(load func(ctx context.Context, marketID, userID uuid.UUID) (memberbus.Member, error)) func(
	context.Context, uuid.UUID) (memberbus.Member, error) {
	return func(ctx context.Context, userID uuid.UUID) (memberbus.Member, error) {
		return load(ctx, in.MarketID, userID)
	}
}

// target is the member, which is its own.
func target(m memberbus.Member) rest.Target {
	return rest.Target{ID: m.UserID, Version: m.Version, NotFound: memberbus.ErrNotFound,
		Resource: auth.Resource{OwnerID: &m.UserID, MarketID: m.MarketID, MarketStatus: string(m.MarketStatus)}}
}
