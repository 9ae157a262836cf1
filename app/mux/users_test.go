package mux_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/business/types/role"
)

func (w *world) login(t *testing.T, status int, addr, pass string) authapp.Token {
	t.Helper()
	var token authapp.Token
	a := w.OK(t, status, nil, "POST", "/v1/auth/token", "", nil, "Authorization", basic(addr, pass))
	if status == 200 {
		a.JSON(t, &token)
	} else if p := a.Problem(t); p.Code != "bad_credentials" {
		t.Errorf("login as %s: %s", addr, a.Body)
	}
	return token
}

func TestSignup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	body := func(addr, pass string) object { return object{"name": "Ada", "email": addr, "password": pass} }
	var u object
	a := w.OK(t, 201, &u, "POST", "/v1/auth/signup", "", body("Ada.Lovelace@X.org", apptest.Password))
	if u["email"] != "ada.lovelace@x.org" || fmt.Sprint(u["roles"]) != "[USER]" || u["enabled"] != true || len(u) != 7 {
		t.Errorf("signed up as %s", a.Body)
	}
	w.refused(t, 409, "email_taken", "", "POST", "/v1/auth/signup", "", body("ada.LOVELACE@x.org", apptest.Password))
	for what, pass := range map[string]string{
		"7 characters": "gT5$kq9", "129 characters": strings.Repeat("k", 129), "a common one": "password123",
		"a common one in capitals": "PassWord123", "the name in the address": "xx-newcomer-xx", "nothing": "",
	} {
		a := w.refused(t, 422, "validation_failed", "body.password", "POST", "/v1/auth/signup", "",
			body("newcomer@x.org", pass))
		if pass != "" && strings.Contains(string(a.Body), pass) {
			t.Errorf("%s: the password came back: %s", what, a.Body)
		}
	}
	for i, pass := range []string{"gT5$kq9!", strings.Repeat("kL", 64), "пароль с пробелами", "🚲🚲🚲🚲🚲🚲🚲🚲"} {
		addr := fmt.Sprintf("n%d@x.org", i)
		w.OK(t, 201, nil, "POST", "/v1/auth/signup", "", body(addr, pass))
		w.login(t, 200, addr, pass)
	}
	// Who signs up does not choose what it is.
	for _, member := range []string{"roles", "enabled", "id"} {
		b := body("n@x.org", apptest.Password)
		b[member] = []string{"ADMIN"}
		w.refused(t, 422, "validation_failed", "body."+member, "POST", "/v1/auth/signup", "", b)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	u := w.account(t, role.Cashier)
	addr := string(u.Email)
	token := w.login(t, 200, strings.ToUpper(addr), apptest.Password)
	if token.TokenType != "Bearer" || token.ExpiresIn != 900 {
		t.Errorf("token %+v", token)
	}
	var me object
	a := w.OK(t, 200, &me, "GET", "/v1/users/me", token.AccessToken, nil)
	if me["id"] != u.ID.String() || a.Header.Get("ETag") != w.OK(t, 200, nil, "GET", "/v1/users/"+u.ID.String(),
		token.AccessToken, nil).Header.Get("ETag") {
		t.Errorf("me: %v %s", a.Header, a.Body)
	}
	// A wrong password, an unknown address and what is no address look the same.
	var seen []string
	for _, who := range [][2]string{{addr, "wrong horse battery"}, {"nobody@x.org", apptest.Password},
		{"no address", apptest.Password}} {
		w.login(t, 401, who[0], who[1])
		p := w.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", basic(who[0], who[1])).Problem(t)
		seen = append(seen, p.Code+p.Detail)
	}
	if seen[0] != seen[1] || seen[1] != seen[2] {
		t.Errorf("the refusals tell who has an account: %q", seen)
	}
	w.refused(t, 422, "validation_failed", "query.x", "POST", "/v1/auth/token?x=1", "", nil)
}

// TestSessions changes accounts in every way, and wants the right changes to end their sessions at once.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
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
		u, bystander := w.account(t, role.User), w.account(t, role.User)
		token := w.root.Token
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

	u := w.account(t, role.User)
	path, addr := "/v1/users/"+u.ID.String(), string(u.Email)
	w.OK(t, 200, nil, "PATCH", path, u.Token, object{"password": "new horse battery", "currentPassword": apptest.Password})
	w.login(t, 401, addr, apptest.Password)
	second := w.login(t, 200, addr, "new horse battery")
	w.OK(t, 200, nil, "GET", "/v1/users/me", second.AccessToken, nil)
	w.set(t, path, "enabled", false)
	w.login(t, 401, addr, "new horse battery")
	w.set(t, path, "enabled", true)
	w.OK(t, 401, nil, "GET", "/v1/users/me", second.AccessToken, nil) // what has ended stays so
	third := w.login(t, 200, addr, "new horse battery")
	w.OK(t, 200, nil, "GET", "/v1/users/me", third.AccessToken, nil)
	w.OK(t, 200, nil, "PUT", path+"/roles", w.root.Token, object{"roles": []string{"USER", "CASHIER", "CASHIER"}})
	var me object
	w.OK(t, 200, &me, "GET", "/v1/users/me", w.login(t, 200, addr, "new horse battery").AccessToken, nil)
	if fmt.Sprint(me["roles"]) != "[CASHIER USER]" {
		t.Errorf("roles %v", me["roles"])
	}
}

func TestCurrentPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	u := w.account(t, role.User)
	path := "/v1/users/" + u.ID.String()
	for _, change := range []object{{"email": "new@x.org"}, {"password": "new horse battery"},
		{"email": "new@x.org", "password": "new horse battery", "name": "M"}} {
		w.refused(t, 422, "current_password_required", "body.currentPassword", "PATCH", path, u.Token, change)
		change["currentPassword"] = nil
		w.refused(t, 422, "current_password_required", "body.currentPassword", "PATCH", path, u.Token, change)
		change["currentPassword"] = "wrong horse battery"
		w.refused(t, 422, "wrong_password", "body.currentPassword", "PATCH", path, u.Token, change)
	}
	w.refused(t, 422, "validation_failed", "body.password", "PATCH", path, u.Token,
		object{"password": "password123", "currentPassword": apptest.Password})
	w.refused(t, 422, "validation_failed", "body.password", "PATCH", path, u.Token,
		object{"email": "lovelace@x.org", "password": "my-lovelace-1", "currentPassword": apptest.Password})
	w.refused(t, 409, "email_taken", "", "PATCH", path, u.Token,
		object{"email": string(w.root.Email), "currentPassword": apptest.Password})
	w.refused(t, 403, "field_forbidden", "", "PATCH", path, u.Token, object{"name": "M", "enabled": true})
	w.refused(t, 422, "validation_failed", "body.roles", "PATCH", path, u.Token, object{"roles": []string{"ADMIN"}})
	w.refused(t, 422, "validation_failed", "body.roles", "PUT", path+"/roles", w.root.Token, object{"roles": []string{}})
	var me object
	w.OK(t, 200, &me, "GET", path, u.Token, nil)
	if me["email"] != string(u.Email) || me["name"] != string(u.Name) {
		t.Errorf("a refused change was made: %v", me)
	}
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	plain, owner, till := w.account(t, role.User), w.account(t, role.User), w.account(t, role.Cashier)
	f := w.family(t, w.market(t), "ownerID", owner.ID)
	p := w.product(t, f)
	w.OK(t, 201, nil, "POST", "/v1/markets/"+p["marketID"].(string)+"/sales", till.Token, basket(p), "Idempotency-Key",
		apptest.Key())
	for _, u := range []apptest.User{owner, till} {
		w.refused(t, 409, "user_has_history", "", "DELETE", "/v1/users/"+u.ID.String(), w.root.Token, nil)
		w.OK(t, 200, nil, "GET", "/v1/users/me", u.Token, nil) // what was refused ended nothing
	}
	w.OK(t, 204, nil, "DELETE", "/v1/users/"+plain.ID.String(), plain.Token, nil)
	w.refused(t, 404, "user_not_found", "", "GET", "/v1/users/"+plain.ID.String(), w.root.Token, nil)
	w.refused(t, 404, "user_not_found", "", "DELETE", "/v1/users/"+plain.ID.String(), w.root.Token, nil)
	w.login(t, 401, string(plain.Email), apptest.Password)
	w.OK(t, 201, nil, "POST", "/v1/auth/signup", "", object{"name": "Again", "email": string(plain.Email),
		"password": apptest.Password})
	w.set(t, at("families", f), "ownerID", nil)
	w.OK(t, 204, nil, "DELETE", "/v1/users/"+owner.ID.String(), w.root.Token, nil)
}

// removals are the ways in which an ADMIN may stop being one.
var removals = []struct {
	method, suffix string
	body           any
}{{"PATCH", "", object{"enabled": false}}, {"DELETE", "", nil}, {"PUT", "/roles", object{"roles": []string{"USER"}}}}

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	disabled := w.account(t, role.Admin)
	w.set(t, "/v1/users/"+disabled.ID.String(), "enabled", false) // does not count
	root := "/v1/users/" + w.root.ID.String()
	for _, r := range removals {
		w.refused(t, 409, "last_admin", "", r.method, root+r.suffix, w.root.Token, r.body)
	}
	w.OK(t, 200, nil, "PUT", root+"/roles", w.root.Token, object{"roles": []string{"ADMIN"}})
	w.OK(t, 200, nil, "PATCH", root, w.root.Token, object{"enabled": true, "name": "M"})
	for _, r := range removals {
		u := w.account(t, role.Admin)
		if a := w.Do(t, r.method, "/v1/users/"+u.ID.String()+r.suffix, w.root.Token, r.body); a.Status >= 300 {
			t.Errorf("%s of one of two: %d %s", r.method, a.Status, a.Body)
		}
	}
}

// TestAdminsRemoveEachOther lets two ADMINs remove each other at once: one of them stays.
func TestAdminsRemoveEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	survivor := w.root
	for round := range 12 {
		pair := [2]apptest.User{survivor, w.account(t, role.Admin)}
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
