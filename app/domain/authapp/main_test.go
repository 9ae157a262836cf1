package authapp_test

import (
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

// wristwatch is a clock that the test sets forward.
type wristwatch struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (w *wristwatch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return clock.Now().Add(w.ahead)
}

func (w *wristwatch) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

func logIn(t *testing.T, s *apptest.Service, addr string) authapp.Token {
	t.Helper()
	var tok authapp.Token
	s.OK(t, 200, &tok, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic(addr, apptest.Password))
	if tok.AccessToken == "" || tok.RefreshToken == "" || tok.TokenType != "Bearer" || tok.ExpiresIn != 900 {
		t.Fatalf("login: %+v", tok)
	}
	return tok
}

func refresh(t *testing.T, s *apptest.Service, want int, token string) authapp.Token {
	t.Helper()
	var tok authapp.Token
	a := s.OK(t, want, &tok, "POST", "/v1/auth/refresh", "", object{"refreshToken": token})
	if want == 401 {
		if p := a.Problem(t); p.Code != "bad_refresh_token" {
			t.Fatalf("code %q", p.Code)
		}
	}
	return tok
}

// me asks with an access token who it is.
func me(t *testing.T, s *apptest.Service, want int, token string) {
	t.Helper()
	s.OK(t, want, nil, "GET", "/v1/users/me", token, nil)
}
