package factorapp_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/app/domain/factorapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// phone shows codes, by a clock that the test sets forward and the service's too.
type phone struct {
	ahead atomic.Int64
	key   string
}

func (p *phone) Now() time.Time { return clock.Now().Add(time.Duration(p.ahead.Load())) }

func (p *phone) forward(d time.Duration) { p.ahead.Add(int64(d)) }

// settle goes to the middle of the next step, so that none ends while the test asks.
func (p *phone) settle() {
	now := p.Now()
	p.forward(now.Truncate(30 * time.Second).Add(45 * time.Second).Sub(now))
}

func (p *phone) code(t *testing.T, off time.Duration) string {
	t.Helper()
	return codeAt(t, p.key, p.Now().Add(off))
}

// logIn gives password and code, "" for none, and wants this code of the problem; "": to be let in.
func logIn(t *testing.T, s *apptest.Service, addr, code, want string, headers ...string) (tok authapp.Token) {
	t.Helper()
	a, err := s.Try("POST", "/v1/auth/token", "", nil, append(headers, "Authorization",
		apptest.Basic(addr, apptest.Password), "Factor-Code", code)...)
	switch {
	case err != nil:
		t.Error(err)
	case a.Status == 200 && want == "":
		a.JSON(t, &tok)
	case a.Status == 200 || a.Problem(t).Code != want:
		t.Errorf("login with %q: %d %s, want %s", code, a.Status, a.Body, want)
	}
	return tok
}

func TestTOTP(t *testing.T) {
	t.Parallel()
	var p phone
	s := apptest.NewWith(t, apptest.Options{Now: p.Now, Mails: true})
	const addr = "u@x.org"
	s.AddUser(t, addr, role.User)
	other, own := logIn(t, s, addr, "", ""), logIn(t, s, addr, "", "")
	p.settle()
	var setup factorapp.Setup
	var given factorapp.RecoveryCodes
	s.OK(t, 404, nil, "POST", path+"/confirm", own.AccessToken, object{"code": "123456"})
	s.OK(t, 200, nil, "POST", path, own.AccessToken, nil)
	s.OK(t, 200, &setup, "POST", path, own.AccessToken, nil) // begun again
	p.key = setup.Key
	if want := "otpauth://totp/Garage%20sale:u@x.org?secret=" + p.key + "&issuer=Garage%20sale"; setup.URI != want {
		t.Errorf("%s, want %s", setup.URI, want)
	}
	logIn(t, s, addr, "", "") // not yet in force
	s.OK(t, 404, nil, "DELETE", path, own.AccessToken, nil)
	wrongCode(t, s.OK(t, 422, nil, "POST", path+"/confirm", own.AccessToken, object{"code": p.code(t, time.Hour)}))
	first := p.code(t, 0)
	s.OK(t, 200, &given, "POST", path+"/confirm", own.AccessToken, object{"code": first[:3] + " " + first[3:]})
	codes := given.RecoveryCodes
	if slices.Sort(codes); len(slices.Compact(codes)) != 10 || len(codes[0]) != 19 {
		t.Errorf("%v", codes)
	}
	if m, _ := s.Mail(t, addr); m.Subject != "A second factor was added" {
		t.Error(m.Subject)
	}
	s.OK(t, 401, nil, "GET", "/v1/users/me", other.AccessToken, nil)
	s.OK(t, 401, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": other.RefreshToken})
	s.OK(t, 200, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": own.RefreshToken})
	for _, again := range []string{path, path + "/confirm"} {
		var body any
		if again != path {
			body = object{"code": first}
		}
		if c := s.OK(t, 409, nil, "POST", again, own.AccessToken, body).Problem(t).Code; c != "factor_exists" {
			t.Errorf("%s again: %s", again, c)
		}
	}

	logIn(t, s, addr, "", "factor_required")
	logIn(t, s, addr, "12345", "bad_factor_code")
	logIn(t, s, addr, first, "bad_factor_code") // it put the factor in force
	logIn(t, s, addr, p.code(t, time.Minute), "bad_factor_code")
	logIn(t, s, addr, p.code(t, 30*time.Second), "") // a phone that is fast
	logIn(t, s, addr, p.code(t, 30*time.Second), "bad_factor_code")
	logIn(t, s, addr, first, "bad_factor_code")
	p.forward(2 * time.Minute)
	logIn(t, s, addr, p.code(t, -time.Minute), "bad_factor_code")
	logIn(t, s, addr, p.code(t, -30*time.Second), "") // one that is slow
	logIn(t, s, addr, p.code(t, 0), "")
	logIn(t, s, addr, p.code(t, -30*time.Second), "bad_factor_code")
	logIn(t, s, addr, codes[0], "")
	logIn(t, s, addr, codes[0], "bad_factor_code")
	logIn(t, s, addr, strings.ToLower(strings.ReplaceAll(codes[1], "-", "")), "")
	a := s.OK(t, 401, nil, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic(addr, "wrong"),
		"Factor-Code", codes[2])
	if c := a.Problem(t).Code; c != "bad_credentials" {
		t.Errorf("with a wrong password: %s", c)
	}
	logIn(t, s, addr, codes[2], "")
}

func wrongCode(t *testing.T, a apptest.Answer) {
	t.Helper()
	if p := a.Problem(t); p.Code != "wrong_code" || p.Errors[0].Location != "body.code" {
		t.Errorf("%s", a.Body)
	}
}

// TestRemove: neither a stolen token nor that and the password remove a factor; once it is gone all sessions are over,
// and its recovery codes are no good for the next one.
func TestRemove(t *testing.T) {
	t.Parallel()
	var p phone
	s := apptest.NewWith(t, apptest.Options{Now: p.Now, Mails: true})
	const addr = "u@x.org"
	u := s.AddUser(t, addr, role.User)
	p.settle()
	var codes []string
	p.key, codes = enrolled(t, s, u, p.Now())
	s.Mail(t, addr)
	tok := logIn(t, s, addr, codes[0], "")
	p.forward(11 * time.Minute)
	s.OK(t, 200, &tok, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	for _, c := range [][2]string{{"DELETE", path}, {"POST", path}} {
		if c := s.OK(t, 401, nil, c[0], c[1], tok.AccessToken, nil).Problem(t).Code; c != "insufficient_user_authentication" {
			t.Error(c)
		}
	}
	const confirm = "/v1/auth/confirm"
	for _, code := range []string{"", "123", codes[0], p.code(t, time.Hour)} {
		wrongCode(t, s.OK(t, 422, nil, "POST", confirm, tok.AccessToken, object{"password": apptest.Password, "code": code}))
	}
	var fresh authapp.Bearer
	code := p.code(t, 0)
	s.OK(t, 422, nil, "POST", confirm, tok.AccessToken, object{"password": "wrong", "code": code})
	s.OK(t, 200, &fresh, "POST", confirm, tok.AccessToken, object{"password": apptest.Password, "code": code})
	wrongCode(t, s.OK(t, 422, nil, "POST", confirm, tok.AccessToken, object{"password": apptest.Password, "code": code}))
	s.OK(t, 412, nil, "DELETE", path, fresh.AccessToken, nil, "If-Match", `"x"`)
	s.OK(t, 204, nil, "DELETE", path, fresh.AccessToken, nil)
	if m, _ := s.Mail(t, addr); m.Subject != "The second factor was removed" {
		t.Error(m.Subject)
	}
	s.OK(t, 401, nil, "GET", "/v1/users/me", fresh.AccessToken, nil)
	s.OK(t, 401, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	logIn(t, s, addr, "", "")
	enrolled(t, s, u, p.Now())
	logIn(t, s, addr, codes[1], "bad_factor_code")
}

// TestReset: ADMIN takes the factor of who has lost it away, which the account is told and the audit keeps.
func TestReset(t *testing.T) {
	t.Parallel()
	var p phone
	s := apptest.NewWith(t, apptest.Options{Now: p.Now, Mails: true})
	admin, u := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "u@x.org", role.User)
	_, codes := enrolled(t, s, u, p.Now())
	s.Mail(t, "u@x.org")
	tok := logIn(t, s, "u@x.org", codes[0], "")
	at := "/v1/users/" + u.ID.String() + "/factors"
	s.OK(t, 403, nil, "DELETE", at, tok.AccessToken, nil)
	s.OK(t, 204, nil, "DELETE", at, admin.Token, nil)
	if m, _ := s.Mail(t, "u@x.org"); m.Subject != "The second factor was removed" {
		t.Error(m.Subject)
	}
	s.OK(t, 401, nil, "GET", "/v1/users/me", tok.AccessToken, nil)
	logIn(t, s, "u@x.org", "", "")
	if c := s.OK(t, 404, nil, "DELETE", at, admin.Token, nil).Problem(t).Code; c != "factor_not_found" {
		t.Error(c)
	}
	s.OK(t, 404, nil, "DELETE", "/v1/users/"+apptest.Key()+"/factors", admin.Token, nil)
	var who string
	if err := s.DB.Get(t.Context(), &who, `SELECT actor_id::text FROM audit WHERE action = 'user.reset_factor'
		AND resource = 'user' AND resource_id = $1 AND outcome = 'SUCCESS'`, u.ID); err != nil || who != admin.ID.String() {
		t.Errorf("in the audit: %q %v\n%s", who, err, s.Audit(t))
	}
	p.forward(11 * time.Minute)
	s.OK(t, 401, nil, "DELETE", at, admin.Token, nil)
}

// TestErased: an account that is made nobody leaves nothing of its second factor behind.
func TestErased(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	u := s.AddUser(t, "u@x.org", role.User)
	enrolled(t, s, u, clock.Now())
	s.OK(t, 204, nil, "POST", "/v1/users/me/erase", u.Token, nil)
	left := -1
	if err := s.DB.Get(t.Context(), &left, `SELECT (SELECT count(*) FROM second_factors) +
		(SELECT count(*) FROM recovery_codes)`); err != nil || left != 0 {
		t.Errorf("%d rows are left: %v", left, err)
	}
}

// TestOneCodeOnce: of many logins at once with one code, of the app or for recovery, one gets in.
func TestOneCodeOnce(t *testing.T) {
	t.Parallel()
	var p phone
	s := apptest.NewWith(t, apptest.Options{Now: p.Now})
	u := s.AddUser(t, "u@x.org", role.User)
	p.settle()
	var codes []string
	p.key, codes = enrolled(t, s, u, p.Now())
	p.forward(30 * time.Second)
	for _, code := range []string{p.code(t, 0), codes[0]} {
		var in atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				a, err := s.Try("POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic("u@x.org", apptest.Password),
					"Factor-Code", code)
				if err != nil || a.Status != 200 && a.Status != 401 {
					t.Errorf("%d %v", a.Status, err)
				}
				if a.Status == 200 {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("%d got in with %s", in.Load(), code)
		}
	}
}

// TestSetUpMeanwhile: a login that has given the password when a second factor comes into force wants a code.
func TestSetUpMeanwhile(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	u := s.AddUser(t, "u@x.org", role.User)
	owner := dbtest.Owner(t, s.DB)
	done := make(chan struct{})
	if err := s.Business.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		setup, err := d.Factors.Begin(ctx, u.ID) // which holds the account
		if err != nil {
			return err
		}
		go func() {
			defer close(done)
			logIn(t, s, "u@x.org", "", "factor_required")
		}()
		dbtest.Blocked(t, owner, 1)
		_, err = d.Factors.Confirm(ctx, u.ID, codeAt(t, setup.Key, clock.Now()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	<-done
}

// TestGuesses: who has the password guesses ten codes in an hour, and locks the owner out nowhere that it is known. To
// be asked for a code does not count.
func TestGuesses(t *testing.T) {
	t.Parallel()
	var p phone
	s := apptest.NewWith(t, apptest.Options{Now: p.Now, Limits: attempts.Config{PerAccount: 3, PerAddress: 1000},
		Mux: func(c *mux.Config) { c.Proxies = []string{"127.0.0.0/8"} }})
	u := s.AddUser(t, "u@x.org", role.User)
	_, codes := enrolled(t, s, u, p.Now())
	home, thief := []string{"X-Forwarded-For", "192.0.2.1"}, []string{"X-Forwarded-For", "198.51.100.1"}
	logIn(t, s, "u@x.org", codes[0], "", home...)
	for range 10 {
		logIn(t, s, "u@x.org", "", "factor_required", thief...)
	}
	for range 3 {
		logIn(t, s, "u@x.org", "guess", "bad_factor_code", thief...)
		p.forward(2 * time.Minute) // more passwords may be tried by then
	}
	for range 5 {
		logIn(t, s, "u@x.org", codes[1], "rate_limited", thief...)
		p.forward(2 * time.Minute)
	}
	logIn(t, s, "u@x.org", codes[2], "rate_limited", "X-Forwarded-For", "203.0.113.1")
	for i := range 3 { // what is right is no failure
		logIn(t, s, "u@x.org", codes[3+i], "", home...)
	}
	const confirm = "/v1/auth/confirm"
	for range 3 {
		s.OK(t, 422, nil, "POST", confirm, s.Token(t, u.User), object{"password": apptest.Password, "code": "guess"}, home...)
	}
	s.OK(t, 429, nil, "POST", confirm, s.Token(t, u.User), object{"password": apptest.Password, "code": codes[6]}, home...)
	p.forward(61 * time.Minute)
	logIn(t, s, "u@x.org", codes[7], "", thief...)
}

// TestDemanded: of whom the settings demand a second factor, and who has none, does nothing before it has one.
func TestDemanded(t *testing.T) {
	t.Parallel()
	var p phone
	demand := func(db sqldb.DB, cfg business.Config) business.Business {
		cfg.Factors = factorbus.Config{Admins: true, Organisers: true}
		return business.New(db, cfg)
	}
	w := apptest.NewWorld(t, apptest.Options{Now: p.Now, Business: demand})
	market := w.Market(t)
	organiser, cashier, user := w.Account(t, role.User), w.Account(t, role.Cashier), w.Account(t, role.User)
	w.Member(t, market, organiser, role.Organiser)
	w.Member(t, market, user, role.MemberCashier)
	for _, u := range []apptest.User{cashier, user} {
		w.OK(t, 200, nil, "GET", "/v1/markets", logIn(t, w.Service, string(u.Email), "", "").AccessToken, nil)
	}
	for _, u := range []apptest.User{w.Root, organiser} {
		addr := string(u.Email)
		tok := logIn(t, w.Service, addr, "", "")
		me := "/v1/users/" + u.ID.String()
		for _, c := range [][2]string{{"GET", "/v1/markets"}, {"GET", apptest.At("markets", market)}, {"GET", "/v1/users"},
			{"PATCH", me}, {"DELETE", me}, {"DELETE", path}, {"GET", apptest.At("markets", market) + "/webhooks"},
			{"DELETE", me + "/factors"}, {"GET", apptest.At("markets", market) + "/events"}} {
			if a := w.Do(t, c[0], c[1], tok.AccessToken, nil); a.Status != 403 || a.Problem(t).Code != "second_factor_required" {
				t.Errorf("%s %s as %s: %d %s", c[0], c[1], addr, a.Status, a.Body)
			}
		}
		w.OK(t, 404, nil, "GET", "/v1/users/"+cashier.ID.String(), tok.AccessToken, nil)
		for _, mine := range []string{"/v1/users/me", me, "/v1/users/me/sessions"} {
			w.OK(t, 200, nil, "GET", mine, tok.AccessToken, nil)
		}
		w.OK(t, 200, nil, "POST", "/v1/auth/confirm", tok.AccessToken, object{"password": apptest.Password})
		w.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": tok.RefreshToken})

		tok = logIn(t, w.Service, addr, "", "")
		var setup factorapp.Setup
		w.OK(t, 200, &setup, "POST", path, tok.AccessToken, nil)
		w.OK(t, 200, nil, "POST", path+"/confirm", tok.AccessToken, object{"code": codeAt(t, setup.Key, p.Now())})
		w.OK(t, 200, &tok, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
		w.OK(t, 200, nil, "GET", apptest.At("markets", market)+"/webhooks", tok.AccessToken, nil)

		p.forward(time.Minute)
		tok = logIn(t, w.Service, addr, codeAt(t, setup.Key, p.Now()), "")
		w.OK(t, 204, nil, "DELETE", path, tok.AccessToken, nil)
		tok = logIn(t, w.Service, addr, "", "")
		w.OK(t, 403, nil, "GET", "/v1/markets", tok.AccessToken, nil)
	}
}
