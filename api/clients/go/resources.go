package sales

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Markets are the markets of the service.
type Markets struct{ c *Client }

// MarketFilter narrows a list of markets; what is empty does not.
type MarketFilter struct {
	Status  string // DRAFT, OPEN or CLOSED
	Name    string // a part of it
	OrderBy string // startsAt, name or createdAt, descending with a leading '-'
}

// List gives the markets, page by page as they are asked for.
func (m Markets) List(ctx context.Context, f MarketFilter) iter.Seq2[Market, error] {
	q := values("status", f.Status, "name", f.Name, "orderBy", f.OrderBy)
	return list[Market](ctx, m.c, "/v1/markets", q)
}

// Get reads a market.
func (m Markets) Get(ctx context.Context, id string) (Market, error) {
	return get[Market](ctx, m.c, "/v1/markets/"+url.PathEscape(id))
}

// Create makes a market; for ADMIN.
func (m Markets) Create(ctx context.Context, n NewMarket) (Market, error) {
	return create[Market](ctx, m.c, "/v1/markets", n, "")
}

// SetStatus opens or closes a market; for ADMIN.
func (m Markets) SetStatus(ctx context.Context, id, status string) (Market, error) {
	return patch[Market](ctx, m.c, "/v1/markets/"+url.PathEscape(id), map[string]string{"status": status}, "")
}

// Families are the families of markets.
type Families struct{ c *Client }

// List gives the families of a market that the account may see.
func (f Families) List(ctx context.Context, marketID string) iter.Seq2[Family, error] {
	return list[Family](ctx, f.c, "/v1/markets/"+url.PathEscape(marketID)+"/families", nil)
}

// Get reads a family.
func (f Families) Get(ctx context.Context, id string) (Family, error) {
	return get[Family](ctx, f.c, "/v1/families/"+url.PathEscape(id))
}

// Join adds a family of the account's own to a market.
func (f Families) Join(ctx context.Context, marketID, name string) (Family, error) {
	return create[Family](ctx, f.c, "/v1/markets/"+url.PathEscape(marketID)+"/families", map[string]string{"name": name},
		"")
}

// Statement is what a family sold and has to get, with all of its lines, page after page. The totals are those of the
// last page.
func (f Families) Statement(ctx context.Context, id string) (Statement, error) {
	path := "/v1/families/" + url.PathEscape(id) + "/statement?limit=100"
	st, err := get[Statement](ctx, f.c, path)
	for err == nil && st.NextCursor != "" {
		lines := st.Lines
		st, err = get[Statement](ctx, f.c, path+"&cursor="+url.QueryEscape(st.NextCursor))
		st.Lines = append(lines, st.Lines...)
	}
	return st, err
}

// Products are what families sell.
type Products struct{ c *Client }

// ProductFilter narrows a list of products; what is empty does not.
type ProductFilter struct {
	FamilyID  string
	Name      string // a part of it
	Code      string
	MinPrice  *int64
	MaxPrice  *int64
	Available *bool  // some are left, or not
	OrderBy   string // code, name, price, quantity or createdAt, descending with a leading '-'
}

// List gives the products of a market, page by page as they are asked for.
func (p Products) List(ctx context.Context, marketID string, f ProductFilter) iter.Seq2[Product, error] {
	q := values("familyID", f.FamilyID, "name", f.Name, "code", f.Code, "orderBy", f.OrderBy)
	if f.MinPrice != nil {
		q.Set("minPrice", strconv.FormatInt(*f.MinPrice, 10))
	}
	if f.MaxPrice != nil {
		q.Set("maxPrice", strconv.FormatInt(*f.MaxPrice, 10))
	}
	if f.Available != nil {
		q.Set("available", strconv.FormatBool(*f.Available))
	}
	return list[Product](ctx, p.c, "/v1/markets/"+url.PathEscape(marketID)+"/products", q)
}

// Get reads a product.
func (p Products) Get(ctx context.Context, id string) (Product, error) {
	return get[Product](ctx, p.c, "/v1/products/"+url.PathEscape(id))
}

// GetTagged reads a product with its ETag, for Update.
func (p Products) GetTagged(ctx context.Context, id string) (product Product, etag string, err error) {
	h, err := p.c.do(ctx, call{method: http.MethodGet, path: "/v1/products/" + url.PathEscape(id), out: &product})
	return product, h.Get("ETag"), err
}

// Create puts a product on the table.
func (p Products) Create(ctx context.Context, marketID string, n NewProduct) (Product, error) {
	return create[Product](ctx, p.c, "/v1/markets/"+url.PathEscape(marketID)+"/products", n, "")
}

// CreateAll puts up to 1,000 products on the tables, all or none.
func (p Products) CreateAll(ctx context.Context, marketID string, n []NewProduct) ([]Product, error) {
	out, err := create[struct{ Items []Product }](ctx, p.c, "/v1/markets/"+url.PathEscape(marketID)+"/products:batch",
		map[string]any{"items": n}, "")
	return out.Items, err
}

// Update changes a product. With an ETag it is refused with the code version_mismatch if somebody changed, or a till
// sold, the product since; "" changes whatever is there.
func (p Products) Update(ctx context.Context, id string, ch ProductChanges, etag string) (Product, error) {
	return patch[Product](ctx, p.c, "/v1/products/"+url.PathEscape(id), ch, etag)
}

// Delete takes a product that was never sold off the table.
func (p Products) Delete(ctx context.Context, id string) error {
	_, err := p.c.do(ctx, call{method: http.MethodDelete, path: "/v1/products/" + url.PathEscape(id)})
	return err
}

// Sales are the baskets that were rung up.
type Sales struct{ c *Client }

// SaleFilter narrows a list of sales; what is empty does not.
type SaleFilter struct {
	CashierID, FamilyID string
	Status              string
	Tender              string // CASH or CARD
	OrderBy             string // number or total, descending with a leading '-'
}

// List gives the sales of a market, the newest first.
func (s Sales) List(ctx context.Context, marketID string, f SaleFilter) iter.Seq2[Sale, error] {
	q := values("cashierID", f.CashierID, "familyID", f.FamilyID, "status", f.Status, "tender", f.Tender, "orderBy",
		f.OrderBy)
	return list[Sale](ctx, s.c, "/v1/markets/"+url.PathEscape(marketID)+"/sales", q)
}

// Get reads a sale.
func (s Sales) Get(ctx context.Context, id string) (Sale, error) {
	return get[Sale](ctx, s.c, "/v1/sales/"+url.PathEscape(id))
}

// Create rings up a sale, once, however often the answer is lost on the way. When it fails in the end, the outcome is
// unknown unless the error is an *Error: call it again with the same Key.
func (s Sales) Create(ctx context.Context, marketID string, n NewSale) (Sale, error) {
	if n.Key == "" {
		n.Key = NewKey()
	}
	return create[Sale](ctx, s.c, "/v1/markets/"+url.PathEscape(marketID)+"/sales", n, n.Key)
}

func get[T any](ctx context.Context, c *Client, path string) (out T, err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, path: path, out: &out})
	return out, err
}

func create[T any](ctx context.Context, c *Client, path string, in any, key string) (out T, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: path, in: in, out: &out, key: key})
	return out, err
}

func patch[T any](ctx context.Context, c *Client, path string, in any, etag string) (out T, err error) {
	_, err = c.do(ctx, call{method: http.MethodPatch, path: path, in: in, out: &out, match: etag})
	return out, err
}

// list asks for pages until there are no more, or the caller stops. After an error it ends.
func list[T any](ctx context.Context, c *Client, path string, q url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page := url.Values{"limit": {"100"}}
		maps.Copy(page, q)
		for {
			var out struct {
				Items      []T
				NextCursor string
			}
			if _, err := c.do(ctx, call{method: http.MethodGet, path: path, query: page, out: &out}); err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range out.Items {
				if !yield(item, nil) {
					return
				}
			}
			if out.NextCursor == "" {
				return
			}
			page.Set("cursor", out.NextCursor)
		}
	}
}

// values are the pairs of names and values whose value is not empty.
func values(pairs ...string) url.Values {
	q := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	return q
}
