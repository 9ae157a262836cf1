// Package authapp is where accounts log in and out, and get their tokens.
package authapp

import (
	"context"
	_ "embed"
	"errors"
	"net/http"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/foundation/keystore"
)

var errNoCredentials = errs.New(errs.Unauthenticated, "credentials_required",
	"log in with HTTP Basic: the e-mail address and the password")

type app struct {
	tokens *auth.Tokens
	keys   func() []keystore.PublicKey
}

//go:embed examples.json
var examples []byte

// Routes adds the routes of tokens, and that of the keys which verify them.
func Routes(api *rest.API[business.Domains], tokens *auth.Tokens, keys func() []keystore.PublicKey) {
	api.Describe(rest.Tag{Name: "Sessions", Description: "Log in and out; access tokens are short-lived and renewed by a refresh token."}, docs, examples)
	a := app{tokens, keys}
	rest.WriteAfter(api, rest.Op{
		Method: "POST", Path: "/v1/auth/token", Action: auth.ActionLogin, Status: http.StatusOK,
		Challenge: `Basic realm="sales", charset="UTF-8"`,
	}, authenticate, a.logIn)
	rest.WriteAfter(api, rest.Op{Method: "POST", Path: "/v1/auth/refresh", Action: "token.refresh", Status: http.StatusOK},
		count, a.refresh)
	rest.WriteAfter(api, rest.Op{Method: "POST", Path: "/v1/auth/logout", Action: "token.revoke"}, count, logOut)
	rest.Read(api, rest.Op{Method: "GET", Path: "/.well-known/jwks.json", Action: "keys.read"}, a.jwks)
}

// authenticate does what hashes passwords, before the transaction.
func authenticate(ctx context.Context, d business.Domains, in *login) error {
	r := http.Request{Header: http.Header{"Authorization": {in.Authorization}}}
	name, pass, ok := r.BasicAuth()
	if !ok {
		return errNoCredentials
	}
	// What is no address is nobody's: the same answer after the same time.
	addr, _ := email.Parse(name)
	var err error
	if in.attempt, err = auth.Attempt(ctx, d, addr); err != nil {
		return err
	}
	in.user, err = d.Users.Authenticate(ctx, addr, password.Given(pass))
	request.From(ctx).Subject = request.Subject{Kind: "user", ID: in.user.ID} // the audit tells whose password was tried
	if err != nil {
		return err
	}
	in.rehash, err = d.Users.Rehash(ctx, in.user, password.Given(pass))
	if errors.Is(err, errs.ErrUnavailable) {
		return nil // another time
	}
	return err
}

// count comes before what takes a refresh token: a client that has none must not try for ever.
func count(ctx context.Context, d business.Domains, in *refreshToken) (err error) {
	in.attempt, err = auth.Attempt(ctx, d, "")
	return err
}

func (a app) logIn(ctx context.Context, d business.Domains, in login) (Token, error) {
	if in.rehash != "" {
		if err := d.Users.UpgradeHash(ctx, in.user, in.rehash); err != nil {
			return Token{}, err
		}
	}
	if err := auth.Succeeded(ctx, d, in.attempt); err != nil {
		return Token{}, err
	}
	g, err := d.Sessions.Begin(ctx, in.user)
	if err != nil {
		return Token{}, err
	}
	return a.token(ctx, g)
}

func (a app) refresh(ctx context.Context, d business.Domains, in refreshToken) (Token, error) {
	g, err := d.Sessions.Refresh(ctx, in.RefreshToken)
	if errors.Is(err, sessionbus.ErrReused) {
		auth.EndSession(ctx, g.Session.ID)
		request.From(ctx).Subject = session(g.Session)
		return Token{}, rest.Committed(err)
	}
	if err != nil {
		return Token{}, err
	}
	if err := auth.Succeeded(ctx, d, in.attempt); err != nil {
		return Token{}, err
	}
	return a.token(ctx, g)
}

// logOut tells nobody whether the token was one (RFC 7009, 2.2).
func logOut(ctx context.Context, d business.Domains, in refreshToken) (rest.None, error) {
	s, found, err := d.Sessions.End(ctx, in.RefreshToken)
	if err != nil || !found {
		return rest.None{}, err
	}
	info := request.From(ctx) // for log and audit
	info.Actor.ID, info.Subject = s.UserID, session(s)
	auth.EndSession(ctx, s.ID)
	return rest.None{}, auth.Succeeded(ctx, d, in.attempt)
}

func session(s sessionbus.Session) request.Subject { return request.Subject{Kind: "session", ID: s.ID} }

func (a app) token(ctx context.Context, g sessionbus.Grant) (Token, error) {
	who := request.Actor{ID: g.User.ID, Roles: g.User.Roles, Session: g.Session.ID}
	info := request.From(ctx) // for log and audit
	info.Actor, info.Subject = who, session(g.Session)
	access, life, err := a.tokens.Issue(who, g.User.Generation)
	return Token{AccessToken: access, TokenType: "Bearer", ExpiresIn: int(life.Seconds()), RefreshToken: g.Token}, err
}

// jwks is the same for everybody and changes when a key is added or retired.
func (a app) jwks(context.Context, business.Domains, struct{}) (JWKS, error) {
	set := JWKS{Keys: []JWK{}}
	for _, k := range a.keys() {
		set.Keys = append(set.Keys, toJWK(k))
	}
	return set, nil
}
