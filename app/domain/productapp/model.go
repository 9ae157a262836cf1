package productapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/text"
)

// Product is something that a family sells.
type Product struct {
	ID          uuid.UUID   `json:"id" doc:"The id, a UUIDv7."`
	MarketID    uuid.UUID   `json:"marketID" doc:"The market."`
	FamilyID    uuid.UUID   `json:"familyID" doc:"The family."`
	Code        code.Code   `json:"code" doc:"'<family number>-<running number>', as on the label."`
	Name        name.Name   `json:"name" doc:"What it is called, 1 to 100 characters."`
	Description text.Text   `json:"description" doc:"More about it, up to 2000 characters."`
	Price       money.Money `json:"price" doc:"The price of one piece, in minor units; 0 is a gift."`
	FixedPrice  bool        `json:"fixedPrice" doc:"Whether price steps and cashiers leave its price as it is."`
	Quantity    int         `json:"quantity" doc:"How many pieces are on the table."`
	Sold        int64       `json:"sold" doc:"How many pieces were sold."`
	Version     int64       `json:"-"`
	CreatedAt   time.Time   `json:"createdAt" doc:"When it was made."`
	UpdatedAt   time.Time   `json:"updatedAt" doc:"When it was last changed."`
}

// Entity implements rest.Resource.
func (p Product) Entity() (uuid.UUID, int64) { return p.ID, p.Version }

type newProduct struct {
	MarketID uuid.UUID `path:"marketID" json:"-"`
	NewItem
}

// NewItem is a product to add.
type NewItem struct {
	FamilyID    uuid.UUID   `json:"familyID"`
	Name        name.Name   `json:"name"`
	Description text.Text   `json:"description,omitempty"`
	Price       money.Money `json:"price" maximum:"100000000"`
	FixedPrice  bool        `json:"fixedPrice,omitempty"`
	Quantity    int         `json:"quantity" minimum:"0" maximum:"100000"`
}

type newBatch struct {
	MarketID uuid.UUID `path:"marketID" json:"-"`
	Items    []NewItem `json:"items" minItems:"1" maxItems:"1000"`
}

// Batch is what a batch made, in the order of the request.
type Batch struct {
	Items []Product `json:"items" doc:"What was made, in the order of the request."`
}

type productID struct {
	ID uuid.UUID `path:"productID" json:"-"`
}

type updateProduct struct {
	productID
	Changes
}

// Changes are the members of the body.
type Changes struct {
	Name        opt.Value[name.Name]    `json:"name,omitzero"`
	Description opt.Nullable[text.Text] `json:"description,omitzero" nullable:"true"`
	Price       opt.Value[money.Money]  `json:"price,omitzero" maximum:"100000000"`
	FixedPrice  opt.Value[bool]         `json:"fixedPrice,omitzero"`
	Quantity    opt.Value[int]          `json:"quantity,omitzero" minimum:"0" maximum:"100000"`
}

type list struct {
	filter
	rest.Page
}

type filter struct {
	MarketID  uuid.UUID    `path:"marketID"`
	FamilyID  *uuid.UUID   `query:"familyID"`
	Name      *string      `query:"name" doc:"A part of the name, in either case."`
	Code      *code.Code   `query:"code"`
	MinPrice  *money.Money `query:"minPrice" minimum:"0" maximum:"9007199254740991" doc:"The lowest price."`
	MaxPrice  *money.Money `query:"maxPrice" minimum:"0" maximum:"9007199254740991" doc:"The highest price."`
	Available *bool        `query:"available" doc:"true: some are left; false: sold out."`
}
