package userapp

import (
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
)

var docs = rest.Docs{
	"POST /v1/auth/signup": {
		ID: "signUp", Summary: "Sign up",
		Description: "Makes an account with the role USER. A password has 8 to 128 characters, is not among the common " +
			"ones and does not contain the name in the e-mail address.",
		Errors: []*errs.Error{userbus.ErrEmailTaken, passhash.ErrBusy},
	},
	"GET /v1/users": {
		ID: "listUsers", Summary: "List accounts", Orders: userbus.OrderBy.Names(),
		Description: "Filters narrow the list together. `name` finds a part of the name, in either case.",
	},
	"POST /v1/users": {
		ID: "createUser", Summary: "Add an account",
		Description: "As signing up, with any roles.",
		Errors:      []*errs.Error{userbus.ErrEmailTaken, passhash.ErrBusy},
	},
	"GET /v1/users/me": {
		ID: "getMe", Summary: "Read one's own account",
		Description: "Who the access token belongs to.",
		Errors:      []*errs.Error{userbus.ErrNotFound},
	},
	"GET /v1/users/{userID}": {
		ID: "getUser", Summary: "Read an account",
		Description: "One's own; ADMIN reads any.",
		Errors:      []*errs.Error{userbus.ErrNotFound},
	},
	"PATCH /v1/users/{userID}": {
		ID: "updateUser", Summary: "Change an account",
		Description: "A field that is left out stays as it is. `email` and `password` want `currentPassword` too, unless " +
			"an ADMIN asks; `enabled` is set by ADMIN only. " +
			"A new password and being disabled end the account's sessions. The last enabled ADMIN cannot be disabled.",
		Errors: []*errs.Error{userbus.ErrNotFound, userbus.ErrEmailTaken, userbus.ErrLastAdmin, errConfirm, errWrongPassword,
			auth.ErrField, passhash.ErrBusy},
	},
	"DELETE /v1/users/{userID}": {
		ID: "deleteUser", Summary: "Delete an account",
		Description: "One that sold something or owns a family stays; disable it. The last enabled ADMIN stays.",
		Errors:      []*errs.Error{userbus.ErrNotFound, userbus.ErrHasHistory, userbus.ErrLastAdmin},
	},
	"PUT /v1/users/{userID}/roles": {
		ID: "setUserRoles", Summary: "Give an account other roles",
		Description: "Ends the account's sessions: its tokens carry the old roles. The last enabled ADMIN keeps the role.",
		Errors:      []*errs.Error{userbus.ErrNotFound, userbus.ErrLastAdmin},
	},
}
