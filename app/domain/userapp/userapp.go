// Package userapp is the accounts of the API.
package userapp

import (
	"cmp"
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

//go:embed examples.json
var examples []byte

type app struct{ auth *auth.Auth }

// Routes adds the routes of accounts. What ends sessions tells auth.
func Routes(api *rest.API[business.Domains], authority *auth.Auth) {
	a := app{authority}
	api.Describe(rest.Tag{Name: "Accounts", Description: "Who may do something here: sign up, and look after accounts."},
		examples)
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/auth/signup", Action: "user.signup", Location: "/v1/users/",
		ID: "signUp", Summary: "Sign up",
		Description: "Makes an account with the role USER, and sends a link to its address: until that was opened the " +
			"account reads and lists, but joins and makes no market, where the service asks for it. A password has 8 to " +
			"128 characters. It is not among the 100,000 commonest, with or without capitals, leet or digits and signs " +
			"around it; not made of repeated characters and runs like `abcd1234`; and contains no word of 4 letters or " +
			"more of the account's name or e-mail address, nor the service's name.",
		Errors: []*errs.Error{userbus.ErrEmailTaken, passhash.ErrBusy},
	},
		hashSignup, signUp)
	a.linkRoutes(api)
	a.leaveRoutes(api)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users", Action: "user.list",
		ID: "listUsers", Summary: "List accounts", Orders: userbus.OrderBy.Names(),
		Description: "Filters narrow the list together. `name` finds a part of the name, in either case.",
	}, query)
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/users", Action: "user.create", Fresh: true, Location: "/v1/users/",
		ID: "createUser", Summary: "Add an account",
		Description: "As signing up, with any roles.",
		Errors:      []*errs.Error{userbus.ErrEmailTaken, passhash.ErrBusy},
	},
		hashNew, create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me", Action: "user.read",
		ID: "getMe", Summary: "Read one's own account",
		Description: "Who the access token belongs to.",
		Errors:      []*errs.Error{userbus.ErrNotFound},
	}, me)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/{userID}", Action: "user.read",
		ID: "getUser", Summary: "Read an account",
		Description: "One's own; ADMIN reads any.",
		Errors:      []*errs.Error{userbus.ErrNotFound},
	}, get)
	rest.WritePrepared(api, rest.Op{
		Method: "PATCH", Path: "/v1/users/{userID}", Action: "user.update",
		ID: "updateUser", Summary: "Change an account",
		Description: "A field that is left out stays as it is. `email` and `password` want `currentPassword` too, unless " +
			"an ADMIN asks; `enabled` is set by ADMIN only. A new address counts once the link that is sent there was opened; " +
			"until then the present one stays, which is told by mail, and the present one again forgets it. One that an ADMIN " +
			"gives counts at once. A new password and being disabled end the account's sessions. The last enabled ADMIN " +
			"cannot be disabled. 429 after 10 changes of an account's address and password in an hour. All but `name` want " +
			"a password that was given within 10 minutes (`POST /v1/auth/confirm`).",
		Errors: []*errs.Error{userbus.ErrNotFound, userbus.ErrEmailTaken, userbus.ErrLastAdmin, errConfirm,
			userbus.ErrWrongPassword, auth.ErrField, auth.ErrNotFresh, passhash.ErrBusy},
	}, confirm, a.update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/{userID}", Action: "user.delete", Fresh: true,
		ID: "deleteUser", Summary: "Delete an account",
		Description: "One that sold something or owns a family stays; disable it. The last enabled ADMIN stays.",
		Errors:      []*errs.Error{userbus.ErrNotFound, userbus.ErrHasHistory, userbus.ErrLastAdmin},
	}, a.remove)
	rest.Write(api, rest.Op{
		Method: "PUT", Path: "/v1/users/{userID}/roles", Action: "user.roles", Fresh: true,
		ID: "setUserRoles", Summary: "Give an account other roles",
		Description: "Ends the account's sessions: its tokens carry the old roles. The last enabled ADMIN keeps the role.",
		Errors:      []*errs.Error{userbus.ErrNotFound, userbus.ErrLastAdmin},
	}, a.putRoles)
}

// hashSignup counts every sign-up against the client's address, because each makes an account and tells whether there
// was one.
func hashSignup(c rest.Call[business.Domains], in *signup) (err error) {
	if _, err := c.Attempt(c.D.Attempts.Begin(c, "", c.RemoteAddr())); err != nil {
		return err
	}
	in.hash, err = c.D.Users.HashPassword(c, in.Name, in.Email, in.Password)
	return err
}

func signUp(c rest.Call[business.Domains], in signup) (User, error) {
	u, err := c.D.Users.SignUp(c, userbus.NewUser{Name: in.Name, Email: in.Email, Roles: role.NewSet(role.User),
		PasswordHash: in.hash})
	return toUser(u), err
}

func query(c rest.Call[business.Domains], in list) (rest.List[User], error) {
	res, err := c.D.Users.Query(c, userbus.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, toUser), err
}

func hashNew(c rest.Call[business.Domains], in *newUser) (err error) {
	in.hash, err = c.D.Users.HashPassword(c, in.Name, in.Email, in.Password)
	return err
}

func create(c rest.Call[business.Domains], in newUser) (User, error) {
	u, err := c.D.Users.Create(c, userbus.NewUser{Name: in.Name, Email: in.Email, Roles: in.Roles, PasswordHash: in.hash})
	return toUser(u), err
}

func me(c rest.Call[business.Domains], _ struct{}) (User, error) {
	u, err := rest.Get(c, c.D.Users.Get, c.Actor.ID, target)
	return toUser(u), err
}

func get(c rest.Call[business.Domains], in userID) (User, error) {
	u, err := rest.Get(c, c.D.Users.Get, in.ID, target)
	return toUser(u), err
}

var errConfirm = errs.New(errs.Invalid, "current_password_required",
	"email and password change only with currentPassword",
	"Send the account's password as `currentPassword`.").At("currentPassword", "is required here")

// confirm does what hashes passwords, before the transaction: it checks the current one and hashes the new one.
func confirm(c rest.Call[business.Domains], in *updateUser) error {
	if in.Email.Set || in.Password.Set || in.Enabled.Set {
		if err := c.Fresh(); err != nil {
			return err
		}
	}
	if !in.Email.Set && !in.Password.Set {
		return nil
	}
	u, err := c.D.Users.Get(c, in.ID)
	if err != nil {
		return err
	}
	if err := c.Allow("user.update", target(u).Resource, userbus.ErrNotFound); err != nil {
		return err
	}
	free, err := c.May("user.override", auth.Resource{})
	if err != nil {
		return err
	}
	if !free {
		if in.CurrentPassword == nil {
			return errConfirm
		}
		if _, err := c.Attempt(c.D.Users.Confirm(c, u, password.Given(*in.CurrentPassword), c.RemoteAddr(),
			"currentPassword")); err != nil {
			return err
		}
		in.confirmed = u.PasswordHash
	}
	if in.Password.Set {
		in.hash.Set = true
		called, addr := u.Name, u.Email
		in.Name.Apply(&called)
		in.Email.Apply(&addr)
		in.hash.V, err = c.D.Users.HashPassword(c, called, addr, in.Password.V)
	}
	return err
}

func (a app) update(c rest.Call[business.Domains], in updateUser) (User, error) {
	u, err := rest.Get(c, c.D.Users.Lock, in.ID, target)
	if err != nil {
		return User{}, err
	}
	free, err := c.May("user.override", auth.Resource{})
	if err != nil || in.Enabled.Set && !free {
		return User{}, cmp.Or(err, error(auth.ErrField))
	}
	if err := c.Match(u.ID, u.Version); err != nil {
		return User{}, err
	}
	if in.confirmed != "" && in.confirmed != u.PasswordHash {
		return User{}, userbus.ErrWrongPassword.At("currentPassword", "was changed meanwhile")
	}
	u, err = c.D.Users.Update(c, u, userbus.UpdateUser{Name: in.Name, Email: in.Email, PasswordHash: in.hash,
		Enabled: in.Enabled, ByAdmin: free})
	c.OnCommit(func() { a.auth.EndSessions(u.ID, u.Generation) })
	return toUser(u), err
}

func (a app) remove(c rest.Call[business.Domains], in userID) (rest.None, error) {
	u, err := rest.Lock(c, c.D.Users.Lock, in.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	c.OnCommit(func() { a.auth.EndSessions(u.ID, u.Generation+1) })
	return rest.None{}, c.D.Users.Delete(c, u)
}

func (a app) putRoles(c rest.Call[business.Domains], in setRoles) (User, error) {
	u, err := rest.Lock(c, c.D.Users.Lock, in.ID, target)
	if err != nil {
		return User{}, err
	}
	u, err = c.D.Users.SetRoles(c, u, in.Roles)
	c.OnCommit(func() { a.auth.EndSessions(u.ID, u.Generation) })
	return toUser(u), err
}

// target is the account, which is its own.
func target(u userbus.User) rest.Target {
	return rest.Target{ID: u.ID, Version: u.Version, NotFound: userbus.ErrNotFound,
		Resource: auth.Resource{OwnerID: &u.ID}}
}
