package authapp_test

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/pquerna/otp/hotp"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/openid"
)

// person is somebody with a login at a provider, and what it says of them.
type person struct {
	sub  string
	says jwt.MapClaims // in the token, and instead of what it says of itself
	info jwt.MapClaims // on its page about the person
}

// ID implements mockoidc.User.
func (p person) ID() string { return p.sub }

// Userinfo implements mockoidc.User.
func (p person) Userinfo([]string) ([]byte, error) {
	all := jwt.MapClaims{"sub": p.sub}
	maps.Copy(all, p.info)
	return json.Marshal(all)
}

// Claims implements mockoidc.User.
func (p person) Claims(_ []string, c *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	all := jwt.MapClaims{"sub": p.sub, "iss": c.Issuer, "aud": c.Audience, "exp": c.ExpiresAt.Unix(),
		"iat": c.IssuedAt.Unix(), "nonce": c.Nonce}
	maps.Copy(all, p.says)
	return all, nil
}

// verified is a person whose address the provider has verified.
func verified(sub, addr string) person {
	return person{sub: sub, says: jwt.MapClaims{"email": addr, "email_verified": true, "name": "Wim"}}
}

// idp is a provider, and what it is called at the service.
type idp struct {
	*mockoidc.MockOIDC
	s    *apptest.Service
	name string
}

// newIDP starts a provider and sets it up.
func newIDP(t *testing.T, s *apptest.Service, name string, now func() time.Time) idp {
	t.Helper()
	_, key := apptest.TestKey.Signer()
	m, err := mockoidc.NewServer(key)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(ln, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	m.FastForward(time.Until(now()))
	s.OpenID[name] = openid.New(openid.Config{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret,
		Redirect: "https://sales.example.com/v1/auth/oidc/" + name + "/callback", Now: now})
	return idp{m, s, name}
}

// begin is where the service sends a browser, and the cookie that it gives it.
func (p idp) begin(t *testing.T, query string) (to, cookie string) {
	t.Helper()
	a := p.s.OK(t, 303, nil, "GET", "/v1/auth/oidc/"+p.name+query, "", nil)
	cookie, _, _ = strings.Cut(a.Header.Get("Set-Cookie"), ";")
	return a.Header.Get("Location"), cookie
}

// consent is where the provider sends the browser back, once that person has logged in there.
func (p idp) consent(t *testing.T, to string, who person) string {
	t.Helper()
	p.QueueUser(who)
	req, err := http.NewRequestWithContext(t.Context(), "GET", to, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil || res.StatusCode != 302 {
		t.Fatalf("the provider: %d %v", res.StatusCode, err)
	}
	return strings.TrimPrefix(back.String(), "https://sales.example.com")
}

// back has a browser come back.
func (p idp) back(t *testing.T, want int, path, cookie string) (e authapp.Entered, a apptest.Answer) {
	t.Helper()
	a = p.s.OK(t, want, nil, "GET", path, "", nil, "Cookie", cookie)
	if want == 200 {
		a.JSON(t, &e)
	}
	return e, a
}

// logIn goes all the way.
func (p idp) logIn(t *testing.T, want int, who person) (authapp.Entered, apptest.Answer) {
	t.Helper()
	to, cookie := p.begin(t, "")
	return p.back(t, want, p.consent(t, to, who), cookie)
}

func (p idp) refused(t *testing.T, want int, code string, who person) {
	t.Helper()
	if _, a := p.logIn(t, want, who); a.Problem(t).Code != code {
		t.Errorf("%s, want %s", a.Body, code)
	}
}

// link goes on with a login.
func link(t *testing.T, s *apptest.Service, want int, code string, body object) (tok authapp.Token) {
	t.Helper()
	a := s.OK(t, want, nil, "POST", "/v1/auth/oidc:link", "", body)
	if want == 200 {
		a.JSON(t, &tok)
	} else if p := a.Problem(t); p.Code != code {
		t.Errorf("%s, want %s", a.Body, code)
	}
	return tok
}

func identities(t *testing.T, s *apptest.Service, token string) []authapp.Identity {
	t.Helper()
	var out authapp.Identities
	s.OK(t, 200, &out, "GET", "/v1/users/me/identities", token, nil)
	return out.Items
}

func whoami(t *testing.T, s *apptest.Service, token string) (me object) {
	t.Helper()
	s.OK(t, 200, &me, "GET", "/v1/users/me", token, nil)
	return me
}

// providerExamples are of an account with a password, whose login at a provider is linked and taken away again.
func providerExamples(r *apptest.Recorder) {
	p := newIDP(r.T, r.Service, "example", r.Now)
	var cookie string
	begin := func() string {
		a := r.OK(r.T, 303, nil, "GET", "/v1/auth/oidc/example", "", nil)
		cookie, _, _ = strings.Cut(a.Header.Get("Set-Cookie"), ";")
		return a.Header.Get("Location")
	}
	r.Do("beginProviderLogin", 303, "GET", "/v1/auth/oidc/example", "")
	out := r.Do("finishProviderLogin", 200, "GET", p.consent(r.T, begin(), verified("1", "ada@example.com")), "", "Cookie",
		cookie)
	tok := r.Do("linkProviderLogin", 200, "POST", "/v1/auth/oidc:link",
		`{"token": "`+out["token"].(string)+`", "password": "`+apptest.Password+`"}`)
	r.As(apptest.User{Token: tok["accessToken"].(string)})
	list := r.Do("listIdentities", 200, "GET", "/v1/users/me/identities", "")
	one := list["items"].([]any)[0].(object)["id"].(string)
	r.Do("deleteIdentity", 204, "DELETE", "/v1/users/me/identities/"+one, "")
	r.As(apptest.User{})
}

// TestProviderLogin: whoever is new gets an account, and finds it again by the subject, whatever the address is then.
func TestProviderLogin(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	p := newIDP(t, s, "one", clock.Now)
	to, cookie := p.begin(t, "")
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) != 43 ||
		len(q.Get("nonce")) != 43 || q.Get("state") == q.Get("nonce") || q.Has("prompt") ||
		!strings.HasPrefix(cookie, "__Host-") {
		t.Errorf("%s, cookie %s", to, cookie)
	}
	set := s.Do(t, "GET", "/v1/auth/oidc/one", "", nil).Header.Get("Set-Cookie")
	if !strings.HasSuffix(set, "; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("cookie %s", set)
	}
	in, a := p.back(t, 200, p.consent(t, to, verified("s1", "Wim@x.org"))+"&hd=x.org&scope=openid", cookie)
	me := whoami(t, s, in.AccessToken)
	if me["email"] != "wim@x.org" || me["emailVerified"] != true || me["name"] != "Wim" ||
		a.Header.Get("Cache-Control") != "no-store" || in.Needs != nil || in.Token != "" || in.ExpiresIn != 900 {
		t.Errorf("%v %+v %v", me, in, a.Header)
	}
	refresh(t, s, 200, in.RefreshToken)
	guess(t, s, 401, "wim@x.org", "")
	again, _ := p.logIn(t, 200, person{sub: "s1", says: jwt.MapClaims{"email": "other@x.org"}})
	if now := whoami(t, s, again.AccessToken); now["id"] != me["id"] || now["email"] != "wim@x.org" {
		t.Errorf("%v, was %v", now, me)
	}
	if list := identities(t, s, in.AccessToken); len(list) != 1 || list[0].Issuer != p.Issuer() ||
		!list[0].LastUsedAt.After(list[0].CreatedAt) {
		t.Errorf("%+v", list)
	}
	// A subject is the provider's own: another one may have the same for somebody else.
	two := newIDP(t, s, "two", clock.Now)
	other, _ := two.logIn(t, 200, verified("s1", "zoe@x.org"))
	if now := whoami(t, s, other.AccessToken); now["id"] == me["id"] || now["email"] != "zoe@x.org" {
		t.Errorf("%v", now)
	}
	// An account without a password has one login more of the same verified address.
	both, _ := two.logIn(t, 200, verified("s2", "wim@x.org"))
	if now := whoami(t, s, both.AccessToken); now["id"] != me["id"] || len(identities(t, s, both.AccessToken)) != 2 {
		t.Errorf("%v", now)
	}
}

// TestProviderAttacks: what comes back must be what this browser began, once and in time. Each ends well when nothing
// is wrong with it, which TestProviderLogin shows.
func TestProviderAttacks(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	p, other := newIDP(t, s, "one", w.Now), newIDP(t, s, "two", w.Now)
	wim := verified("s1", "wim@x.org")
	coded := func(want int, code, path, cookie string) {
		t.Helper()
		if _, a := p.back(t, want, path, cookie); a.Problem(t).Code != code {
			t.Errorf("%s, want %s", a.Body, code)
		}
	}
	to, cookie := p.begin(t, "")
	back := p.consent(t, to, wim)
	_, another := p.begin(t, "")
	coded(422, "bad_login_state", back, another) // another browser's
	coded(422, "bad_login_state", back, "")
	coded(422, "bad_login_state", back, cookie+"; "+another) // of two none is taken
	coded(422, "bad_login_state", back, strings.Replace(cookie, "=1", "=2", 1))
	coded(422, "bad_login_state", strings.Replace(back, "/one/", "/two/", 1), cookie)
	coded(422, "bad_login_state", back+"x", cookie)
	coded(401, "provider_refused", back+"&error=access_denied", cookie)
	coded(401, "provider_refused", back+"&iss="+url.QueryEscape(other.Issuer()), cookie) // RFC 9207
	in, _ := p.back(t, 200, back+"&iss="+url.QueryEscape(p.Issuer()), cookie)
	me(t, s, 200, in.AccessToken)
	coded(401, "provider_refused", back, cookie) // the provider takes a code once
	v, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	p.SessionStore.Store[v.Query().Get("code")].Granted = false
	coded(409, "login_used", back, cookie) // and so does the service, where the provider would take it again

	// A code that was stolen from somebody else's login, in one that the thief began; with the nonce of that one, PKCE
	// alone tells.
	theirs, _ := p.begin(t, "")
	to, cookie = p.begin(t, "")
	if v, err = url.Parse(to); err != nil {
		t.Fatal(err)
	}
	victim := verified("s1", "wim@x.org")
	victim.says["nonce"] = v.Query().Get("nonce")
	stolen, err := url.Parse(p.consent(t, theirs, victim))
	if err != nil {
		t.Fatal(err)
	}
	own, err := url.Parse(p.consent(t, to, verified("thief", "thief@x.org")))
	if err != nil {
		t.Fatal(err)
	}
	q := own.Query()
	q.Set("code", stolen.Query().Get("code"))
	coded(401, "provider_refused", own.Path+"?"+q.Encode(), cookie)

	for name, bad := range map[string]any{"nonce": "x", "aud": "another", "iss": "https://id.example.com",
		"azp": "another", "exp": w.Now().Add(-time.Hour).Unix(), "sub": strings.Repeat("x", 256), "email": 7} {
		who := person{sub: "s9", says: jwt.MapClaims{"email": "s9@x.org", "email_verified": true, name: bad}}
		p.refused(t, 401, "provider_refused", who)
	}
	p.refused(t, 401, "provider_refused", verified("a\u0000b", "s9@x.org"))

	to, cookie = p.begin(t, "")
	back = p.consent(t, to, wim)
	w.forward(10*time.Minute - time.Second)
	p.FastForward(10*time.Minute - time.Second)
	if _, a := p.back(t, 200, back, cookie); a.Status != 200 {
		t.Error("it is over too early")
	}
	to, cookie = p.begin(t, "")
	back = p.consent(t, to, wim)
	w.forward(10 * time.Minute)
	coded(422, "bad_login_state", back, cookie)
}

// TestProviderAddress: only an address that the provider has verified says whose account it is, and one with a password
// gives that first. A wrong one counts as with any login.
func TestProviderAddress(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now, Mails: true, Limits: attempts.Config{PerAccount: 3,
		PerAddress: 1000, PerHour: 100}})
	p := newIDP(t, s, "one", w.Now)
	u := s.AddUser(t, "u@x.org", role.User)
	for _, says := range []jwt.MapClaims{{"email": "u@x.org"}, {"email": "u@x.org", "email_verified": false},
		{"email": "u@x.org", "email_verified": "false"}, {"email": "new@x.org", "email_verified": 1},
		{"email_verified": true}, {"email": "no address", "email_verified": true}} {
		p.refused(t, 403, "email_unverified_there", person{sub: "s1", says: says})
	}
	var n int
	if err := s.DB.Get(t.Context(), &n, `SELECT count(*) FROM users`); err != nil || n != 1 {
		t.Errorf("%d accounts, %v", n, err)
	}
	for sub, who := range map[string]person{
		"text": {says: jwt.MapClaims{"email": "text@x.org", "email_verified": "true"}},
		"page": {info: jwt.MapClaims{"email": "page@x.org", "email_verified": true}},
	} {
		who.sub = sub
		in, _ := p.logIn(t, 200, who)
		if me := whoami(t, s, in.AccessToken); me["email"] != sub+"@x.org" || me["name"] != sub {
			t.Errorf("%v", me)
		}
	}
	p.refused(t, 401, "provider_refused", person{sub: "s3", info: jwt.MapClaims{"sub": "text", "email": "u@x.org",
		"email_verified": true}})

	ask := func() string {
		t.Helper()
		in, _ := p.logIn(t, 200, verified("s1", "u@x.org"))
		if in.AccessToken != "" || in.RefreshToken != "" || len(in.Needs) != 1 || in.Needs[0] != "PASSWORD" {
			t.Fatalf("%+v", in)
		}
		return in.Token
	}
	older := ask()
	token := ask()
	link(t, s, 422, "bad_login_token", object{"token": older, "password": apptest.Password})
	link(t, s, 422, "wrong_password", object{"token": token})
	for range 2 {
		link(t, s, 422, "wrong_password", object{"token": token, "password": "a guess"})
	}
	link(t, s, 429, "rate_limited", object{"token": token, "password": apptest.Password})
	guess(t, s, 429, "u@x.org", apptest.Password)
	w.forward(2 * time.Minute)
	s.NoMail(t)
	in := link(t, s, 200, "", object{"token": token, "password": apptest.Password})
	if m, _ := s.Mail(t, "u@x.org"); m.Subject != "Another way to log in was added" ||
		!strings.Contains(m.Text, p.Issuer()) {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	s.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), in.AccessToken, // the password was just given
		object{"email": "u@x.org", "currentPassword": apptest.Password})
	link(t, s, 422, "bad_login_token", object{"token": token, "password": apptest.Password})
	p.FastForward(2 * time.Minute)
	direct, _ := p.logIn(t, 200, verified("s1", "else@x.org"))
	if me := whoami(t, s, direct.AccessToken); me["id"] != u.ID.String() {
		t.Errorf("%v", me)
	}
}

// TestProviderMeanwhile: a login that waits goes on in time only, and not once its account is another, or disabled.
func TestProviderMeanwhile(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now})
	p := newIDP(t, s, "one", w.Now)
	root := s.AddUser(t, "root@x.org", role.Admin)
	u := s.AddUser(t, "u@x.org", role.User)
	path := "/v1/users/" + u.ID.String()
	body := func() object {
		in, _ := p.logIn(t, 200, verified("s1", "u@x.org"))
		return object{"token": in.Token, "password": apptest.Password}
	}
	late := body()
	w.forward(10 * time.Minute)
	p.FastForward(10 * time.Minute)
	link(t, s, 422, "bad_login_token", late)
	token := body()
	fresh := confirmed(t, s, 200, s.Token(t, root.User), apptest.Password)
	s.OK(t, 200, nil, "PATCH", path, fresh, object{"enabled": false})
	link(t, s, 403, "account_disabled", token)
	p.refused(t, 403, "account_disabled", verified("s1", "u@x.org"))
	s.OK(t, 200, nil, "PATCH", path, fresh, object{"enabled": true})
	link(t, s, 200, "", body())
	s.OK(t, 200, nil, "PATCH", path, fresh, object{"enabled": false})
	p.refused(t, 403, "account_disabled", verified("s1", "u@x.org"))
	s.OK(t, 200, nil, "PATCH", path, fresh, object{"enabled": true})
	in, _ := p.logIn(t, 200, verified("s1", "u@x.org"))
	s.OK(t, 204, nil, "POST", "/v1/users/me/erase",
		confirmed(t, s, 200, in.AccessToken, apptest.Password), nil)
	next, _ := p.logIn(t, 200, verified("s1", "u@x.org"))
	if me := whoami(t, s, next.AccessToken); me["id"] == u.ID.String() {
		t.Error("the account is back")
	}
}

// TestProviderFactor: a login at a provider is the first factor, and the second is asked for beside it.
func TestProviderFactor(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now, Limits: attempts.Config{PerAccount: 3, PerAddress: 1000}})
	p := newIDP(t, s, "one", w.Now)
	now := w.Now()
	in, _ := p.logIn(t, 200, person{sub: "s1", says: jwt.MapClaims{"email": "wim@x.org", "email_verified": true,
		"auth_time": now.Unix()}})
	var setup struct{ Key string }
	s.OK(t, 200, &setup, "POST", "/v1/users/me/totp", in.AccessToken, nil)
	code := func() string {
		w.forward(time.Minute)
		p.FastForward(time.Minute)
		c, err := hotp.GenerateCode(setup.Key, uint64(w.Now().Unix()/30))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	s.OK(t, 200, nil, "POST", "/v1/users/me/totp/confirm", in.AccessToken, object{"code": code()})
	half, _ := p.logIn(t, 200, verified("s1", "wim@x.org"))
	if half.AccessToken != "" || len(half.Needs) != 1 || half.Needs[0] != "CODE" {
		t.Fatalf("%+v", half)
	}
	link(t, s, 422, "wrong_code", object{"token": half.Token})
	link(t, s, 422, "wrong_code", object{"token": half.Token, "code": "000000"})
	used := code()
	me(t, s, 200, link(t, s, 200, "", object{"token": half.Token, "code": used}).AccessToken)
	half, _ = p.logIn(t, 200, verified("s1", "wim@x.org"))
	for range 3 { // the one before counted where the account was not known yet
		link(t, s, 422, "wrong_code", object{"token": half.Token, "code": used})
	}
	link(t, s, 429, "rate_limited", object{"token": half.Token, "code": code()})
}

// TestProviderPasskey: who has a passkey and no codes logs in with that, and not with a provider's word alone.
func TestProviderPasskey(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	p := newIDP(t, s, "one", clock.Now)
	who := verified("s1", "wim@x.org")
	in, _ := p.logIn(t, 200, who)
	u, err := s.Business.Users.GetByEmail(t.Context(), "wim@x.org")
	if err != nil {
		t.Fatal(err)
	}
	d := s.NewDevice(apptest.User{User: u, Token: s.Token(t, u)})
	d.Add(t)
	me(t, s, 401, in.AccessToken)
	p.refused(t, 401, "passkey_required", who)
	var tok authapp.Token
	s.OK(t, 200, &tok, "POST", "/v1/auth/passkeys/login/finish", "", object{"passkey": d.LogIn(t)})
	me(t, s, 200, tok.AccessToken)
}

// TestProviderFresh: what is sensitive may be done when the provider says that it asked for the password just now, and
// never because of what it says of the future. Who has no password sets one by a mail.
func TestProviderFresh(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now, Mails: true})
	p := newIDP(t, s, "one", w.Now)
	at := func(when time.Time) string {
		in, _ := p.logIn(t, 200, person{sub: "s1", says: jwt.MapClaims{"email": "wim@x.org", "email_verified": true,
			"auth_time": when.Unix()}})
		return in.AccessToken
	}
	in, _ := p.logIn(t, 200, verified("s1", "wim@x.org"))
	challenged(t, s, "POST", "/v1/users/me/totp", in.AccessToken, nil)
	challenged(t, s, "POST", "/v1/users/me/totp", refresh(t, s, 200, in.RefreshToken).AccessToken, nil)
	challenged(t, s, "POST", "/v1/users/me/totp", at(w.Now().Add(-time.Hour)), nil)
	confirmed(t, s, 422, in.AccessToken, "")
	s.OK(t, 200, nil, "POST", "/v1/users/me/totp", at(w.Now()), nil)
	ahead := at(w.Now().Add(time.Hour))
	s.OK(t, 200, nil, "POST", "/v1/users/me/totp", ahead, nil)
	w.forward(11 * time.Minute)
	challenged(t, s, "POST", "/v1/users/me/totp", ahead, nil)
	if to, _ := p.begin(t, "?fresh=true"); !strings.Contains(to, "prompt=login") || !strings.Contains(to, "max_age=0") {
		t.Errorf("%s", to)
	}
	s.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": "wim@x.org"})
	_, token := s.Mail(t, "wim@x.org")
	s.OK(t, 204, nil, "POST", "/v1/auth/reset/confirm", "", object{"token": token, "password": apptest.Password})
	logIn(t, s, "wim@x.org")
}

// TestProviderAway: a provider that does not answer is no fault of the service's, and harms no other.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	p, other := newIDP(t, s, "one", clock.Now), newIDP(t, s, "two", clock.Now)
	away := func(path, cookie string) {
		t.Helper()
		a := s.OK(t, 503, nil, "GET", path, "", nil, "Cookie", cookie)
		if a.Problem(t).Code != "provider_unavailable" || a.Header.Get("Retry-After") != "10" ||
			strings.Contains(string(a.Body), p.Addr()) {
			t.Errorf("%s", a.Body)
		}
	}
	to, cookie := p.begin(t, "")
	back := p.consent(t, to, verified("s1", "wim@x.org"))
	p.QueueError(&mockoidc.ServerError{Code: 500, Error: mockoidc.InternalServerError})
	p.QueueError(&mockoidc.ServerError{Code: 500, Error: mockoidc.InternalServerError}) // it is asked in two ways
	away(back, cookie)
	if err := p.Shutdown(); err != nil {
		t.Fatal(err)
	}
	away(back, cookie)
	s.OpenID["gone"] = openid.New(openid.Config{Issuer: p.Issuer(), Now: clock.Now})
	away("/v1/auth/oidc/gone", "")
	away("/v1/auth/oidc/gone", "")
	in, _ := other.logIn(t, 200, verified("s1", "wim@x.org"))
	me(t, s, 200, in.AccessToken)
}

// TestProviderFlood: a provider is asked about so many logins of an address a minute as may fail, and no more; that
// keeps nobody from logging in otherwise, and one that goes well does not count.
func TestProviderFlood(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now, Limits: attempts.Config{PerAccount: 3, PerAddress: 3}})
	p := newIDP(t, s, "one", w.Now)
	s.AddUser(t, "u@x.org", role.User)
	for range 4 {
		p.logIn(t, 200, verified("s1", "wim@x.org"))
		s.OK(t, 422, nil, "GET", "/v1/auth/oidc/one/callback?code=x&state=x", "", nil) // nobody is asked about it
	}
	bad := verified("s1", "wim@x.org")
	bad.says["nonce"] = "x"
	for range 3 {
		p.refused(t, 401, "provider_refused", bad)
	}
	p.refused(t, 429, "rate_limited", verified("s1", "wim@x.org"))
	logIn(t, s, "u@x.org")
	w.forward(time.Minute)
	p.FastForward(time.Minute)
	p.logIn(t, 200, verified("s1", "wim@x.org"))
}

// TestUnlink: a login at a provider is taken away by whose it is, but the last way in stays.
func TestUnlink(t *testing.T) {
	t.Parallel()
	var w wristwatch
	s := apptest.NewWith(t, apptest.Options{Now: w.Now, Mails: true})
	p, two := newIDP(t, s, "one", w.Now), newIDP(t, s, "two", w.Now)
	wim := verified("s1", "wim@x.org")
	wim.says["auth_time"] = w.Now().Unix()
	in, _ := p.logIn(t, 200, wim)
	at := func(token string, i int) string {
		return "/v1/users/me/identities/" + identities(t, s, token)[i].ID.String()
	}
	refused := func(want int, code, path, token string) {
		t.Helper()
		if a := s.OK(t, want, nil, "DELETE", path, token, nil); a.Problem(t).Code != code {
			t.Errorf("%s", a.Body)
		}
	}
	first := at(in.AccessToken, 0)
	refused(409, "last_login", first, in.AccessToken)
	refused(404, "identity_not_found", first, s.AddUser(t, "other@x.org", role.Admin).Token)
	two.logIn(t, 200, wim)
	s.Mail(t, "wim@x.org")
	gone := s.OpenID["two"]
	delete(s.OpenID, "two") // whoever runs the service no longer has it
	refused(409, "last_login", first, in.AccessToken)
	s.OpenID["two"] = gone
	s.OK(t, 204, nil, "DELETE", first, in.AccessToken, nil)
	if m, _ := s.Mail(t, "wim@x.org"); m.Subject != "A way to log in was removed" ||
		!strings.Contains(m.Text, p.Issuer()) {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	refused(404, "identity_not_found", first, in.AccessToken)
	refused(409, "last_login", at(in.AccessToken, 0), in.AccessToken)
	w.forward(11 * time.Minute)
	challenged(t, s, "DELETE", at(in.AccessToken, 0), in.AccessToken, nil)
	// With a password none is the last.
	u := s.AddUser(t, "u@x.org", role.User)
	p.FastForward(11 * time.Minute)
	half, _ := p.logIn(t, 200, verified("u", "u@x.org"))
	tok := link(t, s, 200, "", object{"token": half.Token, "password": apptest.Password}).AccessToken
	s.OK(t, 204, nil, "DELETE", at(tok, 0), tok, nil)
	half, _ = p.logIn(t, 200, verified("u", "u@x.org"))
	if me := whoami(t, s, tok); half.Token == "" || me["id"] != u.ID.String() {
		t.Errorf("%+v", half)
	}
}
