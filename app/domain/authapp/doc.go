package authapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
)

var docs = rest.Docs{
	"POST /v1/auth/token": {
		ID: "logIn", Summary: "Log in",
		Description: "E-mail address and password go in HTTP Basic; there is no body. The access token is good for `expiresIn` seconds and goes " +
			"into `Authorization: Bearer …`. Whether the address or the password was wrong is not told, and both take the same time.",
		Errors: []*errs.Error{errNoCredentials, userbus.ErrCredentials, passhash.ErrBusy},
	},
}
