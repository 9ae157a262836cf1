package userapp_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

const chosen = "a fine new phrase"

// mailed is a world in which addresses are verified and mails are sent, and its clock, which stands ahead.
func mailed(t *testing.T, limits attempts.Config) (*apptest.World, *atomic.Int64) {
	t.Helper()
	var ahead atomic.Int64
	w := apptest.NewWorld(t, apptest.Options{Verify: true, Mails: true, Limits: limits,
		Now: func() time.Time { return clock.Now().Add(time.Duration(ahead.Load())) }})
	return w, &ahead
}

// newAccount signs up and returns the account, logged in, and the token of the link to its address.
func newAccount(t *testing.T, w *apptest.World, addr string) (u object, access, link string) {
	t.Helper()
	w.OK(t, 201, &u, "POST", "/v1/auth/signup", "", object{"name": "N", "email": addr, "password": apptest.Password})
	_, link = w.Mail(t, addr)
	return u, w.LogIn(t, 200, addr, apptest.Password).AccessToken, link
}

func open(t *testing.T, w *apptest.World, want int, link string) {
	t.Helper()
	if want == 204 {
		w.OK(t, 204, nil, "POST", "/v1/auth/verify", "", object{"token": link})
		return
	}
	w.Refused(t, 422, "bad_link", "body.token", "POST", "/v1/auth/verify", "", object{"token": link})
}

// ask has a link sent by which the password is reset, and returns its token.
func ask(t *testing.T, w *apptest.World, addr string) string {
	t.Helper()
	w.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": addr})
	m, link := w.Mail(t, strings.ToLower(addr))
	if !strings.HasPrefix(m.Link, "https://sales.example.com/me#reset=") || len(link) != 43 {
		t.Fatalf("the link is %s", m.Link)
	}
	return link
}

func reset(t *testing.T, w *apptest.World, want int, link string) {
	t.Helper()
	body := object{"token": link, "password": chosen}
	if want == 204 {
		w.OK(t, 204, nil, "POST", "/v1/auth/reset/confirm", "", body)
		return
	}
	w.Refused(t, 422, "bad_link", "body.token", "POST", "/v1/auth/reset/confirm", "", body)
}

// TestVerify: who signs up reads, but joins and makes no market until the link in the mail was opened,
// which works once.
func TestVerify(t *testing.T) {
	t.Parallel()
	w, _ := mailed(t, attempts.Config{})
	market := apptest.At("markets", w.Market(t)) + "/families"
	u, access, link := newAccount(t, w, "ada@x.org")
	if u["emailVerified"] != false {
		t.Errorf("signed up as %v", u)
	}
	w.OK(t, 200, nil, "GET", "/v1/markets", access, nil)
	w.OK(t, 200, nil, "GET", market, access, nil)
	w.Refused(t, 403, "email_not_verified", "", "POST", market, access, object{"name": "Adas"})
	// Nobody who reads the database opens it.
	var rows []string
	if err := w.DB.Select(t.Context(), &rows, `SELECT row_to_json(l)::text FROM links l
		UNION ALL SELECT row_to_json(j)::text FROM river.river_job j WHERE kind = 'account.link'`); err != nil ||
		len(rows) != 2 || strings.Contains(strings.Join(rows, ""), link) {
		t.Errorf("%v %v", rows, err)
	}
	open(t, w, 204, link)
	var me object
	w.OK(t, 200, &me, "GET", "/v1/users/me", access, nil)
	if me["emailVerified"] != true || me["email"] != "ada@x.org" {
		t.Errorf("verified as %v", me)
	}
	w.OK(t, 201, nil, "POST", market, access, object{"name": "Adas"})
	open(t, w, 422, link)
	w.OK(t, 202, nil, "POST", "/v1/auth/verify/resend", access, nil) // there is nothing to verify
	w.NoMail(t)

	boss, _, _ := newAccount(t, w, "boss@x.org")
	w.OK(t, 200, nil, "PUT", apptest.At("users", boss)+"/roles", w.Root.Token, object{"roles": []string{"ADMIN"}})
	w.Refused(t, 403, "email_not_verified", "", "POST", "/v1/markets",
		w.LogIn(t, 200, "boss@x.org", apptest.Password).AccessToken, apptest.NewMarket())

	var made object
	w.OK(t, 201, &made, "POST", "/v1/users", w.Root.Token, object{"name": "N", "email": "kim@x.org",
		"password": apptest.Password, "roles": []string{"USER"}})
	if made["emailVerified"] != true {
		t.Errorf("made by ADMIN: %v", made)
	}
	w.NoMail(t)
}

// TestBadLinks: a link is good once, for its time and its purpose, only the newest is, and none outlives a password or
// an account that is disabled.
func TestBadLinks(t *testing.T) {
	t.Parallel()
	w, ahead := mailed(t, attempts.Config{})
	u, access, first := newAccount(t, w, "ada@x.org")
	path := apptest.At("users", u)
	open(t, w, 422, "made-up")
	open(t, w, 422, strings.Repeat("A", 43))
	reset(t, w, 422, "made-up")

	w.OK(t, 202, nil, "POST", "/v1/auth/verify/resend", access, nil)
	_, second := w.Mail(t, "ada@x.org")
	open(t, w, 422, first)
	old := ask(t, w, "ada@x.org")
	link := ask(t, w, "ADA@x.org")
	reset(t, w, 422, old)
	open(t, w, 422, link) // the other purpose
	reset(t, w, 422, second)

	forward := func(d time.Duration) {
		ahead.Add(int64(d))
		w.Root.Token = w.Token(t, w.Root.User)
	}
	forward(31 * time.Minute)
	reset(t, w, 422, link)
	link = ask(t, w, "ada@x.org")
	w.OK(t, 200, nil, "PATCH", path, w.LogIn(t, 200, "ada@x.org", apptest.Password).AccessToken,
		object{"password": "second horse battery", "currentPassword": apptest.Password})
	reset(t, w, 422, link)
	open(t, w, 422, second)

	link = ask(t, w, "ada@x.org")
	w.Set(t, path, "enabled", false)
	reset(t, w, 422, link)
	w.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": "ada@x.org"})
	w.NoMail(t)
	w.Set(t, path, "enabled", true)
	reset(t, w, 422, link) // what was dead stays so

	access = w.LogIn(t, 200, "ada@x.org", "second horse battery").AccessToken
	w.OK(t, 202, nil, "POST", "/v1/auth/verify/resend", access, nil)
	_, link = w.Mail(t, "ada@x.org")
	forward(24*time.Hour + time.Minute)
	open(t, w, 422, link)
	if n, err := w.Business.Users.CleanLinks(t.Context()); err != nil || n != 0 {
		t.Errorf("%d links cleaned, %v: the one that expired was used up", n, err)
	}
	link = ask(t, w, "ada@x.org")
	w.OK(t, 204, nil, "DELETE", path, w.Root.Token, nil)
	reset(t, w, 422, link)
}

// TestReset: by the link, once, there is another password, every session has ended, the address is the account's, and
// what others guessed meanwhile keeps nobody out.
func TestReset(t *testing.T) {
	t.Parallel()
	w, _ := mailed(t, attempts.Config{PerAccount: 3, PerAddress: 1000})
	_, access, _ := newAccount(t, w, "ada@x.org")
	tok := w.LogIn(t, 200, "ada@x.org", apptest.Password)
	for range 3 {
		w.LogIn(t, 401, "ada@x.org", "a guess")
	}
	basic := []string{"Authorization", apptest.Basic("ada@x.org", chosen)}
	w.OK(t, 429, nil, "POST", "/v1/auth/token", "", nil, basic...)

	link := ask(t, w, "ada@x.org")
	w.Refused(t, 422, "validation_failed", "body.password", "POST", "/v1/auth/reset/confirm", "",
		object{"token": link, "password": "password123"})
	w.Refused(t, 422, "validation_failed", "body.password", "POST", "/v1/auth/reset/confirm", "",
		object{"token": link, "password": "xx-ada@x.org-xx"})
	w.OK(t, 200, nil, "GET", "/v1/users/me", access, nil)
	reset(t, w, 204, link)
	for _, ended := range []string{access, tok.AccessToken} {
		w.OK(t, 401, nil, "GET", "/v1/users/me", ended, nil)
	}
	w.OK(t, 401, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	if m, _ := w.Mail(t, "ada@x.org"); m.Subject != "Your password was changed" {
		t.Errorf("told of %s", m.Subject)
	}
	var me object
	w.OK(t, 200, &me, "GET", "/v1/users/me", w.LogIn(t, 200, "ada@x.org", chosen).AccessToken, nil)
	if me["emailVerified"] != true {
		t.Errorf("%v", me)
	}
	w.LogIn(t, 401, "ada@x.org", apptest.Password)
	reset(t, w, 422, link)
}

// TestOnce: of many who open a link at the same time one is let in.
func TestOnce(t *testing.T) {
	t.Parallel()
	w, _ := mailed(t, attempts.Config{})
	_, _, link := newAccount(t, w, "ada@x.org")
	byLink := []struct {
		path string
		body object
	}{{"/v1/auth/verify", object{"token": link}},
		{"/v1/auth/reset/confirm", object{"token": ask(t, w, "ada@x.org"), "password": chosen}}}
	for _, c := range byLink {
		var good, bad atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch a, err := w.Try("POST", c.path, "", c.body); {
				case err == nil && a.Status == 204:
					good.Add(1)
				case err == nil && a.Status == 422:
					bad.Add(1)
				default:
					t.Errorf("%s: %d %v %s", c.path, a.Status, err, a.Body)
				}
			})
		}
		wg.Wait()
		if good.Load() != 1 || bad.Load() != 7 {
			t.Errorf("%s: %d good, %d bad", c.path, good.Load(), bad.Load())
		}
	}
}

// TestResetRaces: a login with the old password, a reset and being disabled at once end as in some order: who is
// disabled has no session, and no session of the old password outlives the reset.
func TestResetRaces(t *testing.T) {
	t.Parallel()
	w, _ := mailed(t, attempts.Config{})
	for range 8 {
		u := w.Account(t, role.User)
		addr, path := string(u.Email), "/v1/users/"+u.ID.String()
		link := ask(t, w, addr)
		var login, changed, off apptest.Answer
		var errs [3]error
		var wg sync.WaitGroup
		wg.Go(func() {
			login, errs[0] = w.Try("POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic(addr, apptest.Password))
		})
		wg.Go(func() {
			changed, errs[1] = w.Try("POST", "/v1/auth/reset/confirm", "", object{"token": link, "password": chosen})
		})
		wg.Go(func() { off, errs[2] = w.Try("PATCH", path, w.Root.Token, object{"enabled": false}) })
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if off.Status != 200 || changed.Status != 204 && changed.Status != 422 || login.Status != 200 && login.Status != 401 {
			t.Fatalf("%d %d %d", login.Status, changed.Status, off.Status)
		}
		if login.Status == http.StatusOK {
			var tok struct{ AccessToken, RefreshToken string }
			login.JSON(t, &tok)
			w.OK(t, 401, nil, "GET", "/v1/users/me", tok.AccessToken, nil)
			w.OK(t, 401, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
		}
		w.Set(t, path, "enabled", true)
		want := map[bool][2]int{true: {401, 200}, false: {200, 401}}[changed.Status == 204]
		w.LogIn(t, want[0], addr, apptest.Password)
		w.LogIn(t, want[1], addr, chosen)
		if changed.Status == 204 {
			w.Mail(t, addr) // that the password was changed
		}
	}
}

// TestChangeOfAddress: the new address counts once its link was opened; the old one is told at once, and again.
func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	w, _ := mailed(t, attempts.Config{})
	u := w.Account(t, role.User)
	path, addr := "/v1/users/"+u.ID.String(), string(u.Email)
	move := func(want int, to string) {
		t.Helper()
		var got object
		w.OK(t, want, &got, "PATCH", path, u.Token, object{"email": to, "currentPassword": apptest.Password})
		if want == 200 && got["email"] != addr {
			t.Errorf("at once: %v", got)
		}
	}
	told := func(to, subject string) string {
		t.Helper()
		m, link := w.Mail(t, to)
		if m.Subject != subject {
			t.Fatalf("%s is told %q, want %q", to, m.Subject, subject)
		}
		return link
	}
	// asked is the link to the new address; the two mails come in either order.
	asked := func(to string) string {
		t.Helper()
		links := map[string]string{}
		for range 2 {
			m, link := w.AnyMail(t)
			links[m.To] = link
			if want := map[string]string{addr: "Your e-mail address is to be changed",
				to: "Verify your new e-mail address"}[m.To]; m.Subject != want {
				t.Fatalf("%s is told %q", m.To, m.Subject)
			}
		}
		return links[to]
	}
	move(200, "first@x.org")
	first := asked("first@x.org")
	move(200, "second@x.org")
	second := asked("second@x.org")
	open(t, w, 422, first)
	w.LogIn(t, 401, "second@x.org", apptest.Password)
	w.LogIn(t, 200, addr, apptest.Password)
	w.OK(t, 202, nil, "POST", "/v1/auth/verify/resend", u.Token, nil)
	again := told("second@x.org", "Verify your new e-mail address")
	open(t, w, 422, second)
	open(t, w, 204, again)
	told(addr, "Your e-mail address was changed")
	w.LogIn(t, 200, "second@x.org", apptest.Password)
	w.LogIn(t, 401, addr, apptest.Password)
	w.OK(t, 200, nil, "GET", "/v1/users/me", u.Token, nil) // it ends no session
	addr = "second@x.org"

	// The present address again forgets the other one, and so does another password.
	move(200, "third@x.org")
	third := asked("third@x.org")
	move(200, addr)
	open(t, w, 422, third)
	move(200, "third@x.org")
	third = asked("third@x.org")
	w.OK(t, 200, nil, "PATCH", path, w.Root.Token, object{"password": apptest.Password + "!"})
	told(addr, "Your password was changed")
	open(t, w, 422, third)

	// An address that somebody has stays theirs, at once and later. A reset dies with the address that it went to.
	u.Token = w.LogIn(t, 200, addr, apptest.Password+"!").AccessToken
	w.Refused(t, 409, "email_taken", "", "PATCH", path, u.Token,
		object{"email": string(w.Root.Email), "currentPassword": apptest.Password + "!"})
	w.OK(t, 200, nil, "PATCH", path, u.Token, object{"email": "fourth@x.org", "currentPassword": apptest.Password + "!"})
	fourth := asked("fourth@x.org")
	var other object
	w.OK(t, 201, &other, "POST", "/v1/users", w.Root.Token, object{"name": "N", "email": "fourth@x.org",
		"password": apptest.Password, "roles": []string{"USER"}})
	w.Refused(t, 409, "email_taken", "", "POST", "/v1/auth/verify", "", object{"token": fourth})
	link := ask(t, w, addr)
	var moved object
	w.OK(t, 200, &moved, "PATCH", path, w.Root.Token, object{"email": "fifth@x.org"})
	if moved["email"] != "fifth@x.org" || moved["emailVerified"] != true {
		t.Errorf("moved by ADMIN: %v", moved)
	}
	told(addr, "Your e-mail address was changed")
	reset(t, w, 422, link)
	w.OK(t, 204, nil, "DELETE", apptest.At("users", other), w.Root.Token, nil)
	open(t, w, 422, fourth)
	w.NoMail(t)
}

// TestHourly: nobody is sent more mails than the limit, whoever asks; and that keeps nobody from signing up, logging in
// or using the links that there are.
func TestHourly(t *testing.T) {
	t.Parallel()
	w, ahead := mailed(t, attempts.Config{PerAccount: 1000, PerAddress: 1000, PerHour: 3})
	_, access, _ := newAccount(t, w, "ada@x.org")
	for range 2 {
		w.OK(t, 202, nil, "POST", "/v1/auth/verify/resend", access, nil)
		w.Mail(t, "ada@x.org")
	}
	a := w.Refused(t, 429, "rate_limited", "", "POST", "/v1/auth/verify/resend", access, nil)
	if after := a.Header.Get("Retry-After"); len(after) != 4 {
		t.Errorf("Retry-After %s, want most of an hour", after)
	}
	var link string
	for range 3 {
		link = ask(t, w, "ada@x.org")
	}
	w.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": "ada@x.org"})
	w.NoMail(t)

	// By an account that is made and deleted again and again, too.
	for i := range 4 {
		var u object
		w.OK(t, 201, &u, "POST", "/v1/auth/signup", "", object{"name": "N", "email": "bo@x.org",
			"password": apptest.Password})
		if i < 3 {
			w.Mail(t, "bo@x.org")
		}
		w.OK(t, 204, nil, "DELETE", apptest.At("users", u), w.Root.Token, nil)
	}
	w.NoMail(t)
	u := w.Account(t, role.User)
	for i := range 4 {
		a := w.Do(t, "PATCH", "/v1/users/"+u.ID.String(), u.Token, object{"email": string(rune('a'+i)) + "@new.org",
			"currentPassword": apptest.Password})
		if want := []int{200, 200, 200, 429}[i]; a.Status != want {
			t.Errorf("change %d: %d %s", i, a.Status, a.Body)
		}
		if i < 3 {
			w.AnyMail(t)
			w.AnyMail(t)
		}
	}
	w.NoMail(t)
	reset(t, w, 204, link)
	w.Mail(t, "ada@x.org")
	ahead.Add(int64(time.Hour + time.Second))
	ask(t, w, "ada@x.org")
}

// TestResetSaysNothing: the answers to known, unknown, disabled and unlikely addresses are the same, byte for byte, and
// each adds one job.
func TestResetSaysNothing(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Verify: true})
	u, off := w.Account(t, role.User), w.Account(t, role.User)
	w.Set(t, "/v1/users/"+off.ID.String(), "enabled", false)
	var answers []string
	for _, addr := range []string{string(u.Email), "nobody@x.org", string(off.Email)} {
		a := w.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": addr})
		for _, varies := range []string{"Date", "X-Request-Id", "Traceparent", "Ratelimit"} {
			a.Header.Del(varies)
		}
		var headers strings.Builder
		_ = a.Header.Write(&headers) // sorts them
		answers = append(answers, headers.String()+string(a.Body))
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Errorf("the answers tell who has an account: %q", answers)
	}
	var jobs int
	if err := w.DB.Get(context.Background(), &jobs,
		`SELECT count(*) FROM river.river_job WHERE kind = 'account.link'`); err != nil || jobs != 3 {
		t.Errorf("%d jobs, %v", jobs, err)
	}
}

// TestSuperseded: a link that another one has taken the place of before it was sent is not sent, nor one that nobody
// wants any more: it would verify the other address.
func TestSuperseded(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{Verify: true})
	u, v := w.Account(t, role.User), w.Account(t, role.User)
	for _, to := range []string{"first@x.org", "second@x.org"} {
		w.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), u.Token,
			object{"email": to, "currentPassword": apptest.Password})
	}
	for _, to := range []string{"third@x.org", string(v.Email)} {
		w.OK(t, 200, nil, "PATCH", "/v1/users/"+v.ID.String(), v.Token,
			object{"email": to, "currentPassword": apptest.Password})
	}
	later := apptest.NewWith(t, apptest.Options{DB: &w.DB, Verify: true, Mails: true})
	got := map[string]int{}
	for range 4 {
		m, _ := later.AnyMail(t)
		got[m.To]++
	}
	later.NoMail(t)
	if want := map[string]int{string(u.Email): 2, string(v.Email): 1, "second@x.org": 1}; !maps.Equal(got, want) {
		t.Errorf("sent to %v, want %v", got, want)
	}
}

// TestLinkFlood: from an address as many mails are asked for, and passwords set, in a minute as logins may fail; links
// that are none count for themselves.
func TestLinkFlood(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Limits: attempts.Config{PerAddress: 3}})
	for i, want := range []int{202, 202, 202, 429} {
		s.OK(t, want, nil, "POST", "/v1/auth/reset", "", object{"email": string(rune('a'+i)) + "@x.org"})
	}
	s.OK(t, 429, nil, "POST", "/v1/auth/reset/confirm", "", object{"token": "made-up", "password": chosen})
	for _, want := range []int{422, 422, 422, 429} {
		s.OK(t, want, nil, "POST", "/v1/auth/verify", "", object{"token": "made-up"})
	}
}
