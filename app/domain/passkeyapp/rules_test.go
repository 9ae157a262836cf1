package passkeyapp_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/app/domain/passkeyapp"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
)

const (
	finish  = path + "/login/finish"
	confirm = "/v1/auth/confirm"
)

// logIn sends a passkey's answer, and wants this code of the problem; "": to be let in.
func logIn(t *testing.T, s *apptest.Service, answer object, want string) (tok authapp.Token) {
	t.Helper()
	a, err := s.Try("POST", finish, "", object{"passkey": answer})
	switch {
	case err != nil:
		t.Error(err)
	case a.Status == 200 && want == "":
		a.JSON(t, &tok)
	case a.Status == 200 || a.Problem(t).Code != want:
		t.Errorf("login: %d %s, want %q", a.Status, a.Body, want)
	}
	return tok
}

// password gives the password alone, and wants this code of the problem; "": to be let in.
func password(t *testing.T, s *apptest.Service, u apptest.User, want string) (tok authapp.Token) {
	t.Helper()
	a := s.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic(string(u.Email), apptest.Password))
	if a.Status == 200 && want == "" {
		a.JSON(t, &tok)
	} else if a.Status == 200 || a.Problem(t).Code != want {
		t.Errorf("login by password: %d %s, want %q", a.Status, a.Body, want)
	}
	return tok
}

// audited is how often the audit has an action of that outcome about a resource.
func audited(t *testing.T, s *apptest.Service, action, outcome string, id any) (n int) {
	t.Helper()
	if err := s.DB.Get(t.Context(), &n, `SELECT count(*) FROM audit WHERE action = $1 AND outcome = $2
		AND resource_id = $3`, action, outcome, id); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPasskey: a passkey registers and logs in; it ends the sessions from before, is told by mail, and the password
// alone is not enough from then on, until it is removed.
func TestPasskey(t *testing.T) {
	t.Parallel()
	now := dbtest.NewClock()
	s := apptest.NewWith(t, apptest.Options{Now: now.Now, Mails: true})
	u := s.AddUser(t, "u@x.org", role.User)
	other, mine := password(t, s, u, ""), password(t, s, u, "")
	u.Token = mine.AccessToken
	d := s.NewDevice(u)
	made := d.Add(t)
	if m, _ := s.Mail(t, "u@x.org"); m.Subject != "A passkey was added" {
		t.Error(m.Subject)
	}
	if made["name"] != "Phone" || made["lastUsedAt"] != nil ||
		audited(t, s, "passkey.create", "SUCCESS", made["id"]) != 1 {
		t.Errorf("%v\n%s", made, s.Audit(t))
	}
	s.OK(t, 401, nil, "GET", "/v1/users/me", other.AccessToken, nil)
	s.OK(t, 200, nil, "GET", "/v1/users/me", mine.AccessToken, nil)
	password(t, s, u, "passkey_required")

	tok := logIn(t, s, d.LogIn(t), "")
	s.OK(t, 200, &tok, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	var list passkeyapp.Passkeys
	s.OK(t, 200, &list, "GET", path, tok.AccessToken, nil)
	if len(list.Items) != 1 || list.Items[0].LastUsedAt == nil {
		t.Errorf("%+v", list)
	}
	now.Add(11 * time.Minute)
	at := path + "/" + made["id"].(string)
	for _, c := range [][2]string{{"DELETE", at}, {"POST", path + "/register/begin"}} {
		a := s.OK(t, 401, nil, c[0], c[1], tok.AccessToken, nil)
		if c := a.Problem(t).Code; c != "insufficient_user_authentication" {
			t.Error(c)
		}
	}
	fresh := logIn(t, s, d.LogIn(t), "")
	s.OK(t, 204, nil, "DELETE", at, fresh.AccessToken, nil)
	if m, _ := s.Mail(t, "u@x.org"); m.Subject != "A passkey was removed" {
		t.Error(m.Subject)
	}
	s.OK(t, 401, nil, "GET", "/v1/users/me", tok.AccessToken, nil)
	logIn(t, s, d.LogIn(t), "bad_passkey")
	password(t, s, u, "")
}

// TestAttacks: what is not the account's passkey, at the service's own page, with its user verified, is refused; and so
// is what was used before.
func TestAttacks(t *testing.T) {
	t.Parallel()
	now := dbtest.NewClock()
	s := apptest.NewWith(t, apptest.Options{Now: now.Now})
	u, thief := s.AddUser(t, "u@x.org", role.User), s.AddUser(t, "thief@x.org", role.User)
	for what, spoil := range map[string]func(*apptest.Device){
		"another origin":        func(d *apptest.Device) { d.Party.Origin = "https://sales.example.org" },
		"a page beneath":        func(d *apptest.Device) { d.Party.Origin = "https://evil.sales.example.com" },
		"another port":          func(d *apptest.Device) { d.Party.Origin += ":8443" },
		"without TLS":           func(d *apptest.Device) { d.Party.Origin = "http://sales.example.com" },
		"for another site":      func(d *apptest.Device) { d.Party.ID = "example.com" },
		"no user verified":      func(d *apptest.Device) { d.Auth.Options.UserNotVerified = true },
		"no user present":       func(d *apptest.Device) { d.Auth.Options.UserNotPresent = true },
		"another kind of key":   func(d *apptest.Device) { d.Auth.Options.BackupEligible = true },
		"of another account":    func(d *apptest.Device) { d.Auth.Options.UserHandle = thief.ID[:] },
		"of no account":         func(d *apptest.Device) { d.Auth.Options.UserHandle = nil },
		"another's private key": func(d *apptest.Device) { d.Key.Key = s.NewDevice(u).Key.Key },
		"a key nobody has":      func(d *apptest.Device) { d.Key.ID = []byte("unknown") },
		"a question of nobody":  nil,
	} {
		t.Run(what, func(t *testing.T) {
			d := s.NewDevice(u)
			made := d.Add(t)
			good := *d
			if spoil == nil {
				answer := d.Answer(t, []byte(`{"publicKey": {"challenge": "`+strings.Repeat("A", 43)+`"}}`))
				logIn(t, s, answer, "bad_passkey")
			} else {
				spoil(d)
				logIn(t, s, d.LogIn(t), "bad_passkey")
			}
			logIn(t, s, good.LogIn(t), "") // the control
			u.Token = s.Token(t, u.User)
			s.OK(t, 204, nil, "DELETE", path+"/"+made["id"].(string), u.Token, nil)
		})
	}
	d := s.NewDevice(u)
	d.Add(t)
	answer := d.LogIn(t)
	logIn(t, s, answer, "")
	logIn(t, s, answer, "bad_passkey") // again
	answer = d.LogIn(t)
	spoiled := d.Key.Key
	d.Key.Key = s.NewDevice(u).Key.Key
	options := s.OK(t, 200, nil, "POST", path+"/login/begin", "", nil).Body
	logIn(t, s, d.Answer(t, options), "bad_passkey")
	d.Key.Key = spoiled
	logIn(t, s, d.Answer(t, options), "bad_passkey") // a wrong answer uses it up too
	now.Add(5 * time.Minute)
	logIn(t, s, answer, "bad_passkey") // late
	logIn(t, s, d.Confirm(t, s.Token(t, u.User)), "bad_passkey")
	now.Add(-time.Second)
	late := d.LogIn(t)
	now.Add(5*time.Minute - time.Second)
	logIn(t, s, late, "") // just in time
	if _, err := s.DB.Exec(t.Context(), `UPDATE users SET enabled = false WHERE email = 'u@x.org'`); err != nil {
		t.Fatal(err)
	}
	logIn(t, s, d.LogIn(t), "bad_passkey")
}

// TestCloned: a passkey whose signatures do not count up is refused, and it stands in the audit; one that never counted
// is not taken for a copy.
func TestCloned(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	u := s.AddUser(t, "u@x.org", role.User)
	d := s.NewDevice(u)
	made := d.Add(t)
	clone := *d
	for range 3 {
		logIn(t, s, d.LogIn(t), "")
	}
	for range 3 { // its counts are 1 to 3
		logIn(t, s, clone.LogIn(t), "bad_passkey")
	}
	logIn(t, s, d.LogIn(t), "")
	for end := time.Now().Add(20 * time.Second); audited(t, s, "token.passkey", "DENIED", made["id"]) != 3; {
		if time.Sleep(10 * time.Millisecond); time.Now().After(end) {
			t.Fatalf("%s", s.Audit(t))
		}
	}
	still := s.NewDevice(s.AddUser(t, "v@x.org", role.User))
	still.Add(t)
	for range 2 {
		answer := still.LogIn
		still.Key.Counter = ^uint32(0) // one more is 0
		logIn(t, s, answer(t), "")
	}
}

// TestRegister: what is registered is what was asked for, of the account that asked, once.
func TestRegister(t *testing.T) {
	t.Parallel()
	now := dbtest.NewClock()
	s := apptest.NewWith(t, apptest.Options{Now: now.Now})
	u, other := s.AddUser(t, "u@x.org", role.User), s.AddUser(t, "other@x.org", role.User)
	send := func(who apptest.User, answer object, status int, code string) {
		t.Helper()
		a := s.OK(t, status, nil, "POST", path+"/register/finish", s.Token(t, who.User),
			object{"name": "Phone", "credential": answer})
		if status != 201 && a.Problem(t).Code != code {
			t.Errorf("%s, want %s", a.Body, code)
		}
		if status == 422 && a.Problem(t).Errors[0].Location != "body.credential" {
			t.Errorf("%s", a.Body)
		}
	}
	for what, spoil := range map[string]func(*apptest.Device){
		"another origin":   func(d *apptest.Device) { d.Party.Origin = "https://sales.example.org" },
		"for another site": func(d *apptest.Device) { d.Party.ID = "example.com" },
		"no user verified": func(d *apptest.Device) { d.Auth.Options.UserNotVerified = true },
	} {
		t.Run(what, func(t *testing.T) {
			d := s.NewDevice(u)
			spoil(d)
			send(u, d.Register(t), 422, "wrong_passkey")
		})
	}
	d := s.NewDevice(u)
	older := d.Register(t)
	answer := d.Register(t) // begun again
	send(u, older, 422, "wrong_passkey")
	send(other, answer, 422, "wrong_passkey")
	send(u, answer, 201, "")
	send(u, answer, 422, "wrong_passkey")
	for _, bad := range []any{[]string{strings.Repeat("x", 33)}, []string{"a b"}, make([]string, 11), "usb"} {
		answer["response"].(object)["transports"] = bad
		a := s.OK(t, 422, nil, "POST", path+"/register/finish", s.Token(t, u.User),
			object{"name": "Phone", "credential": answer})
		apptest.Placed(t, "transports", a, "body.credential.response.transports")
	}
	d = s.NewDevice(u)
	answer = d.Register(t)
	answer["response"].(object)["transports"] = []string{"internal", "hybrid", "unheard-of"}
	answer["response"].(object)["publicKeyAlgorithm"] = -7
	answer["authenticatorAttachment"] = "platform"
	answer["clientExtensionResults"] = object{"credProps": object{"rk": true}, "prf": []any{nil, 1}}
	send(u, answer, 201, "")
	if a := s.OK(t, 200, nil, "POST", path+"/confirm/begin", s.Token(t, u.User), nil); !strings.Contains(string(a.Body),
		`"transports":["internal","hybrid","unheard-of"]`) {
		t.Errorf("%s", a.Body)
	}
	d.Owner = other
	send(other, d.Register(t), 409, "passkey_exists")
	d = s.NewDevice(u)
	late := d.Register(t)
	now.Add(5 * time.Minute)
	send(u, late, 422, "wrong_passkey")
	s.OK(t, 422, nil, "POST", path+"/register/finish", s.Token(t, u.User), object{"name": "Phone", "credential": object{
		"id": "AAAAA", "type": "public-key", "response": object{"clientDataJSON": "e30", "attestationObject": "AAAA"}}})
}

// TestMax: an account has 10 passkeys, and the 11th is refused.
func TestMax(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	u := s.AddUser(t, "u@x.org", role.User)
	for range passkeybus.Max - 1 {
		stored(t, s, u.ID)
	}
	late := s.NewDevice(u).Register(t)
	s.NewDevice(u).Add(t)
	for at, body := range map[string]any{"begin": nil, "finish": object{"name": "P", "credential": late}} {
		a := s.OK(t, 409, nil, "POST", path+"/register/"+at, u.Token, body)
		if c := a.Problem(t).Code; c != "quota_reached" {
			t.Errorf("%s: %s", at, c)
		}
	}
}

// TestConfirm: a passkey confirms who is logged in, of the same account only; neither a token nor that with the
// password removes it.
func TestConfirm(t *testing.T) {
	t.Parallel()
	now := dbtest.NewClock()
	s := apptest.NewWith(t, apptest.Options{Now: now.Now})
	u, thief := s.AddUser(t, "u@x.org", role.User), s.AddUser(t, "thief@x.org", role.User)
	d, theirs := s.NewDevice(u), s.NewDevice(thief)
	at := path + "/" + d.Add(t)["id"].(string)
	theirs.Add(t)
	tok := logIn(t, s, d.LogIn(t), "")
	now.Add(11 * time.Minute)
	s.OK(t, 200, &tok, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	refused := func(body object, code, place string) {
		t.Helper()
		if p := s.OK(t, 422, nil, "POST", confirm, tok.AccessToken, body).Problem(t); p.Code != code ||
			p.Errors[0].Location != place {
			t.Errorf("%+v, want %s at %s", p, code, place)
		}
	}
	s.OK(t, 401, nil, "DELETE", at, tok.AccessToken, nil)
	refused(object{"password": apptest.Password}, "validation_failed", "body.passkey")
	refused(object{}, "wrong_password", "body.password")
	refused(object{"password": apptest.Password, "passkey": d.Confirm(t, tok.AccessToken)}, "validation_failed",
		"body.password")
	refused(object{"passkey": theirs.Confirm(t, s.Token(t, thief.User))}, "wrong_passkey", "body.passkey")
	refused(object{"passkey": d.LogIn(t)}, "wrong_passkey", "body.passkey")
	options := s.OK(t, 200, nil, "POST", path+"/confirm/begin", tok.AccessToken, nil).Body
	refused(object{"passkey": theirs.Answer(t, options)}, "wrong_passkey", "body.passkey")
	answer := d.Confirm(t, tok.AccessToken)
	var fresh authapp.Bearer
	s.OK(t, 200, &fresh, "POST", confirm, tok.AccessToken, object{"passkey": answer})
	refused(object{"passkey": answer}, "wrong_passkey", "body.passkey")
	s.OK(t, 204, nil, "DELETE", at, fresh.AccessToken, nil)
	s.OK(t, 404, nil, "POST", path+"/confirm/begin", fresh.AccessToken, nil)
}

// TestSecondFactor: where a second factor is demanded a passkey is one; beside codes, either lets the account in.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Business: func(db sqldb.DB, cfg business.Config) business.Business {
		cfg.Factors = factorbus.Config{Admins: true}
		return business.New(db, cfg)
	}})
	u := s.AddUser(t, "admin@x.org", role.Admin)
	u.Token = password(t, s, u, "").AccessToken
	s.OK(t, 403, nil, "GET", "/v1/users", u.Token, nil)
	d := s.NewDevice(u)
	d.Add(t)
	s.OK(t, 200, nil, "GET", "/v1/users", logIn(t, s, d.LogIn(t), "").AccessToken, nil)
	password(t, s, u, "passkey_required")
	if _, err := s.DB.Exec(t.Context(), `INSERT INTO second_factors VALUES ($1, '12345678901234567890', 0, now())`,
		u.ID); err != nil {
		t.Fatal(err)
	}
	password(t, s, u, "factor_required")
	logIn(t, s, d.LogIn(t), "")
}

// TestReset: ADMIN takes passkeys away with the other factors, which the account is told and the audit keeps.
func TestReset(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Mails: true})
	admin, u := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "u@x.org", role.User)
	d := s.NewDevice(u)
	d.Add(t)
	s.Mail(t, "u@x.org")
	tok := logIn(t, s, d.LogIn(t), "")
	at := "/v1/users/" + u.ID.String() + "/factors"
	s.OK(t, 403, nil, "DELETE", at, tok.AccessToken, nil)
	s.OK(t, 204, nil, "DELETE", at, admin.Token, nil)
	if m, _ := s.Mail(t, "u@x.org"); m.Subject != "The second factor was removed" {
		t.Error(m.Subject)
	}
	s.OK(t, 401, nil, "GET", "/v1/users/me", tok.AccessToken, nil)
	logIn(t, s, d.LogIn(t), "bad_passkey")
	password(t, s, u, "")
	if audited(t, s, "user.reset_factor", "SUCCESS", u.ID) != 1 {
		t.Errorf("%s", s.Audit(t))
	}
	s.OK(t, 404, nil, "DELETE", at, admin.Token, nil)
}

// TestLastLogin: without a password the last passkey stays, also when two are removed at once.
func TestLastLogin(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	u := s.AddUser(t, "u@x.org", role.User)
	first, second := stored(t, s, u.ID), stored(t, s, u.ID)
	if _, err := s.DB.Exec(t.Context(), `UPDATE users SET password_hash = ''`); err != nil {
		t.Fatal(err)
	}
	owner := dbtest.Owner(t, s.DB)
	done := make(chan struct{})
	if err := s.Business.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		keys, err := d.Passkeys.Of(ctx, u.ID)
		if err != nil {
			return err
		}
		k, err := d.Passkeys.Lock(ctx, u.ID, keys[0].ID)
		if err != nil {
			return err
		}
		go func() {
			defer close(done)
			at := first
			if strings.HasSuffix(first, k.ID.String()) {
				at = second
			}
			a, err := s.Try("DELETE", at, u.Token, nil)
			if err != nil || a.Status != 409 || !strings.Contains(string(a.Body), `"last_login"`) {
				t.Errorf("%d %s %v", a.Status, a.Body, err)
			}
		}()
		dbtest.Blocked(t, owner, 1)
		return d.Passkeys.Delete(ctx, k)
	}); err != nil {
		t.Fatal(err)
	}
	<-done
}

// TestAtOnce: of two logins at once with one answer, or with one count, one gets in.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	u := s.AddUser(t, "u@x.org", role.User)
	d := s.NewDevice(u)
	d.Add(t)
	owner := dbtest.Owner(t, s.DB)
	for _, same := range []bool{true, false} {
		copied := *d
		one := d.LogIn(t)
		two := one
		if !same {
			two = copied.LogIn(t)
		}
		done := make(chan struct{})
		if err := s.Business.InTx(t.Context(), func(ctx context.Context, domains business.Domains) error {
			if _, _, err := domains.Passkeys.LogIn(ctx, assertion(t, one)); err != nil {
				return err
			}
			go func() {
				defer close(done)
				logIn(t, s, two, "bad_passkey")
			}()
			dbtest.Blocked(t, owner, 1)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		<-done
	}
}

// TestLimits: an address begins 60 logins a minute (here 3), and wrong answers are counted too.
func TestLimits(t *testing.T) {
	t.Parallel()
	now := dbtest.NewClock()
	s := apptest.NewWith(t, apptest.Options{Now: now.Now, Limits: attempts.Config{PerAddress: 3}})
	var answers []object
	d := s.NewDevice(s.AddUser(t, "u@x.org", role.User))
	for range 3 {
		answers = append(answers, d.LogIn(t))
	}
	if c := s.OK(t, 429, nil, "POST", path+"/login/begin", "", nil).Problem(t).Code; c != "rate_limited" {
		t.Error(c)
	}
	for _, a := range answers {
		logIn(t, s, a, "bad_passkey")
	}
	logIn(t, s, answers[0], "rate_limited")
	d.Add(t)
	now.Add(61 * time.Second)
	logIn(t, s, d.LogIn(t), "")
}

// TestOff: without origins there are no passkeys, and that is what is said.
func TestOff(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Business: func(db sqldb.DB, cfg business.Config) business.Business {
		cfg.Passkeys = passkeybus.Party{}
		return business.New(db, cfg)
	}})
	u := s.AddUser(t, "u@x.org", role.User)
	stored(t, s, u.ID)
	for _, at := range []string{"/register/begin", "/login/begin", "/confirm/begin"} {
		if c := s.OK(t, 409, nil, "POST", path+at, u.Token, nil).Problem(t).Code; c != "passkeys_off" {
			t.Errorf("%s: %s", at, c)
		}
	}
	password(t, s, u, "passkey_required") // that lowers nobody's guard
	s.OK(t, 200, nil, "GET", path, u.Token, nil)
}

// assertion is a browser's answer as the business takes it.
func assertion(t *testing.T, answer object) passkeybus.Assertion {
	t.Helper()
	raw := func(v any) []byte {
		b, err := base64.RawURLEncoding.DecodeString(v.(string))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r := answer["response"].(object)
	return passkeybus.Assertion{CredentialID: raw(answer["id"]), ClientData: raw(r["clientDataJSON"]),
		AuthenticatorData: raw(r["authenticatorData"]), Signature: raw(r["signature"]), UserHandle: raw(r["userHandle"])}
}
