package identitybus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
)

// Identity is who an account is at an OpenID Connect provider. Neither its address there nor its name counts: these
// change hands.
type Identity struct {
	ID        uuid.UUID
	UserID    uuid.UUID
	Issuer    string
	Subject   string
	CreatedAt time.Time
	UsedAt    time.Time // when it last logged in
}

// Login is one that a provider has vouched for.
type Login struct {
	Hash    []byte // SHA-256 of what it was begun with: it is taken once
	Issuer  string
	Subject string
	Email   email.Email // verified by the provider; "": none is
	Name    name.Name   // "": it has none
	AuthAt  time.Time   // when who it is was last shown to the provider; zero: it does not say
}

// Waiting is a login that is to go on with something that the account alone knows.
type Waiting struct {
	Hash      []byte // the Login's
	TokenHash []byte // SHA-256 of what it goes on with; nil: it was over at once
	UserID    *uuid.UUID
	Issuer    string
	Subject   string
	AuthAt    time.Time
	Linked    bool // the identity is the account's; else the account has a password, and must give it
	ExpiresAt time.Time
}
