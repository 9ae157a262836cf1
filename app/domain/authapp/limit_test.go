package authapp_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/role"
)

// strict are the limits of production.
var strict = attempts.Config{PerAccount: 10, PerAddress: 60}

func guess(t *testing.T, s *apptest.Service, want int, addr, pass string, headers ...string) apptest.Answer {
	t.Helper()
	return s.OK(t, want, nil, "POST", "/v1/auth/token", "", nil,
		append([]string{"Authorization", apptest.Basic(addr, pass)}, headers...)...)
}

// TestAccountLimit: ten failures a minute, the same for an account that does not exist, on every replica, whatever
// restarts.
func TestAccountLimit(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Limits: strict, Now: w.Now})
	s.AddUser(t, "u@x.org", role.User)
	s.AddUser(t, "other@x.org", role.User)
	for range 30 {
		guess(t, s, 200, "u@x.org", apptest.Password) // success does not count
	}
	for _, addr := range []string{"u@x.org", "nobody@x.org"} {
		for i := range 10 {
			a := guess(t, s, 401, addr, "wrong")
			if got := a.Header.Values("RateLimit"); !strings.HasPrefix(got[1], fmt.Sprintf(`"auth-account";r=%d;t=`, 9-i)) {
				t.Errorf("%s %d: %v", addr, i, got)
			}
		}
		a := guess(t, s, 429, addr, apptest.Password)
		if p := a.Problem(t); p.Code != "rate_limited" {
			t.Errorf("code %q", p.Code)
		}
		after, err := strconv.Atoi(a.Header.Get("Retry-After"))
		if err != nil || after < 50 || after > 60 {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		if got, want := a.Header.Values("RateLimit-Policy"),
			`"auth-address";q=60;w=60 "auth-account";q=10;w=60`; strings.Join(got, " ") != want {
			t.Errorf("RateLimit-Policy %v, want %s", got, want)
		}
		if got, want := a.Header.Values("RateLimit")[1], fmt.Sprintf(`"auth-account";r=0;t=%d`, after); got != want {
			t.Errorf("RateLimit %v, want %s", got, want)
		}
	}
	guess(t, s, 200, "other@x.org", apptest.Password)

	again := apptest.NewWith(t, apptest.Options{Limits: strict, Now: w.Now, DB: &s.DB})
	guess(t, again, 429, "u@x.org", apptest.Password)
	w.forward(30 * time.Second)
	guess(t, again, 429, "u@x.org", apptest.Password)
	w.forward(31 * time.Second)
	guess(t, again, 200, "u@x.org", apptest.Password)
	if n, err := s.Business.Attempts.Clean(t.Context()); err != nil || n != 4 {
		t.Errorf("cleaned %d, %v; want the three accounts, one of them also where it is known", n, err)
	}
}

// TestGuessesAtOnce: attempts count before they are made, so a hundred at once are no more than ten.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: attempts.Config{PerAccount: 10, PerAddress: 1000}})
	s.AddUser(t, "u@x.org", role.User)
	var wg sync.WaitGroup
	var tried, refused atomic.Int64
	for range 100 {
		wg.Go(func() {
			a, err := s.Try("POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic("u@x.org", "wrong"))
			switch {
			case err == nil && a.Status == 401:
				tried.Add(1)
			case err == nil && a.Status == 429:
				refused.Add(1)
			default:
				t.Errorf("%d %v %s", a.Status, err, a.Body)
			}
		})
	}
	wg.Wait()
	if tried.Load() != 10 || refused.Load() != 90 {
		t.Errorf("%d guesses were tried, %d refused", tried.Load(), refused.Load())
	}
}

// TestAddressLimit: sixty failed logins and sign-ups a minute together, sixty wrong refresh tokens by themselves, and
// no header makes another address.
func TestAddressLimit(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: strict})
	s.AddUser(t, "u@x.org", role.User)
	for i := range 30 {
		guess(t, s, 401, fmt.Sprintf("a%d@x.org", i), "wrong", "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
		s.OK(t, 401, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": "made-up"}, "X-Forwarded-For",
			fmt.Sprintf("198.51.100.%d", i))
		s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": "made-up"})
		s.OK(t, 201, nil, "POST", "/v1/auth/signup", "", object{"name": "N", "email": fmt.Sprintf("new%d@x.org", i),
			"password": "a fine new phrase"})
	}
	for _, spoof := range []string{"", "203.0.113.9", "203.0.113.9, 127.0.0.1"} {
		guess(t, s, 429, "u@x.org", apptest.Password, "X-Forwarded-For", spoof, "X-Real-IP", "203.0.113.9", "Forwarded",
			"for=203.0.113.9")
	}
	s.OK(t, 429, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": "made-up"})
	s.OK(t, 429, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": "made-up"})
	s.OK(t, 429, nil, "POST", "/v1/auth/signup", "",
		object{"name": "N", "email": "late@x.org", "password": "a fine new phrase"})
}

// TestAbusedAddress: who sends nonsense locks nobody out who shares the address and has been here before: not with
// made-up refresh tokens, not with guesses at other accounts, and not with guesses at that account from elsewhere.
func TestAbusedAddress(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: strict, Mux: func(c *mux.Config) {
		c.Proxies = []string{"127.0.0.1/32"}
	}})
	u := s.AddUser(t, "u@x.org", role.User)
	s.AddUser(t, "stranger@x.org", role.User)
	session := logIn(t, s, "u@x.org")
	right := func() {
		t.Helper()
		session = refresh(t, s, 200, session.RefreshToken)
		s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": logIn(t, s, "u@x.org").RefreshToken})
		s.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), u.Token,
			object{"email": "u@x.org", "currentPassword": apptest.Password})
	}
	for range 60 {
		refresh(t, s, 401, "made-up")
	}
	refresh(t, s, 429, "made-up")
	right()
	guess(t, s, 200, "stranger@x.org", apptest.Password) // made-up tokens are not guesses

	for i := range 60 {
		guess(t, s, 401, fmt.Sprintf("nobody%d@x.org", i), "wrong")
	}
	guess(t, s, 429, "nobody@x.org", "wrong")
	right()
	s.AddUser(t, "new@x.org", role.User)
	guess(t, s, 429, "new@x.org", apptest.Password) // has never been here, so it may be one of the guesses

	for i := range 10 {
		guess(t, s, 401, "u@x.org", "wrong", "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
	}
	guess(t, s, 429, "u@x.org", apptest.Password, "X-Forwarded-For", "198.51.100.99")
	right()
	for range 10 {
		guess(t, s, 401, "u@x.org", "wrong") // who sits here too has ten guesses, like anybody
	}
	guess(t, s, 429, "u@x.org", apptest.Password)
	refresh(t, s, 200, session.RefreshToken)
}

// TestTrustedProxy: behind a proxy that is trusted each client has an address of its own, and what a client itself
// writes into the header is not believed.
func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: attempts.Config{PerAccount: 1000, PerAddress: 3},
		Mux: func(c *mux.Config) {
			c.Proxies = []string{"127.0.0.1/32", "10.0.0.0/8"}
		}})
	try := func(want int, xff string) { guess(t, s, want, "u@x.org", "wrong", "X-Forwarded-For", xff) }
	for range 3 {
		try(401, "192.0.2.1")
	}
	try(429, "192.0.2.1")
	try(429, "203.0.113.7, 192.0.2.1")           // the left one is made up
	try(429, "203.0.113.8, 192.0.2.1, 10.1.2.3") // two proxies
	try(429, "::ffff:192.0.2.1")
	try(401, "192.0.2.2")
	for i := range 3 {
		try(401, fmt.Sprintf("2001:db8:1:2::%d", i)) // one client has a whole /64
	}
	try(429, "2001:db8:1:2:ffff::1")
	try(401, "2001:db8:1:3::1")
	for range 3 {
		try(401, "nonsense") // counts for the peer
	}
	try(429, "")
}

// TestCurrentPassword: who has stolen an access token cannot guess the password with it.
func TestCurrentPassword(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: strict})
	u := s.AddUser(t, "u@x.org", role.User)
	change := func(want int, current string) {
		t.Helper()
		s.OK(t, want, nil, "PATCH", "/v1/users/"+u.ID.String(), u.Token,
			object{"email": "u@x.org", "currentPassword": current})
	}
	for range 12 {
		change(200, apptest.Password) // what succeeds does not count
	}
	for range 10 {
		change(422, "wrong")
	}
	change(429, apptest.Password)
	guess(t, s, 429, "u@x.org", apptest.Password) // it is one limit
}

// TestRate: each account has its own share of a replica, and each address for those who have none; the probes no limit.
func TestRate(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Mux: func(c *mux.Config) {
		c.Account, c.Address = mid.Limit{PerSecond: 0.1, Burst: 20}, mid.Limit{PerSecond: 0.1, Burst: 30}
		c.Proxies = []string{"127.0.0.1/32"}
	}})
	a, b := s.AddUser(t, "a@x.org", role.User), s.AddUser(t, "b@x.org", role.User)
	for i := range 20 {
		h := s.OK(t, 200, nil, "GET", "/v1/users/me", a.Token, nil).Header
		if h.Get("RateLimit-Policy") != `"account";q=20;w=200` ||
			!strings.HasPrefix(h.Get("RateLimit"), fmt.Sprintf(`"account";r=%d;t=`, 19-i)) {
			t.Errorf("%d: %v", i, h)
		}
	}
	refused := s.OK(t, 429, nil, "GET", "/v1/users/me", a.Token, nil)
	if p := refused.Problem(t); p.Code != "rate_limited" {
		t.Errorf("code %q", p.Code)
	}
	if after, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || after < 1 || after > 200 {
		t.Errorf("Retry-After %q", refused.Header.Get("Retry-After"))
	}
	me(t, s, 200, b.Token)
	for i := range 30 {
		h := s.OK(t, 200, nil, "GET", "/v1/markets", "", nil).Header
		if got, want := h.Get("RateLimit"), fmt.Sprintf(`"address";r=%d;t=`, 29-i); !strings.HasPrefix(got, want) {
			t.Errorf("%d: %q, want %s…", i, got, want)
		}
	}
	refused = s.OK(t, 429, nil, "GET", "/v1/markets", "", nil)
	if after, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || after < 1 || after > 300 {
		t.Errorf("Retry-After %q", refused.Header.Get("Retry-After"))
	}
	guess(t, s, 429, "a@x.org", apptest.Password)
	s.OK(t, 200, nil, "GET", "/v1/markets", "", nil, "X-Forwarded-For", "192.0.2.1") // another address
	s.OK(t, 200, nil, "GET", "/v1/markets", b.Token, nil)
	s.OK(t, 200, nil, "GET", "/v1/liveness", "", nil)
}
