package authapp_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Sessions", apptest.Suite{Rights: rights, Bad: bad, Examples: examples})
}

// unknown is a refresh token that nobody was given.
var unknown = object{"refreshToken": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}

var rights = []apptest.Row{
	{Route: "POST /v1/auth/token", Want: apptest.Everybody(200).But(200, apptest.Expired).But(401, apptest.Nobody),
		Call: apptest.Path("/v1/auth/token"), Headers: func(c *apptest.Cell) []string {
			if c.Identity == apptest.Nobody {
				return nil
			}
			return []string{"Authorization", apptest.Basic(string(c.Who.Email), apptest.Password)}
		}},
	{Route: "POST /v1/auth/refresh", About: "with no such token", Want: apptest.Everybody(401),
		Call: func(*apptest.Cell) (string, any) { return "/v1/auth/refresh", unknown }},
	{Route: "POST /v1/auth/logout", Want: apptest.Everybody(204),
		Call: func(*apptest.Cell) (string, any) { return "/v1/auth/logout", unknown }},
	{Route: "POST /v1/auth/confirm", Want: apptest.Accounts(200), Call: func(*apptest.Cell) (string, any) {
		return "/v1/auth/confirm", object{"password": apptest.Password}
	}},
	{Route: "POST /v1/auth/passkeys/login/begin", Want: apptest.Everybody(200),
		Call: apptest.Path("/v1/auth/passkeys/login/begin")},
	{Route: "POST /v1/auth/passkeys/login/finish", About: "with no such passkey", Want: apptest.Everybody(401),
		Call: func(*apptest.Cell) (string, any) {
			return "/v1/auth/passkeys/login/finish", object{"passkey": anAnswer()}
		}},
	{Route: "POST /v1/auth/passkeys/confirm/begin", Want: apptest.Accounts(200), Call: func(c *apptest.Cell) (string,
		any) {
		if a := c.Do(c.T, "GET", "/v1/auth/passkeys", c.Who.Token, nil); a.Status == 200 {
			c.NewDevice(c.Who).Add(c.T)
		}
		return "/v1/auth/passkeys/confirm/begin", nil
	}},
	{Route: "GET /v1/users/me/sessions", Want: apptest.Accounts(200), Call: apptest.Path("/v1/users/me/sessions")},
	{Route: "DELETE /v1/users/me/sessions/{sessionID}", Want: apptest.Accounts(204),
		Call: func(c *apptest.Cell) (string, any) {
			path := "/v1/users/me/sessions/"
			if c.Who.Token == "" || c.Identity == apptest.Disabled || c.Identity == apptest.Expired {
				return path + uuid.NewString(), nil
			}
			return path + sessions(c.T, c.Service, logIn(c.T, c.Service, string(c.Who.Email)).AccessToken)[0].ID.String(), nil
		}},
	{Route: "DELETE /v1/users/me/sessions", Want: apptest.Accounts(204), Call: apptest.Path("/v1/users/me/sessions")},
	{Route: "GET /v1/auth/oidc/{provider}", About: "that is not set up", Want: apptest.Everybody(404),
		Call: apptest.Path("/v1/auth/oidc/none")},
	{Route: "GET /v1/auth/oidc/{provider}/callback", About: "that is not set up", Want: apptest.Everybody(404),
		Call: apptest.Path("/v1/auth/oidc/none/callback")},
	{Route: "POST /v1/auth/oidc:link", About: "with no such token", Want: apptest.Everybody(422),
		Call: func(*apptest.Cell) (string, any) {
			return "/v1/auth/oidc:link", object{"token": "AAAA", "password": "a guess", "code": "123456"}
		}},
	{Route: "GET /v1/users/me/identities", Want: apptest.Accounts(200), Call: apptest.Path("/v1/users/me/identities")},
	{Route: "DELETE /v1/users/me/identities/{identityID}", Want: apptest.Accounts(204),
		Call: func(c *apptest.Cell) (string, any) {
			id := uuid.NewString()
			if c.Identity != apptest.Nobody {
				if _, err := c.DB.Exec(c.T.Context(), `INSERT INTO identities VALUES ($1, $2, 'https://id.example.com', $3, now(),
						now())`, id, c.Who.ID, id); err != nil {
					c.T.Fatal(err)
				}
			}
			return "/v1/users/me/identities/" + id, nil
		}},
	{Route: "GET /.well-known/jwks.json", Want: apptest.Everybody(200), Call: apptest.Path("/.well-known/jwks.json")},
}

var (
	right = apptest.Right{"refreshToken": apptest.AsToken}
	bad   = []apptest.Bad{{Route: "POST /v1/auth/refresh", Right: right}, {Route: "POST /v1/auth/logout", Right: right},
		{Route: "POST /v1/auth/passkeys/login/finish", Right: answered},
		{Route: "GET /v1/auth/oidc/{provider}", Params: apptest.Params{"fresh": apptest.BadBools}},
		{Route: "GET /v1/auth/oidc/{provider}/callback", Foreign: true,
			Params: apptest.Params{"code": nil, "state": nil, "iss": nil, "error": nil}},
		{Route: "POST /v1/auth/oidc:link", Right: apptest.Right{"password": apptest.AsGuess, "code": apptest.AsGuess}},
		{Route: "POST /v1/auth/confirm", Body: apptest.With(object{"code": "123456", "passkey": anAnswer()}),
			Right: apptest.Right{"password": apptest.AsGuess, "code": apptest.AsGuess, "id": text, "rawId": text,
				"clientDataJSON": text, "authenticatorData": text, "signature": text, "userHandle": handle}}}
	text, handle = []string{`"12"`, apptest.AsText[1]}, []string{`"12"`, `""`}
	answered     = apptest.Right{"id": text, "rawId": text, "clientDataJSON": text, "authenticatorData": text,
		"signature": text, "userHandle": handle}
)

// anAnswer has the form of what a passkey answers.
func anAnswer() object {
	return object{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": object{"clientDataJSON": "AAAA",
		"authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "AAAA"}}
}

func examples(r *apptest.Recorder) {
	r.As(apptest.User{})
	tokens := r.Do("logIn", 200, "POST", "/v1/auth/token", "", "Authorization",
		apptest.Basic(string(r.Root.Email), apptest.Password))
	tokens = r.Do("refreshToken", 200, "POST", "/v1/auth/refresh",
		`{"refreshToken": "`+tokens["refreshToken"].(string)+`"}`)
	r.As(apptest.User{Token: tokens["accessToken"].(string)})
	r.Do("confirmPassword", 200, "POST", "/v1/auth/confirm", `{"password": "`+apptest.Password+`"}`)
	d := r.NewDevice(r.AddUser(r.T, "bo@example.com"))
	d.Add(r.T)
	r.As(d.Owner)
	r.Do("beginConfirm", 200, "POST", "/v1/auth/passkeys/confirm/begin", "")
	r.As(apptest.User{Token: tokens["accessToken"].(string)})
	list := r.Do("listSessions", 200, "GET", "/v1/users/me/sessions", "")
	r.Do("endOtherSessions", 204, "DELETE", "/v1/users/me/sessions", "")
	one := list["items"].([]any)[0].(object)["id"].(string)
	r.Do("endSession", 204, "DELETE", "/v1/users/me/sessions/"+one, "")
	r.As(apptest.User{})
	r.Do("logOut", 204, "POST", "/v1/auth/logout", `{"refreshToken": "`+tokens["refreshToken"].(string)+`"}`)
	options := r.Do("beginPasskeyLogin", 200, "POST", "/v1/auth/passkeys/login/begin", "")
	r.Do("logInWithPasskey", 200, "POST", "/v1/auth/passkeys/login/finish",
		string(apptest.Marshal(r.T, object{"passkey": d.Answer(r.T, apptest.Marshal(r.T, options))})))
	providerExamples(r)
	r.Do("getKeys", 200, "GET", "/.well-known/jwks.json", "")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	u := w.Account(t, role.Cashier)
	addr := string(u.Email)
	token := w.LogIn(t, 200, strings.ToUpper(addr), apptest.Password)
	w.LogIn(t, 200, "ｕ"+strings.TrimPrefix(addr, "u"), apptest.Password) // in full width: it is one address
	w.LogIn(t, 401, "\u200b"+addr, apptest.Password)
	if token.TokenType != "Bearer" || token.ExpiresIn != 900 {
		t.Errorf("token %+v", token)
	}
	var me object
	a := w.OK(t, 200, &me, "GET", "/v1/users/me", token.AccessToken, nil)
	if me["id"] != u.ID.String() || a.Header.Get("ETag") == "" ||
		a.Header.Get("ETag") != w.OK(t, 200, nil, "GET", "/v1/users/"+u.ID.String(),
			token.AccessToken, nil).Header.Get("ETag") {
		t.Errorf("me: %v %s", a.Header, a.Body)
	}
	// A wrong password, an unknown address and what is no address look the same.
	var seen []string
	for _, who := range [][2]string{{addr, "wrong horse battery"}, {"nobody@x.org", apptest.Password},
		{"no address", apptest.Password}} {
		w.LogIn(t, 401, who[0], who[1])
		p := w.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic(who[0], who[1])).Problem(t)
		seen = append(seen, p.Code+p.Detail)
	}
	if seen[0] != seen[1] || seen[1] != seen[2] {
		t.Errorf("the refusals tell who has an account: %q", seen)
	}
	w.Refused(t, 422, "validation_failed", "query.x", "POST", "/v1/auth/token?x=1", "", nil)
}
