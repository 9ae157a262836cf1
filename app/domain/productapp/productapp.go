// Package productapp is the products of the API.
package productapp

import (
	"context"
	_ "embed"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of products.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Products", Description: "A product is something that a family sells. Its code is the family's number and a running number, such as 12-003."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/products", Action: "product.read"}, query)
	rest.Write(api, rest.Op{Method: "POST", Path: "/v1/markets/{marketID}/products", Action: "product.create",
		Location: "/v1/products/"}, create)
	rest.Write(api, rest.Op{Method: "POST", Path: "/v1/markets/{marketID}/products:batch", Action: "product.create"},
		createBatch)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/labels", Action: "product.read",
		Produces: []string{"text/html"}}, labels)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/products/{productID}", Action: "product.read"}, get)
	rest.Write(api, rest.Op{Method: "PATCH", Path: "/v1/products/{productID}", Action: "product.update"}, update)
	rest.Write(api, rest.Op{Method: "DELETE", Path: "/v1/products/{productID}", Action: "product.delete"}, remove)
}

func query(ctx context.Context, d business.Domains, in list) (rest.List[Product], error) {
	drafts, err := auth.May(ctx, "market.read", auth.Resource{MarketStatus: string(marketbus.Draft)})
	if err != nil {
		return rest.List[Product]{}, err
	}
	f := productbus.Filter{MarketID: in.MarketID, FamilyID: in.FamilyID, Name: in.Name, Code: in.Code,
		MinPrice: in.MinPrice, MaxPrice: in.MaxPrice, Available: in.Available, HideDraft: !drafts}
	res, err := d.Products.Query(ctx, f, in.Page.Query())
	if err != nil {
		return rest.List[Product]{}, err
	}
	if len(res.Items) == 0 { // perhaps of no market, or of one that the caller may not see
		m, err := d.Markets.Get(ctx, in.MarketID)
		if err != nil {
			return rest.List[Product]{}, err
		}
		err = auth.Allow(ctx, "market.read", auth.Resource{MarketStatus: string(m.Status)}, marketbus.ErrNotFound)
		if err != nil {
			return rest.List[Product]{}, err
		}
	}
	return rest.ListOf(res, func(p productbus.Product) Product { return Product(p) }), nil
}

func create(ctx context.Context, d business.Domains, in newProduct) (Product, error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return Product{}, err
	}
	families, err := d.Families.OfMarket(ctx, m.ID, []uuid.UUID{in.FamilyID})
	if err != nil {
		return Product{}, err
	}
	if err := mayAdd(ctx, m, families, in.FamilyID); err != nil {
		return Product{}, err
	}
	made, err := d.Products.Create(ctx, m, families, []productbus.NewProduct{in.product()})
	if err != nil {
		return Product{}, err
	}
	return Product(made[0]), nil
}

// mayAdd tells whether the caller may put products on a family's table. A family that it may not see is as good as
// none, and so is one of another market.
func mayAdd(ctx context.Context, m marketbus.Market, families map[uuid.UUID]familybus.Family, id uuid.UUID) error {
	f, ok := families[id]
	if !ok {
		return productbus.ErrNoFamily
	}
	owned := auth.Resource{OwnerID: f.OwnerID, MarketStatus: string(m.Status)}
	if err := auth.Allow(ctx, "family.read", owned, productbus.ErrNoFamily); err != nil {
		return err
	}
	return auth.Allow(ctx, "product.create", owned, productbus.ErrNoFamily)
}

func get(ctx context.Context, d business.Domains, in productID) (Product, error) {
	p, err := d.Products.Get(ctx, in.ID)
	if err != nil {
		return Product{}, err
	}
	return Product(p.Product), auth.Allow(ctx, "product.read", resource(p), productbus.ErrNotFound)
}

func update(ctx context.Context, d business.Domains, in updateProduct) (Product, error) {
	p, err := lock(ctx, d, in.productID, "product.update")
	if err != nil {
		return Product{}, err
	}
	changed, err := d.Products.Update(ctx, p.Product, productbus.UpdateProduct(in.Changes))
	return Product(changed), err
}

func remove(ctx context.Context, d business.Domains, in productID) (rest.None, error) {
	p, err := lock(ctx, d, in, "product.delete")
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, d.Products.Delete(ctx, p.Product)
}

// lock loads the product that is to be written, and refuses what may not be.
func lock(ctx context.Context, d business.Domains, in productID, action string) (productbus.Offered, error) {
	p, err := d.Products.Lock(ctx, in.ID)
	if err != nil {
		return p, err
	}
	if err := auth.Allow(ctx, action, resource(p), productbus.ErrNotFound); err != nil {
		return p, err
	}
	return p, rest.Match(ctx, p.ID, p.Version)
}

func resource(p productbus.Offered) auth.Resource {
	return auth.Resource{OwnerID: p.OwnerID, MarketStatus: string(p.MarketStatus)}
}
