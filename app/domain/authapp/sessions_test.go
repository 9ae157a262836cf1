package authapp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/types/role"
)

// sessions lists where the account of a token is logged in.
func sessions(t *testing.T, s *apptest.Service, token string) []authapp.Session {
	t.Helper()
	var list authapp.Sessions
	s.OK(t, 200, &list, "GET", "/v1/users/me/sessions", token, nil)
	return list.Items
}

// logInFrom logs in with a program from an address.
func logInFrom(t *testing.T, s *apptest.Service, addr, program, from string) (tok authapp.Token) {
	t.Helper()
	s.OK(t, 200, &tok, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic(addr, apptest.Password),
		"User-Agent", program, "X-Forwarded-For", from)
	return tok
}

func behindProxy(c *mux.Config) { c.Proxies = []string{"127.0.0.1/32"} }

// TestSessionList: each login is one session, with where and with what it was last used.
func TestSessionList(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now, Mux: behindProxy})
	s.AddUser(t, "u@x.org", role.User)
	other := s.AddUser(t, "other@x.org", role.User)
	logInFrom(t, s, "other@x.org", "B", "192.0.2.9")
	first := logInFrom(t, s, "u@x.org", "Till\t"+strings.Repeat("x", 300)+"\u202e", "192.0.2.1")
	w.forward(time.Minute)
	second := logInFrom(t, s, "u@x.org", "Phone", "2001:db8::1")
	gone := logInFrom(t, s, "u@x.org", "", "192.0.2.2")
	s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": gone.RefreshToken})
	list := sessions(t, s, second.AccessToken)
	if len(list) != 2 || !list[0].Current || list[0].Address != "2001:db8::1" || list[0].UserAgent != "Phone" ||
		list[1].Current || list[1].Address != "192.0.2.1" || list[1].UserAgent != "Till"+strings.Repeat("x", 196) ||
		!list[1].LastUsedAt.Equal(list[1].CreatedAt) {
		t.Errorf("%+v", list)
	}
	w.forward(time.Minute)
	s.OK(t, 200, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": first.RefreshToken}, "User-Agent", "Till 2",
		"X-Forwarded-For", "192.0.2.3")
	now := sessions(t, s, first.AccessToken)
	if len(now) != 2 || now[0].ID != list[1].ID || !now[0].Current || now[0].Address != "192.0.2.3" ||
		now[0].UserAgent != "Till 2" || now[0].LastUsedAt.Sub(now[0].CreatedAt) < 2*time.Minute {
		t.Errorf("%+v", now)
	}
	if own := sessions(t, s, other.Token); len(own) != 1 || own[0].Current || own[0].Address != "192.0.2.9" {
		t.Errorf("another's: %+v", own)
	}
	w.forward(13 * time.Hour)
	if list := sessions(t, s, s.Token(t, other.User)); len(list) != 0 {
		t.Errorf("unused for 13 hours: %+v", list)
	}
}

// TestEndSession: one session is ended, or all others, at once here and soon elsewhere; nobody ends another's.
func TestEndSession(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Deaf: true})
	b := apptest.NewWith(t, apptest.Options{DB: &s.DB})
	s.AddUser(t, "u@x.org", role.User)
	s.AddUser(t, "other@x.org", role.Admin)
	mine, lost, old := logIn(t, s, "u@x.org"), logIn(t, s, "u@x.org"), logIn(t, s, "u@x.org")
	stranger := logIn(t, s, "other@x.org")
	path := func(token string) string {
		for _, item := range sessions(t, s, token) {
			if item.Current {
				return "/v1/users/me/sessions/" + item.ID.String()
			}
		}
		t.Fatal("no session is the current one")
		return ""
	}
	for _, id := range []string{path(stranger.AccessToken), "/v1/users/me/sessions/" + uuid.NewString()} {
		if p := s.OK(t, 404, nil, "DELETE", id, mine.AccessToken, nil).Problem(t); p.Code != "session_not_found" {
			t.Errorf("code %s", p.Code)
		}
	}
	s.OK(t, 404, nil, "DELETE", path(mine.AccessToken), stranger.AccessToken, nil) // not even ADMIN
	me(t, s, 200, stranger.AccessToken)

	ended := path(lost.AccessToken)
	s.OK(t, 412, nil, "DELETE", ended, mine.AccessToken, nil, "If-Match", `"x"`)
	me(t, s, 200, lost.AccessToken)
	s.OK(t, 204, nil, "DELETE", ended, mine.AccessToken, nil)
	me(t, s, 401, lost.AccessToken)
	t.Logf("refused elsewhere after %v", until401(t, b, lost.AccessToken))
	refresh(t, s, 401, lost.RefreshToken)
	s.OK(t, 404, nil, "DELETE", ended, mine.AccessToken, nil)

	s.OK(t, 204, nil, "DELETE", "/v1/users/me/sessions", mine.AccessToken, nil)
	me(t, s, 401, old.AccessToken)
	t.Logf("refused elsewhere after %v", until401(t, b, old.AccessToken))
	refresh(t, s, 401, old.RefreshToken)
	mine = refresh(t, s, 200, mine.RefreshToken)
	if list := sessions(t, s, mine.AccessToken); len(list) != 1 {
		t.Errorf("%+v", list)
	}
	s.OK(t, 204, nil, "DELETE", path(mine.AccessToken), mine.AccessToken, nil) // is a logout
	me(t, s, 401, mine.AccessToken)
	me(t, s, 200, stranger.AccessToken)
	refresh(t, s, 200, stranger.RefreshToken)
}

// TestNewDevice: the first login is no news, nor is a newer version of a program or another address of its network;
// another program or network is.
func TestNewDevice(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Mails: true, Mux: behindProxy})
	u := s.AddUser(t, "u@x.org", role.User)
	logInFrom(t, s, "u@x.org", "Firefox/140.0", "2001:db8::1")
	logInFrom(t, s, "u@x.org", "Firefox/141.2", "2001:db8::2")
	s.NoMail(t)
	for _, from := range [][2]string{{"curl/8.5", "2001:db8::1"}, {"Firefox/141.2", "192.0.2.1"}, {"", "192.0.2.1"}} {
		logInFrom(t, s, "u@x.org", from[0], from[1])
		m, _ := s.Mail(t, "u@x.org")
		if m.Subject != "A new login to your account" || !strings.Contains(m.Text, from[0]) ||
			!strings.Contains(m.Text, from[1]) {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		logInFrom(t, s, "u@x.org", from[0], from[1])
	}
	guess(t, s, 401, "u@x.org", "wrong", "User-Agent", "worse/1.0")
	s.NoMail(t)
	var n int
	for range 120 {
		logInFrom(t, s, "u@x.org", uuid.NewString()+"gh", "192.0.2.1")
	}
	if err := s.DB.Get(t.Context(), &n, `SELECT count(*) FROM devices WHERE user_id = $1`, u.ID); err != nil || n > 100 {
		t.Errorf("%d devices are kept, %v", n, err)
	}
}
