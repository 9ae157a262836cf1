// Package apikeyapp is the API keys of accounts, with which programs act for them.
package apikeyapp

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

//go:embed examples.json
var examples []byte

type call = rest.Call[business.Domains]

type app struct{ actions []string }

// Routes adds the routes of API keys; the policy says what a key can be for.
func Routes(api *rest.API[business.Domains], policy *auth.Auth) {
	api.Describe(rest.Tag{Name: "API keys", Description: "With a key a program acts for an account: " +
		"`Authorization: Bearer gs_…`. It never may more than the account, nor what it is not for."}, examples)
	a := app{policy.ForKeys()}
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me/keys", Action: "key.list",
		ID: "listKeys", Summary: "List one's API keys",
		Description: "The newest first; all of them, on one page.",
	}, list)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/users/me/keys", Action: "key.create", Fresh: true, Location: "/v1/users/me/keys/",
		ID: "createKey", Summary: "Make an API key",
		Description: "The answer's `token` is shown this once, and a mail tells of the key. It is good until `expiresAt`, " +
			"at most 366 days ahead, until it is deleted, and while the account is enabled, whatever becomes of its password. " +
			"It may what everybody may, and beyond that its `actions`, as far as the account may them, at its market if it " +
			"has one: a list of several markets shows such a key what everybody sees. An account may have 20.\n\n" +
			"Actions: `" + strings.Join(a.actions, "`, `") + "`.",
		Errors: []*errs.Error{quota.ErrReached},
	}, a.create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me/keys/{keyID}", Action: "key.read",
		ID: "getKey", Summary: "Read an API key", Description: "Without its token, which nobody can read.",
		Errors: []*errs.Error{apikeybus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/me/keys/{keyID}", Action: "key.delete", Fresh: true,
		ID: "deleteKey", Summary: "Delete an API key",
		Description: "No request is let in with it any more; streams that it listens to end before they tell more, within " +
			"2 seconds.",
		Errors: []*errs.Error{apikeybus.ErrNotFound},
	}, remove)
}

// Actor tells auth who asks with an API key.
func Actor(keys apikeybus.Business) auth.APIKeys {
	return func(ctx context.Context, token string) (request.Actor, error) {
		g, err := keys.Use(ctx, token)
		if errors.Is(err, apikeybus.ErrToken) {
			return request.Actor{}, fmt.Errorf("%w: %w", auth.ErrBadToken, err)
		}
		return request.Actor{ID: g.UserID, Roles: g.Roles,
			Key: &request.Key{ID: g.ID, MarketID: g.MarketID, Actions: g.Actions}}, err
	}
}

func list(c call, _ struct{}) (Keys, error) {
	of, err := c.D.APIKeys.Of(c, c.Actor.ID)
	out := Keys{Items: make([]Key, len(of))}
	for i, k := range of {
		out.Items[i] = toKey(k)
	}
	return out, err
}

func (a app) create(c call, in newKey) (Key, error) {
	for i, action := range in.Actions {
		if !slices.Contains(a.actions, action) {
			return Key{}, errs.ErrInvalid.At(fmt.Sprintf("actions[%d]", i),
				"is nothing that an API key can be for; the description of the operation names all that are")
		}
	}
	k, token, err := c.D.APIKeys.Create(c, apikeybus.NewKey{UserID: c.Actor.ID, Name: in.Name, MarketID: in.MarketID,
		Actions: in.Actions, ExpiresAt: in.ExpiresAt})
	if errors.Is(err, apikeybus.ErrToken) {
		return Key{}, auth.ErrBadToken // the account has ended meanwhile
	}
	out := toKey(k)
	out.Token = token
	return out, err
}

func get(c call, in keyID) (Key, error) {
	k, err := c.D.APIKeys.Get(c, c.Actor.ID, in.ID)
	return toKey(k), err
}

func remove(c call, in keyID) (rest.None, error) {
	k, err := c.D.APIKeys.Lock(c, c.Actor.ID, in.ID)
	if err == nil {
		err = c.Match(k.ID, k.Version)
	}
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, c.D.APIKeys.Delete(c, k)
}
