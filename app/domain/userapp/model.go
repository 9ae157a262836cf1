package userapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

// User is an account.
type User struct {
	ID        uuid.UUID   `json:"id"`
	Name      name.Name   `json:"name"`
	Email     email.Email `json:"email"`
	Roles     role.Set    `json:"roles" enum:"ADMIN,CASHIER,USER"`
	Enabled   bool        `json:"enabled"`
	CreatedAt time.Time   `json:"createdAt"`
	UpdatedAt time.Time   `json:"updatedAt"`
	version   int64
}

// Entity implements rest.Resource.
func (u User) Entity() (uuid.UUID, int64) { return u.ID, u.version }

// toUser is written by hand, because a user has secrets that must not go on the wire.
func toUser(u userbus.User) User {
	return User{
		ID: u.ID, Name: u.Name, Email: u.Email, Roles: u.Roles, Enabled: u.Enabled,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, version: u.Version,
	}
}

type signup struct {
	Name     name.Name         `json:"name"`
	Email    email.Email       `json:"email"`
	Password password.Password `json:"password"`
	hash     string
}

type newUser struct {
	Name     name.Name         `json:"name"`
	Email    email.Email       `json:"email"`
	Password password.Password `json:"password"`
	Roles    role.Set          `json:"roles" enum:"ADMIN,CASHIER,USER" minItems:"1"`
	hash     string
}

type userID struct {
	ID uuid.UUID `path:"userID" json:"-"`
}

type updateUser struct {
	userID
	Name            opt.Value[name.Name]         `json:"name,omitzero"`
	Email           opt.Value[email.Email]       `json:"email,omitzero"`
	Password        opt.Value[password.Password] `json:"password,omitzero"`
	CurrentPassword *string                      `json:"currentPassword,omitzero" format:"password" maxLength:"128"`
	Enabled         opt.Value[bool]              `json:"enabled,omitzero"`
	hash            opt.Value[string]
	confirmed       string // the hash of the password that was presented
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
	Name    *string      `query:"name"`
	Email   *email.Email `query:"email"`
	Role    *role.Role   `query:"role" enum:"ADMIN,CASHIER,USER"`
	Enabled *bool        `query:"enabled"`
}
