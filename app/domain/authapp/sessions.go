package authapp

import (
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/sdk/errs"
)

// sessionRoutes are about where an account is logged in.
func (a app) sessionRoutes(api *rest.API[business.Domains]) {
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me/sessions", Action: "session.list",
		ID: "listSessions", Summary: "List where one is logged in",
		Description: "The sessions that can still be refreshed, the one that was used last first; all of them, on one page." +
			" They show where and with what they were last used.",
	}, list)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/me/sessions/{sessionID}", Action: "session.end",
		ID: "endSession", Summary: "Log out one session",
		Description: "Its tokens are no longer good: here at once, at other replicas within 2 seconds.",
		Errors:      []*errs.Error{sessionbus.ErrNotFound},
	}, a.endOne)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/me/sessions", Action: "session.end",
		ID: "endOtherSessions", Summary: "Log out everywhere else",
		Description: "Ends all sessions but the one whose token asks.",
	}, a.endOthers)
}

func list(c rest.Call[business.Domains], _ struct{}) (Sessions, error) {
	live, err := c.D.Sessions.Live(c, c.Actor.ID)
	out := Sessions{Items: make([]Session, len(live))}
	for i, s := range live {
		out.Items[i] = Session{ID: s.ID, Current: s.ID == c.Actor.Session, Address: s.Address, UserAgent: s.UserAgent,
			CreatedAt: s.CreatedAt, LastUsedAt: s.UsedAt}
	}
	return out, err
}

func (a app) endOne(c rest.Call[business.Domains], in sessionID) (rest.None, error) {
	if err := c.D.Sessions.EndOne(c, c.Actor.ID, in.ID); err != nil {
		return rest.None{}, err
	}
	c.OnCommit(func() { a.auth.EndSession(in.ID) })
	return rest.None{}, c.Match(in.ID, unversioned)
}

func (a app) endOthers(c rest.Call[business.Domains], _ struct{}) (rest.None, error) {
	ended, err := c.D.Sessions.EndOthers(c, c.Actor.ID, c.Actor.Session)
	if err != nil {
		return rest.None{}, err
	}
	c.OnCommit(func() {
		for _, id := range ended {
			a.auth.EndSession(id)
		}
	})
	return rest.None{}, c.Match(uuid.Nil, unversioned)
}

// unversioned is the version of what has none, and so no ETag: If-Match is true of it as *.
const unversioned = 0
