package userapp

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
)

// leaveRoutes are what an account takes along when it goes, and how it goes.
func (a app) leaveRoutes(api *rest.API[business.Domains]) {
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me/export", Action: "user.export", Produces: []string{"application/json"},
		ID: "exportMe", Summary: "Read everything about oneself",
		Description: "Everything that the service knows of the account that asks (GDPR, article 15): by kind, the oldest " +
			"first. It is streamed, however long it is.",
	}, export)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/users/me/erase", Action: "user.erase", Status: http.StatusNoContent, Fresh: true,
		ID: "eraseMe", Summary: "Leave for good",
		Description: "Makes the account nobody (GDPR, article 17): its name, address, logins and sessions are gone, also " +
			"from the audit, events and mails; its families are called by their numbers, and it is no member any more. What " +
			"it sold and rang up stays in the books, without a name. This cannot be undone.",
		Errors: []*errs.Error{userbus.ErrLastAdmin, memberbus.ErrLast},
	}, a.erase)
}

// Export is everything about an account.
type Export struct {
	Account      []map[string]any `json:"account" doc:"The account."`
	Sessions     []map[string]any `json:"sessions" doc:"Where it is logged in, and was lately."`
	Keys         []map[string]any `json:"keys" doc:"Its API keys."`
	Identities   []map[string]any `json:"identities" doc:"Who it is at providers with which it logs in."`
	Factors      []map[string]any `json:"secondFactors" doc:"Its second factor, without what codes are made of."`
	Invitations  []map[string]any `json:"invitations" doc:"The markets at which its address is invited to help."`
	Passkeys     []map[string]any `json:"passkeys" doc:"The passkeys with which it logs in."`
	Memberships  []map[string]any `json:"memberships" doc:"The markets at which it helps."`
	Families     []map[string]any `json:"families" doc:"The families that it owns."`
	Products     []map[string]any `json:"products" doc:"What they sell, and sold."`
	Payouts      []map[string]any `json:"payouts" doc:"What they were paid."`
	Sales        []map[string]any `json:"sales" doc:"The sales that it rang up."`
	CashSessions []map[string]any `json:"cashSessions" doc:"The cash drawers that it kept."`
	Audit        []map[string]any `json:"audit" doc:"What it did, and from where."`

	all func(ctx context.Context, section, row func(string) error) error
}

// Stream implements rest.Streamed.
func (e Export) Stream(ctx context.Context, w io.Writer) error {
	sections, before := "{", ""
	if err := e.all(ctx, func(section string) error {
		_, err := fmt.Fprintf(w, "%s%q:[", sections, section)
		sections, before = "],", ""
		return err
	}, func(row string) error {
		_, err := io.WriteString(w, before+row)
		before = ","
		return err
	}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "]}")
	return err
}

func export(c rest.Call[business.Domains], _ struct{}) (Export, error) {
	u, err := rest.Get(c, c.D.Users.Get, c.Actor.ID, target)
	return Export{all: func(ctx context.Context, section, row func(string) error) error {
		return c.D.Reports.Account(ctx, u.ID, section, row)
	}}, err
}

func (a app) erase(c rest.Call[business.Domains], _ struct{}) (rest.None, error) {
	left, err := c.D.Members.Leave(c, c.Actor.ID) // it holds markets, which others do before they hold an account
	if err != nil {
		return rest.None{}, err
	}
	u, err := rest.Get(c, c.D.Users.Lock, c.Actor.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	families, err := c.D.Families.Erase(c, u.ID)
	if err != nil {
		return rest.None{}, err
	}
	for _, forget := range []func(context.Context, uuid.UUID) error{
		c.D.Factors.Forget, c.D.Identities.Forget, c.D.APIKeys.Forget,
	} {
		if err := forget(c, u.ID); err != nil {
			return rest.None{}, err
		}
	}
	if u, err = c.D.Users.Erase(c, u); err != nil {
		return rest.None{}, err
	}
	for _, f := range families {
		c.Tell(familybus.EventUpdated.Of(f))
	}
	for _, m := range left {
		m.Name = u.Name
		c.Tell(memberbus.EventRemoved.Of(m))
	}
	c.Unseen()
	c.OnCommit(func() { a.auth.EndSessions(u.ID, u.Generation) })
	return rest.None{}, nil
}
