package userbus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

// User is an account.
type User struct {
	ID            uuid.UUID
	Name          name.Name
	Email         email.Email
	EmailVerified bool // it has shown that it reads the address
	Roles         role.Set
	PasswordHash  string
	Enabled       bool
	Generation    int64 // of its tokens: older ones are void
	Version       int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// NewUser is what an account begins with.
type NewUser struct {
	Name         name.Name
	Email        email.Email
	Roles        role.Set
	PasswordHash string
}

// UpdateUser is a change of the fields that are set.
type UpdateUser struct {
	Name         opt.Value[name.Name]
	Email        opt.Value[email.Email]
	PasswordHash opt.Value[string]
	Enabled      opt.Value[bool]
	ByAdmin      bool // the address counts at once, and nothing is limited
}

// Config is how accounts are looked after.
type Config struct {
	Verify bool   // an address counts when a link that was sent there was opened, else at once
	Link   string // where the pages for people are: links in mails begin with it
}

// Filter narrows a list of users.
type Filter struct {
	Name    *string // contains
	Email   *email.Email
	Role    *role.Role
	Enabled *bool
}

// OrderBy are the orders of a list of users.
var OrderBy = query.Columns[User]{
	Default: "createdAt",
	ID:      func(u User) uuid.UUID { return u.ID },
	By: map[string]query.Column[User]{
		"createdAt": query.By("u.created_at", func(u User) time.Time { return u.CreatedAt }),
		"name":      query.By("u.name", func(u User) string { return string(u.Name) }),
		"email":     query.ByUnique("u.email", func(u User) string { return string(u.Email) }),
	},
}
