package apptest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/apikeybus"
	"github.com/garagesale/service/business/domain/userbus"
)

// Token makes an access token, of a password that was given just now.
func (s *Service) Token(t testing.TB, u userbus.User) string {
	t.Helper()
	return issue(t, s.Tokens, u, s.now())
}

// Expired is a token of u that was good an hour ago.
func (*Service) Expired(t testing.TB, u userbus.User) string {
	t.Helper()
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: "test", Audience: "test", Life: time.Minute}, TestKey,
		func() time.Time { return time.Now().Add(-time.Hour) })
	must(t, err)
	return issue(t, tokens, u, time.Now().Add(-time.Hour))
}

func issue(t testing.TB, tokens *auth.Tokens, u userbus.User, authAt time.Time) string {
	t.Helper()
	token, _, err := tokens.Issue(request.Actor{ID: u.ID, Roles: u.Roles, AuthAt: authAt}, u.Generation)
	must(t, err)
	return token
}

// APIKey is one of an account for an hour, made past HTTP; no market: for every one.
func (s *Service) APIKey(t testing.TB, u User, market Object, actions ...string) (token string) {
	t.Helper()
	nk := apikeybus.NewKey{UserID: u.ID, Name: "K", Actions: actions, ExpiresAt: s.now().Add(time.Hour)}
	if market != nil {
		id, err := uuid.Parse(market["id"].(string))
		must(t, err)
		nk.MarketID = &id
	}
	must(t, s.Business.InTx(context.Background(), func(ctx context.Context, d business.Domains) (err error) {
		_, token, err = d.APIKeys.Create(ctx, nk)
		return err
	}))
	return token
}
