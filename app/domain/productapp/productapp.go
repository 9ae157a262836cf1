// Package productapp is the products of the API.
package productapp

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of products.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Products", Description: "A product is something that a family sells. Its code is the " +
		"family's number and a running number, such as 12-003."}, examples)
	rest.Tells(api, productbus.Events, "/v1/products/", toProduct)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/products", Action: "product.read",
		ID: "listProducts", Summary: "List what is sold at a market", Orders: productbus.OrderBy.Names(),
		Description: "Filters narrow the list together. `name` finds a part of the name, in either case; `%` and `_` are " +
			"plain characters.",
		Errors: []*errs.Error{marketbus.ErrNotFound},
	}, query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/markets/{marketID}/products", Action: "product.create", Location: "/v1/products/",
		ID: "createProduct", Summary: "Put a product on the table",
		Description: "The product gets the next code of its family, which is never used twice. All its pieces together " +
			"cost at most 10^10 minor units. A family may have 1,000 products, a market 200,000. When the market is CLOSED " +
			"only organisers add products.",
		Errors: []*errs.Error{marketbus.ErrNotFound, marketbus.ErrChanged, productbus.ErrNoCode, errs.ErrLimit,
			quota.ErrReached,
			auth.ErrForbidden},
	}, create)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/markets/{marketID}/products:batch", Action: "product.create",
		ID: "createProducts", Summary: "Put many products on the tables",
		Description: "1 to 1,000 products, all or none; a family may have 1,000. The answer has them in the same " +
			"order. What is wrong is located as `body.items[n].…`.",
		Errors: []*errs.Error{marketbus.ErrNotFound, marketbus.ErrChanged, productbus.ErrNoCode, errs.ErrLimit,
			quota.ErrReached, auth.ErrForbidden},
	}, createBatch)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/labels", Action: "product.read", Produces: []string{"text/html"},
		ID: "printLabels", Summary: "A page of labels to print",
		Description: "HTML for A4 sheets of 3 × 8 labels of 70 × 37 mm, each with code, price, name and the code as a QR " +
			"code, which a till scans and sells by. One label for each piece on the table, at most 24 of a product and 100 " +
			"sheets of a page, 20 without an account; more is refused, so ask for one family.",
		Errors: []*errs.Error{marketbus.ErrNotFound},
	}, labels)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/products/{productID}", Action: "product.read",
		ID: "getProduct", Summary: "Read a product",
		Description: "Every sale of it raises its version, so its `ETag` tells whether the quantity is still the same.",
		Errors:      []*errs.Error{productbus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: "/v1/products/{productID}", Action: "product.update",
		ID: "updateProduct", Summary: "Change a product",
		Description: "A field that is left out stays as it is; `null` empties `description`. `quantity` is a count of what " +
			"is on the table now; with `If-Match` a sale in between is noticed.",
		Errors: []*errs.Error{productbus.ErrNotFound, errs.ErrLimit, auth.ErrForbidden},
	}, update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/products/{productID}", Action: "product.delete",
		ID: "deleteProduct", Summary: "Take a product off the table",
		Description: "One that was sold stays; set its quantity to 0.",
		Errors:      []*errs.Error{productbus.ErrNotFound, productbus.ErrWasSold, auth.ErrForbidden},
	}, remove)
}

func toProduct(p productbus.Product) Product { return Product(p) }

func query(c rest.Call[business.Domains], in list) (rest.List[Product], error) {
	drafts, err := c.May("product.read", auth.Resource{MarketID: in.MarketID, MarketStatus: string(marketbus.Draft)})
	if err != nil {
		return rest.List[Product]{}, err
	}
	res, err := c.D.Products.Query(c, productbus.Filter{
		MarketID: in.MarketID, FamilyID: in.FamilyID, Name: in.Name, Code: in.Code, MinPrice: in.MinPrice,
		MaxPrice: in.MaxPrice, Available: in.Available, HideDraft: !drafts,
	}, in.Page.Query())
	if err == nil && len(res.Items) == 0 { // perhaps of no market, or of one that the caller may not see
		err = visible(c, in.MarketID)
	}
	return rest.ListOf(res, toProduct), err
}

func visible(c rest.Call[business.Domains], marketID uuid.UUID) error {
	m, err := c.D.Markets.Get(c, marketID)
	if err != nil {
		return err
	}
	return c.Allow("product.read", auth.Resource{MarketID: m.ID, MarketStatus: string(m.Status)}, marketbus.ErrNotFound)
}

func create(c rest.Call[business.Domains], in newProduct) (Product, error) {
	made, err := add(c, in.MarketID, []NewItem{in.NewItem}, func(_ int, field string) string { return field })
	if err != nil {
		return Product{}, err
	}
	return made[0], nil
}

// createBatch adds all products or none; what is wrong is located row by row.
func createBatch(c rest.Call[business.Domains], in newBatch) (Batch, error) {
	made, err := add(c, in.MarketID, in.Items, func(i int, field string) string {
		return fmt.Sprintf("items[%d].%s", i, field)
	})
	return Batch{Items: made}, err
}

// add puts products on the tables of families. A family that the caller may not see is as good as none, and so is one
// of another market; at says where a member of an item stands in the request.
func add(c rest.Call[business.Domains], marketID uuid.UUID, items []NewItem, at func(int, string) string) ([]Product,
	error) {
	var dear []errs.Field
	for i, item := range items {
		if productbus.TooDear(item.Price, item.Quantity) {
			dear = append(dear, errs.Field{Location: at(i, "quantity"), Message: productbus.WorthAdvice})
		}
	}
	if dear != nil {
		return nil, errs.ErrInvalid.With(dear...)
	}
	m, err := c.D.Markets.Get(c, marketID)
	if err != nil {
		return nil, err
	}
	ids, list := make([]uuid.UUID, len(items)), make([]productbus.NewProduct, len(items))
	for i, item := range items {
		ids[i], list[i] = item.FamilyID, productbus.NewProduct(item)
	}
	families, err := c.D.Families.OfMarket(c, m.ID, ids)
	if err != nil {
		return nil, err
	}
	refused := map[uuid.UUID]error{}
	for _, f := range families {
		owned := auth.Resource{OwnerID: f.OwnerID, MarketID: m.ID, MarketStatus: string(m.Status)}
		refused[f.ID] = cmp.Or(c.Allow("family.read", owned, productbus.ErrNoFamily),
			c.Allow("product.create", owned, productbus.ErrNoFamily))
	}
	var unknown []errs.Field
	var refusal error
	for i, id := range ids {
		err, found := refused[id]
		if !found || errors.Is(err, productbus.ErrNoFamily) {
			unknown = append(unknown, errs.Field{Location: at(i, "familyID"), Message: "there is no such family at this market"})
		} else {
			refusal = cmp.Or(refusal, err)
		}
	}
	if unknown != nil {
		return nil, errs.ErrInvalid.With(unknown...)
	}
	if refusal != nil {
		return nil, refusal
	}
	made, err := c.D.Products.Create(c, m, families, list)
	out := make([]Product, len(made))
	for i, p := range made {
		out[i] = Product(p)
		c.Tell(productbus.EventListed.Of(p))
	}
	return out, err
}

func get(c rest.Call[business.Domains], in productID) (Product, error) {
	p, err := rest.Get(c, c.D.Products.Get, in.ID, target)
	return Product(p.Product), err
}

func update(c rest.Call[business.Domains], in updateProduct) (Product, error) {
	p, err := rest.Lock(c, c.D.Products.Lock, in.ID, target)
	if err != nil {
		return Product{}, err
	}
	changed, err := c.D.Products.Update(c, p.Product, productbus.UpdateProduct(in.Changes))
	if changed.Version != p.Version {
		c.Tell(productbus.EventUpdated.Of(changed))
	}
	return Product(changed), err
}

func remove(c rest.Call[business.Domains], in productID) (rest.None, error) {
	p, err := rest.Lock(c, c.D.Products.Lock, in.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	c.Tell(productbus.EventDeleted.Of(p.Product))
	return rest.None{}, c.D.Products.Delete(c, p.Product)
}

func target(p productbus.Offered) rest.Target {
	return rest.Target{
		ID: p.ID, Version: p.Version, NotFound: productbus.ErrNotFound,
		Resource: auth.Resource{OwnerID: p.OwnerID, MarketID: p.MarketID, MarketStatus: string(p.MarketStatus)},
	}
}
