package mux_test

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

// identities are the columns of the table. "other" and "owner" both have a family at the market; only the owner's is
// the one that is asked about.
var identities = []string{"ADMIN", "CASHIER", "owner", "other USER", "disabled", "expired", "nobody", "ADMIN+USER",
	"CASHIER owner"}

// cell is one identity before things that were made for it alone, so that every call may destroy them.
type cell struct {
	*world
	t        *testing.T
	identity string
	who      apptest.User
	stranger apptest.User // a USER that has nothing to do with who

	made object // the market
}

func newCell(t *testing.T, w *world, identity string) *cell {
	t.Helper()
	c := &cell{world: w, t: t, identity: identity, stranger: w.account(t, role.User)}
	roles := map[string][]role.Role{
		"ADMIN": {role.Admin}, "CASHIER": {role.Cashier}, "ADMIN+USER": {role.Admin, role.User},
		"CASHIER owner": {role.Cashier},
	}[identity]
	if roles == nil {
		roles = []role.Role{role.User}
	}
	c.who = w.account(t, roles...)
	switch identity {
	case "disabled":
		w.set(t, "/v1/users/"+c.who.ID.String(), "enabled", false)
	case "expired":
		c.who.Token = w.expired(t, c.who)
	case "nobody":
		c.who.Token = ""
	}
	return c
}

// market is the cell's.
func (c *cell) market() object {
	if c.made == nil {
		c.made = c.world.market(c.t)
	}
	return c.made
}

// family is who's own where it is an owner, and else a stranger's.
func (c *cell) family() object {
	owner := c.stranger.ID
	switch c.identity {
	case "owner", "CASHIER owner":
		owner = c.who.ID
	case "other USER":
		c.world.family(c.t, c.market(), "ownerID", c.who.ID)
	}
	return c.world.family(c.t, c.market(), "ownerID", owner)
}

func (c *cell) product() object { return c.world.product(c.t, c.family()) }

// closed closes the cell's market, when what is at the path has been made.
func (c *cell) closed(path string) string {
	c.set(c.t, at("markets", c.market()), "status", "CLOSED")
	return path
}

// draft makes the cell's market a DRAFT.
func (c *cell) draft() *cell {
	c.made = c.world.market(c.t, "status", "DRAFT")
	return c
}

func (c *cell) newProduct() object {
	return object{"familyID": c.family()["id"], "name": "Lamp", "price": 450, "quantity": 1}
}

type matrixRow struct {
	route string // method and pattern
	about string // which case of it, if there are several
	want  [9]int
	call  func(c *cell) (path string, body any)
}

// The statuses of a row, in the order of identities.
var (
	everybody = [9]int{200, 200, 200, 200, 401, 401, 200, 200, 200}
	accounts  = [9]int{200, 200, 200, 200, 401, 401, 401, 200, 200}
	adminOnly = [9]int{200, 403, 403, 403, 401, 401, 401, 200, 403}
	newAdmin  = [9]int{201, 403, 403, 403, 401, 401, 401, 201, 403}
	hidden    = [9]int{200, 404, 404, 404, 401, 401, 401, 200, 404}
	seesDraft = [9]int{200, 200, 200, 200, 401, 401, 404, 200, 200}
	tills     = [9]int{200, 200, 403, 403, 401, 401, 401, 200, 200}
)

func plain(path string) func(*cell) (string, any) {
	return func(*cell) (string, any) { return path, nil }
}

// matrix is every route.
var matrix = slices.Concat(matrixOfGoods, matrixOfMoney)

var matrixOfGoods = []matrixRow{
	{"GET /v1/liveness", "", everybody, plain("/v1/liveness")},
	{"GET /v1/readiness", "", everybody, plain("/v1/readiness")},

	{"GET /openapi.json", "", everybody, plain("/openapi.json")},
	{"GET /openapi.yaml", "", everybody, plain("/openapi.yaml")},
	{"GET /docs", "", everybody, plain("/docs")},
	{"GET /docs/{file}", "", everybody, plain("/docs/docs.js")},
	{"GET /docs/errors", "", everybody, plain("/docs/errors")},
	{"GET /docs/errors/{code}", "", everybody, plain("/docs/errors/out_of_stock")},

	{"POST /v1/auth/signup", "", [9]int{201, 201, 201, 201, 401, 401, 201, 201, 201}, func(*cell) (string, any) {
		return "/v1/auth/signup", object{"name": "N", "email": uuid.NewString() + "@x.org", "password": apptest.Password}
	}},
	{"POST /v1/auth/token", "", [9]int{200, 200, 200, 200, 401, 200, 401, 200, 200}, plain("/v1/auth/token")},

	{"GET /v1/users", "", adminOnly, plain("/v1/users")},
	{"POST /v1/users", "", newAdmin, func(*cell) (string, any) {
		return "/v1/users", object{"name": "N", "email": uuid.NewString() + "@x.org", "password": apptest.Password,
			"roles": []string{"USER"}}
	}},
	{"GET /v1/users/me", "", accounts, plain("/v1/users/me")},
	{"GET /v1/users/{userID}", "another's", hidden, func(c *cell) (string, any) {
		return "/v1/users/" + c.stranger.ID.String(), nil
	}},
	{"GET /v1/users/{userID}", "its own", accounts, func(c *cell) (string, any) {
		return "/v1/users/" + c.who.ID.String(), nil
	}},
	{"PATCH /v1/users/{userID}", "another's", hidden, func(c *cell) (string, any) {
		return "/v1/users/" + c.stranger.ID.String(), object{"name": "M"}
	}},
	{"PATCH /v1/users/{userID}", "another's password", hidden, func(c *cell) (string, any) {
		return "/v1/users/" + c.stranger.ID.String(),
			object{"password": "new horse battery", "currentPassword": apptest.Password}
	}},
	{"PATCH /v1/users/{userID}", "its own", accounts, func(c *cell) (string, any) {
		return "/v1/users/" + c.who.ID.String(), object{"name": "M"}
	}},
	{"DELETE /v1/users/{userID}", "another's", [9]int{204, 404, 404, 404, 401, 401, 401, 204, 404},
		func(c *cell) (string, any) {
			return "/v1/users/" + c.stranger.ID.String(), nil
		}},
	{"DELETE /v1/users/{userID}", "its own, owner and other with a family",
		[9]int{204, 204, 409, 409, 401, 401, 401, 204, 409}, func(c *cell) (string, any) {
			c.family()
			return "/v1/users/" + c.who.ID.String(), nil
		}},
	{"PUT /v1/users/{userID}/roles", "another's", adminOnly, func(c *cell) (string, any) {
		return "/v1/users/" + c.stranger.ID.String() + "/roles", object{"roles": []string{"USER", "CASHIER"}}
	}},
	{"PUT /v1/users/{userID}/roles", "its own", adminOnly, func(c *cell) (string, any) {
		return "/v1/users/" + c.who.ID.String() + "/roles", object{"roles": []string{"ADMIN"}}
	}},

	{"GET /v1/markets", "", everybody, plain("/v1/markets")},
	{"POST /v1/markets", "", newAdmin, func(*cell) (string, any) { return "/v1/markets", newMarket() }},
	{"GET /v1/markets/{marketID}", "", everybody, func(c *cell) (string, any) { return at("markets", c.market()), nil }},
	{"GET /v1/markets/{marketID}", "DRAFT", seesDraft, func(c *cell) (string, any) {
		return at("markets", c.draft().market()), nil
	}},
	{"PATCH /v1/markets/{marketID}", "", adminOnly, func(c *cell) (string, any) {
		return at("markets", c.market()), object{"name": "Oak Street"}
	}},
	{"DELETE /v1/markets/{marketID}", "", [9]int{204, 403, 403, 403, 401, 401, 401, 204, 403},
		func(c *cell) (string, any) {
			return at("markets", c.market()), nil
		}},

	{"GET /v1/markets/{marketID}/families", "", accounts, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/families", nil
	}},
	{"GET /v1/markets/{marketID}/families", "DRAFT", accounts, func(c *cell) (string, any) {
		return at("markets", c.draft().market()) + "/families", nil
	}},
	{"POST /v1/markets/{marketID}/families", "", [9]int{201, 403, 201, 201, 401, 401, 401, 201, 403},
		func(c *cell) (string, any) {
			return at("markets", c.market()) + "/families", object{"name": "New"}
		}},
	{"POST /v1/markets/{marketID}/families", "CLOSED", [9]int{201, 403, 403, 403, 401, 401, 401, 201, 403},
		func(c *cell) (string, any) {
			return c.closed(at("markets", c.market()) + "/families"), object{"name": "New"}
		}},
	{"POST /v1/markets/{marketID}/families", "with an owner", [9]int{201, 403, 403, 403, 401, 401, 401, 201, 403},
		func(c *cell) (string, any) {
			return at("markets", c.market()) + "/families", object{"name": "New", "ownerID": c.stranger.ID}
		}},
	{"GET /v1/families/{familyID}", "", [9]int{200, 200, 200, 404, 401, 401, 401, 200, 200}, func(c *cell) (string, any) {
		return at("families", c.family()), nil
	}},
	{"PATCH /v1/families/{familyID}", "", [9]int{200, 403, 200, 404, 401, 401, 401, 200, 200},
		func(c *cell) (string, any) {
			return at("families", c.family()), object{"name": "M"}
		}},
	{"PATCH /v1/families/{familyID}", "number", [9]int{200, 403, 403, 404, 401, 401, 401, 200, 403},
		func(c *cell) (string, any) {
			return at("families", c.family()), object{"number": 77}
		}},
	{"PATCH /v1/families/{familyID}", "CLOSED", [9]int{200, 403, 403, 404, 401, 401, 401, 200, 403},
		func(c *cell) (string, any) {
			return c.closed(at("families", c.family())), object{"name": "M"}
		}},
	{"DELETE /v1/families/{familyID}", "", [9]int{204, 403, 204, 404, 401, 401, 401, 204, 204},
		func(c *cell) (string, any) {
			return at("families", c.family()), nil
		}},
	{"DELETE /v1/families/{familyID}", "CLOSED", [9]int{204, 403, 403, 404, 401, 401, 401, 204, 403},
		func(c *cell) (string, any) {
			return c.closed(at("families", c.family())), nil
		}},

	{"GET /v1/markets/{marketID}/products", "", everybody, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/products", nil
	}},
	{"GET /v1/markets/{marketID}/products", "DRAFT", seesDraft, func(c *cell) (string, any) {
		return at("markets", c.draft().market()) + "/products", nil
	}},
	{"POST /v1/markets/{marketID}/products", "", [9]int{201, 403, 201, 422, 401, 401, 401, 201, 201},
		func(c *cell) (string, any) {
			return at("markets", c.market()) + "/products", c.newProduct()
		}},
	{"POST /v1/markets/{marketID}/products", "DRAFT", [9]int{201, 403, 201, 422, 401, 401, 401, 201, 201},
		func(c *cell) (string, any) {
			return at("markets", c.draft().market()) + "/products", c.newProduct()
		}},
	{"POST /v1/markets/{marketID}/products", "CLOSED", [9]int{201, 403, 403, 422, 401, 401, 401, 201, 403},
		func(c *cell) (string, any) {
			body := c.newProduct()
			return c.closed(at("markets", c.market()) + "/products"), body
		}},
	{"POST /v1/markets/{marketID}/products:batch", "", [9]int{201, 403, 201, 422, 401, 401, 401, 201, 201},
		func(c *cell) (string, any) {
			return at("markets", c.market()) + "/products:batch", object{"items": []object{c.newProduct()}}
		}},
	{"POST /v1/markets/{marketID}/products:batch", "CLOSED", [9]int{201, 403, 403, 422, 401, 401, 401, 201, 403},
		func(c *cell) (string, any) {
			body := object{"items": []object{c.newProduct()}}
			return c.closed(at("markets", c.market()) + "/products:batch"), body
		}},
	{"GET /v1/markets/{marketID}/labels", "", everybody, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/labels", nil
	}},
	{"GET /v1/markets/{marketID}/labels", "DRAFT", seesDraft, func(c *cell) (string, any) {
		return at("markets", c.draft().market()) + "/labels", nil
	}},
	{"GET /v1/products/{productID}", "", everybody, func(c *cell) (string, any) {
		return at("products", c.product()), nil
	}},
	{"GET /v1/products/{productID}", "DRAFT", seesDraft, func(c *cell) (string, any) {
		return at("products", c.draft().product()), nil
	}},
	{"PATCH /v1/products/{productID}", "", [9]int{200, 403, 200, 403, 401, 401, 401, 200, 200},
		func(c *cell) (string, any) {
			return at("products", c.product()), object{"price": 1}
		}},
	{"PATCH /v1/products/{productID}", "CLOSED", [9]int{200, 403, 403, 403, 401, 401, 401, 200, 403},
		func(c *cell) (string, any) {
			return c.closed(at("products", c.product())), object{"price": 1}
		}},
	{"DELETE /v1/products/{productID}", "", [9]int{204, 403, 204, 403, 401, 401, 401, 204, 204},
		func(c *cell) (string, any) {
			return at("products", c.product()), nil
		}},
	{"DELETE /v1/products/{productID}", "CLOSED", [9]int{204, 403, 403, 403, 401, 401, 401, 204, 403},
		func(c *cell) (string, any) {
			return c.closed(at("products", c.product())), nil
		}},

	{"GET /v1/markets/{marketID}/sales", "", tills, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/sales", nil
	}},
	{"POST /v1/markets/{marketID}/sales", "", [9]int{201, 201, 403, 403, 401, 401, 401, 201, 201},
		func(c *cell) (string, any) {
			p := c.product()
			return at("markets", c.market()) + "/sales", basket(p)
		}},
	{"GET /v1/sales/{saleID}", "", tills, func(c *cell) (string, any) {
		return at("sales", c.sale(c.t, c.product())), nil
	}},
}

// ask sends the row's request as the cell's identity.
func (row matrixRow) ask(c *cell, path string, body any) apptest.Answer {
	c.t.Helper()
	method, _, _ := strings.Cut(row.route, " ")
	headers := []string{"Idempotency-Key", apptest.Key()}
	if row.route == "POST /v1/auth/token" && c.identity != "nobody" {
		headers = append(headers, "Authorization", basic(string(c.who.Email), apptest.Password))
	}
	return c.Do(c.t, method, path, c.who.Token, body, headers...)
}

func basic(user, pass string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+pass))
}

// TestMatrix asks every route as every identity.
func TestMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})

	known := map[string]bool{}
	for _, r := range w.Routes {
		known[r.Method+" "+r.Path] = true
	}
	for _, row := range matrix {
		if !known[row.route] {
			t.Errorf("%s stands in the table, but is no route", row.route)
		}
	}
	for _, row := range matrix {
		delete(known, row.route)
	}
	for _, route := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("%s is missing from the table", route)
	}

	for _, row := range matrix {
		t.Run(strings.TrimSpace(row.route+" "+row.about), func(t *testing.T) {
			t.Parallel()
			for i, identity := range identities {
				c := newCell(t, w, identity)
				path, body := row.call(c)
				a := row.ask(c, path, body)
				if a.Status != row.want[i] {
					t.Errorf("%s: %d, want %d: %.300s", identity, a.Status, row.want[i], a.Body)
				}
				if a.Status >= 400 {
					p := a.Problem(t)
					if challenge := a.Header.Get("WWW-Authenticate"); (a.Status == 401) != (challenge != "") {
						t.Errorf("%s: %s with WWW-Authenticate %q", identity, p.Code, challenge)
					}
				}
			}
		})
	}
}

var (
	anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	badID = []string{"x", "1", "0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6", "{0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d}",
		"0193e2a56c1e7b0d9c6a2f1d3b4a5c6d", "%00", "%FF", "a%2Fb", "%20", "..%2F..", strings.Repeat("9", 5000)}
)

// TestIDs asks every route for an id that is nobody's, and for what is no id.
func TestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	done := map[string]bool{}
	for _, row := range matrix {
		if !strings.Contains(row.route, "ID}") || done[row.route] {
			continue
		}
		done[row.route] = true
		t.Run(row.route, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, w, "ADMIN")
			path, body := row.call(c)
			a := row.ask(c, anyID.ReplaceAllString(path, uuid.NewString()), body)
			if p := a.Problem(t); a.Status != 404 || !strings.HasSuffix(p.Code, "_not_found") || p.Code == "route_not_found" {
				t.Errorf("unknown id: %d %s", a.Status, a.Body)
			}
			// The same thing under another spelling of its address (RFC 3986, 2.3).
			if method, _, _ := strings.Cut(row.route, " "); method == "GET" {
				if a := row.ask(c, anyID.ReplaceAllStringFunc(path, func(id string) string {
					return strings.Replace(id, "-", "%2D", 1)
				}), body); a.Status != 200 {
					t.Errorf("an escaped '-' in the id: %d %s", a.Status, a.Body)
				}
			}
			for _, bad := range badID {
				a := row.ask(c, anyID.ReplaceAllLiteralString(path, bad), body)
				p := a.Problem(t)
				if a.Status != 400 || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "path.") {
					t.Errorf("id %.40q: %d %s", bad, a.Status, a.Body)
				}
			}
		})
	}
}
