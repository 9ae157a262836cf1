package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/foundation/otel"
)

// The refusals.
var (
	ErrNoToken = errs.New(errs.Unauthenticated, "token_required",
		"this needs an access token: Authorization: Bearer …",
		"Log in at `POST /v1/auth/token` and send `Authorization: Bearer <accessToken>`.")
	ErrBadToken = errs.New(errs.Unauthenticated, "bad_token",
		"the access token is not valid, or no longer; log in again",
		"Log in again: the token has expired, or its session was ended.")
	// ErrNotFresh is for what is sensitive, where the password was given too long ago (RFC 9470, 3).
	ErrNotFresh = errs.New(errs.Unauthenticated, "insufficient_user_authentication",
		"this needs the password to have been given within the last 10 minutes; confirm it, or log in again",
		"Give the password, or a passkey, at `POST /v1/auth/confirm`, or log in again, and repeat the request with the "+
			"access token of that answer.")
	// ErrEnrol is for an account that must have a second factor and has none.
	ErrEnrol = errs.New(errs.Forbidden, "second_factor_required",
		"the account must have a second factor here; until it has one it may only set one up, read itself and log out",
		"Set one up with `POST /v1/users/me/totp`, or register a passkey, and then ask `POST /v1/auth/refresh` for another "+
			"access token.")
	// ErrKey is for what an API key is not for, whatever its account may do.
	ErrKey = errs.New(errs.Forbidden, "key_forbidden", "the API key may not do this",
		"Use a key whose `actions` and `marketID` allow it; what is about accounts wants a person's access token.")
	// ErrField is for a field that the caller may not set.
	ErrField = errs.New(errs.Forbidden, "field_forbidden", "the account may not set one of these fields",
		"Leave out the fields that only an ADMIN or an ORGANISER of the market may set.")
	// ErrForbidden is for what the caller may see, but not do.
	ErrForbidden = errs.New(errs.Forbidden, "forbidden", "the account may not do this",
		"Ask somebody with the role or the family that this needs.")
)

// FreshFor is how long after the password was given what is sensitive may be done.
const FreshFor = 10 * time.Minute

// ActionLogin is the one action whose Authorization header is not an access token.
const ActionLogin = "token.create"

// Auth tells who asks and whether they may.
type Auth struct {
	*Policy
	tokens  *Tokens
	revoked *Revoked
	keys    APIKeys
	asking  chan struct{}
}

// APIKeys tells who asks with an API key, or ErrBadToken. It is asked with each request, so nothing has to be revoked.
type APIKeys func(ctx context.Context, token string) (request.Actor, error)

// The bounds of asking for API keys, which strangers may make anybody do: asks at once, of the connections to the
// database, and how long one waits for it.
const (
	keysAtOnce = 4
	keyWithin  = 5 * time.Second
)

// New makes an Auth.
func New(tokens *Tokens, policy *Policy, revoked *Revoked, keys APIKeys) *Auth {
	return &Auth{policy, tokens, revoked, keys, make(chan struct{}, keysAtOnce)}
}

// Authenticate returns whose access token, or API key, an Authorization header holds (RFC 6750). The error is
// ErrBadToken, or, while it is not known which sessions have ended, one of the kind errs.Unavailable.
func (a *Auth) Authenticate(ctx context.Context, header string) (request.Actor, error) {
	ctx, span := otel.Span(ctx, "authenticate")
	defer span.End()
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return request.Actor{}, fmt.Errorf("%w: not a bearer token", ErrBadToken)
	}
	if strings.HasPrefix(token, secret.KeyPrefix) {
		return a.ofKey(ctx, token)
	}
	v, err := a.tokens.verify(token)
	if err == nil {
		err = a.revoked.check(v.actor, v.generation)
	}
	switch {
	case errors.Is(err, errUnknown):
		return request.Actor{}, err
	case err != nil:
		return request.Actor{}, fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	return v.actor, nil
}

func (a *Auth) ofKey(ctx context.Context, token string) (request.Actor, error) {
	ctx, cancel := context.WithTimeout(ctx, keyWithin)
	defer cancel()
	select {
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
		return a.keys(ctx, token)
	case <-ctx.Done():
		return request.Actor{}, fmt.Errorf("API key: %w", ctx.Err())
	}
}

// Fresh returns ErrNotFresh unless the actor has given the password within FreshFor: whoever has only got hold of a
// token does nothing that is sensitive, and nor does an API key, which no password was given for.
func (a *Auth) Fresh(who request.Actor) error {
	if a.tokens.now().Sub(who.AuthAt) > FreshFor {
		return ErrNotFresh
	}
	return nil
}

// EndSession voids the access tokens of a session, on this replica, at once; call it after COMMIT. What other replicas
// end they tell through the database.
func (a *Auth) EndSession(id uuid.UUID) { a.revoked.Add(id, endedSession) }

// EndSessions voids the account's access tokens of generations before this one, likewise.
func (a *Auth) EndSessions(id uuid.UUID, generation int64) { a.revoked.Add(id, generation) }

// endedSession is above 0, the generation of every session's tokens.
const endedSession = 1
