package auth

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/types/role"
)

// Keys are the keys that sign and verify tokens.
type Keys interface {
	Signer() (kid string, key *rsa.PrivateKey)
	PublicKey(kid string) (*rsa.PublicKey, bool)
}

// TokenConfig says what tokens are made and taken.
type TokenConfig struct {
	Issuer   string
	Audience string
	// Life is how long a token is good: what is made expires then, and what is taken was issued no longer ago, whatever
	// else it says, because a revocation is not remembered for longer (zarf/docs/decisions/0029-life-of-a-token.md).
	Life time.Duration
}

const maxTokenLen = 8 << 10

// Tokens makes and verifies access tokens: JWT, RS256 and nothing else.
type Tokens struct {
	cfg    TokenConfig
	keys   Keys
	now    func() time.Time
	parser *jwt.Parser
	seen   *lru.Cache[string, verified] // a signature is verified once
}

type claims struct {
	Roles      role.Set `json:"roles"`
	Generation int64    `json:"gen"`
	Session    string   `json:"sid,omitempty"`
	// AuthTime is OpenID Connect's (Core 1.0, 2), which RFC 9470 builds upon.
	AuthTime *jwt.NumericDate `json:"auth_time,omitempty"`
	Enrol    bool             `json:"enrol,omitempty"` // request.Actor's
	jwt.RegisteredClaims
}

type verified struct {
	actor      request.Actor
	generation int64
	kid        string
	expires    time.Time
}

// NewTokens makes a Tokens.
func NewTokens(cfg TokenConfig, keys Keys, now func() time.Time) (*Tokens, error) {
	cache, err := lru.New[string, verified](4096)
	if err != nil {
		return nil, fmt.Errorf("token cache: %w", err)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(cfg.Issuer),
		jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(now),
		jwt.WithStrictDecoding(), // else a token has several spellings
	)
	return &Tokens{cfg: cfg, keys: keys, now: now, parser: parser, seen: cache}, nil
}

// Now is the time by which tokens are made and taken.
func (t *Tokens) Now() time.Time { return t.now() }

// Issue makes an access token.
func (t *Tokens) Issue(who request.Actor, generation int64) (token string, life time.Duration, err error) {
	kid, key := t.keys.Signer()
	now := t.now()
	session := ""
	if who.Session != uuid.Nil {
		session = who.Session.String()
	}
	var authAt *jwt.NumericDate
	if !who.AuthAt.IsZero() {
		authAt = jwt.NewNumericDate(who.AuthAt)
	}
	tok := jwt.NewWithClaims(jwt.SigningMethodRS256, claims{
		Roles: who.Roles, Generation: generation, Session: session, AuthTime: authAt, Enrol: who.Enrol,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.cfg.Issuer, Audience: jwt.ClaimStrings{t.cfg.Audience}, Subject: who.ID.String(), ID: uuid.NewString(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(t.cfg.Life)),
		},
	})
	tok.Header["kid"] = kid
	token, err = tok.SignedString(key)
	return token, t.cfg.Life, err
}

// verify returns what a token says if it is good.
func (t *Tokens) verify(token string) (verified, error) {
	if v, ok := t.seen.Get(token); ok {
		if _, known := t.keys.PublicKey(v.kid); known && t.now().Before(v.expires) {
			return v, nil
		}
		t.seen.Remove(token)
	}
	if len(token) > maxTokenLen {
		return verified{}, errors.New("token: too long")
	}
	if strings.ContainsAny(token, "\r\n") { // which base64 passes over, strict or not
		return verified{}, errors.New("token: on several lines")
	}
	var c claims
	var v verified
	_, err := t.parser.ParseWithClaims(token, &c, func(tok *jwt.Token) (any, error) {
		v.kid, _ = tok.Header["kid"].(string)
		key, ok := t.keys.PublicKey(v.kid)
		if !ok {
			return nil, fmt.Errorf("no key %q", v.kid)
		}
		return key, nil
	})
	if err != nil {
		return verified{}, fmt.Errorf("token: %w", err)
	}
	if v.actor.ID, err = uuid.Parse(c.Subject); err != nil || v.actor.ID == uuid.Nil {
		return verified{}, errors.New("token: its subject is no id")
	}
	if c.Session != "" {
		if v.actor.Session, err = uuid.Parse(c.Session); err != nil {
			return verified{}, errors.New("token: its session is no id")
		}
	}
	if c.AuthTime != nil {
		v.actor.AuthAt = c.AuthTime.Time
	}
	v.actor.Roles, v.actor.Enrol, v.generation = role.NewSet(c.Roles...), c.Enrol, c.Generation
	if v.expires, err = t.end(c); err != nil {
		return verified{}, err
	}
	t.seen.Add(token, v)
	return v, nil
}

// end is when a token is over: as it says, and at most Life after it was issued.
func (t *Tokens) end(c claims) (time.Time, error) {
	if c.IssuedAt == nil {
		return time.Time{}, errors.New("token: it does not say when it was issued")
	}
	end := c.ExpiresAt.Time
	if last := c.IssuedAt.Add(t.cfg.Life); last.Before(end) {
		end = last
	}
	if !t.now().Before(end) {
		return time.Time{}, errors.New("token: issued too long ago")
	}
	return end, nil
}
