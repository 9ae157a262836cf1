package productapp_test

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Products", apptest.Suite{
		Rights: rights, Patches: patches, Bad: bad, Examples: examples,
		Lists: []apptest.List{{Route: "GET /v1/markets/{marketID}/products", Fill: list}},
	})
}

// atMarket is a request at an address beneath the cell's market.
func atMarket(suffix string) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("markets", c.Market()) + suffix, nil }
}

func atDraft(suffix string) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return atMarket(suffix)(c.Draft()) }
}

// aProduct is a request about the cell's product.
func aProduct(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return apptest.At("products", c.Product()), body }
}

// newProduct makes one of the cell's family.
func newProduct(c *apptest.Cell) (string, any) {
	return apptest.At("markets", c.Market()) + "/products",
		object{"familyID": c.Family()["id"], "name": "Lamp", "price": 450, "quantity": 1}
}

func newBatch(c *apptest.Cell) (string, any) {
	path, item := newProduct(c)
	return path + ":batch", object{"items": []any{item}}
}

func draft(call func(*apptest.Cell) (string, any)) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) { return call(c.Draft()) }
}

// closed is a request once the market is CLOSED.
func closed(call func(*apptest.Cell) (string, any)) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		path, body := call(c)
		return c.Closed(path), body
	}
}

// owners may make products for their own family, which another may not even see.
func owners() apptest.Wants {
	return apptest.Accounts(201).But(403, apptest.Cashier).But(422, apptest.Other)
}

// hisOwn: everybody may see a product, its owner may change it.
func hisOwn(ok int) apptest.Wants {
	return apptest.Accounts(ok).But(403, apptest.Cashier, apptest.Other)
}

// ofDraft: a market that is not open yet is for accounts.
func ofDraft() apptest.Wants { return apptest.Everybody(200).But(404, apptest.Nobody) }

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/products", Want: apptest.Everybody(200), Call: atMarket("/products")},
	{Route: "GET /v1/markets/{marketID}/products", About: "DRAFT", Want: ofDraft(), Call: atDraft("/products")},
	{Route: "POST /v1/markets/{marketID}/products", Want: owners(), Call: newProduct},
	{Route: "POST /v1/markets/{marketID}/products", About: "DRAFT", Want: owners(), Call: draft(newProduct)},
	{Route: "POST /v1/markets/{marketID}/products", About: "CLOSED",
		Want: apptest.AdminOnly(201).But(422, apptest.Other), Call: closed(newProduct)},
	{Route: "POST /v1/markets/{marketID}/products:batch", Want: owners(), Call: newBatch, NoLocation: true},
	{Route: "POST /v1/markets/{marketID}/products:batch", About: "CLOSED",
		Want: apptest.AdminOnly(201).But(422, apptest.Other), Call: closed(newBatch)},
	{Route: "GET /v1/markets/{marketID}/labels", Want: apptest.Everybody(200), Call: atMarket("/labels")},
	{Route: "GET /v1/markets/{marketID}/labels", About: "DRAFT", Want: ofDraft(), Call: atDraft("/labels")},
	{Route: "GET /v1/products/{productID}", Want: apptest.Everybody(200), Call: aProduct(nil)},
	{Route: "GET /v1/products/{productID}", About: "DRAFT", Want: ofDraft(), Call: draft(aProduct(nil))},
	{Route: "PATCH /v1/products/{productID}", Want: hisOwn(200), Call: aProduct(object{"price": 1})},
	{Route: "PATCH /v1/products/{productID}", About: "CLOSED", Want: apptest.AdminOnly(200),
		Call: closed(aProduct(object{"price": 1}))},
	{Route: "DELETE /v1/products/{productID}", Want: hisOwn(204), Call: aProduct(nil)},
	{Route: "DELETE /v1/products/{productID}", About: "CLOSED", Want: apptest.AdminOnly(204), Call: closed(aProduct(nil))},
}

var patches = []apptest.Patch{{
	Route: "PATCH /v1/products/{productID}",
	Fields: []apptest.Field{
		{Name: "name", Value: "Chair", ByOwner: true},
		{Name: "description", Value: "with\ntwo lines", Emptied: "", ByOwner: true},
		{Name: "price", Value: 0, ByOwner: true},
		{Name: "quantity", Value: 100_000, ByOwner: true},
		{Name: "fixedPrice", Value: true, ByOwner: true},
	},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		u := w.Account(t, role.User)
		f := w.Family(t, w.Market(t), "ownerID", u.ID)
		return apptest.At("products", w.Product(t, f, "description", "old")), u
	},
}}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m := w.Market(t)
	fs := []object{w.Family(t, m, "number", 2), w.Family(t, m, "number", 10)}
	for i, n := range apptest.Names {
		w.Product(t, fs[i%2], "name", n, "price", i*7%4*100, "quantity", i%3)
	}
	other := w.Product(t, w.Family(t, w.Market(t)))
	between := func(low, high float64) func(object) bool {
		return func(o object) bool { return o["price"].(float64) >= low && o["price"].(float64) <= high }
	}
	return apptest.Listed{
		Path: apptest.At("markets", m) + "/products", Default: "code",
		Elsewhere: "/v1/markets/" + other["marketID"].(string) + "/products",
		Orders: map[string]apptest.Ordering{"code": byCode, "name": apptest.ByName, "price": apptest.ByNumber("price"),
			"quantity": apptest.ByNumber("quantity"), "createdAt": apptest.ByTime("createdAt")},
		Filters: map[string]func(object) bool{
			"familyID=" + fs[0]["id"].(string):       apptest.Is("familyID", fs[0]["id"]),
			"familyID=" + other["familyID"].(string): nil,
			"name=apple":                             apptest.Named("apple"), "name=%25": apptest.Named("%"),
			"name=_": apptest.Named("_"), "name=%5C": apptest.Named(`\`), "name=%C3%A4": apptest.Named("ä"),
			"code=2-001": apptest.Is("code", "2-001"), "code=010-2": apptest.Is("code", "10-002"), "code=99-1": nil,
			"minPrice=100": between(100, 1e9), "maxPrice=100": between(0, 100), "minPrice=100&maxPrice=200": between(100, 200),
			"minPrice=200&maxPrice=100": nil, "maxPrice=9007199254740991": between(0, 1e9),
			"available=true":  func(o object) bool { return o["quantity"].(float64) > 0 },
			"available=false": func(o object) bool { return o["quantity"].(float64) == 0 },
		},
	}
}

func byCode(a, b object) int {
	parse := func(o object) (family, running int) {
		if _, err := fmt.Sscanf(o["code"].(string), "%d-%d", &family, &running); err != nil {
			panic(err)
		}
		return family, running
	}
	af, ar := parse(a)
	bf, br := parse(b)
	return cmp.Or(cmp.Compare(af, bf), cmp.Compare(ar, br))
}

var (
	right = apptest.Right{"name": apptest.AsName, "description": apptest.AsEmptyText, "price": apptest.AsNumber,
		"quantity": apptest.AsNumber, "fixedPrice": apptest.AsBool}
	more = object{"description": "D", "fixedPrice": false}
	bad  = []apptest.Bad{
		{Route: "GET /v1/markets/{marketID}/products", Params: apptest.Params{"familyID": apptest.BadIDs, "name": nil,
			"code": {"", "1", "1-", "-1", "0-1", "1-0", "1-1-1", "100000-1", "1-1000000", "1--1",
				"1-1000000000000000000000000000000", "٣-٣"},
			"minPrice": apptest.BadPrices, "maxPrice": apptest.BadPrices, "available": apptest.BadBools}},
		{Route: "GET /v1/markets/{marketID}/labels", Params: apptest.Params{"familyID": apptest.BadIDs}},
		{Route: "POST /v1/markets/{marketID}/products", Right: right, Body: apptest.With(more)},
		{Route: "POST /v1/markets/{marketID}/products:batch", Right: right, Body: func(c *apptest.Cell, body object) {
			apptest.With(more)(c, body["items"].([]any)[0].(object))
		}},
		{Route: "PATCH /v1/products/{productID}", Right: right, Body: apptest.With(object{"name": "N", "description": "D",
			"price": 1, "quantity": 1, "fixedPrice": false})},
	}
)

func examples(r *apptest.Recorder) {
	f := r.Family(r.T, r.Market(r.T), "number", 12)
	market, family := "/v1/markets/"+f["marketID"].(string), f["id"].(string)
	of := `{"familyID": "` + family + `", `
	product := apptest.At("products", r.Do("createProduct", 201, "POST", market+"/products",
		of+`"name": "Board game", "price": 450, "quantity": 3}`))
	r.Do("updateProduct", 200, "PATCH", product, `{"price": 400, "description": "All pieces are there."}`)
	r.Do("getProduct", 200, "GET", product, "")
	r.Do("listProducts", 200, "GET", market+"/products?available=true", "")
	r.Do("createProducts", 201, "POST", market+"/products:batch", `{"items": [`+
		of+`"name": "Table lamp", "price": 1200, "quantity": 1}, `+of+`"name": "Postcard", "price": 0, "quantity": 2}]}`)
	r.Do("printLabels", 200, "GET", market+"/labels?familyID="+family, "")
	r.Do("deleteProduct", 204, "DELETE", product, "")
}
