package authapp_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/role"
)

// challenged asks for something sensitive and wants to be told to give the password again, as RFC 9470 has it.
func challenged(t *testing.T, s *apptest.Service, method, path, token string, body any) {
	t.Helper()
	a := s.OK(t, 401, nil, method, path, token, body)
	if code := a.Problem(t).Code; code != "insufficient_user_authentication" {
		t.Errorf("%s %s: code %s", method, path, code)
	}
	const want = `Bearer error="insufficient_user_authentication", max_age=600`
	if got := a.Header.Get("WWW-Authenticate"); got != want {
		t.Errorf("%s %s: WWW-Authenticate %s, want %s", method, path, got, want)
	}
}

// confirmed gives the password again, and returns the new access token.
func confirmed(t *testing.T, s *apptest.Service, want int, token, pass string) string {
	t.Helper()
	var b authapp.Bearer
	a := s.OK(t, want, &b, "POST", "/v1/auth/confirm", token, object{"password": pass})
	if want == 422 {
		if p := a.Problem(t); p.Code != "wrong_password" || p.Errors[0].Location != "body.password" {
			t.Errorf("%s", a.Body)
		}
	}
	return b.AccessToken
}

// TestStepUp: what is sensitive wants a password that was given within 10 minutes, in this session, of ADMIN too; what
// is not does not. A refresh keeps the time, and a confirmation renews it.
func TestStepUp(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	s.AddUser(t, "admin@x.org", role.Admin)
	u := s.AddUser(t, "u@x.org", role.User)
	first, other := logIn(t, s, "admin@x.org"), logIn(t, s, "admin@x.org")
	var market, hook object
	s.OK(t, 201, &market, "POST", "/v1/markets", first.AccessToken, apptest.NewMarket())
	hooks := apptest.At("markets", market) + "/webhooks"
	s.OK(t, 201, &hook, "POST", hooks, first.AccessToken, object{"url": "https://example.com/hook"})
	path, at := "/v1/users/"+u.ID.String(), apptest.At("webhooks", hook)
	sensitive := []struct {
		method, path string
		body         any
	}{
		{"PATCH", path, object{"email": "v@x.org"}}, {"PATCH", path, object{"password": "new horse battery"}},
		{"PATCH", path, object{"enabled": false}}, {"PATCH", path, object{"enabled": true, "name": "N"}},
		{"PUT", path + "/roles", object{"roles": []string{"ADMIN"}}},
		{"POST", "/v1/users", object{"name": "N", "email": "n@x.org", "password": "new horse battery",
			"roles": []string{"ADMIN"}}},
		{"POST", hooks, object{"url": "https://example.com/mine"}}, {"PATCH", at, object{"url": "https://example.com/mine"}},
		{"POST", at + "/rotate-secret", nil}, {"DELETE", at, nil}, {"DELETE", path, nil},
	}
	w.forward(9 * time.Minute)
	s.OK(t, 200, nil, "PATCH", path, first.AccessToken, object{"enabled": true})
	w.forward(2 * time.Minute)
	first = refresh(t, s, 200, first.RefreshToken)
	for _, c := range sensitive {
		challenged(t, s, c.method, c.path, first.AccessToken, c.body)
	}
	s.OK(t, 200, nil, "PATCH", path, first.AccessToken, object{"name": "M"})
	s.OK(t, 200, nil, "GET", hooks, first.AccessToken, nil)
	// Who may not do it at all is told so, and need not confirm anything.
	s.OK(t, 403, nil, "PUT", path+"/roles", s.Token(t, u.User), object{"roles": []string{"ADMIN"}})
	s.OK(t, 401, nil, "DELETE", path, "", nil)

	confirmed(t, s, 422, first.AccessToken, "a guess")
	fresh := confirmed(t, s, 200, first.AccessToken, apptest.Password)
	s.OK(t, 200, nil, "PATCH", path, fresh, object{"enabled": true})
	challenged(t, s, "DELETE", path, first.AccessToken, nil)                                  // the token from before
	challenged(t, s, "DELETE", path, refresh(t, s, 200, other.RefreshToken).AccessToken, nil) // the other session
	s.OK(t, 200, nil, "PATCH", path, refresh(t, s, 200, first.RefreshToken).AccessToken,
		object{"enabled": true}) // keeps the time
	if list := sessions(t, s, fresh); len(list) != 2 {
		t.Errorf("%+v", list)
	}
	for _, c := range sensitive {
		if a := s.Do(t, c.method, c.path, fresh, c.body); a.Status >= 300 {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.Status, a.Body)
		}
	}
	w.forward(11 * time.Minute)
	challenged(t, s, "POST", "/v1/users", fresh, nil)
}

// TestOlderTokens: a token from before there was a time in it is not fresh, and a session from then has given its
// password when it began.
func TestOlderTokens(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	u := s.AddUser(t, "u@x.org", role.User)
	path := "/v1/users/" + u.ID.String()
	older, _, err := s.Tokens.Issue(request.Actor{ID: u.ID, Roles: u.Roles}, u.Generation)
	if err != nil {
		t.Fatal(err)
	}
	me(t, s, 200, older)
	challenged(t, s, "DELETE", path, older, nil)
	tok := logIn(t, s, "u@x.org")
	if _, err := s.DB.Exec(t.Context(), `UPDATE sessions SET auth_at = NULL, used_at = NULL`); err != nil {
		t.Fatal(err)
	}
	w.forward(auth.FreshFor - time.Minute)
	tok = refresh(t, s, 200, tok.RefreshToken)
	s.OK(t, 200, nil, "PATCH", path, tok.AccessToken, object{"email": "u@x.org", "currentPassword": apptest.Password})
	w.forward(2 * time.Minute)
	challenged(t, s, "DELETE", path, refresh(t, s, 200, tok.RefreshToken).AccessToken, nil)
	// One that no login gave is confirmed too.
	s.OK(t, 204, nil, "DELETE", path, confirmed(t, s, 200, older, apptest.Password), nil)
}

// TestConfirmGuesses: who has got hold of a token has as many guesses as anybody, and one of a session that has ended
// has none.
func TestConfirmGuesses(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: attempts.Config{PerAccount: 3, PerAddress: 1000}})
	u := s.AddUser(t, "u@x.org", role.User)
	tok := logIn(t, s, "u@x.org")
	for range 3 {
		confirmed(t, s, 422, tok.AccessToken, "a guess")
	}
	s.OK(t, 429, nil, "POST", "/v1/auth/confirm", tok.AccessToken, object{"password": apptest.Password})
	s.OK(t, 401, nil, "POST", "/v1/auth/confirm", "", object{"password": apptest.Password})

	// One whose session has ended, where this replica has not heard of it: no token comes of it.
	if _, err := s.DB.Exec(t.Context(), `DELETE FROM attempts`); err != nil {
		t.Fatal(err)
	}
	ghost, _, err := s.Tokens.Issue(request.Actor{ID: u.ID, Roles: u.Roles, Session: uuid.New()}, u.Generation)
	if err != nil {
		t.Fatal(err)
	}
	a := s.OK(t, 401, nil, "POST", "/v1/auth/confirm", ghost, object{"password": apptest.Password})
	if p := a.Problem(t); p.Code != "bad_token" {
		t.Errorf("code %s", p.Code)
	}
}
