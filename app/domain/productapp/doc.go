package productapp

import (
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/markets/{marketID}/products": {
		ID: "listProducts", Summary: "List what is sold at a market", Orders: productbus.OrderBy.Names(),
		Description: "Filters narrow the list together. `name` finds a part of the name, in either case; `%` and `_` are " +
			"plain characters.",
		Errors: []*errs.Error{marketbus.ErrNotFound},
	},
	"POST /v1/markets/{marketID}/products": {
		ID: "createProduct", Summary: "Put a product on the table",
		Description: "The product gets the next code of its family, which is never used twice. When the market is CLOSED " +
			"only ADMIN adds products.",
		Errors: []*errs.Error{marketbus.ErrNotFound, marketbus.ErrChanged, productbus.ErrNoCode, auth.ErrForbidden},
	},
	"POST /v1/markets/{marketID}/products:batch": {
		ID: "createProducts", Summary: "Put many products on the tables",
		Description: "1 to 1,000 products, all or none; the answer has them in the same order. What is wrong is located " +
			"as `body.items[n].…`.",
		Errors: []*errs.Error{marketbus.ErrNotFound, marketbus.ErrChanged, productbus.ErrNoCode, auth.ErrForbidden},
	},
	"GET /v1/markets/{marketID}/labels": {
		ID: "printLabels", Summary: "A page of labels to print",
		Description: "HTML for A4 sheets of 3 × 8 labels of 70 × 37 mm, each with code, price, name and the code as a QR " +
			"code, which a till scans and sells by. " +
			"One label for each piece on the table, at most 24 of a product and 100 sheets of a page; more is refused, so " +
			"ask for one family.",
		Errors: []*errs.Error{marketbus.ErrNotFound},
	},
	"GET /v1/products/{productID}": {
		ID: "getProduct", Summary: "Read a product",
		Description: "Every sale of it raises its version, so its `ETag` tells whether the quantity is still the same.",
		Errors:      []*errs.Error{productbus.ErrNotFound},
	},
	"PATCH /v1/products/{productID}": {
		ID: "updateProduct", Summary: "Change a product",
		Description: "A field that is left out stays as it is; `null` empties `description`. `quantity` is a count of " +
			"what is on the table now; " +
			"with `If-Match` a sale in between is noticed.",
		Errors: []*errs.Error{productbus.ErrNotFound, auth.ErrForbidden},
	},
	"DELETE /v1/products/{productID}": {
		ID: "deleteProduct", Summary: "Take a product off the table",
		Description: "One that was sold stays; set its quantity to 0.",
		Errors:      []*errs.Error{productbus.ErrNotFound, productbus.ErrWasSold, auth.ErrForbidden},
	},
}
