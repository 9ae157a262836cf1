package apikeyapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/types/name"
)

// Key is an API key.
type Key struct {
	ID         uuid.UUID  `json:"id" doc:"The id, a UUIDv7."`
	Name       name.Name  `json:"name" doc:"What the account calls it."`
	MarketID   *uuid.UUID `json:"marketID,omitempty" doc:"The one market that it is for; left out: every market."`
	Actions    []string   `json:"actions" doc:"What it is for, in alphabetical order."`
	Token      string     `json:"token,omitempty" format:"password" doc:"The key itself. Shown once: when it is made."`
	Version    int64      `json:"-"`
	CreatedAt  time.Time  `json:"createdAt" doc:"When it was made."`
	ExpiresAt  time.Time  `json:"expiresAt" doc:"When it is no longer good."`
	LastUsedAt *time.Time `json:"lastUsedAt,omitempty" doc:"When it was last used, within a minute; left out: never."`
}

// Entity implements rest.Resource.
func (k Key) Entity() (uuid.UUID, int64) { return k.ID, k.Version }

func toKey(k apikeybus.Key) Key {
	return Key{ID: k.ID, Name: k.Name, MarketID: k.MarketID, Actions: k.Actions, Version: k.Version,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt}
}

// Keys are all keys of an account.
type Keys struct {
	Items []Key `json:"items" doc:"The newest first."`
}

type newKey struct {
	Name      name.Name  `json:"name"`
	MarketID  *uuid.UUID `json:"marketID,omitempty"`
	Actions   []string   `json:"actions" minItems:"1" maxItems:"100"`
	ExpiresAt time.Time  `json:"expiresAt"`
}

type keyID struct {
	ID uuid.UUID `path:"keyID" json:"-"`
}
