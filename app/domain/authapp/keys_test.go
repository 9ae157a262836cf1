package authapp_test

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/keystore"
)

// published reads the key set as another service would.
func published(t *testing.T, s *apptest.Service) map[string]*rsa.PublicKey {
	t.Helper()
	var set authapp.JWKS
	s.OK(t, 200, &set, "GET", "/.well-known/jwks.json", "", nil)
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		n, err1 := base64.RawURLEncoding.DecodeString(k.N)
		e, err2 := base64.RawURLEncoding.DecodeString(k.E)
		if err := errors.Join(err1, err2); err != nil || k.Kty != "RSA" || k.Use != "sig" || k.Alg != "RS256" {
			t.Fatalf("key %+v: %v", k, err)
		}
		keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return keys
}

func kid(t *testing.T, keys map[string]*rsa.PublicKey, token string) string {
	t.Helper()
	tok, err := jwt.Parse(token, func(tok *jwt.Token) (any, error) {
		if k := keys[tok.Header["kid"].(string)]; k != nil {
			return k, nil
		}
		return nil, errors.New("not published")
	}, jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Fatalf("the published keys do not verify the token: %v", err)
	}
	return tok.Header["kid"].(string)
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	s.AddUser(t, "u@x.org", role.User)
	if got := kid(t, published(t, s), logIn(t, s, "u@x.org").AccessToken); got != "test" {
		t.Errorf("kid %q", got)
	}
}

// TestKeyRotation adds a key and retires the old one while two replicas serve: no request fails, tokens of the old key
// are good until it is retired, and then no longer.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	oldKid, err := keystore.Generate(dir, keystore.MinBits)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var watches sync.WaitGroup
	t.Cleanup(func() { stop(); watches.Wait() })
	open := func(every time.Duration) *keystore.Store {
		keys, err := keystore.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		keys.Settle = 2 * time.Second
		watches.Go(func() { keys.Watch(ctx, every, slog.New(slog.DiscardHandler)) })
		return keys
	}
	a := apptest.NewWith(t, apptest.Options{Keys: open(20 * time.Millisecond)})
	b := apptest.NewWith(t, apptest.Options{Keys: open(200 * time.Millisecond), DB: &a.DB}) // it learns later
	a.AddUser(t, "u@x.org", role.User)
	old := logIn(t, a, "u@x.org")

	var done atomic.Bool
	var served, failed atomic.Int64
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for !done.Load() {
				login, err := a.Try("POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic("u@x.org", apptest.Password))
				if err != nil || login.Status != 200 {
					failed.Add(1)
					t.Errorf("login: %d %v %s\n%s", login.Status, err, login.Body, a.Log.Find(`"level":"ERROR"`))
					return
				}
				var tok authapp.Token
				login.JSON(t, &tok)
				for _, s := range []*apptest.Service{a, b} {
					for _, token := range []string{tok.AccessToken, old.AccessToken} {
						me, err := s.Try("GET", "/v1/users/me", token, nil)
						if err != nil || me.Status != 200 {
							failed.Add(1)
							t.Errorf("me: %d %v %s", me.Status, err, me.Body)
						}
						served.Add(1)
					}
				}
			}
		})
	}
	newKid, err := keystore.Generate(dir, keystore.MinBits)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(60 * time.Second)
	for {
		token := logIn(t, a, "u@x.org").AccessToken // first: a key is published before it signs
		if kid(t, published(t, a), token) == newKid {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the new key never signed")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if keys := published(t, a); keys[oldKid] == nil || keys[newKid] == nil {
		t.Errorf("published: %v", keys)
	}
	time.Sleep(200 * time.Millisecond)
	done.Store(true)
	load.Wait()
	t.Logf("%d requests during the rotation, %d failed", served.Load(), failed.Load())

	fresh := logIn(t, a, "u@x.org")
	if err := keystore.Retire(dir, oldKid); err != nil {
		t.Fatal(err)
	}
	if err := keystore.Retire(dir, oldKid); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("retired twice: %v", err)
	}
	for _, s := range []*apptest.Service{a, b} {
		for s.Do(t, "GET", "/v1/users/me", old.AccessToken, nil).Status != 401 {
			if time.Now().After(deadline) {
				t.Fatal("the retired key is still good")
			}
			time.Sleep(10 * time.Millisecond)
		}
		me(t, s, 200, fresh.AccessToken)
	}
	if keys := published(t, b); len(keys) != 1 || keys[newKid] == nil {
		t.Errorf("published after retiring: %v", keys)
	}
}
