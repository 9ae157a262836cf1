// Package userapp is the accounts of the API.
package userapp

import (
	"context"
	_ "embed"
	"errors"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of accounts.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Accounts", Description: "Who may do something here: sign up, and look after accounts."}, docs, examples)
	rest.WriteAfter(api, rest.Op{Method: "POST", Path: "/v1/auth/signup", Action: "user.signup", Location: "/v1/users/"},
		hashSignup, signUp)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/users", Action: "user.list"}, query)
	rest.WriteAfter(api, rest.Op{Method: "POST", Path: "/v1/users", Action: "user.create", Location: "/v1/users/"},
		hashNew, create)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/users/me", Action: "user.read"}, me)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/users/{userID}", Action: "user.read"}, get)
	rest.WriteAfter(api, rest.Op{Method: "PATCH", Path: "/v1/users/{userID}", Action: "user.update"}, confirm, update)
	rest.Write(api, rest.Op{Method: "DELETE", Path: "/v1/users/{userID}", Action: "user.delete"}, remove)
	rest.Write(api, rest.Op{Method: "PUT", Path: "/v1/users/{userID}/roles", Action: "user.roles"}, putRoles)
}

// hashSignup counts every sign-up against the client's address, because each makes an account and tells whether there
// was one.
func hashSignup(ctx context.Context, d business.Domains, in *signup) (err error) {
	if _, err := auth.Attempt(ctx, d, ""); err != nil {
		return err
	}
	in.hash, err = d.Users.HashPassword(ctx, in.Email, in.Password)
	return err
}

func signUp(ctx context.Context, d business.Domains, in signup) (User, error) {
	u, err := d.Users.Create(ctx, userbus.NewUser{Name: in.Name, Email: in.Email, Roles: role.NewSet(role.User),
		PasswordHash: in.hash})
	return toUser(u), err
}

func query(ctx context.Context, d business.Domains, in list) (rest.List[User], error) {
	res, err := d.Users.Query(ctx, userbus.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, toUser), err
}

func hashNew(ctx context.Context, d business.Domains, in *newUser) (err error) {
	in.hash, err = d.Users.HashPassword(ctx, in.Email, in.Password)
	return err
}

func create(ctx context.Context, d business.Domains, in newUser) (User, error) {
	u, err := d.Users.Create(ctx, userbus.NewUser{Name: in.Name, Email: in.Email, Roles: in.Roles, PasswordHash: in.hash})
	return toUser(u), err
}

func me(ctx context.Context, d business.Domains, _ struct{}) (User, error) {
	u, err := d.Users.Get(ctx, auth.Actor(ctx).ID)
	return toUser(u), err
}

func get(ctx context.Context, d business.Domains, in userID) (User, error) {
	u, err := d.Users.Get(ctx, in.ID)
	if err != nil {
		return User{}, err
	}
	return toUser(u), auth.Allow(ctx, "user.read", self(u.ID), userbus.ErrNotFound)
}

var (
	errConfirm = errs.New(errs.Invalid, "current_password_required",
		"email and password change only with currentPassword").At("currentPassword", "is required here")
	errWrongPassword = errs.New(errs.Invalid, "wrong_password", "currentPassword is not the password of the account").At(
		"currentPassword", "is not the password of the account")
)

// confirm does what hashes passwords, before the transaction: it checks the current one and hashes the new one.
func confirm(ctx context.Context, d business.Domains, in *updateUser) error {
	if !in.Email.Set && !in.Password.Set {
		return nil
	}
	u, err := d.Users.Get(ctx, in.ID)
	if err != nil {
		return err
	}
	if err := auth.Allow(ctx, "user.update", self(u.ID), userbus.ErrNotFound); err != nil {
		return err
	}
	free, err := auth.May(ctx, "user.override", auth.Resource{})
	if err != nil {
		return err
	}
	if !free {
		if in.CurrentPassword == nil {
			return errConfirm
		}
		attempt, err := auth.Attempt(ctx, d, u.Email) // who has stolen a token must not guess the password with it
		if err != nil {
			return err
		}
		ok, err := d.Users.Matches(ctx, u, password.Given(*in.CurrentPassword))
		if err != nil {
			return err
		}
		if !ok {
			return errWrongPassword
		}
		if err := auth.Succeeded(ctx, d, attempt); err != nil {
			return err
		}
		in.confirmed = u.PasswordHash
	}
	if in.Password.Set {
		in.hash.Set = true
		addr := u.Email
		in.Email.Apply(&addr)
		in.hash.V, err = d.Users.HashPassword(ctx, addr, in.Password.V)
	}
	return err
}

func update(ctx context.Context, d business.Domains, in updateUser) (User, error) {
	u, err := lock(ctx, d, in.userID, "user.update")
	if err != nil {
		return User{}, err
	}
	if in.Enabled.Set {
		if ok, err := auth.May(ctx, "user.override", auth.Resource{}); err != nil || !ok {
			return User{}, errors.Join(err, auth.ErrField)
		}
	}
	if in.confirmed != "" && in.confirmed != u.PasswordHash {
		return User{}, errWrongPassword // it was changed meanwhile
	}
	u, err = d.Users.Update(ctx, u, userbus.UpdateUser{Name: in.Name, Email: in.Email, PasswordHash: in.hash,
		Enabled: in.Enabled})
	auth.EndSessions(ctx, u.ID, u.Generation)
	return toUser(u), err
}

func remove(ctx context.Context, d business.Domains, in userID) (rest.None, error) {
	u, err := lock(ctx, d, in, "user.delete")
	if err != nil {
		return rest.None{}, err
	}
	auth.EndSessions(ctx, u.ID, u.Generation+1)
	return rest.None{}, d.Users.Delete(ctx, u)
}

func putRoles(ctx context.Context, d business.Domains, in setRoles) (User, error) {
	u, err := lock(ctx, d, in.userID, "user.roles")
	if err != nil {
		return User{}, err
	}
	u, err = d.Users.SetRoles(ctx, u, in.Roles)
	auth.EndSessions(ctx, u.ID, u.Generation)
	return toUser(u), err
}

// lock loads the user that is to be written, and refuses what may not be.
func lock(ctx context.Context, d business.Domains, in userID, action string) (userbus.User, error) {
	u, err := d.Users.Lock(ctx, in.ID)
	if err != nil {
		return u, err
	}
	if err := auth.Allow(ctx, action, self(u.ID), userbus.ErrNotFound); err != nil {
		return u, err
	}
	return u, rest.Match(ctx, u.ID, u.Version)
}

func self(id uuid.UUID) auth.Resource { return auth.Resource{OwnerID: &id} }
