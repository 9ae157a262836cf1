package sales

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Tokens are what a login gives.
type Tokens struct {
	Access  string    `json:"accessToken"`
	Refresh string    `json:"refreshToken"` // rotates: each is good for one use
	Expires time.Time `json:"expires"`      // of the access token
}

// session keeps the client logged in.
type session struct {
	mu      sync.Mutex // held while tokens are renewed, so that they are once
	tokens  Tokens
	changed func(Tokens)
}

// LogIn gets tokens for an account; the client renews them from then on.
func (c *Client) LogIn(ctx context.Context, email, password string) error {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.session.ask(ctx, c, call{method: http.MethodPost, path: "/v1/auth/token", basic: [2]string{email, password},
		public: true, safe: true})
}

// LogOut ends the session.
func (c *Client) LogOut(ctx context.Context) error {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/auth/logout",
		in: map[string]string{"refreshToken": c.session.tokens.Refresh}, public: true})
	c.session.set(Tokens{})
	return err
}

// Tokens are the present ones.
func (c *Client) Tokens() Tokens {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.session.tokens
}

// early is how long before its end an access token is renewed.
const early = 30 * time.Second

// token is a good access token, or "" before a login.
func (s *session) token(ctx context.Context, c *Client) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens.Refresh != "" && time.Until(s.tokens.Expires) < early {
		if err := s.refresh(ctx, c); err != nil {
			return "", err
		}
	}
	return s.tokens.Access, nil
}

// renew replaces an access token that the service no longer takes, unless another goroutine has done so.
func (s *session) renew(ctx context.Context, c *Client, refused string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens.Access != refused {
		return nil
	}
	return s.refresh(ctx, c)
}

func (s *session) refresh(ctx context.Context, c *Client) error {
	if s.tokens.Refresh == "" {
		return &Error{Status: http.StatusUnauthorized, Code: "bad_token", Detail: "log in again"}
	}
	return s.ask(ctx, c, call{method: http.MethodPost, path: "/v1/auth/refresh",
		in: map[string]string{"refreshToken": s.tokens.Refresh}, public: true, safe: true})
}

func (s *session) ask(ctx context.Context, c *Client, r call) error {
	var t struct {
		AccessToken  string `json:"accessToken"`
		RefreshToken string `json:"refreshToken"`
		ExpiresIn    int    `json:"expiresIn"`
	}
	r.out = &t
	if _, err := c.do(ctx, r); err != nil {
		return err
	}
	s.set(Tokens{Access: t.AccessToken, Refresh: t.RefreshToken,
		Expires: time.Now().Add(time.Duration(t.ExpiresIn) * time.Second)})
	return nil
}

func (s *session) set(t Tokens) {
	s.tokens = t
	if s.changed != nil {
		s.changed(t)
	}
}
