package productapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/text"
)

// Product is something that a family sells.
type Product struct {
	ID          uuid.UUID   `json:"id"`
	MarketID    uuid.UUID   `json:"marketID"`
	FamilyID    uuid.UUID   `json:"familyID"`
	Code        code.Code   `json:"code"`
	Name        name.Name   `json:"name"`
	Description text.Text   `json:"description"`
	Price       money.Money `json:"price"`
	FixedPrice  bool        `json:"fixedPrice"`
	Quantity    int         `json:"quantity"`
	Sold        int64       `json:"sold"`
	Version     int64       `json:"-"`
	CreatedAt   time.Time   `json:"createdAt"`
	UpdatedAt   time.Time   `json:"updatedAt"`
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

func (n NewItem) product() productbus.NewProduct {
	return productbus.NewProduct{
		FamilyID: n.FamilyID, Name: n.Name, Description: n.Description, Price: n.Price,
		FixedPrice: n.FixedPrice, Quantity: n.Quantity,
	}
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
	Name      *string      `query:"name"`
	Code      *code.Code   `query:"code"`
	MinPrice  *money.Money `query:"minPrice" minimum:"0" maximum:"9007199254740991"`
	MaxPrice  *money.Money `query:"maxPrice" minimum:"0" maximum:"9007199254740991"`
	Available *bool        `query:"available"`
}
