// Package authapp is where accounts get their tokens.
package authapp

import (
	"context"
	"net/http"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/password"
)

// Token is what a login gives (RFC 6749, 5.1, in the API's own case).
type Token struct {
	AccessToken string `json:"accessToken"`
	TokenType   string `json:"tokenType"`
	ExpiresIn   int    `json:"expiresIn"` // seconds
}

type login struct {
	Authorization string `header:"Authorization"`
}

var errNoCredentials = errs.New(errs.Unauthenticated, "credentials_required", "log in with HTTP Basic: the e-mail address and the password")

// Routes adds the routes of tokens.
func Routes(api *rest.API[business.Domains], tokens *auth.Tokens) {
	api.Describe("Accounts", docs)
	op := rest.Op{Method: "POST", Path: "/v1/auth/token", Action: auth.ActionLogin, Status: http.StatusOK, Challenge: `Basic realm="sales", charset="UTF-8"`}
	rest.Read(api, op, func(ctx context.Context, d business.Domains, in login) (Token, error) {
		r := http.Request{Header: http.Header{"Authorization": {in.Authorization}}}
		user, pass, ok := r.BasicAuth()
		if !ok {
			return Token{}, errNoCredentials
		}
		// What is no address is nobody's: the same answer after the same time.
		addr, _ := email.Parse(user)
		u, err := d.Users.Authenticate(ctx, addr, password.Given(pass))
		if err != nil {
			return Token{}, err
		}
		who := request.Actor{ID: u.ID, Roles: u.Roles}
		request.From(ctx).Actor = who // for the log
		token, life, err := tokens.Issue(who, u.Generation)
		return Token{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(life.Seconds())}, err
	})
}
