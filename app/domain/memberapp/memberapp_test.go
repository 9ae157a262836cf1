package memberapp_test

import (
	"fmt"
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
	apptest.Domain(t, "Members", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples, Mailed: true,
		Lists: []apptest.List{{Route: "GET /v1/markets/{marketID}/members", Fill: list}},
	})
}

// invitation makes one and returns where it is.
func invitation(t testing.TB, w *apptest.World, market object) string {
	t.Helper()
	w.OK(t, 202, nil, "POST", pathOf(market), w.Root.Token,
		object{"email": fmt.Sprintf("n%d@x.org", w.Count()), "role": "CASHIER"})
	path := apptest.At("markets", market) + "/invitations"
	var all apptest.Page
	w.OK(t, 200, &all, "GET", path, w.Root.Token, nil)
	return path + "/" + all.Items[0]["id"].(string)
}

func pathOf(market object) string { return apptest.At("markets", market) + "/members" }

// another is a request about a CASHIER of the cell's market that is not who asks.
func another(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		m := c.Market()
		c.Member(c.T, m, c.Stranger, role.MemberCashier)
		return pathOf(m) + "/" + c.Stranger.ID.String(), body
	}
}

// itself is a request about who asks.
func itself(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return pathOf(c.Market()) + "/" + c.Who.ID.String(), body }
}

// ofMembers is what those get who ask about themselves: most are no members.
func ofMembers(organiser, cashier int) apptest.Wants {
	return apptest.Hidden(404).But(organiser, apptest.OrganiserHere).But(cashier, apptest.CashierHere)
}

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/members", Want: apptest.AdminOnly(200),
		Call: func(c *apptest.Cell) (string, any) { return pathOf(c.Market()), nil }},
	{Route: "POST /v1/markets/{marketID}/members", Want: apptest.AdminOnly(201),
		Call: func(c *apptest.Cell) (string, any) {
			return pathOf(c.Market()), object{"email": c.Stranger.Email, "role": "CASHIER"}
		}},
	{Route: "POST /v1/markets/{marketID}/members", About: "an address without an account", Want: apptest.AdminOnly(202),
		Call: func(c *apptest.Cell) (string, any) {
			return pathOf(c.Market()), object{"email": fmt.Sprintf("n%d@x.org", c.Count()), "role": "CASHIER"}
		}},
	{Route: "POST /v1/invitations/accept", About: "with no such token", Want: apptest.Accounts(404),
		Call: func(*apptest.Cell) (string, any) { return "/v1/invitations/accept", object{"token": "made-up"} }},
	{Route: "GET /v1/markets/{marketID}/invitations", Want: apptest.AdminOnly(200),
		Call: func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Market()) + "/invitations", nil }},
	{Route: "DELETE /v1/markets/{marketID}/invitations/{invitationID}", Want: apptest.AdminOnly(204),
		Call: func(c *apptest.Cell) (string, any) { return invitation(c.T, c.World, c.Market()), nil }},
	{Route: "GET /v1/markets/{marketID}/members/{userID}", Want: apptest.Hidden(200), Call: another(nil)},
	{Route: "GET /v1/markets/{marketID}/members/{userID}", About: "itself", Want: ofMembers(200, 200),
		Call: itself(nil)},
	{Route: "PATCH /v1/markets/{marketID}/members/{userID}", Want: apptest.Hidden(200),
		Call: another(object{"role": "ORGANISER"})},
	{Route: "PATCH /v1/markets/{marketID}/members/{userID}", About: "itself", Want: ofMembers(200, 403),
		Call: itself(object{"role": "ORGANISER"})},
	{Route: "DELETE /v1/markets/{marketID}/members/{userID}", Want: apptest.Hidden(204), Call: another(nil)},
	{Route: "DELETE /v1/markets/{marketID}/members/{userID}", About: "itself", Want: ofMembers(204, 204),
		Call: itself(nil)},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/markets/{marketID}/members/{userID}", NotFound: "market_not_found",
	Fields: []apptest.Field{{Name: "role", Value: "CASHIER"}},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		m, u := w.Market(t), w.Account(t, role.User)
		w.Member(t, m, u, role.Organiser)
		return pathOf(m) + "/" + u.ID.String(), apptest.User{}
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m := w.Market(t)
	for i, n := range apptest.Names {
		addr := fmt.Sprintf("m%d@x.org", i)
		w.Create(t, "/v1/users", object{"name": n, "email": addr, "password": apptest.Password, "roles": []string{"USER"}})
		w.Create(t, pathOf(m), object{"email": addr, "role": role.Members[i%2]})
	}
	other := w.Market(t)
	w.Member(t, other, w.Account(t, role.User), role.Organiser)
	return apptest.Listed{
		Path: pathOf(m), Elsewhere: pathOf(other), ID: "userID", Default: "name",
		Orders: map[string]apptest.Ordering{"name": apptest.ByName, "createdAt": apptest.ByTime("createdAt")},
	}
}

var bad = []apptest.Bad{{Route: "POST /v1/markets/{marketID}/members"},
	{Route: "PATCH /v1/markets/{marketID}/members/{userID}"},
	{Route: "POST /v1/invitations/accept", Right: apptest.Right{"token": apptest.AsToken}}}

func examples(r *apptest.Recorder) {
	for _, who := range []string{"smith", "jones"} {
		r.AddUser(r.T, who+"@example.com", role.User)
	}
	members := pathOf(r.Market(r.T))
	r.Do("addMember", 201, "POST", members, `{"email": "smith@example.com", "role": "ORGANISER"}`)
	jones := r.Do("addMember", 201, "POST", members, `{"email": "jones@example.com", "role": "CASHIER"}`)
	member := members + "/" + jones["userID"].(string)
	r.Do("getMember", 200, "GET", member, "")
	r.Do("updateMember", 200, "PATCH", member, `{"role": "ORGANISER"}`)
	r.Do("listMembers", 200, "GET", members, "")
	r.Do("removeMember", 204, "DELETE", member, "")
	r.OK(r.T, 202, nil, "POST", members, r.Root.Token, object{"email": "lee@example.com", "role": "CASHIER"})
	r.Mail(r.T, "lee@example.com")
	invitations := strings.TrimSuffix(members, "members") + "invitations"
	list := r.Do("listInvitations", 200, "GET", invitations, "")
	r.Do("withdrawInvitation", 204, "DELETE", invitations+"/"+list["items"].([]any)[0].(object)["id"].(string), "")
	r.OK(r.T, 202, nil, "POST", members, r.Root.Token, object{"email": "garcia@example.com", "role": "CASHIER"})
	_, token := r.Mail(r.T, "garcia@example.com")
	r.As(r.AddUser(r.T, "garcia@example.com", role.User))
	r.Do("acceptInvitation", 201, "POST", "/v1/invitations/accept", `{"token": "`+token+`"}`)
}
