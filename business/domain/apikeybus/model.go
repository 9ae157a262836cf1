package apikeybus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

// Key is what a program acts with for an account. Its token is kept as a hash alone.
type Key struct {
	ID         uuid.UUID
	UserID     uuid.UUID
	Name       name.Name
	MarketID   *uuid.UUID // nil: every market
	Actions    []string   // of the policy
	Version    int64
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt *time.Time // within a minute; nil: never
}

// NewKey is what a Key is made of.
type NewKey struct {
	UserID    uuid.UUID
	Name      name.Name
	MarketID  *uuid.UUID
	Actions   []string
	ExpiresAt time.Time
}

// Grant is a key that is good, with the present roles of its account.
type Grant struct {
	Key
	Roles role.Set
}
