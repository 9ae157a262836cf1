package auditapp_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/authapp"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/app/domain/userapp"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

type record struct {
	ID, Action, Resource, Outcome, RemoteAddr, TraceID string
	At                                                 time.Time
	ActorID, ResourceID                                *uuid.UUID
	Changes                                            json.RawMessage
}

type page struct {
	Items      []record
	NextCursor string
	Total      *int
}

// read returns the records that filters, in pairs, let through; it waits until there are n, for refusals come late.
func read(t *testing.T, s *apptest.Service, admin apptest.User, n int, filters ...string) []record {
	t.Helper()
	q := url.Values{"limit": {"100"}}
	for i := 0; i < len(filters); i += 2 {
		q.Set(filters[i], filters[i+1])
	}
	var p page
	for range 100 {
		s.OK(t, 200, &p, "GET", "/v1/audit?"+q.Encode(), admin.Token, nil)
		if len(p.Items) >= n {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(p.Items) != n {
		t.Fatalf("%v: %d records, want %d: %+v", filters, len(p.Items), n, p.Items)
	}
	return p.Items
}

// TestChanges: one record for every change, with who, what, from where, and nothing that is secret.
func TestChanges(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin, till := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "till@x.org", role.Cashier)
	check := func(a apptest.Answer, actor *uuid.UUID, action, resource string, id uuid.UUID, changes string) {
		t.Helper()
		for _, r := range read(t, s, admin, 1, "action", action, "resourceID", id.String()) {
			trace := strings.Split(a.Header.Get("Traceparent"), "-")[1]
			if r.Resource != resource || r.Outcome != "SUCCESS" || r.RemoteAddr != "127.0.0.1" || r.TraceID != trace ||
				time.Since(r.At) > time.Minute {
				t.Errorf("%s: %+v", action, r)
			}
			if (actor == nil) != (r.ActorID == nil) || actor != nil && *actor != *r.ActorID {
				t.Errorf("%s: actor %v, want %v", action, r.ActorID, actor)
			}
			if string(r.Changes) != changes {
				t.Errorf("%s: changes %s, want %s", action, r.Changes, changes)
			}
		}
	}
	var u userapp.User
	a := s.OK(t, 201, &u, "POST", "/v1/auth/signup", "",
		object{"name": "N", "email": "n@x.org", "password": "a fine new phrase"})
	check(a, nil, "user.signup", "user", u.ID, `{"email":"n@x.org","name":"N","password":"[hidden]"}`)
	a = s.OK(t, 201, &u, "POST", "/v1/users", admin.Token,
		object{"name": "M", "email": "m@x.org", "password": "a fine new phrase", "roles": []string{"USER"}})
	check(a, &admin.ID, "user.create", "user", u.ID,
		`{"email":"m@x.org","name":"M","password":"[hidden]","roles":["USER"]}`)
	a = s.OK(t, 200, nil, "PATCH", "/v1/users/"+till.ID.String(), till.Token,
		object{"email": "t@x.org", "password": "another phrase", "currentPassword": apptest.Password})
	check(a, &till.ID, "user.update", "user", till.ID,
		`{"currentPassword":"[hidden]","email":"t@x.org","password":"[hidden]"}`)
	a = s.OK(t, 200, nil, "PUT", "/v1/users/"+u.ID.String()+"/roles", admin.Token, object{"roles": []string{"CASHIER"}})
	check(a, &admin.ID, "user.roles", "user", u.ID, `{"roles":["CASHIER"]}`)
	a = s.OK(t, 204, nil, "DELETE", "/v1/users/"+u.ID.String(), admin.Token, nil)
	check(a, &admin.ID, "user.delete", "user", u.ID, `null`)

	var m marketapp.Market
	body := `{"name":"Elm","place":"Elm 1","startsAt":"2026-05-30T09:00:00Z","endsAt":"2026-05-30T17:00:00Z",` +
		`"currency":"EUR","commission":0,"status":"OPEN"}`
	a = s.OK(t, 201, &m, "POST", "/v1/markets", admin.Token, body)
	check(a, &admin.ID, "market.create", "market", m.ID, body)
	a = s.OK(t, 200, nil, "PATCH", "/v1/markets/"+m.ID.String(), admin.Token, object{"name": "Oak"})
	check(a, &admin.ID, "market.update", "market", m.ID, `{"name":"Oak"}`)
	var f familyapp.Family
	a = s.OK(t, 201, &f, "POST", "/v1/markets/"+m.ID.String()+"/families", admin.Token, object{"name": "Smith"})
	check(a, &admin.ID, "market.join", "family", f.ID, `{"name":"Smith"}`)
	var p productapp.Product
	a = s.OK(t, 201, &p, "POST", "/v1/markets/"+m.ID.String()+"/products", admin.Token,
		`{"familyID":"`+f.ID.String()+`","name":"Lamp","price":5,"quantity":2}`)
	check(a, &admin.ID, "product.create", "product", p.ID,
		`{"familyID":"`+f.ID.String()+`","name":"Lamp","price":5,"quantity":2}`)

	till.Token = s.Token(t, must(s.Business.Users.Get(t.Context(), till.ID)))
	var sale saleapp.Sale
	basket := `{"lines":[{"productID":"` + p.ID.String() + `","quantity":1}],"payment":{"tender":"CASH","amount":5}}`
	key := apptest.Key()
	a = s.OK(t, 201, &sale, "POST", "/v1/markets/"+m.ID.String()+"/sales", till.Token, basket, "Idempotency-Key", key)
	// a repeat changes nothing
	s.OK(t, 201, nil, "POST", "/v1/markets/"+m.ID.String()+"/sales", till.Token, basket, "Idempotency-Key", key)
	check(a, &till.ID, "sale.create", "sale", sale.ID, basket)

	// What fails leaves no record.
	s.OK(t, 409, nil, "DELETE", "/v1/products/"+p.ID.String(), admin.Token, nil)
	s.OK(t, 422, nil, "PATCH", "/v1/products/"+p.ID.String(), admin.Token, object{"price": -1})
	read(t, s, admin, 1, "resourceID", p.ID.String())

	lines := make([]object, 200)
	for i := range lines {
		lines[i] = object{"familyID": f.ID, "name": strings.Repeat("x", 60), "quantity": 1, "unitPrice": 0}
	}
	s.OK(t, 201, &sale, "POST", "/v1/markets/"+m.ID.String()+"/sales", till.Token,
		object{"lines": lines, "payment": object{"tender": "CASH", "amount": 0}}, "Idempotency-Key", apptest.Key())
	if got := read(t, s, admin, 1, "resourceID", sale.ID.String())[0].Changes; len(got) > 100 ||
		!strings.HasPrefix(string(got), `{"bytes":`) {
		t.Errorf("a large body is kept whole: %s", got)
	}
}

// TestRefusals: logins that succeed and fail, and what is refused, are in the audit too, though nothing else was
// committed.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin, u := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "u@x.org", role.User)
	login := func(want int, addr, pass string) apptest.Answer {
		return s.OK(t, want, nil, "POST", "/v1/auth/token", "", nil, "Authorization",
			"Basic "+base64.StdEncoding.EncodeToString([]byte(addr+":"+pass)))
	}
	var tok authapp.Token
	login(200, "u@x.org", apptest.Password).JSON(t, &tok)
	if r := read(t, s, admin, 1, "action", "token.create")[0]; r.Outcome != "SUCCESS" || *r.ActorID != u.ID ||
		r.Resource != "session" || r.ResourceID == nil {
		t.Errorf("login: %+v", r)
	}
	login(401, "u@x.org", "wrong")
	if r := read(t, s, admin, 2, "action", "token.create")[0]; r.Outcome != "DENIED" || r.ActorID != nil ||
		r.Resource != "user" || *r.ResourceID != u.ID {
		t.Errorf("failed login: %+v", r)
	}
	login(401, "my secret typed into the wrong field", "wrong")
	if r := read(t, s, admin, 3, "action", "token.create")[0]; r.Outcome != "DENIED" || r.ResourceID != nil ||
		r.Changes != nil && string(r.Changes) != "null" {
		t.Errorf("login of nobody: %+v", r)
	}
	s.OK(t, 403, nil, "GET", "/v1/users", u.Token, nil)
	if r := read(t, s, admin, 1, "action", "user.list")[0]; r.Outcome != "DENIED" || *r.ActorID != u.ID {
		t.Errorf("403: %+v", r)
	}
	s.OK(t, 401, nil, "PATCH", "/v1/users/"+u.ID.String(), "no token", object{})
	if r := read(t, s, admin, 1, "action", "user.update")[0]; r.Outcome != "DENIED" || r.ActorID != nil ||
		*r.ResourceID != u.ID {
		t.Errorf("401: %+v", r)
	}
	s.OK(t, 200, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	s.OK(t, 204, nil, "POST", "/v1/auth/logout", "", object{"refreshToken": tok.RefreshToken})
	if r := read(t, s, admin, 1, "action", "token.revoke")[0]; *r.ActorID != u.ID || r.Resource != "session" ||
		strings.Contains(string(r.Changes), tok.RefreshToken) {
		t.Errorf("logout: %+v", r)
	}
	s.OK(t, 401, nil, "POST", "/v1/auth/refresh", "", object{"refreshToken": tok.RefreshToken})
	if got := s.Audit(t); strings.Contains(got, "my secret") {
		t.Error("what was typed as an address is in the audit")
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin, u := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "u@x.org", role.Cashier)
	s.OK(t, 401, nil, "GET", "/v1/audit", "", nil)
	s.OK(t, 403, nil, "GET", "/v1/audit", u.Token, nil)
	for i := range 5 {
		s.OK(t, 200, nil, "PATCH", "/v1/users/"+u.ID.String(), admin.Token, object{"name": fmt.Sprint("Name ", i)})
	}
	all := read(t, s, admin, 7)
	for i := 1; i < len(all); i++ {
		if all[i].At.After(all[i-1].At) {
			t.Error("not newest first")
		}
	}
	read(t, s, admin, 5, "resource", "user", "actorID", admin.ID.String(), "action", "user.update", "resourceID",
		u.ID.String(), "total", "true", "orderBy", "at", "from", "2020-01-01T00:00:00Z")
	changes := read(t, s, admin, 5, "action", "user.update")
	read(t, s, admin, 2, "action", "user.update", "from", changes[1].At.Format(time.RFC3339Nano))
	read(t, s, admin, 3, "action", "user.update", "to", changes[1].At.Format(time.RFC3339Nano))
	read(t, s, admin, 0, "to", "2020-01-01T00:00:00Z")
	read(t, s, admin, 0, "actorID", uuid.NewString())

	var seen []string
	for path := "/v1/audit?limit=2"; path != ""; {
		var p page
		a := s.OK(t, 200, &p, "GET", path, admin.Token, nil)
		for _, r := range p.Items {
			seen = append(seen, r.ID)
		}
		path = ""
		if link := a.Header.Get("Link"); link != "" {
			path = strings.Split(strings.TrimPrefix(link, "<"), ">")[0]
		}
	}
	if len(seen) != len(all) {
		t.Errorf("%d records in pages, want %d", len(seen), len(all))
	}
	for q, want := range map[string]int{"actor=x": 422, "actorID=x": 422, "orderBy=action": 422, "cursor=x": 400,
		"from=now": 422} {
		s.OK(t, want, nil, "GET", "/v1/audit?"+q, admin.Token, nil)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestTogether: a change that cannot be recorded is not made.
func TestTogether(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin, u := s.AddUser(t, "admin@x.org", role.Admin), s.AddUser(t, "u@x.org", role.User)
	rename := func(want int) {
		t.Helper()
		s.OK(t, want, nil, "PATCH", "/v1/users/"+u.ID.String(), admin.Token, object{"name": "Other"})
	}
	owner := dbtest.Owner(t, s.DB)
	if _, err := owner.Exec(t.Context(), `REVOKE INSERT ON audit FROM sales_app`); err != nil {
		t.Fatal(err)
	}
	rename(500)
	if got := must(s.Business.Users.Get(t.Context(), u.ID)); got.Name != u.Name {
		t.Error("changed without a record")
	}
	if _, err := owner.Exec(t.Context(), `GRANT INSERT ON audit TO sales_app`); err != nil {
		t.Fatal(err)
	}
	rename(200)
}
