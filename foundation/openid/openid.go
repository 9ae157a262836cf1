// Package openid logs people in with OpenID Connect providers: the code flow of OpenID Connect Core 1.0, 3.1, with PKCE
// (RFC 7636). It keeps nothing: what a login needs when it comes back is made of one secret that the browser keeps.
package openid

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// The errors.
var (
	ErrRefused     = errors.New("openid: no login came of it")
	ErrUnavailable = errors.New("openid: the provider does not answer as it should")
)

const (
	timeout = 5 * time.Second  // of one question to a provider
	pause   = 10 * time.Second // until a provider that did not answer is asked again
)

// Config is what is known of a provider.
type Config struct {
	Issuer       string // its metadata is found beneath it (OpenID Connect Discovery 1.0, 4)
	ClientID     string
	ClientSecret string
	Redirect     string // the address to which it sends browsers back
	Now          func() time.Time
}

// Providers are those that are set up, by the names that they have in addresses.
type Providers map[string]*Provider

// Provider logs people in. It is asked what it can do when it is first needed, so one that is away keeps nobody from
// starting.
type Provider struct {
	cfg    Config
	client *http.Client

	mu     sync.Mutex
	known  *metadata
	failed error
	again  time.Time
}

type metadata struct {
	provider *oidc.Provider
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	names    bool // it names itself in its answers
}

// New makes a Provider.
func New(cfg Config) *Provider {
	return &Provider{cfg: cfg, client: &http.Client{Timeout: timeout}}
}

// Issuer is who the provider is; subjects are its own.
func (p *Provider) Issuer() string { return p.cfg.Issuer }

// Secure tells whether browsers come back over TLS.
func (p *Provider) Secure() bool { return strings.HasPrefix(p.cfg.Redirect, "https://") }

// Try is one login under way.
type Try struct{ State, nonce, verifier string }

// Of makes the Try of a secret of at least 256 random bits, and of more that it is bound to: always the same one. State
// and nonce go over the wire, and do not tell the verifier.
func Of(secret, boundTo string) Try {
	derive := func(what string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(what + " " + boundTo))
		return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	return Try{derive("state"), derive("nonce"), derive("verifier")}
}

// Is tells whether the state is that of the Try.
func (t Try) Is(state string) bool {
	return subtle.ConstantTimeCompare([]byte(t.State), []byte(state)) == 1
}

// Address is where the browser goes to log in. Fresh asks the provider to have its password given again. The error is
// ErrUnavailable.
func (p *Provider) Address(ctx context.Context, t Try, fresh bool) (string, error) {
	m, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)}
	if fresh {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return m.oauth.AuthCodeURL(t.State, opts...), nil
}

// Claims are what a provider says of who has logged in.
type Claims struct {
	Subject string // 1 to 255 characters, the provider's own
	Email   string // "": none that it has verified
	Name    string
	AuthAt  time.Time // when who it is was last shown to the provider; zero: it does not say
}

// Exchange gets the claims for the code that the browser brought back. The errors are ErrRefused, and ErrUnavailable;
// neither holds a secret. Issuer is what the answer says of who gave it (RFC 9207), "" if it does not.
func (p *Provider) Exchange(ctx context.Context, t Try, code, issuer string) (Claims, error) {
	m, err := p.discover(ctx)
	switch {
	case err != nil:
		return Claims{}, err
	case issuer != p.cfg.Issuer && (issuer != "" || m.names):
		return Claims{}, fmt.Errorf("%w: another provider answered", ErrRefused)
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tok, err := m.oauth.Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	if err != nil {
		return Claims{}, exchangeError(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := m.verifier.Verify(ctx, raw)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.nonce)) != 1 {
		return Claims{}, fmt.Errorf("%w: the nonce is another login's", ErrRefused)
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(tok.AccessToken) != nil {
		return Claims{}, fmt.Errorf("%w: the access token is another login's", ErrRefused)
	}
	return p.claims(ctx, m, id, tok)
}

// exchangeError tells a code that was not taken from a provider that does not work. The answer may hold anything, and
// is not repeated.
func exchangeError(err error) error {
	var answer *oauth2.RetrieveError
	switch {
	case !errors.As(err, &answer):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case answer.ErrorCode == "invalid_grant":
		return fmt.Errorf("%w: the provider does not take the code", ErrRefused)
	}
	return fmt.Errorf("%w: status %d for a code", ErrUnavailable, answer.Response.StatusCode)
}

// said is what a token, or the provider's page about a person, may say.
type said struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers write it as a text
	Name     string `json:"name"`
	AuthTime int64  `json:"auth_time"`
	Party    string `json:"azp"`
}

func (p *Provider) claims(ctx context.Context, m *metadata, id *oidc.IDToken, tok *oauth2.Token) (Claims, error) {
	var s said
	if err := id.Claims(&s); err != nil {
		return Claims{}, fmt.Errorf("%w: its claims are not of the right kind", ErrRefused)
	}
	switch {
	case s.Party != "" && s.Party != p.cfg.ClientID:
		return Claims{}, fmt.Errorf("%w: the token is another client's", ErrRefused)
	case id.Subject == "" || len(id.Subject) > 255 || !utf8.ValidString(id.Subject) ||
		strings.ContainsFunc(id.Subject, unicode.IsControl):
		return Claims{}, fmt.Errorf("%w: its subject is none", ErrRefused)
	}
	c := Claims{Subject: id.Subject}
	if s.AuthTime > 0 {
		c.AuthAt = time.Unix(s.AuthTime, 0).UTC()
	}
	if s.Email == "" && m.provider.UserInfoEndpoint() != "" { // Core 1.0, 5.4: it need not stand in the token
		info, err := m.provider.UserInfo(ctx, oauth2.StaticTokenSource(tok))
		switch {
		case err != nil:
			return Claims{}, fmt.Errorf("%w: nothing about who it is", ErrUnavailable)
		case info.Subject != id.Subject: // Core 1.0, 5.3.2
			return Claims{}, fmt.Errorf("%w: it speaks of somebody else", ErrRefused)
		case info.Claims(&s) != nil:
			return Claims{}, fmt.Errorf("%w: what it says is not of the right kind", ErrRefused)
		}
	}
	if c.Name = s.Name; s.Verified == true || s.Verified == "true" {
		c.Email = s.Email
	}
	return c, nil
}

// discover asks the provider what it can do, once. Whoever waits for one that does not answer is told so with whoever
// asked it.
func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.known != nil:
		return p.known, nil
	case time.Now().Before(p.again):
		return nil, p.failed
	}
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), p.client) // the client's timeout is what ends it
	provider, err := oidc.NewProvider(ctx, p.cfg.Issuer)
	var extra struct {
		Names bool `json:"authorization_response_iss_parameter_supported"` // RFC 9207, 3
	}
	if err == nil {
		err = provider.Claims(&extra)
	}
	if err != nil {
		p.failed, p.again = fmt.Errorf("%w: %w", ErrUnavailable, err), time.Now().Add(pause)
		return nil, p.failed
	}
	p.known = &metadata{provider: provider, names: extra.Names,
		oauth: oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: provider.Endpoint(),
			RedirectURL: p.cfg.Redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}},
		verifier: provider.Verifier(&oidc.Config{ClientID: p.cfg.ClientID, Now: p.cfg.Now})}
	return p.known, nil
}
