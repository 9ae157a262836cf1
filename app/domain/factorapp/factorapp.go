// Package factorapp is the second factors of the API: an account sets one up, and takes it away.
package factorapp

import (
	"context"
	_ "embed"
	"net/http"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
)

//go:embed examples.json
var examples []byte

type call = rest.Call[business.Domains]

type app struct{ auth *auth.Auth }

// Routes adds the routes of second factors. What ends sessions tells auth.
func Routes(api *rest.API[business.Domains], authority *auth.Auth) {
	api.Describe(rest.Tag{Name: "Second factor", Description: "Codes of an app (TOTP, RFC 6238) that logging in wants " +
		"beside the password."}, examples)
	a := app{authority}
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/users/me/totp", Action: "factor.create", Fresh: true, Status: http.StatusOK,
		ID: "beginTOTP", Summary: "Begin to set up a second factor",
		Description: "The answer's key goes into an app that shows codes: 6 digits, every 30 seconds, HMAC-SHA-1, as all " +
			"apps have it. Nothing wants a code until `POST /v1/users/me/totp/confirm` has seen one. Begun again, it is " +
			"another key.",
		Errors: []*errs.Error{factorbus.ErrExists},
	}, begin)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/users/me/totp/confirm", Action: "factor.create", Fresh: true, Status: http.StatusOK,
		ID: "confirmTOTP", Summary: "Put a second factor in force",
		Description: "From now on logging in wants a code beside the password, in the header `Factor-Code`, and so does " +
			"`POST /v1/auth/confirm`. All other sessions end, and a mail tells of it. Each of the recovery codes is good " +
			"once, where the app is lost. An account that could do nothing else without a second factor refreshes its token.",
		Errors: []*errs.Error{factorbus.ErrNotFound, factorbus.ErrExists, factorbus.ErrWrongCode},
	}, a.confirm)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me/totp", Action: "factor.read",
		ID: "getTOTP", Summary: "Read one's second factor",
		Description: "Whether one is in force; its key is shown to nobody.",
		Errors:      []*errs.Error{factorbus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/me/totp", Action: "factor.delete", Fresh: true,
		ID: "deleteTOTP", Summary: "Take the second factor away",
		Description: "Its recovery codes go too. All sessions of the account end, this one too, and a mail tells of it.",
		Errors:      []*errs.Error{factorbus.ErrNotFound},
	}, a.remove)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/{userID}/factors", Action: "user.reset_factor", Fresh: true,
		ID: "resetFactors", Summary: "Take an account's second factors away",
		Description: "The codes of its app and its passkeys, for who has lost them; make sure that it is them. All " +
			"sessions of the account end, and a mail tells it.",
		Errors: []*errs.Error{userbus.ErrNotFound, factorbus.ErrNotFound},
	}, a.reset)
}

func begin(c call, _ struct{}) (Setup, error) {
	c.About("user", c.Actor.ID)
	s, err := c.D.Factors.Begin(c, c.Actor.ID)
	return Setup(s), err
}

func get(c call, _ struct{}) (Factor, error) {
	s, err := c.D.Factors.State(c, c.Actor.ID)
	return Factor(s), err
}

func (a app) confirm(c call, in code) (RecoveryCodes, error) {
	c.About("user", c.Actor.ID)
	codes, err := c.D.Factors.Confirm(c, c.Actor.ID, in.Code)
	if err != nil {
		return RecoveryCodes{}, err
	}
	ended, err := c.D.Sessions.EndOthers(c, c.Actor.ID, c.Actor.Session)
	c.OnCommit(func() {
		for _, id := range ended {
			a.auth.EndSession(id)
		}
	})
	return RecoveryCodes{codes}, err
}

func (a app) remove(c call, _ struct{}) (rest.None, error) {
	return a.end(c, c.Actor.ID, c.D.Factors.Remove)
}

func (a app) reset(c call, in userID) (rest.None, error) {
	return a.end(c, in.ID, c.D.Factors.Reset)
}

func (a app) end(c call, id uuid.UUID, remove func(context.Context, userbus.User) (userbus.User, error)) (rest.None,
	error) {
	u, err := c.D.Users.Lock(c, id)
	if err != nil {
		return rest.None{}, err
	}
	if err := c.Match(u.ID, u.Version); err != nil {
		return rest.None{}, err
	}
	c.About("user", u.ID)
	u, err = remove(c, u)
	c.OnCommit(func() { a.auth.EndSessions(u.ID, u.Generation) })
	return rest.None{}, err
}
