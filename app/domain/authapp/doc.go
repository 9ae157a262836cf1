package authapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
)

var docs = rest.Docs{
	"POST /v1/auth/token": {
		ID: "logIn", Summary: "Log in",
		Description: "E-mail address and password go in HTTP Basic; there is no body. The access token is good for " +
			"`expiresIn` seconds and goes " +
			"into `Authorization: Bearer …`. Whether the address or the password was wrong is not told, and both take the " +
			"same time.",
		Errors: []*errs.Error{errNoCredentials, userbus.ErrCredentials, passhash.ErrBusy},
	},
	"POST /v1/auth/refresh": {
		ID: "refreshToken", Summary: "Get new tokens",
		Description: "A refresh token is good for one use; the answer has the next one. One that is used again later ends " +
			"the whole session; " +
			"within a few seconds it gets the same answer again, for a client whose answer was lost.",
		Errors: []*errs.Error{sessionbus.ErrToken},
	},
	"POST /v1/auth/logout": {
		ID: "logOut", Summary: "Log out",
		Description: "Ends the session of the refresh token. 204 whether there was one or not.",
	},
	"GET /.well-known/jwks.json": {
		ID: "getKeys", Summary: "The public keys of the tokens",
		Description: "A JSON Web Key Set (RFC 7517), for other services that verify access tokens.",
	},
}
