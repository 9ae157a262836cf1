package authapp_test

import (
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/types/role"
)

// TestRotation: every refresh gives another token, and both access tokens stay good.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	s.AddUser(t, "u@x.org", role.User)
	first := logIn(t, s, "u@x.org")
	me(t, s, 200, first.AccessToken)
	token, seen := first.RefreshToken, map[string]bool{first.RefreshToken: true}
	for range 5 {
		next := refresh(t, s, 200, token)
		if seen[next.RefreshToken] {
			t.Fatal("a refresh token came twice")
		}
		seen[next.RefreshToken], token = true, next.RefreshToken
		me(t, s, 200, next.AccessToken)
	}
	me(t, s, 200, first.AccessToken)

	var kept []string
	if err := s.DB.Select(t.Context(), &kept, `SELECT row_to_json(t)::text FROM refresh_tokens t`); err != nil ||
		len(kept) != 6 {
		t.Fatalf("%d tokens kept, %v", len(kept), err)
	}
	for _, bad := range []string{"", "x", token + "x", "../../etc/passwd"} {
		want := 401
		if bad == "" {
			want = 422
		}
		s.OK(t, want, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": bad})
	}
}

// TestReuse: a token used again after the grace ends its whole session, whoever holds which token, and no other
// session.
func TestReuse(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	s.AddUser(t, "u@x.org", role.User)
	other, stolen := logIn(t, s, "u@x.org"), logIn(t, s, "u@x.org")
	next := refresh(t, s, 200, stolen.RefreshToken)
	w.forward(sessionbus.Grace + time.Second)
	refresh(t, s, 401, stolen.RefreshToken)
	refresh(t, s, 401, next.RefreshToken)
	me(t, s, 401, stolen.AccessToken)
	me(t, s, 401, next.AccessToken)
	me(t, s, 200, other.AccessToken)
	refresh(t, s, 200, other.RefreshToken)
}

// TestTwoTabs: used again within the grace, a token gets the very same successor, so a session never forks: a thief's
// and the owner's next refresh cannot both succeed.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	s.AddUser(t, "u@x.org", role.User)
	first := logIn(t, s, "u@x.org")
	var wg sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		wg.Go(func() {
			a, err := s.Try("POST", "/v1/auth/refresh", "", object{"refreshToken": first.RefreshToken})
			if err != nil || a.Status != 200 {
				t.Errorf("tab %d: %d %v %s", i, a.Status, err, a.Body)
				return
			}
			var tok struct{ RefreshToken string }
			a.JSON(t, &tok)
			got[i] = tok.RefreshToken
		})
	}
	wg.Wait()
	for _, tok := range got {
		if tok != got[0] {
			t.Fatal("two tabs got different refresh tokens")
		}
	}
	w.forward(sessionbus.Grace / 2) // the rest is for a machine that is busy
	if tok := refresh(t, s, 200, first.RefreshToken); tok.RefreshToken != got[0] {
		t.Error("another successor within the grace")
	}
	w.forward(time.Minute)
	next := refresh(t, s, 200, got[0])
	w.forward(time.Minute)
	refresh(t, s, 401, got[0]) // the other of the two, later
	refresh(t, s, 401, next.RefreshToken)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	s.AddUser(t, "u@x.org", role.User)
	other, tok := logIn(t, s, "u@x.org"), logIn(t, s, "u@x.org")
	s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": tok.RefreshToken})
	refresh(t, s, 401, tok.RefreshToken)
	me(t, s, 401, tok.AccessToken)
	me(t, s, 200, other.AccessToken)
	// Twice, and with what is no token: nobody learns anything.
	s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": tok.RefreshToken})
	s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": "made-up"})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	s.AddUser(t, "u@x.org", role.User)
	idle, busy := logIn(t, s, "u@x.org"), logIn(t, s, "u@x.org")
	token := busy.RefreshToken
	for i := range 15 { // 165 hours
		w.forward(11 * time.Hour)
		token = refresh(t, s, 200, token).RefreshToken
		if i == 0 {
			me(t, s, 401, busy.AccessToken)
			continue
		}
		refresh(t, s, 401, idle.RefreshToken) // not used for 12 hours
	}
	w.forward(4 * time.Hour)
	refresh(t, s, 401, token) // in use all the time, but the session is 7 days old
	if n, err := s.Business.Sessions.Clean(t.Context()); err != nil || n != 0 {
		t.Errorf("cleaned %d sessions, %v; want them kept for a day", n, err)
	}
	w.forward(25 * time.Hour)
	if n, err := s.Business.Sessions.Clean(t.Context()); err != nil || n != 2 {
		t.Errorf("cleaned %d sessions, %v", n, err)
	}
}

// TestEnded: what ends an account's sessions ends them at once on the replica that answers.
func TestEnded(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Deaf: true}) // so that it is not merely told by itself
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	for name, change := range map[string]func(u apptest.User, access string){
		"password": func(u apptest.User, access string) {
			s.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), access,
				object{"password": "a fine new phrase", "currentPassword": apptest.Password})
		},
		"disabled": func(u apptest.User, _ string) {
			s.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), admin.Token, object{"enabled": false})
		},
		"roles": func(u apptest.User, _ string) {
			s.OK(t, 200, nil, "PUT", "/v1/users/"+u.ID.String()+"/roles", admin.Token, object{"roles": []string{"CASHIER"}})
		},
		"deleted": func(u apptest.User, access string) {
			s.OK(t, 204, nil, "DELETE", "/v1/users/"+u.ID.String(), access, nil)
		},
	} {
		u := s.AddUser(t, name+"@x.org", role.User)
		tok := logIn(t, s, name+"@x.org")
		change(u, tok.AccessToken)
		me(t, s, 401, tok.AccessToken)
		refresh(t, s, 401, tok.RefreshToken)
	}
	u := s.AddUser(t, "renamed@x.org", role.User)
	tok := logIn(t, s, "renamed@x.org")
	s.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), tok.AccessToken, object{"name": "New Name"})
	me(t, s, 200, tok.AccessToken)
	refresh(t, s, 200, tok.RefreshToken)
}

// TestSecondReplica: what one replica ends, another refuses within 2 seconds: told, or by asking only.
func TestSecondReplica(t *testing.T) {
	t.Parallel()
	for name, deaf := range map[string]bool{"told": false, "asking": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.New(t)
			b := apptest.NewWith(t, apptest.Options{DB: &a.DB, Deaf: deaf})
			admin := a.AddUser(t, "admin@x.org", role.Admin)
			u := a.AddUser(t, "u@x.org", role.User)
			leaving, staying := logIn(t, a, "u@x.org"), logIn(t, b, "u@x.org")
			me(t, b, 200, leaving.AccessToken)

			a.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": leaving.RefreshToken})
			t.Logf("logout: refused elsewhere after %v", until401(t, b, leaving.AccessToken))
			me(t, b, 200, staying.AccessToken)

			a.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), admin.Token, object{"enabled": false})
			t.Logf("disabled: refused elsewhere after %v", until401(t, b, staying.AccessToken))
			refresh(t, b, 401, staying.RefreshToken)
		})
	}
}

func until401(t *testing.T, s *apptest.Service, token string) time.Duration {
	t.Helper()
	start := time.Now()
	for {
		a := s.Do(t, "GET", "/v1/users/me", token, nil)
		took := time.Since(start)
		switch {
		case took > 2*time.Second:
			t.Fatalf("still %d after %v", a.Status, took)
		case a.Status == 401:
			return took
		}
		time.Sleep(2 * time.Millisecond)
	}
}
