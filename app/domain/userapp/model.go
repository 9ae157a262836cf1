package userapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

// User is an account.
type User struct {
	ID    uuid.UUID   `json:"id" doc:"The id, a UUIDv7."`
	Name  name.Name   `json:"name" doc:"What it is called, 1 to 100 characters."`
	Email email.Email `json:"email" doc:"The e-mail address, by which the account logs in; in lower case."`
	// EmailVerified is false at first where a service asks for it.
	EmailVerified bool `json:"emailVerified" doc:"Whether it was shown that the account's owner reads the address."`

	Roles     role.Set  `json:"roles" enum:"ADMIN,CASHIER,USER" doc:"What the account may do."`
	Enabled   bool      `json:"enabled" doc:"Whether the account may log in."`
	CreatedAt time.Time `json:"createdAt" doc:"When it was made."`
	UpdatedAt time.Time `json:"updatedAt" doc:"When it was last changed."`
	version   int64
}

// Entity implements rest.Resource.
func (u User) Entity() (uuid.UUID, int64) { return u.ID, u.version }

// toUser is written by hand, because a user has secrets that must not go on the wire.
func toUser(u userbus.User) User {
	return User{
		ID: u.ID, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified, Roles: u.Roles, Enabled: u.Enabled,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, version: u.Version,
	}
}

type signup struct {
	Name     name.Name         `json:"name"`
	Email    email.Email       `json:"email"`
	Password password.Password `json:"password" doc:"8 to 128 characters."`
	hash     string
}

type newUser struct {
	Name     name.Name         `json:"name"`
	Email    email.Email       `json:"email"`
	Password password.Password `json:"password" doc:"8 to 128 characters."`
	Roles    role.Set          `json:"roles" enum:"ADMIN,CASHIER,USER" minItems:"1"`
	hash     string
}

type linkToken struct {
	Token string `json:"token" format:"password" minLength:"1" maxLength:"200" doc:"That of the link."`
}

type reset struct {
	Email email.Email `json:"email" doc:"The e-mail address of the account."`
}

type confirmReset struct {
	Token    string            `json:"token" format:"password" minLength:"1" maxLength:"200" doc:"That of the link."`
	Password password.Password `json:"password" doc:"8 to 128 characters."`
	attempt  attempts.Attempt
	hash     string
}

type userID struct {
	ID uuid.UUID `path:"userID" json:"-"`
}

type updateUser struct {
	userID
	Name     opt.Value[name.Name]         `json:"name,omitzero"`
	Email    opt.Value[email.Email]       `json:"email,omitzero"`
	Password opt.Value[password.Password] `json:"password,omitzero" doc:"8 to 128 characters."`
	// CurrentPassword is wanted for a new email or password.
	CurrentPassword *string `json:"currentPassword,omitzero" format:"password" maxLength:"128" doc:"The present password."`

	Enabled   opt.Value[bool] `json:"enabled,omitzero"`
	hash      opt.Value[string]
	confirmed string // the hash of the password that was presented
}

type setRoles struct {
	userID
	Roles role.Set `json:"roles" enum:"ADMIN,CASHIER,USER" minItems:"1"`
}

type list struct {
	filter
	rest.Page
}

type filter struct {
	Name    *string      `query:"name" doc:"A part of the name, in either case."`
	Email   *email.Email `query:"email" doc:"The whole e-mail address."`
	Role    *role.Role   `query:"role" enum:"ADMIN,CASHIER,USER" doc:"A role that the account has."`
	Enabled *bool        `query:"enabled"`
}
