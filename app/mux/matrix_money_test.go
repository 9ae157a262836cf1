package mux_test

import (
	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

// rings tells whether the cell's identity may ring up sales.
func (c *cell) rings() bool {
	return c.who.Token != "" && (c.who.Roles.Has(role.Admin) || c.who.Roles.Has(role.Cashier))
}

// till is who has rung up and opened drawers in this cell: the identity itself where it may, and else the ADMIN.
func (c *cell) till() string {
	if c.rings() {
		return c.who.Token
	}
	return c.root.Token
}

// sold is a sale of the cell's own family, rung up by its till.
func (c *cell) sold() object {
	var out object
	p := c.product()
	c.OK(c.t, 201, &out, "POST", at("markets", c.market())+"/sales", c.till(), basket(p), "Idempotency-Key", apptest.Key())
	return out
}

// soldByAnother is a sale that another cashier rang up.
func (c *cell) soldByAnother() object { return c.world.sale(c.t, c.product()) }

// returned is a return of such a sale.
func (c *cell) returned() object {
	var out object
	c.OK(c.t, 201, &out, "POST", at("sales", c.sold())+"/returns", c.root.Token, takeBack(), "Idempotency-Key",
		apptest.Key())
	return out
}

func takeBack() object {
	return object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "broken"}
}

// drawer is an open cash session of the cell's till.
func (c *cell) drawer() object {
	var out object
	c.OK(c.t, 201, &out, "POST", at("markets", c.market())+"/cash-sessions", c.till(), object{"float": 1000},
		"Idempotency-Key", apptest.Key())
	return out
}

// earner is the cell's family once it has sold something and the market is CLOSED.
func (c *cell) earner() object {
	f := c.family()
	c.world.sale(c.t, c.world.product(c.t, f))
	c.closed("")
	return f
}

func (c *cell) paidOut() object {
	var out object
	c.OK(c.t, 201, &out, "POST", at("families", c.earner())+"/payouts", c.root.Token, nil, "Idempotency-Key",
		apptest.Key())
	return out
}

var (
	makes   = [9]int{201, 201, 403, 403, 401, 401, 401, 201, 201}
	reports = tills
	// What a family owner may see of its own, and nobody else but ADMIN.
	ownMoney = [9]int{200, 404, 200, 404, 401, 401, 401, 200, 200}
)

var matrixOfMoney = []matrixRow{
	{"GET /.well-known/jwks.json", "", everybody, plain("/.well-known/jwks.json")},
	{"POST /v1/auth/refresh", "with no such token", [9]int{401, 401, 401, 401, 401, 401, 401, 401, 401},
		func(*cell) (string, any) {
			return "/v1/auth/refresh", object{"refreshToken": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
		}},
	{"POST /v1/auth/logout", "", [9]int{204, 204, 204, 204, 401, 401, 204, 204, 204}, func(*cell) (string, any) {
		return "/v1/auth/logout", object{"refreshToken": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	}},
	{"GET /v1/audit", "", adminOnly, plain("/v1/audit")},

	{"GET /v1/sales/{saleID}/receipt", "", tills, func(c *cell) (string, any) {
		return at("sales", c.sold()) + "/receipt", nil
	}},
	{"GET /v1/sales/{saleID}/returns", "", tills, func(c *cell) (string, any) {
		return at("sales", c.sold()) + "/returns", nil
	}},
	{"GET /v1/returns/{returnID}", "", tills, func(c *cell) (string, any) { return at("returns", c.returned()), nil }},
	{"POST /v1/sales/{saleID}/void", "its own", tills, func(c *cell) (string, any) {
		return at("sales", c.sold()) + "/void", object{"reason": "mistake"}
	}},
	{"POST /v1/sales/{saleID}/void", "another's", adminOnly, func(c *cell) (string, any) {
		return at("sales", c.soldByAnother()) + "/void", object{"reason": "mistake"}
	}},
	{"POST /v1/sales/{saleID}/returns", "another's", makes, func(c *cell) (string, any) {
		return at("sales", c.soldByAnother()) + "/returns", takeBack()
	}},
	{"POST /v1/sales/{saleID}/returns", "CLOSED", newAdmin, func(c *cell) (string, any) {
		return c.closed(at("sales", c.sold()) + "/returns"), takeBack()
	}},

	{"GET /v1/markets/{marketID}/ledger", "", adminOnly, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/ledger", nil
	}},
	{"GET /v1/markets/{marketID}/summary", "", reports, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/summary", nil
	}},
	{"GET /v1/markets/{marketID}/top-sellers", "", reports, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/top-sellers", nil
	}},
	{"GET /v1/markets/{marketID}/payouts", "", accounts, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/payouts", nil
	}},

	{"GET /v1/markets/{marketID}/cash-sessions", "", tills, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/cash-sessions", nil
	}},
	{"POST /v1/markets/{marketID}/cash-sessions", "", makes, func(c *cell) (string, any) {
		return at("markets", c.market()) + "/cash-sessions", object{"float": 1000}
	}},
	{"GET /v1/cash-sessions/{cashSessionID}", "its own", tills, func(c *cell) (string, any) {
		return at("cash-sessions", c.drawer()), nil
	}},
	{"POST /v1/cash-sessions/{cashSessionID}/movements", "its own", makes, func(c *cell) (string, any) {
		return at("cash-sessions", c.drawer()) + "/movements", object{"amount": -10, "reason": "coffee"}
	}},
	{"POST /v1/cash-sessions/{cashSessionID}/close", "its own", tills, func(c *cell) (string, any) {
		return at("cash-sessions", c.drawer()) + "/close", object{"counted": 1000}
	}},

	{"GET /v1/families/{familyID}/statement", "", ownMoney, func(c *cell) (string, any) {
		return at("families", c.family()) + "/statement", nil
	}},
	{"POST /v1/families/{familyID}/payouts", "", newAdmin, func(c *cell) (string, any) {
		return at("families", c.earner()) + "/payouts", nil
	}},
	{"GET /v1/payouts/{payoutID}", "", ownMoney, func(c *cell) (string, any) { return at("payouts", c.paidOut()), nil }},
}
