package saleapp_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Sales", apptest.Suite{
		Rights: rights, Bad: bad, Examples: examples,
		Lists: []apptest.List{
			{Route: "GET /v1/markets/{marketID}/sales", Fill: list},
			{Route: "GET /v1/sales/{saleID}/returns", Fill: listReturns},
		},
	})
}

// itsOwn is a request about a sale that the cell's till rang up.
func itsOwn(suffix string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		p := c.Product()
		return apptest.At("sales", c.Make(c.Till(), apptest.At("markets", c.Market())+"/sales", apptest.Basket(p))) + suffix,
			body
	}
}

// anothers is a request about a sale that another cashier rang up.
func anothers(suffix string, body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		return apptest.At("sales", c.Sale(c.T, c.Product())) + suffix, body
	}
}

var (
	mistake  = object{"reason": "mistake"}
	takeBack = object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "broken"}
)

var rights = []apptest.Row{
	{Route: "GET /v1/markets/{marketID}/sales", Want: apptest.Tills(200), Call: func(c *apptest.Cell) (string, any) {
		return apptest.At("markets", c.Market()) + "/sales", nil
	}},
	{Route: "POST /v1/markets/{marketID}/sales", Want: apptest.Tills(201), Call: func(c *apptest.Cell) (string, any) {
		p := c.Product()
		return apptest.At("markets", c.Market()) + "/sales", apptest.Basket(p)
	}},
	{Route: "GET /v1/sales/{saleID}", Want: apptest.HiddenButTills(200), Call: anothers("", nil)},
	{Route: "GET /v1/sales/{saleID}/receipt", Want: apptest.HiddenButTills(200), Call: itsOwn("/receipt", nil)},
	{Route: "GET /v1/sales/{saleID}/returns", Want: apptest.HiddenButTills(200), Call: itsOwn("/returns", nil)},
	{Route: "GET /v1/returns/{returnID}", Want: apptest.HiddenButTills(200), Call: func(c *apptest.Cell) (string, any) {
		path, back := itsOwn("/returns", takeBack)(c)
		return apptest.At("returns", c.Make(c.Root.Token, path, back)), nil
	}},
	{Route: "POST /v1/sales/{saleID}/void", About: "its own", Want: apptest.HiddenButTills(200),
		Call: itsOwn("/void", mistake)},
	{Route: "POST /v1/sales/{saleID}/void", About: "another's",
		Want: apptest.AdminOnly(200).But(404, apptest.Owner, apptest.Other), Call: anothers("/void", mistake)},
	{Route: "POST /v1/sales/{saleID}/returns", About: "another's", Want: apptest.HiddenButTills(201),
		Call: anothers("/returns", takeBack)},
	{Route: "POST /v1/sales/{saleID}/returns", About: "CLOSED",
		Want: apptest.AdminOnly(201).But(404, apptest.Owner, apptest.Other),
		Call: func(c *apptest.Cell) (string, any) {
			path, back := itsOwn("/returns", takeBack)(c)
			return c.Closed(path), back
		}},
}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	m := w.Market(t)
	path := apptest.At("markets", m) + "/sales"
	tills := []apptest.User{w.Account(t, role.Cashier), w.Account(t, role.Cashier)}
	fs := []object{w.Family(t, m), w.Family(t, m)}
	byFamily := [2]map[string]bool{{}, {}}
	for i := range 12 {
		total := i * 5 % 4 * 100
		body := object{
			"lines":   []object{{"familyID": fs[i%2]["id"], "name": "x", "quantity": 1, "unitPrice": total}},
			"payment": object{"tender": []string{"CASH", "CARD"}[i%3%2], "amount": total},
		}
		if i%4 == 0 {
			body["lines"] = append(body["lines"].([]object), object{"familyID": fs[1-i%2]["id"], "name": "y", "quantity": 1,
				"unitPrice": 0}, object{"familyID": fs[1-i%2]["id"], "name": "z", "quantity": 1, "unitPrice": 0})
		}
		var s object
		w.OK(t, 201, &s, "POST", path, tills[i%5%2].Token, body, "Idempotency-Key", apptest.Key())
		for n := range fs {
			byFamily[n][s["id"].(string)] = i%2 == n || i%4 == 0
		}
	}
	item := w.All(t, path)[6]
	middle := item["createdAt"].(string)
	paid := func(tender string) func(object) bool {
		return func(o object) bool { return o["payment"].(object)["tender"] == tender }
	}
	from := func(o object) bool { return apptest.Instant(o, "createdAt") >= apptest.Instant(item, "createdAt") }
	return apptest.Listed{
		Path: path, Elsewhere: apptest.At("markets", w.Market(t)) + "/sales", Default: "-number",
		Orders: map[string]apptest.Ordering{"number": apptest.ByNumber("number"), "total": apptest.ByNumber("total")},
		Filters: map[string]func(object) bool{
			"cashierID=" + tills[0].ID.String(): apptest.Is("cashierID", tills[0].ID),
			"familyID=" + fs[0]["id"].(string):  func(o object) bool { return byFamily[0][o["id"].(string)] },
			"familyID=" + fs[1]["id"].(string) + "&tender=CARD": func(o object) bool {
				return byFamily[1][o["id"].(string)] && paid("CARD")(o)
			},
			"status=COMPLETED": apptest.Is("status", "COMPLETED"), "status=VOIDED": nil, "tender=CASH": paid("CASH"),
			"tender=CARD": paid("CARD"), "from=" + middle: from, "to=" + middle: func(o object) bool { return !from(o) },
			"from=" + middle + "&to=" + middle: nil, "from=0000-01-01T00:00:00Z": apptest.Is("status", "COMPLETED"),
			"to=9999-12-31T23:59:59Z": apptest.Is("status", "COMPLETED"),
			"from=" + url.QueryEscape(strings.TrimSuffix(middle, "Z")+"+00:00"): from,
		},
	}
}

func listReturns(t *testing.T, w *apptest.World) apptest.Listed {
	p := w.Product(t, w.Family(t, w.Market(t)), "quantity", 100)
	basket := apptest.Basket(p)
	basket["lines"].([]object)[0]["quantity"] = 12
	s := w.Create(t, "/v1/markets/"+p["marketID"].(string)+"/sales", basket)
	for range 12 {
		w.Create(t, apptest.At("sales", s)+"/returns", object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "x"})
	}
	return apptest.Listed{
		Path: apptest.At("sales", s) + "/returns", Elsewhere: apptest.At("sales", w.Sale(t, p)) + "/returns",
		Default: "createdAt", Orders: map[string]apptest.Ordering{"createdAt": apptest.ByTime("createdAt")},
	}
}

var (
	right = apptest.Right{"name": apptest.AsName, "reason": apptest.AsText, "quantity": apptest.AsNumber,
		"unitPrice": apptest.AsNumber, "amount": apptest.AsNumber, "reference": {`""`, `"  "`, `"12"`}}
	bad = []apptest.Bad{
		{Route: "GET /v1/markets/{marketID}/sales", Params: apptest.Params{"cashierID": apptest.BadIDs,
			"familyID": apptest.BadIDs, "status": {"", "open", "SOLD"}, "tender": {"", "cash", "GOLD"},
			"from": apptest.BadTimes, "to": apptest.BadTimes}},
		{Route: "POST /v1/markets/{marketID}/sales", Right: right, Body: func(c *apptest.Cell, body object) {
			lines := body["lines"].([]any)
			lines[0].(object)["unitPrice"] = 1
			body["payment"].(object)["reference"] = "A1B2"
			body["lines"] = append(lines, object{"code": "1-001", "quantity": 1},
				object{"familyID": c.Stranger.ID, "name": "teapot", "quantity": 1, "unitPrice": 1})
		}},
		{Route: "POST /v1/sales/{saleID}/void", Right: right},
		{Route: "POST /v1/sales/{saleID}/returns", Right: right},
	}
)

func examples(r *apptest.Recorder) {
	p := r.Product(r.T, r.Family(r.T, r.Market(r.T), "number", 12), "name", "Board game")
	r.Product(r.T, object{"id": p["familyID"], "marketID": p["marketID"]}, "name", "Table lamp", "price", 1200)
	market, once := "/v1/markets/"+p["marketID"].(string), []string{"Idempotency-Key", "example"}
	r.As(r.AddUser(r.T, "till@example.com", role.Cashier))
	wrong := r.Do("createSale", 201, "POST", market+"/sales",
		`{"lines": [{"code": "12-001", "quantity": 1}], "payment": {"tender": "CARD", "amount": 450}}`, once...)
	r.Do("voidSale", 200, "POST", apptest.At("sales", wrong)+"/void", `{"reason": "rung up twice"}`, once...)
	s := r.Do("createSale", 201, "POST", market+"/sales", `{"lines": [{"productID": "`+p["id"].(string)+
		`", "quantity": 2}, {"code": "12-002", "quantity": 1, "unitPrice": 300}, {"familyID": "`+p["familyID"].(string)+
		`", "name": "teapot without a label", "quantity": 1, "unitPrice": 300}], `+
		`"payment": {"tender": "CASH", "amount": 2000}}`,
		"Idempotency-Key", "second")
	sale := apptest.At("sales", s)
	back := r.Do("createReturn", 201, "POST", sale+"/returns",
		`{"lines": [{"line": 1, "quantity": 1}], "reason": "a piece is missing"}`, once...)
	r.Do("getReturn", 200, "GET", apptest.At("returns", back), "")
	r.Do("listReturns", 200, "GET", sale+"/returns", "")
	r.Do("getSale", 200, "GET", sale, "")
	r.Do("getReceipt", 200, "GET", sale+"/receipt", "")
	r.Do("listSales", 200, "GET", market+"/sales?tender=CASH", "")
}
