package userapp_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
)

func TestSignup(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	body := func(addr, pass string) object { return object{"name": "Ada", "email": addr, "password": pass} }
	var u object
	a := w.OK(t, 201, &u, "POST", "/v1/auth/signup", "", body("Ada.Lovelace@X.org", apptest.Password))
	if u["email"] != "ada.lovelace@x.org" || fmt.Sprint(u["roles"]) != "[USER]" || u["enabled"] != true ||
		u["emailVerified"] != true || len(u) != 8 {
		t.Errorf("signed up as %s", a.Body)
	}
	w.Refused(t, 409, "email_taken", "", "POST", "/v1/auth/signup", "", body("ada.LOVELACE@x.org", apptest.Password))
	w.Refused(t, 409, "email_taken", "", "POST", "/v1/auth/signup", "", body("ａda.lovelace@x.org", apptest.Password))
	for _, invisible := range []string{"ada\u200b", "\u202eada", "a\u00adda"} {
		w.Refused(t, 422, "validation_failed", "body.email", "POST", "/v1/auth/signup", "",
			body(invisible+"@x.org", apptest.Password))
		named := body("new@x.org", apptest.Password)
		named["name"] = invisible
		w.Refused(t, 422, "validation_failed", "body.name", "POST", "/v1/auth/signup", "", named)
	}
	for what, pass := range map[string]string{
		"7 characters": "gT5$kq9", "129 characters": strings.Repeat("k", 129), "a common one": "password123",
		"a common one in capitals": "PassWord123", "the name in the address": "xx-newcomer-xx", "nothing": "",
		"a common one and more": "Password123!", "one character": "aaaaaaaa", "the service": "garagesale",
		"129 characters, not a run": strings.Repeat("kT4&", 32) + "k",
	} {
		a := w.Refused(t, 422, "validation_failed", "body.password", "POST", "/v1/auth/signup", "",
			body("newcomer@x.org", pass))
		if pass != "" && strings.Contains(string(a.Body), pass) {
			t.Errorf("%s: the password came back: %s", what, a.Body)
		}
	}
	for i, pass := range []string{"gT5$kq9!", strings.Repeat("kT4&", 32), "пароль с пробелами", "🚲🌳🏠🚪🚲🌳🏠🚪"} {
		addr := fmt.Sprintf("n%d@x.org", i)
		w.OK(t, 201, nil, "POST", "/v1/auth/signup", "", body(addr, pass))
		w.LogIn(t, 200, addr, pass)
	}
	// Who signs up does not choose what it is.
	for _, member := range []string{"roles", "enabled", "id"} {
		b := body("n@x.org", apptest.Password)
		b[member] = []string{"ADMIN"}
		w.Refused(t, 422, "validation_failed", "body."+member, "POST", "/v1/auth/signup", "", b)
	}
}

// TestSessions changes accounts in every way, and wants the right changes to end their sessions at once.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	for what, c := range map[string]struct {
		method, suffix string
		body           object
		byOwner, ends  bool
	}{
		"name":  {"PATCH", "", object{"name": "M"}, true, false},
		"email": {"PATCH", "", object{"email": "moved@x.org", "currentPassword": apptest.Password}, true, false},
		"password": {"PATCH", "", object{"password": "new horse battery", "currentPassword": apptest.Password}, true,
			true},
		"password by ADMIN": {"PATCH", "", object{"password": "new horse battery"}, false, true},
		"disabled":          {"PATCH", "", object{"enabled": false}, false, true},
		"roles":             {"PUT", "/roles", object{"roles": []string{"USER", "CASHIER"}}, false, true},
		"deleted":           {"DELETE", "", nil, true, true},
	} {
		u, bystander := w.Account(t, role.User), w.Account(t, role.User)
		token := w.Root.Token
		if c.byOwner {
			token = u.Token
		}
		if a := w.Do(t, c.method, "/v1/users/"+u.ID.String()+c.suffix, token, c.body); a.Status >= 300 {
			t.Fatalf("%s: %d %s", what, a.Status, a.Body)
		}
		if got := w.Do(t, "GET", "/v1/markets", u.Token, nil).Status; (got == 401) != c.ends {
			t.Errorf("%s: the token now gets %d", what, got)
		}
		w.OK(t, 200, nil, "GET", "/v1/users/me", bystander.Token, nil)
	}

	u := w.Account(t, role.User)
	path, addr := "/v1/users/"+u.ID.String(), string(u.Email)
	w.OK(t, 200, nil, "PATCH", path, u.Token, object{"password": "new horse battery", "currentPassword": apptest.Password})
	w.LogIn(t, 401, addr, apptest.Password)
	second := w.LogIn(t, 200, addr, "new horse battery")
	w.OK(t, 200, nil, "GET", "/v1/users/me", second.AccessToken, nil)
	w.Set(t, path, "enabled", false)
	w.LogIn(t, 401, addr, "new horse battery")
	w.Set(t, path, "enabled", true)
	w.OK(t, 401, nil, "GET", "/v1/users/me", second.AccessToken, nil) // what has ended stays so
	third := w.LogIn(t, 200, addr, "new horse battery")
	w.OK(t, 200, nil, "GET", "/v1/users/me", third.AccessToken, nil)
	w.OK(t, 200, nil, "PUT", path+"/roles", w.Root.Token, object{"roles": []string{"USER", "CASHIER", "CASHIER"}})
	var me object
	w.OK(t, 200, &me, "GET", "/v1/users/me", w.LogIn(t, 200, addr, "new horse battery").AccessToken, nil)
	if fmt.Sprint(me["roles"]) != "[CASHIER USER]" {
		t.Errorf("roles %v", me["roles"])
	}
}

func TestCurrentPassword(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	u := w.Account(t, role.User)
	path := "/v1/users/" + u.ID.String()
	for _, change := range []object{{"email": "new@x.org"}, {"password": "new horse battery"},
		{"email": "new@x.org", "password": "new horse battery", "name": "M"}} {
		w.Refused(t, 422, "current_password_required", "body.currentPassword", "PATCH", path, u.Token, change)
		change["currentPassword"] = nil
		w.Refused(t, 422, "current_password_required", "body.currentPassword", "PATCH", path, u.Token, change)
		change["currentPassword"] = "wrong horse battery"
		w.Refused(t, 422, "wrong_password", "body.currentPassword", "PATCH", path, u.Token, change)
	}
	w.Refused(t, 422, "validation_failed", "body.password", "PATCH", path, u.Token,
		object{"password": "password123", "currentPassword": apptest.Password})
	w.Refused(t, 422, "validation_failed", "body.password", "PATCH", path, u.Token,
		object{"email": "lovelace@x.org", "password": "my-lovelace-1", "currentPassword": apptest.Password})
	w.Refused(t, 422, "validation_failed", "body.password", "PATCH", path, u.Token,
		object{"name": "Ann Lovelace", "password": "my-L0velace-1", "currentPassword": apptest.Password})
	w.Refused(t, 409, "email_taken", "", "PATCH", path, u.Token,
		object{"email": string(w.Root.Email), "currentPassword": apptest.Password})
	w.Refused(t, 403, "field_forbidden", "", "PATCH", path, u.Token, object{"name": "M", "enabled": true})
	w.Refused(t, 422, "validation_failed", "body.roles", "PATCH", path, u.Token, object{"roles": []string{"ADMIN"}})
	w.Refused(t, 422, "validation_failed", "body.roles", "PUT", path+"/roles", w.Root.Token, object{"roles": []string{}})
	var me object
	w.OK(t, 200, &me, "GET", path, u.Token, nil)
	if me["email"] != string(u.Email) || me["name"] != string(u.Name) {
		t.Errorf("a refused change was made: %v", me)
	}
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	plain, owner, till := w.Account(t, role.User), w.Account(t, role.User), w.Account(t, role.Cashier)
	f := w.Family(t, w.Market(t), "ownerID", owner.ID)
	p := w.Product(t, f)
	w.OK(t, 201, nil, "POST", "/v1/markets/"+p["marketID"].(string)+"/sales", till.Token, apptest.Basket(p),
		"Idempotency-Key", apptest.Key())
	for _, u := range []apptest.User{owner, till} {
		w.Refused(t, 409, "user_has_history", "", "DELETE", "/v1/users/"+u.ID.String(), w.Root.Token, nil)
		w.OK(t, 200, nil, "GET", "/v1/users/me", u.Token, nil) // what was refused ended nothing
	}
	w.OK(t, 204, nil, "DELETE", "/v1/users/"+plain.ID.String(), plain.Token, nil)
	w.Refused(t, 404, "user_not_found", "", "GET", "/v1/users/"+plain.ID.String(), w.Root.Token, nil)
	w.Refused(t, 404, "user_not_found", "", "DELETE", "/v1/users/"+plain.ID.String(), w.Root.Token, nil)
	w.LogIn(t, 401, string(plain.Email), apptest.Password)
	w.OK(t, 201, nil, "POST", "/v1/auth/signup", "", object{"name": "Again", "email": string(plain.Email),
		"password": apptest.Password})
	w.Set(t, apptest.At("families", f), "ownerID", nil)
	w.OK(t, 204, nil, "DELETE", "/v1/users/"+owner.ID.String(), w.Root.Token, nil)
}

// removals are the ways in which an ADMIN may stop being one.
var removals = []struct {
	method, suffix string
	body           any
}{{"PATCH", "", object{"enabled": false}}, {"DELETE", "", nil}, {"PUT", "/roles", object{"roles": []string{"USER"}}}}

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	disabled := w.Account(t, role.Admin)
	w.Set(t, "/v1/users/"+disabled.ID.String(), "enabled", false) // does not count
	root := "/v1/users/" + w.Root.ID.String()
	for _, r := range removals {
		w.Refused(t, 409, "last_admin", "", r.method, root+r.suffix, w.Root.Token, r.body)
	}
	w.OK(t, 200, nil, "PUT", root+"/roles", w.Root.Token, object{"roles": []string{"ADMIN"}})
	w.OK(t, 200, nil, "PATCH", root, w.Root.Token, object{"enabled": true, "name": "M"})
	for _, r := range removals {
		u := w.Account(t, role.Admin)
		if a := w.Do(t, r.method, "/v1/users/"+u.ID.String()+r.suffix, w.Root.Token, r.body); a.Status >= 300 {
			t.Errorf("%s of one of two: %d %s", r.method, a.Status, a.Body)
		}
	}
}

// TestAdminsRemoveEachOther lets two ADMINs remove each other at once: one of them stays.
func TestAdminsRemoveEachOther(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	survivor := w.Root
	for round := range 12 {
		pair := [2]apptest.User{survivor, w.Account(t, role.Admin)}
		var answers [2]apptest.Answer
		var errs [2]error
		var wg sync.WaitGroup
		for i := range pair {
			r := removals[(round+i*(round/3))%3]
			wg.Go(func() {
				answers[i], errs[i] = w.Try(r.method, "/v1/users/"+pair[1-i].ID.String()+r.suffix, pair[i].Token, r.body)
			})
		}
		wg.Wait()
		done := -1
		for i, a := range answers {
			switch {
			case errs[i] != nil:
				t.Fatal(errs[i])
			case a.Status < 300 && done >= 0:
				t.Fatalf("round %d: both are gone", round)
			case a.Status < 300:
				done = i
			case a.Status != http.StatusConflict && a.Status != http.StatusUnauthorized:
				t.Errorf("round %d: %d %s", round, a.Status, a.Body)
			}
		}
		if done < 0 {
			t.Fatalf("round %d: nobody was removed: %s %s", round, answers[0].Body, answers[1].Body)
		}
		survivor = pair[done]
		w.OK(t, 200, nil, "GET", "/v1/users", survivor.Token, nil)
	}
}

// TestChangedMeanwhile: who has shown the old password changes nothing with it once there is another one, though it was
// right when it was compared, before the transaction.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for about, change := range map[string]object{
		"email": {"email": "mine@x.org"}, "password": {"password": "third horse battery"},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			var meanwhile atomic.Pointer[func()]
			s := apptest.NewWith(t, apptest.Options{Business: func(db sqldb.DB, cfg business.Config) business.Business {
				cfg.Attempts = cfg.Attempts.Shared()
				return business.Of(db, func(db sqldb.DB) business.Domains { // for each transaction, as it begins
					if f := meanwhile.Swap(nil); f != nil {
						(*f)()
					}
					return business.Wire(db, cfg)
				})
			}})
			u := s.AddUser(t, "u@x.org", role.User)
			const chosen = "second horse battery"
			hash, err := s.Business.Users.HashPassword(t.Context(), u.Name, u.Email, password.Given(chosen))
			if err != nil {
				t.Fatal(err)
			}
			other := func() {
				if err := s.Business.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					_, err := d.Users.Update(ctx, u.User, userbus.UpdateUser{PasswordHash: opt.Some(hash)})
					return err
				}); err != nil {
					t.Error(err)
				}
			}
			meanwhile.Store(&other)
			body := object{"currentPassword": apptest.Password}
			maps.Copy(body, change)
			a := s.Do(t, "PATCH", "/v1/users/"+u.ID.String(), u.Token, body)
			if p := a.Problem(t); a.Status != 422 || p.Code != "wrong_password" {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			if a := s.Do(t, "POST", "/v1/auth/token", "", nil,
				"Authorization", apptest.Basic("u@x.org", chosen)); a.Status != 200 {
				t.Errorf("the new password: %d %s", a.Status, a.Body)
			}
		})
	}
}
