package productapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/errs"
)

type newBatch struct {
	MarketID uuid.UUID `path:"marketID" json:"-"`
	Items    []NewItem `json:"items" minItems:"1" maxItems:"1000"`
}

// Batch is what a batch made, in the order of the request.
type Batch struct {
	Items []Product `json:"items"`
}

// createBatch adds all products or none; what is wrong is located row by row.
func createBatch(ctx context.Context, d business.Domains, in newBatch) (Batch, error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return Batch{}, err
	}
	ids := make([]uuid.UUID, len(in.Items))
	products := make([]productbus.NewProduct, len(in.Items))
	for i, item := range in.Items {
		ids[i], products[i] = item.FamilyID, item.product()
	}
	families, err := d.Families.OfMarket(ctx, m.ID, ids)
	if err != nil {
		return Batch{}, err
	}
	var unknown []errs.Field
	var refusal error
	checked := map[uuid.UUID]error{}
	for i, id := range ids {
		if _, ok := checked[id]; !ok {
			checked[id] = mayAdd(ctx, m, families, id)
		}
		switch err := checked[id]; {
		case err == nil:
		case errors.Is(err, errs.ErrInvalid): // there is no such family for this caller
			unknown = append(unknown, errs.Field{Location: fmt.Sprintf("items[%d].familyID", i),
				Message: "there is no such family at this market"})
		case refusal == nil:
			refusal = err
		}
	}
	if unknown != nil {
		return Batch{}, errs.ErrInvalid.With(unknown...)
	}
	if refusal != nil {
		return Batch{}, refusal
	}
	made, err := d.Products.Create(ctx, m, families, products)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Items: make([]Product, len(made))}
	for i, p := range made {
		b.Items[i] = Product(p)
	}
	return b, nil
}
