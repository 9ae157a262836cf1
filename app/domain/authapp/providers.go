package authapp

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/identitybus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/foundation/openid"
)

var (
	errProvider = errs.New(errs.NotFound, "provider_not_found", "no such provider is set up",
		"Ask whoever runs the service which providers there are.")
	errProviderAway = errs.Register(&errs.Error{Kind: errs.Unavailable, Code: "provider_unavailable",
		Msg:    "the provider does not answer as it should",
		Advice: "Try again after `Retry-After`, or log in with a password.", RetryAfter: 10 * time.Second})
	errState = errs.New(errs.Invalid, "bad_login_state", "this is no login that this browser has begun, or it is over",
		"Begin again with `GET /v1/auth/oidc/{provider}`, in the same browser. A login is good for 10 minutes.").At(
		"query.state", "is not that of a login that this browser has begun")
	errNoLogin = errs.New(errs.Unauthenticated, "provider_refused", "the provider vouches for nobody",
		"Begin again with `GET /v1/auth/oidc/{provider}`.")
)

// providerRoutes are about logging in with OpenID Connect providers.
func (a app) providerRoutes(api *rest.API[business.Domains]) {
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/auth/oidc/{provider}", Action: "provider.begin", Status: http.StatusSeeOther,
		ID: "beginProviderLogin", Summary: "Log in with a provider",
		Description: "For a browser: it goes to an OpenID Connect provider that whoever runs the service has set up, with " +
			"a cookie, and from there comes back to `/v1/auth/oidc/{provider}/callback`, within 10 minutes. A browser has one " +
			"such login at a time. With `fresh=true` the provider is to ask for its password again: where it says that it " +
			"did, what is sensitive may be done for 10 minutes.",
		Errors: []*errs.Error{errProvider, errProviderAway},
	}, a.beginAt)
	rest.WritePrepared(api, rest.Op{
		Method: "GET", Path: "/v1/auth/oidc/{provider}/callback", Action: "provider.enter", Foreign: true,
		ID: "finishProviderLogin", Summary: "Come back from a provider",
		Description: "The provider sends the browser here. The answer is that of `POST /v1/auth/token`, or has a `token` " +
			"with which `POST /v1/auth/oidc:link` goes on, once and within 10 minutes, and what that `needs`: `CODE`, of the " +
			"account's second factor; `PASSWORD`, when the address that the provider has verified is that of an account with " +
			"a password, and this login is not yet its own. Whoever is new there gets an account without a password.",
		Errors: []*errs.Error{errProvider, errProviderAway, errState, errNoLogin, identitybus.ErrUnverified,
			identitybus.ErrDisabled, identitybus.ErrUsed, identitybus.ErrLinked, userbus.ErrEmailTaken, factorbus.ErrPasskey,
			quota.ErrReached},
	}, a.comeBack, a.enter)
	rest.WritePrepared(api, rest.Op{
		Method: "POST", Path: "/v1/auth/oidc:link", Action: "provider.go_on", Status: http.StatusOK,
		ID: "linkProviderLogin", Summary: "Go on with a provider's login",
		Description: "Gives what the login needs. With the password the login at the provider is one of the account's from " +
			"now on, which a mail tells. A wrong password, or code, is one that failed to log in; the token stays good.",
		Errors: []*errs.Error{identitybus.ErrToken, identitybus.ErrDisabled, identitybus.ErrLinked, quota.ErrReached,
			userbus.ErrWrongPassword, factorbus.ErrWrongCode, factorbus.ErrPasskey, passhash.ErrBusy},
	}, checkLink, a.link)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/users/me/identities", Action: "identity.list",
		ID: "listIdentities", Summary: "List one's logins at providers",
		Description: "The oldest first; at most 10.",
	}, listIdentities)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/users/me/identities/{identityID}", Action: "identity.delete", Fresh: true,
		ID: "deleteIdentity", Summary: "Log in with a provider no more",
		Description: "A mail tells of it. Sessions stay as they are. An account without a password keeps one.",
		Errors:      []*errs.Error{identitybus.ErrNotFound, identitybus.ErrLast},
	}, a.unlink)
}

// cookie is the name of what binds a login to its browser. Browsers keep one with that prefix to this host and to TLS.
func cookie(p *openid.Provider) string {
	if p.Secure() {
		return "__Host-garagesale-login"
	}
	return "garagesale-login"
}

func (a app) beginAt(c rest.Call[business.Domains], in begin) (rest.Redirect, error) {
	p := a.openID[in.Provider]
	if p == nil {
		return rest.Redirect{}, errProvider
	}
	kept := strconv.FormatInt(a.tokens.Now().Unix(), 10) + "." + secret.New()
	to, err := p.Address(c, openid.Of(kept, in.Provider), in.Fresh)
	if err != nil {
		return rest.Redirect{}, fmt.Errorf("%w: %w", errProviderAway, err)
	}
	return rest.Redirect{To: to, Cookie: &http.Cookie{ //nolint:gosec // a laptop has no TLS
		Name: cookie(p), Value: kept, Path: "/", HttpOnly: true, Secure: p.Secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(identitybus.Life.Seconds())}}, nil
}

// comeBack does what asks the provider, before the transaction.
func (a app) comeBack(c rest.Call[business.Domains], in *callback) error {
	p := a.openID[in.Provider]
	if p == nil {
		return errProvider
	}
	now := a.tokens.Now()
	kept := c.Cookie(cookie(p))
	// Whoever makes a cookie up finds no token at the provider with the nonce that comes of it.
	at, _, _ := strings.Cut(kept, ".")
	begun, err := strconv.ParseInt(at, 10, 64)
	try := openid.Of(kept, in.Provider)
	if age := now.Unix() - begun; err != nil || age < 0 || age >= int64(identitybus.Life.Seconds()) || !try.Is(in.State) {
		return errState
	}
	if in.Error != "" {
		return errNoLogin
	}
	if in.attempt, err = c.Attempt(c.D.Attempts.Provider(c, c.RemoteAddr())); err != nil {
		return err
	}
	claims, err := p.Exchange(c, try, in.Code, in.Issuer)
	switch {
	case errors.Is(err, openid.ErrUnavailable):
		return fmt.Errorf("%w: %w", errProviderAway, err)
	case err != nil:
		return fmt.Errorf("%w: %w", errNoLogin, err)
	}
	in.login = identitybus.Login{Hash: secret.Hash(in.State), Issuer: p.Issuer(), Subject: claims.Subject,
		AuthAt: claims.AuthAt}
	if now.Before(claims.AuthAt) {
		in.login.AuthAt = now
	}
	in.login.Email, _ = email.Parse(claims.Email) // what is no address is none that is verified
	in.login.Name, _ = name.Parse(claims.Name)
	return nil
}

func (a app) enter(c rest.Call[business.Domains], in callback) (Entered, error) {
	u, linked, err := c.D.Identities.Enter(c, in.login)
	if err != nil {
		return Entered{}, err
	}
	c.About("user", u.ID)
	if err := c.D.Attempts.Succeeded(c, in.attempt); err != nil {
		return Entered{}, err
	}
	var needs []string
	if !linked {
		needs = append(needs, "PASSWORD")
	}
	switch err := c.D.Factors.Use(c, u.ID, ""); {
	case errors.Is(err, factorbus.ErrRequired):
		needs = append(needs, "CODE")
	case err != nil: // factorbus.ErrPasskey, of who has passkeys and no codes
		return Entered{}, err
	}
	if needs != nil {
		token, err := c.D.Identities.Wait(c, in.login, u, linked)
		return Entered{Token: token, Needs: needs}, err
	}
	t, err := a.begin(c, u, in.login.AuthAt)
	return Entered{AccessToken: t.AccessToken, TokenType: t.TokenType, ExpiresIn: t.ExpiresIn,
		RefreshToken: t.RefreshToken}, err
}

func (a app) begin(c rest.Call[business.Domains], u userbus.User, authAt time.Time) (Token, error) {
	g, err := c.D.Sessions.BeginAt(c, u, client(c), authAt)
	if err != nil {
		return Token{}, err
	}
	return a.token(c, g)
}

// checkLink does what hashes passwords, before the transaction.
func checkLink(c rest.Call[business.Domains], in *link) (err error) {
	in.waiting, in.user, err = c.D.Identities.Waiting(c, in.Token)
	if errors.Is(err, identitybus.ErrToken) {
		return cmp.Or(wrong(c), err)
	}
	if err != nil {
		return err
	}
	c.About("user", in.user.ID)
	if in.waiting.Linked {
		in.attempt, err = c.Attempt(c.D.Attempts.Begin(c, in.user.Email, c.RemoteAddr()))
	} else {
		in.attempt, err = c.Attempt(c.D.Users.Confirm(c, in.user, password.Given(in.Password), c.RemoteAddr(),
			"password"))
	}
	if err != nil {
		return err
	}
	in.attempt, err = tryCode(c, in.user, in.attempt, in.Code)
	if errors.Is(err, factorbus.ErrRequired) {
		err = nil // what follows says so
	}
	return err
}

func (a app) link(c rest.Call[business.Domains], in link) (Token, error) {
	u, err := c.D.Identities.GoOn(c, in.waiting, in.user)
	if err != nil {
		return Token{}, err
	}
	if err := c.D.Factors.UseAgain(c, u.ID, in.Code); err != nil {
		return Token{}, err
	}
	if err := c.D.Attempts.Succeeded(c, in.attempt); err != nil {
		return Token{}, err
	}
	authAt := in.waiting.AuthAt
	if !in.waiting.Linked {
		authAt = a.tokens.Now() // it gave the password
	}
	return a.begin(c, u, authAt)
}

func listIdentities(c rest.Call[business.Domains], _ struct{}) (Identities, error) {
	all, err := c.D.Identities.Of(c, c.Actor.ID)
	out := Identities{Items: make([]Identity, len(all))}
	for i, one := range all {
		out.Items[i] = Identity{ID: one.ID, Issuer: one.Issuer, CreatedAt: one.CreatedAt, LastUsedAt: one.UsedAt}
	}
	return out, err
}

func (a app) unlink(c rest.Call[business.Domains], in identityID) (rest.None, error) {
	if err := c.D.Identities.Unlink(c, c.Actor.ID, in.ID, a.setUp); err != nil {
		return rest.None{}, err
	}
	return rest.None{}, c.Match(uuid.Nil, unversioned)
}

func (a app) setUp(issuer string) bool {
	for _, p := range a.openID {
		if p.Issuer() == issuer {
			return true
		}
	}
	return false
}
