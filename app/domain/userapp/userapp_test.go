package userapp_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Accounts", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples, Mailed: true,
		Lists: []apptest.List{{Route: "GET /v1/users", Fill: list}},
	})
}

// newcomer is the body of an account that is not there yet.
func newcomer() object {
	// One long word, which cannot be one of the password by chance.
	return object{"name": "N", "email": strings.ToLower(rand.Text()) + "@x.org", "password": apptest.Password}
}

func pathOf(u apptest.User) string { return "/v1/users/" + u.ID.String() }

func another(suffix string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return pathOf(c.Stranger) + suffix, body }
}

func itsOwn(suffix string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return pathOf(c.Who) + suffix, body }
}

var rights = []apptest.Row{
	{Route: "POST /v1/auth/signup", Want: apptest.Everybody(201), Call: func(*apptest.Cell) (string, any) {
		return "/v1/auth/signup", newcomer()
	}},
	{Route: "POST /v1/auth/verify", About: "with no such link", Want: apptest.Everybody(422),
		Call: func(*apptest.Cell) (string, any) { return "/v1/auth/verify", object{"token": "made-up"} }},
	{Route: "POST /v1/auth/verify/resend", Want: apptest.Accounts(202), Call: apptest.Path("/v1/auth/verify/resend")},
	{Route: "POST /v1/auth/reset", Want: apptest.Everybody(202),
		Call: func(*apptest.Cell) (string, any) { return "/v1/auth/reset", object{"email": "nobody@x.org"} }},
	{Route: "POST /v1/auth/reset/confirm", About: "with no such link", Want: apptest.Everybody(422),
		Call: func(*apptest.Cell) (string, any) {
			return "/v1/auth/reset/confirm", object{"token": "made-up", "password": "new horse battery"}
		}},
	{Route: "GET /v1/users", Want: apptest.AdminAlone(200), Call: apptest.Path("/v1/users")},
	{Route: "POST /v1/users", Want: apptest.AdminAlone(201), Call: func(*apptest.Cell) (string, any) {
		body := newcomer()
		body["roles"] = []string{"USER"}
		return "/v1/users", body
	}},
	{Route: "GET /v1/users/me", Want: apptest.Accounts(200), Call: apptest.Path("/v1/users/me")},
	{Route: "GET /v1/users/{userID}", About: "another's", Want: apptest.HiddenAlone(200), Call: another("", nil)},
	{Route: "GET /v1/users/{userID}", About: "its own", Want: apptest.Accounts(200), Call: itsOwn("", nil)},
	{Route: "PATCH /v1/users/{userID}", About: "another's", Want: apptest.HiddenAlone(200),
		Call: another("", object{"name": "M"})},
	{Route: "PATCH /v1/users/{userID}", About: "another's password", Want: apptest.HiddenAlone(200),
		Call: another("", object{"password": "new horse battery", "currentPassword": apptest.Password})},
	{Route: "PATCH /v1/users/{userID}", About: "its own", Want: apptest.Accounts(200),
		Call: itsOwn("", object{"name": "M"})},
	{Route: "DELETE /v1/users/{userID}", About: "another's", Want: apptest.HiddenAlone(204), Call: another("", nil)},
	{Route: "DELETE /v1/users/{userID}", About: "its own, owner and other with a family, members",
		Want: apptest.Accounts(204).But(409, apptest.Owner, apptest.Other, apptest.CashierOwner, apptest.OrganiserHere,
			apptest.CashierHere),
		Call: func(c *apptest.Cell) (string, any) {
			c.Family()
			return pathOf(c.Who), nil
		}},
	{Route: "GET /v1/users/me/export", Want: apptest.Accounts(200), Call: apptest.Path("/v1/users/me/export")},
	{Route: "POST /v1/users/me/erase", Want: apptest.Accounts(204), Call: func(c *apptest.Cell) (string, any) {
		c.Family()
		return "/v1/users/me/erase", nil
	}},
	{Route: "PUT /v1/users/{userID}/roles", About: "another's", Want: apptest.AdminAlone(200),
		Call: another("/roles", object{"roles": []string{"USER", "CASHIER"}})},
	{Route: "PUT /v1/users/{userID}/roles", About: "its own", Want: apptest.AdminAlone(200),
		Call: itsOwn("/roles", object{"roles": []string{"ADMIN"}})},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/users/{userID}",
	Fields: []apptest.Field{
		{Name: "name", Value: "  Ada  ", Want: "Ada", ByOwner: true},
		{Name: "email", ByOwner: true, Beside: object{"currentPassword": apptest.Password},
			Fresh: func(_ *testing.T, w *apptest.World) (value, want any) {
				n := w.Count()
				return fmt.Sprintf("ADA%d@x.org", n), fmt.Sprintf("ada%d@x.org", n)
			}},
		{Name: "password", Value: "another horse battery", Want: apptest.Gone, ByOwner: true,
			Beside: object{"currentPassword": apptest.Password}},
		{Name: "enabled", Value: false},
	},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		u := w.Account(t, role.User)
		return pathOf(u), u
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	var one object
	for i, n := range apptest.Names {
		one = w.Create(t, "/v1/users", object{"name": n, "email": fmt.Sprintf("l%02d@x.org", i*7%len(apptest.Names)),
			"password": apptest.Password, "roles": []string{[]string{"USER", "CASHIER", "ADMIN"}[i%3]}})
	}
	off := w.Set(t, apptest.At("users", one), "enabled", false)
	return apptest.Listed{
		Path: "/v1/users", Default: "createdAt",
		Orders: map[string]apptest.Ordering{"createdAt": apptest.ByTime("createdAt"), "name": apptest.ByName,
			"email": apptest.ByText("email")},
		Filters: map[string]func(object) bool{
			"name=apple": apptest.Named("apple"), "name=%25": apptest.Named("%"), "name=_": apptest.Named("_"),
			"name=%5C": apptest.Named(`\`), "name=P": apptest.Named("p"), "name=": apptest.Named(""),
			"name=%C3%84": apptest.Named("Ä"), "email=" + off["email"].(string): apptest.Is("email", off["email"]),
			"email=" + strings.ToUpper(off["email"].(string)): apptest.Is("email", off["email"]),
			"role=ADMIN": has("ADMIN"), "role=USER": has("USER"), "enabled=false": apptest.Is("enabled", false),
			"enabled=true": apptest.Is("enabled", true),
			"enabled=true&role=USER&name=a": func(o object) bool {
				return apptest.Is("enabled", true)(o) && has("USER")(o) && apptest.Named("a")(o)
			},
		},
	}
}

func has(role string) func(object) bool {
	return func(o object) bool { return slices.Contains(o["roles"].([]any), any(role)) }
}

var bad = []apptest.Bad{
	{Route: "GET /v1/users", Params: apptest.Params{"name": nil, "email": {"", "x", "a@b@c", "a%20b@x.org"},
		"role": {"", "admin", "ROOT"}, "enabled": apptest.BadBools}},
	{Route: "POST /v1/auth/signup", Right: right},
	{Route: "POST /v1/auth/verify"}, {Route: "POST /v1/auth/reset"},
	{Route: "POST /v1/auth/reset/confirm", Right: apptest.Right{"password": apptest.AsPassword}},
	{Route: "POST /v1/users", Right: right},
	{Route: "PATCH /v1/users/{userID}", Right: right, Body: apptest.With(object{"name": "N", "email": "n@x.org",
		"password": "new horse battery", "currentPassword": "x", "enabled": true})},
	{Route: "PUT /v1/users/{userID}/roles", Right: right},
}

var right = apptest.Right{"name": apptest.AsName, "password": apptest.AsPassword, "currentPassword": apptest.AsGuess,
	"enabled": apptest.AsBool}

func examples(r *apptest.Recorder) {
	r.As(apptest.User{})
	r.Do("signUp", 201, "POST", "/v1/auth/signup",
		`{"name": "Sam Smith", "email": "smith@example.com", "password": "correct horse battery"}`)
	_, link := r.Mail(r.T, "smith@example.com")
	r.Do("verifyEmail", 204, "POST", "/v1/auth/verify", `{"token": "`+link+`"}`)
	r.Do("resetPassword", 202, "POST", "/v1/auth/reset", `{"email": "smith@example.com"}`)
	_, link = r.Mail(r.T, "smith@example.com")
	r.Do("confirmReset", 204, "POST", "/v1/auth/reset/confirm",
		`{"token": "`+link+`", "password": "wrong donkey charger"}`)
	r.As(r.Root)
	r.Do("resendVerification", 202, "POST", "/v1/auth/verify/resend", "")
	kim := apptest.At("users", r.Do("createUser", 201, "POST", "/v1/users",
		`{"name": "Kim", "email": "kim@example.com", "password": "correct horse battery", "roles": ["CASHIER"]}`))
	r.Do("listUsers", 200, "GET", "/v1/users?limit=2", "")
	r.Do("getUser", 200, "GET", kim, "")
	r.Do("updateUser", 200, "PATCH", kim, `{"name": "Kim Lee"}`)
	r.Do("setUserRoles", 200, "PUT", kim+"/roles", `{"roles": ["CASHIER", "USER"]}`)
	r.Do("deleteUser", 204, "DELETE", kim, "")
	r.Do("getMe", 200, "GET", "/v1/users/me", "")
	r.As(r.AddUser(r.T, "kim@example.com", role.User))
	r.Do("exportMe", 200, "GET", "/v1/users/me/export", "")
	r.Do("eraseMe", 204, "POST", "/v1/users/me/erase", "")
}
