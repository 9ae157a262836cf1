package mux_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
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
	idForm   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	volatile = regexp.MustCompile(
		`"(accessToken|refreshToken|nextCursor|gomaxprocs|build|n|kid|traceID)":("[^"]*"|[0-9]+)`)
	fixed = map[string]string{
		"accessToken": `"eyJhbGciOiJSUzI1NiIsImtpZCI6…"`, "refreshToken": `"9VbK2pXq…"`,
		"nextCursor": `"eyJiIjoxMjM0NSwidiI6M…"`,
		"gomaxprocs": "2", "build": `"4f2a91c"`, "n": `"0vx7agoebGcQSuu…"`, "kid": `"2026-05-01"`,
		"traceID": `"4bf92f3577b34da6a3ce929d0e0e4736"`,
	}
)

// plain replaces what is different each time by something that is always the same.
func (r *recorder) plain(raw []byte) []byte {
	raw = volatile.ReplaceAllFunc(raw, func(m []byte) []byte {
		name := string(volatile.FindSubmatch(m)[1])
		return []byte(`"` + name + `":` + fixed[name])
	})
	return idForm.ReplaceAllFunc(raw, func(id []byte) []byte {
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
	r.Service = apptest.NewWith(t, apptest.Options{Now: func() time.Time {
		return start.Add(time.Duration(r.clock.Load()))
	}})
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
	smith := r.do(t, "signUp", 201, "POST", "/v1/auth/signup",
		`{"name": "Sam Smith", "email": "smith@example.com", "password": "correct horse battery"}`)
	tokens := r.do(t, "logIn", 200, "POST", "/v1/auth/token", "", "Authorization",
		basic("smith@example.com", apptest.Password))
	tokens = r.do(t, "refreshToken", 200, "POST", "/v1/auth/refresh",
		`{"refreshToken": "`+tokens["refreshToken"].(string)+`"}`)
	r.do(t, "logOut", 204, "POST", "/v1/auth/logout", `{"refreshToken": "`+tokens["refreshToken"].(string)+`"}`)
	r.do(t, "getKeys", 200, "GET", "/.well-known/jwks.json", "")

	r.as(admin)
	extra := r.do(t, "createUser", 201, "POST", "/v1/users",
		`{"name": "Kim", "email": "kim@example.com", "password": "correct horse battery", "roles": ["CASHIER"]}`)
	r.do(t, "listUsers", 200, "GET", "/v1/users?limit=2", "")
	r.do(t, "getUser", 200, "GET", pathOf("/v1/users/", extra), "")
	r.do(t, "updateUser", 200, "PATCH", pathOf("/v1/users/", extra), `{"name": "Kim Lee"}`)
	r.do(t, "setUserRoles", 200, "PUT", pathOf("/v1/users/", extra)+"/roles", `{"roles": ["CASHIER", "USER"]}`)
	r.do(t, "deleteUser", 204, "DELETE", pathOf("/v1/users/", extra), "")
	r.do(t, "getMe", 200, "GET", "/v1/users/me", "")

	m := r.do(t, "createMarket", 201, "POST", "/v1/markets",
		`{"name": "Elm Street Garage Sale", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z", "currency": "USD", "commission": 1000}`)
	market := pathOf("/v1/markets/", m)
	r.do(t, "updateMarket", 200, "PATCH", market, `{"status": "OPEN"}`)
	r.do(t, "getMarket", 200, "GET", market, "")
	r.do(t, "listMarkets", 200, "GET", "/v1/markets?status=OPEN&total=true", "")
	spare := r.do(t, "createMarket", 201, "POST", "/v1/markets",
		`{"name": "Elm Street Garage Sale", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z", "currency": "USD", "commission": 1000}`)
	r.do(t, "deleteMarket", 204, "DELETE", pathOf("/v1/markets/", spare), "")

	f := r.do(t, "createFamily", 201, "POST", market+"/families",
		`{"name": "Smith", "ownerID": "`+smith["id"].(string)+`", "number": 12}`)
	family := pathOf("/v1/families/", f)
	r.do(t, "getFamily", 200, "GET", family, "")
	r.do(t, "updateFamily", 200, "PATCH", family, `{"name": "The Smiths", "commission": 500}`)
	r.do(t, "listFamilies", 200, "GET", market+"/families", "")
	other := r.do(t, "createFamily", 201, "POST", market+"/families", `{"name": "Jones"}`)
	r.do(t, "deleteFamily", 204, "DELETE", pathOf("/v1/families/", other), "")

	of := `{"familyID": "` + f["id"].(string) + `", `
	p := r.do(t, "createProduct", 201, "POST", market+"/products", of+`"name": "Board game", "price": 450, "quantity": 3}`)
	product := pathOf("/v1/products/", p)
	r.do(t, "updateProduct", 200, "PATCH", product, `{"price": 400, "description": "All pieces are there."}`)
	r.do(t, "getProduct", 200, "GET", product, "")
	r.do(t, "listProducts", 200, "GET", market+"/products?available=true", "")
	unsold := r.do(t, "createProduct", 201, "POST", market+"/products",
		of+`"name": "Board game", "price": 450, "quantity": 3}`)
	r.do(t, "createProducts", 201, "POST", market+"/products:batch",
		`{"items": [`+of+`"name": "Table lamp", "price": 1200, "quantity": 1}, `+of+`"name": "Postcard", "price": 0, "quantity": 2}]}`)
	r.do(t, "printLabels", 200, "GET", market+"/labels?familyID="+f["id"].(string), "")
	r.do(t, "deleteProduct", 204, "DELETE", pathOf("/v1/products/", unsold), "")

	r.as(till)
	s := r.do(t, "createSale", 201, "POST", market+"/sales",
		`{"lines": [{"productID": "`+p["id"].(string)+`", "quantity": 2},
		{"code": "12-001", "quantity": 1, "unitPrice": 300}, `+of+`"name": "teapot without a label", "quantity": 1, "unitPrice": 300}],
		"payment": {"tender": "CASH", "amount": 2000}}`, "Idempotency-Key", "example")
	r.do(t, "getSale", 200, "GET", pathOf("/v1/sales/", s), "")
	r.do(t, "listSales", 200, "GET", market+"/sales?tender=CASH", "")
	r.do(t, "getReceipt", 200, "GET", pathOf("/v1/sales/", s)+"/receipt", "")

	drawer := r.do(t, "openCashSession", 201, "POST", market+"/cash-sessions", `{"float": 5000}`)
	session := pathOf("/v1/cash-sessions/", drawer)
	r.do(t, "moveCash", 201, "POST", session+"/movements", `{"amount": -2000, "reason": "to the office"}`,
		"Idempotency-Key", "example")
	back := r.do(t, "createReturn", 201, "POST", pathOf("/v1/sales/", s)+"/returns",
		`{"lines": [{"line": 1, "quantity": 1}], "reason": "a piece is missing"}`, "Idempotency-Key", "example")
	r.do(t, "getReturn", 200, "GET", pathOf("/v1/returns/", back), "")
	r.do(t, "listReturns", 200, "GET", pathOf("/v1/sales/", s)+"/returns", "")
	twice := r.do(t, "createSale", 201, "POST", market+"/sales",
		`{"lines": [{"productID": "`+p["id"].(string)+`", "quantity": 1},
		{"familyID": "`+f["id"].(string)+`", "name": "teapot without a label", "quantity": 1, "unitPrice": 300}], "payment": {"tender": "CASH", "amount": 1000}}`, "Idempotency-Key", "second")
	r.do(t, "voidSale", 200, "POST", pathOf("/v1/sales/", twice)+"/void", `{"reason": "rung up twice"}`, "Idempotency-Key",
		"example")
	r.do(t, "closeCashSession", 200, "POST", session+"/close", `{"counted": 2600}`, "Idempotency-Key", "example")
	r.do(t, "getCashSession", 200, "GET", session, "")
	r.do(t, "listCashSessions", 200, "GET", market+"/cash-sessions", "")

	r.as(admin)
	r.do(t, "getSummary", 200, "GET", market+"/summary", "")
	r.do(t, "listTopSellers", 200, "GET", market+"/top-sellers?limit=3&by=revenue", "")
	r.do(t, "updateMarket", 200, "PATCH", market, `{"status": "CLOSED"}`)
	paid := r.do(t, "createPayout", 201, "POST", family+"/payouts", "", "Idempotency-Key", "example")
	r.do(t, "getPayout", 200, "GET", pathOf("/v1/payouts/", paid), "")
	r.do(t, "listPayouts", 200, "GET", market+"/payouts", "")
	r.do(t, "getStatement", 200, "GET", family+"/statement", "")
	r.do(t, "getLedger", 200, "GET", market+"/ledger", "")
	r.do(t, "listAudit", 200, "GET", "/v1/audit?resource=payout&limit=1", "")
}

// pathOf is the path of a resource.
func pathOf(prefix string, resource map[string]any) string { return prefix + resource["id"].(string) }

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
