// Package authapp is where accounts log in and out, and get their tokens.
package authapp

import (
	"cmp"
	_ "embed"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/openid"
)

var errNoCredentials = errs.New(errs.Unauthenticated, "credentials_required",
	"log in with HTTP Basic: the e-mail address and the password",
	"Send `Authorization: Basic` with the e-mail address and the password.")

type app struct {
	auth   *auth.Auth
	tokens *auth.Tokens
	keys   func() []keystore.PublicKey
	openID openid.Providers
}

//go:embed examples.json
var examples []byte

// Routes adds the routes of tokens, and that of the keys which verify them. What ends sessions tells auth.
func Routes(api *rest.API[business.Domains], authority *auth.Auth, tokens *auth.Tokens,
	keys func() []keystore.PublicKey, providers openid.Providers) {
	api.Describe(rest.Tag{Name: "Sessions", Description: "Log in and out; access tokens are short-lived and renewed by " +
		"a refresh token."}, examples)
	a := app{authority, tokens, keys, providers}
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/auth/token", Action: auth.ActionLogin,
		Status: http.StatusOK, Challenge: `Basic realm="sales", charset="UTF-8"`,
		ID: "logIn", Summary: "Log in",
		Description: "E-mail address and password go in HTTP Basic; there is no body. The access token is good for " +
			"`expiresIn` seconds and goes into `Authorization: Bearer …`. Whether the address or the password was wrong is " +
			"not told, and both take the same time. An account may have 100 sessions that can still be refreshed. A login " +
			"with a program or from a network that the account has not logged in with before is told to it by mail. An " +
			"account with a second factor gets 401 `factor_required` for its password alone, and sends it again with a code " +
			"in `Factor-Code`; after 10 wrong ones within an hour 429. One with passkeys and no codes gets 401 " +
			"`passkey_required`, and logs in with `POST /v1/auth/passkeys/login/begin`.",
		Errors: []*errs.Error{errNoCredentials, userbus.ErrCredentials, factorbus.ErrRequired, factorbus.ErrCode,
			factorbus.ErrPasskey, passhash.ErrBusy, quota.ErrReached},
	}, authenticate, a.logIn)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/refresh", Action: "token.refresh", Status: http.StatusOK,
		ID: "refreshToken", Summary: "Get new tokens",
		Description: "A refresh token is good for one use; the answer has the next one. One that is used again later ends " +
			"the whole session; within a few seconds it gets the same answer again, for a client whose answer was lost.",
		Errors: []*errs.Error{sessionbus.ErrToken},
	}, a.refresh)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/logout", Action: "token.revoke",
		ID: "logOut", Summary: "Log out",
		Description: "Ends the session of the refresh token. 204 whether there was one or not.",
	}, a.logOut)
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/auth/confirm", Action: "token.confirm", Status: http.StatusOK,
		ID: "confirmPassword", Summary: "Give the password, or a passkey, again", Unrecorded: []string{"passkey"},
		Description: "For what is sensitive: an account's address, password, roles and end, and webhooks. It answers 401 " +
			"`insufficient_user_authentication` when the password was given more than 10 minutes ago (RFC 9470); with the " +
			"access token of this answer it goes on. The session, and its refresh token, stay as they are. An account with a " +
			"second factor gives a code of it too, and one with passkeys and no codes gives a passkey: begin with `POST " +
			"/v1/auth/passkeys/confirm/begin`.",
		Errors: []*errs.Error{userbus.ErrWrongPassword, factorbus.ErrWrongCode, passkeybus.ErrOff, passkeybus.ErrWrong,
			passhash.ErrBusy},
	}, a.check, a.confirm)
	a.sessionRoutes(api)
	a.providerRoutes(api)
	a.passkeyRoutes(api)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/.well-known/jwks.json", Action: "keys.read",
		ID: "getKeys", Summary: "The public keys of the tokens",
		Description: "A JSON Web Key Set (RFC 7517), for other services that verify access tokens.",
	}, a.jwks)
}

// authenticate does what hashes passwords, before the transaction.
func authenticate(c rest.Call[business.Domains], in *login) error {
	r := http.Request{Header: http.Header{"Authorization": {in.Authorization}}}
	name, pass, ok := r.BasicAuth()
	if !ok {
		return errNoCredentials
	}
	// What is no address is nobody's: the same answer after the same time.
	addr, _ := email.Parse(name)
	var err error
	// At once and outside of any transaction, so that a refusal does not take it back.
	if in.attempt, err = c.Attempt(c.D.Attempts.Begin(c, addr, c.RemoteAddr())); err != nil {
		return err
	}
	in.user, err = c.D.Users.Authenticate(c, addr, password.Given(pass))
	c.About("user", in.user.ID) // whose password was tried
	if err != nil {
		return err
	}
	if in.attempt, err = tryCode(c, in.user, in.attempt, in.Code); err != nil {
		return err
	}
	in.rehash, err = c.D.Users.Rehash(c, in.user, password.Given(pass))
	if errors.Is(err, errs.ErrUnavailable) {
		return nil // another time
	}
	return err
}

// tryCode counts an attempt at the second factor of an account, if it has one, whose password was right. To be asked
// for a code, or for a passkey, is no failure.
func tryCode(c rest.Call[business.Domains], u userbus.User, tried attempts.Attempt, code string) (attempts.Attempt,
	error) {
	has, err := c.D.Factors.Has(c, u.ID)
	if err != nil {
		return tried, err
	}
	if !has {
		if has, err = c.D.Passkeys.Has(c, u.ID); err == nil && has {
			err = cmp.Or(c.D.Attempts.TakeBack(c, tried), error(factorbus.ErrPasskey))
		}
		return tried, err
	}
	if code == "" {
		return tried, cmp.Or(c.D.Attempts.TakeBack(c, tried), error(factorbus.ErrRequired))
	}
	return c.Attempt(c.D.Attempts.Code(c, tried))
}

// wrong counts a refresh token that was none, for itself: no other is refused for it.
func wrong(c rest.Call[business.Domains]) error {
	_, err := c.Attempt(c.D.Attempts.Wrong(c, c.RemoteAddr()))
	return err
}

func (a app) logIn(c rest.Call[business.Domains], in login) (Token, error) {
	// Held, so that whoever sets a second factor up at the same time does so before or after.
	if _, err := c.D.Users.Lock(c, in.user.ID); errors.Is(err, userbus.ErrNotFound) {
		return Token{}, userbus.ErrCredentials
	} else if err != nil {
		return Token{}, err
	}
	if err := c.D.Factors.Use(c, in.user.ID, in.Code); err != nil {
		return Token{}, err
	}
	if in.rehash != "" {
		if err := c.D.Users.UpgradeHash(c, in.user, in.rehash); err != nil {
			return Token{}, err
		}
	}
	if err := c.D.Attempts.Succeeded(c, in.attempt); err != nil {
		return Token{}, err
	}
	g, err := c.D.Sessions.Begin(c, in.user, client(c))
	if err != nil {
		return Token{}, err
	}
	return a.token(c, g)
}

func client(c rest.Call[business.Domains]) sessionbus.Client {
	return sessionbus.Client{Address: c.RemoteAddr(), UserAgent: c.UserAgent()}
}

func (a app) refresh(c rest.Call[business.Domains], in refreshToken) (Token, error) {
	g, err := c.D.Sessions.Refresh(c, in.RefreshToken, client(c))
	if errors.Is(err, sessionbus.ErrReused) {
		c.OnCommit(func() { a.auth.EndSession(g.Session.ID) })
		c.About("session", g.Session.ID)
		return Token{}, rest.Committed(err)
	}
	if errors.Is(err, sessionbus.ErrToken) {
		return Token{}, rest.Committed(cmp.Or(wrong(c), err))
	}
	if err != nil {
		return Token{}, err
	}
	return a.token(c, g)
}

// logOut tells nobody whether the token was one (RFC 7009, 2.2).
func (a app) logOut(c rest.Call[business.Domains], in refreshToken) (rest.None, error) {
	s, found, err := c.D.Sessions.End(c, in.RefreshToken)
	if err != nil {
		return rest.None{}, err
	}
	if !found {
		return rest.None{}, wrong(c)
	}
	c.LoggedIn(request.Actor{ID: s.UserID, Session: s.ID})
	c.About("session", s.ID)
	c.OnCommit(func() { a.auth.EndSession(s.ID) })
	return rest.None{}, nil
}

func (a app) token(c rest.Call[business.Domains], g sessionbus.Grant) (Token, error) {
	access, err := a.access(c, g.User, g.Session.ID, g.Session.AuthAt)
	return Token{access, g.Token}, err
}

// access is an access token of an account and its session.
func (a app) access(c rest.Call[business.Domains], u userbus.User, session uuid.UUID, authAt time.Time) (Bearer,
	error) {
	lacks, err := c.D.Factors.Lacks(c, u)
	if err != nil {
		return Bearer{}, err
	}
	who := request.Actor{ID: u.ID, Roles: u.Roles, Session: session, AuthAt: authAt, Enrol: lacks}
	c.LoggedIn(who)
	c.About("session", session)
	token, life, err := a.tokens.Issue(who, u.Generation)
	return Bearer{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(life.Seconds())}, err
}

// check does what hashes passwords, before the transaction.
func (app) check(c rest.Call[business.Domains], in *confirmation) (err error) {
	switch {
	case in.Passkey != nil && in.Password != "":
		return errs.ErrInvalid.At("password", "must be left out beside a passkey")
	case in.Passkey != nil:
		return nil
	}
	if in.user, err = c.D.Users.Get(c, c.Actor.ID); err != nil {
		return err
	}
	if in.attempt, err = c.Attempt(c.D.Users.Confirm(c, in.user, password.Given(in.Password), c.RemoteAddr(),
		"password")); err != nil {
		return err
	}
	in.attempt, err = tryCode(c, in.user, in.attempt, in.Code)
	if errors.Is(err, factorbus.ErrRequired) || errors.Is(err, factorbus.ErrPasskey) {
		err = nil // what follows says so
	}
	return err
}

func (a app) confirm(c rest.Call[business.Domains], in confirmation) (Bearer, error) {
	if in.Passkey != nil {
		return a.confirmWithPasskey(c, in)
	}
	now := a.tokens.Now()
	u, err := confirmed(c, in.user, now)
	if err != nil {
		return Bearer{}, err
	}
	if err := c.D.Factors.UseAgain(c, u.ID, in.Code); err != nil {
		return Bearer{}, err
	}
	if err := c.D.Attempts.Succeeded(c, in.attempt); err != nil {
		return Bearer{}, err
	}
	return a.access(c, u, c.Actor.Session, now)
}

// confirmed notes in the session of the caller that it has shown who it is again.
func confirmed(c rest.Call[business.Domains], u userbus.User, now time.Time) (userbus.User, error) {
	u, err := c.D.Sessions.Confirm(c, u, c.Actor.Session, now)
	if errors.Is(err, sessionbus.ErrNotFound) {
		err = auth.ErrBadToken // it has ended meanwhile
	}
	return u, err
}

// jwks is the same for everybody and changes when a key is added or retired.
func (a app) jwks(rest.Call[business.Domains], struct{}) (JWKS, error) {
	set := JWKS{Keys: []JWK{}}
	for _, k := range a.keys() {
		set.Keys = append(set.Keys, toJWK(k))
	}
	return set, nil
}
