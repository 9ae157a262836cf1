// Package auth tells who asks, by JWT, and whether they may, by OPA; both in process.
package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/foundation/otel"
)

// The refusals.
var (
	errNoToken  = errs.New(errs.Unauthenticated, "token_required", "this needs an access token: Authorization: Bearer …")
	errBadToken = errs.New(errs.Unauthenticated, "bad_token", "the access token is not valid, or no longer; log in again")
	// ErrField is for a field that the caller may not set.
	ErrField     = errs.New(errs.Forbidden, "field_forbidden", "the account may not set one of these fields")
	errForbidden = errs.New(errs.Forbidden, "forbidden", "the account may not do this")
)

// Auth is what the routes need to be guarded.
type Auth struct {
	tokens  *Tokens
	policy  *Policy
	revoked *Revoked
}

// New makes an Auth.
func New(tokens *Tokens, policy *Policy, revoked *Revoked) *Auth {
	return &Auth{tokens, policy, revoked}
}

// Guard returns the middleware of a route: it authenticates, and asks whether the role may do the action at all. What
// depends on the resource is asked again by Allow.
func (a *Auth) Guard(action string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := request.From(r.Context())
			if header := r.Header.Get("Authorization"); header != "" && action != ActionLogin {
				who, err := a.authenticate(r.Context(), header)
				if errors.Is(err, errUnknown) {
					rest.Fail(w, r, err)
					return
				}
				if err != nil {
					w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, 3.1
					rest.Fail(w, r, fmt.Errorf("%w: %w", errBadToken, err))
					return
				}
				info.Actor = who
			}
			ok, err := a.policy.Allows(r.Context(), info.Actor, action, nil)
			switch {
			case err != nil:
				rest.Fail(w, r, err)
			case !ok && info.Actor.ID == uuid.Nil:
				rest.Fail(w, r, errNoToken)
			case !ok:
				rest.Fail(w, r, errForbidden)
			default:
				info.Guard = a
				next.ServeHTTP(w, r)
			}
		})
	}
}

// ActionLogin is the one action whose Authorization header is not an access token.
const ActionLogin = "token.create"

func (a *Auth) authenticate(ctx context.Context, header string) (request.Actor, error) {
	_, span := otel.Span(ctx, "authenticate")
	defer span.End()
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return request.Actor{}, errors.New("not a bearer token")
	}
	v, err := a.tokens.verify(token)
	if err != nil {
		return request.Actor{}, err
	}
	return v.actor, a.revoked.check(v.actor, v.generation)
}

// Actor is who asks.
func Actor(ctx context.Context) request.Actor { return request.From(ctx).Actor }

// May tells whether the actor may do the action to the resource.
func May(ctx context.Context, action string, res Resource) (bool, error) {
	a, ok := request.From(ctx).Guard.(*Auth)
	if !ok {
		return false, errors.New("auth: the route has no guard")
	}
	return a.policy.Allows(ctx, Actor(ctx), action, &res)
}

// Allow is asked by a handler once it has loaded the resource, in the transaction that writes it. What the actor may
// not even read does not exist for it: that is notFound.
func Allow(ctx context.Context, action string, res Resource, notFound error) error {
	ok, err := May(ctx, action, res)
	if err != nil || ok {
		return err
	}
	kind, _, _ := strings.Cut(action, ".")
	visible, err := May(ctx, kind+".read", res)
	switch {
	case err != nil:
		return err
	case !visible:
		return notFound
	}
	return errForbidden
}

// EndSession voids the session's access tokens on this replica, once the transaction commits.
func EndSession(ctx context.Context, id uuid.UUID) {
	info := request.From(ctx)
	if a, ok := info.Guard.(*Auth); ok {
		info.OnCommit = append(info.OnCommit, func() { a.revoked.Add(id, 1) })
	}
}

// EndSessions voids the user's tokens of generations before this one, on this replica, once the transaction commits.
func EndSessions(ctx context.Context, id uuid.UUID, generation int64) {
	info := request.From(ctx)
	if a, ok := info.Guard.(*Auth); ok {
		info.OnCommit = append(info.OnCommit, func() { a.revoked.Add(id, generation) })
	}
}
