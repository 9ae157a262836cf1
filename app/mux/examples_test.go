package mux_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/sdk/apptest"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/types/role"
)

var update = flag.Bool("update", false, "write what is made from the code anew")

// recorder asks the service and keeps each request and its answer as an example of the operation.
type recorder struct {
	*apptest.Service
	clock    atomic.Int64
	examples map[string]rest.Example
	ids      map[string]string
	token    string
}

var (
	anyID    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	volatile = regexp.MustCompile(`"(accessToken|refreshToken|nextCursor|gomaxprocs|build|n|kid)":("[^"]*"|[0-9]+)`)
	fixed    = map[string]string{
		"accessToken": `"eyJhbGciOiJSUzI1NiIsImtpZCI6…"`, "refreshToken": `"9VbK2pXq…"`, "nextCursor": `"eyJiIjoxMjM0NSwidiI6M…"`,
		"gomaxprocs": "2", "build": `"4f2a91c"`, "n": `"0vx7agoebGcQSuu…"`, "kid": `"2026-05-01"`,
	}
)

// plain replaces what is different each time by something that is always the same.
func (r *recorder) plain(raw []byte) []byte {
	raw = volatile.ReplaceAllFunc(raw, func(m []byte) []byte {
		name := string(volatile.FindSubmatch(m)[1])
		return []byte(`"` + name + `":` + fixed[name])
	})
	return anyID.ReplaceAllFunc(raw, func(id []byte) []byte {
		known, ok := r.ids[string(id)]
		if !ok {
			known = fmt.Sprintf("0197c1b2-7d10-7000-8000-%012x", len(r.ids)+1)
			r.ids[string(id)] = known
		}
		return []byte(known)
	})
}

// as says who asks from here on.
func (r *recorder) as(u apptest.User) { r.token = u.Token }

func (r *recorder) do(t *testing.T, id string, want int, method, path, body string, headers ...string) map[string]any {
	t.Helper()
	r.clock.Add(int64(10 * time.Second))
	var raw any
	if body != "" {
		raw = body
	}
	a := r.OK(t, want, nil, method, path, r.token, raw, headers...)
	e := rest.Example{}
	if body != "" {
		e.Request = r.plain(compact(t, []byte(body)))
	}
	var out map[string]any
	switch {
	case len(a.Body) == 0:
	case strings.HasPrefix(a.Header.Get("Content-Type"), "application/json"):
		e.Response = r.plain(a.Body)
		a.JSON(t, &out)
	default:
		e.Text = string(r.plain(a.Body))
		if strings.HasPrefix(e.Text, "<!doctype html>") {
			e.Text = "<!doctype html>…"
		}
	}
	r.examples[id] = e
	return out
}

func compact(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return b.Bytes()
}

// TestExamples plays a small market. The examples of the document are what the service answered here: run
// `make docs` when they changed on purpose.
func TestExamples(t *testing.T) {
	t.Parallel()
	r := &recorder{examples: map[string]rest.Example{}, ids: map[string]string{}}
	start := time.Date(2026, 5, 30, 8, 0, 0, 0, time.UTC)
	r.Service = apptest.NewWith(t, apptest.Options{Now: func() time.Time { return start.Add(time.Duration(r.clock.Load())) }})
	admin, till := r.AddUser(t, "ada@example.com", role.Admin), r.AddUser(t, "till@example.com", role.Cashier)
	play(t, r, admin, till)

	got, err := json.MarshalIndent(r.examples, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	current(t, "examples.json", append(got, '\n'))
}

// play asks for everything once. Who adds a route adds a line.
func play(t *testing.T, r *recorder, admin, till apptest.User) {
	t.Helper()
	r.do(t, "liveness", 200, "GET", "/v1/liveness", "")
	r.do(t, "readiness", 200, "GET", "/v1/readiness", "")
	smith := r.do(t, "signUp", 201, "POST", "/v1/auth/signup", `{"name": "Sam Smith", "email": "smith@example.com", "password": "correct horse battery"}`)
	r.do(t, "logIn", 200, "POST", "/v1/auth/token", "", "Authorization", basic("smith@example.com", apptest.Password))

	r.as(admin)
	extra := r.do(t, "createUser", 201, "POST", "/v1/users", `{"name": "Kim", "email": "kim@example.com", "password": "correct horse battery", "roles": ["CASHIER"]}`)
	r.do(t, "listUsers", 200, "GET", "/v1/users?limit=2", "")
	r.do(t, "getUser", 200, "GET", at("/v1/users/", extra), "")
	r.do(t, "updateUser", 200, "PATCH", at("/v1/users/", extra), `{"name": "Kim Lee"}`)
	r.do(t, "setUserRoles", 200, "PUT", at("/v1/users/", extra)+"/roles", `{"roles": ["CASHIER", "USER"]}`)
	r.do(t, "deleteUser", 204, "DELETE", at("/v1/users/", extra), "")
	r.do(t, "getMe", 200, "GET", "/v1/users/me", "")

	m := r.do(t, "createMarket", 201, "POST", "/v1/markets",
		`{"name": "Elm Street Garage Sale", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z", "currency": "USD", "commission": 1000}`)
	market := at("/v1/markets/", m)
	r.do(t, "updateMarket", 200, "PATCH", market, `{"status": "OPEN"}`)
	r.do(t, "getMarket", 200, "GET", market, "")
	r.do(t, "listMarkets", 200, "GET", "/v1/markets?status=OPEN&total=true", "")
	spare := r.do(t, "createMarket", 201, "POST", "/v1/markets",
		`{"name": "Elm Street Garage Sale", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z", "currency": "USD", "commission": 1000}`)
	r.do(t, "deleteMarket", 204, "DELETE", at("/v1/markets/", spare), "")

	f := r.do(t, "createFamily", 201, "POST", market+"/families", `{"name": "Smith", "ownerID": "`+smith["id"].(string)+`", "number": 12}`)
	family := at("/v1/families/", f)
	r.do(t, "getFamily", 200, "GET", family, "")
	r.do(t, "updateFamily", 200, "PATCH", family, `{"name": "The Smiths", "commission": 500}`)
	r.do(t, "listFamilies", 200, "GET", market+"/families", "")
	other := r.do(t, "createFamily", 201, "POST", market+"/families", `{"name": "Jones"}`)
	r.do(t, "deleteFamily", 204, "DELETE", at("/v1/families/", other), "")

	of := `{"familyID": "` + f["id"].(string) + `", `
	p := r.do(t, "createProduct", 201, "POST", market+"/products", of+`"name": "Board game", "price": 450, "quantity": 3}`)
	product := at("/v1/products/", p)
	r.do(t, "updateProduct", 200, "PATCH", product, `{"price": 400, "description": "All pieces are there."}`)
	r.do(t, "getProduct", 200, "GET", product, "")
	r.do(t, "listProducts", 200, "GET", market+"/products?available=true", "")
	unsold := r.do(t, "createProduct", 201, "POST", market+"/products", of+`"name": "Board game", "price": 450, "quantity": 3}`)
	r.do(t, "createProducts", 201, "POST", market+"/products:batch", `{"items": [`+of+`"name": "Table lamp", "price": 1200, "quantity": 1}, `+of+`"name": "Postcard", "price": 0, "quantity": 2}]}`)
	r.do(t, "printLabels", 200, "GET", market+"/labels?familyID="+f["id"].(string), "")
	r.do(t, "deleteProduct", 204, "DELETE", at("/v1/products/", unsold), "")

	r.as(till)
	s := r.do(t, "createSale", 201, "POST", market+"/sales", `{"lines": [{"productID": "`+p["id"].(string)+`", "quantity": 2},
		{"code": "12-001", "quantity": 1, "unitPrice": 300}, `+of+`"name": "teapot without a label", "quantity": 1, "unitPrice": 300}],
		"payment": {"tender": "CASH", "amount": 2000}}`, "Idempotency-Key", "example")
	r.do(t, "getSale", 200, "GET", at("/v1/sales/", s), "")
	r.do(t, "listSales", 200, "GET", market+"/sales?tender=CASH", "")
}

// at is the path of a resource.
func at(prefix string, resource map[string]any) string { return prefix + resource["id"].(string) }

func basic(addr, pass string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(addr+":"+pass))
}

// current compares a file that is made from the code, or writes it with -update.
func current(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code says: run `make docs` and look at the difference", file)
	}
}
