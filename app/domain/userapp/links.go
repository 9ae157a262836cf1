package userapp

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
)

// linkRoutes are about links in mails: addresses that are shown to be real, and passwords that were forgotten.
func (a app) linkRoutes(api *rest.API[business.Domains]) {
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/verify", Action: "user.verify", Status: http.StatusNoContent,
		ID: "verifyEmail", Summary: "Verify an e-mail address",
		Description: "`token` stands behind `#verify=` in the link that was sent to the address when the account was made, " +
			"or was to have the address. It is good once and for 24 hours, until another one is sent or the password " +
			"changes. From then on the address is the account's.",
		Errors: []*errs.Error{userbus.ErrLink, userbus.ErrEmailTaken},
	}, verify)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/verify/resend", Action: "user.resend", Status: http.StatusAccepted,
		ID: "resendVerification", Summary: "Send the link to an e-mail address again",
		Description: "To the address that the account is to verify: its own, or the one that it is to have. The link that " +
			"was sent before is no longer good. Nothing is sent when there is nothing to verify. 429 after 10 in an hour.",
	}, resend)
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/auth/reset", Action: "user.reset", Status: http.StatusAccepted,
		Unrecorded: []string{"email"},
		ID:         "resetPassword", Summary: "Have a link sent for a forgotten password",
		Description: "The answer and its time are the same whether there is such an account or not. The link is good once " +
			"and for 30 minutes, until another one is sent or the password changes. After 10 links in an hour no more are " +
			"sent to an address, and the answer is still the same.",
	}, countReset, askReset)
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/auth/reset/confirm", Action: "user.reset", Status: http.StatusNoContent,
		ID: "confirmReset", Summary: "Choose another password by a link",
		Description: "`token` stands behind `#reset=` in the link. The account has the new password from then on, all its " +
			"sessions end, and its failed logins are forgotten. What a password must be stands at `POST /v1/auth/signup`.",
		Errors: []*errs.Error{userbus.ErrLink, passhash.ErrBusy},
	}, hashReset, a.reset)
}

func verify(c rest.Call[business.Domains], in linkToken) (rest.None, error) {
	u, err := c.D.Users.Verify(c, in.Token)
	if errors.Is(err, userbus.ErrLink) {
		_, wrong := c.Attempt(c.D.Attempts.Wrong(c, c.RemoteAddr()))
		return rest.None{}, rest.Committed(cmp.Or(wrong, err))
	}
	about(c, u)
	return rest.None{}, err
}

// about tells log and audit whose link it was.
func about(c rest.Call[business.Domains], u userbus.User) {
	c.LoggedIn(request.Actor{ID: u.ID})
	c.About("user", u.ID)
}

func resend(c rest.Call[business.Domains], _ struct{}) (rest.None, error) {
	c.About("user", c.Actor.ID)
	return rest.None{}, c.D.Users.Resend(c, c.Actor.ID)
}

// countReset counts against the client's address, as a sign-up does: each may send a mail.
func countReset(c rest.Call[business.Domains], _ *reset) error {
	_, err := c.Attempt(c.D.Attempts.Begin(c, "", c.RemoteAddr()))
	return err
}

func askReset(c rest.Call[business.Domains], in reset) (rest.None, error) {
	return rest.None{}, c.D.Users.AskReset(c, in.Email)
}

func hashReset(c rest.Call[business.Domains], in *confirmReset) (err error) {
	if in.attempt, err = c.Attempt(c.D.Attempts.Begin(c, "", c.RemoteAddr())); err != nil {
		return err
	}
	in.hash, err = c.D.Users.HashReset(c, in.Token, in.Password)
	return err
}

func (a app) reset(c rest.Call[business.Domains], in confirmReset) (rest.None, error) {
	u, err := c.D.Users.Reset(c, in.Token, in.hash)
	if err != nil {
		return rest.None{}, err
	}
	about(c, u)
	c.OnCommit(func() { a.auth.EndSessions(u.ID, u.Generation) })
	return rest.None{}, cmp.Or(c.D.Attempts.Succeeded(c, in.attempt), c.D.Attempts.Forgive(c, u.Email, c.RemoteAddr()))
}
