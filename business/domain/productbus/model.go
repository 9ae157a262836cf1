package productbus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/text"
)

// MaxStock is how many pieces of a product may be on the table.
const MaxStock = 100_000

// WorthAdvice says where a request gives too many pieces of something too dear.
const WorthAdvice = "price × quantity must be at most 10000000000"

// Product is something that a family sells.
type Product struct {
	ID          uuid.UUID
	MarketID    uuid.UUID
	FamilyID    uuid.UUID
	Code        code.Code
	Name        name.Name
	Description text.Text
	Price       money.Money // of one piece
	FixedPrice  bool        // price steps leave it alone
	Quantity    int         // pieces on the table
	Sold        int64       // pieces
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Offered is a product with whose it is and where, which decides who may see and change it.
type Offered struct {
	Product
	OwnerID      *uuid.UUID // of the family
	MarketStatus marketbus.Status
}

// NewProduct is what a family gives.
type NewProduct struct {
	FamilyID    uuid.UUID
	Name        name.Name
	Description text.Text
	Price       money.Money
	FixedPrice  bool
	Quantity    int
}

// UpdateProduct is a change of the fields that are set.
type UpdateProduct struct {
	Name        opt.Value[name.Name]
	Description opt.Nullable[text.Text]
	Price       opt.Value[money.Money]
	FixedPrice  opt.Value[bool]
	Quantity    opt.Value[int]
}

// Filter narrows a list of products.
type Filter struct {
	MarketID  uuid.UUID
	FamilyID  *uuid.UUID
	Name      *string // contains
	Code      *code.Code
	MinPrice  *money.Money
	MaxPrice  *money.Money
	Available *bool
	HideDraft bool // finds nothing while the market is a DRAFT
}

// Take is a demand for pieces of a product.
type Take struct {
	ProductID uuid.UUID
	Quantity  int
}

// OrderBy are the orders of a list of products.
var OrderBy = query.Columns[Product]{
	Default: "code",
	ID:      func(p Product) uuid.UUID { return p.ID },
	By: map[string]query.Column[Product]{
		"code":      query.ByUnique("p.code", func(p Product) int64 { return p.Code.Int() }),
		"name":      query.By("p.name", func(p Product) string { return string(p.Name) }),
		"price":     query.By("p.price", func(p Product) int64 { return int64(p.Price) }),
		"quantity":  query.By("p.quantity", func(p Product) int64 { return int64(p.Quantity) }),
		"createdAt": query.By("p.created_at", func(p Product) time.Time { return p.CreatedAt }),
	},
}

// Events are what happens to products.
var (
	Events       = outbox.NewKind("product", func(p Product) outbox.Place { return outbox.Place{MarketID: p.MarketID} })
	EventListed  = Events.Named("listed", "A product was put on a table.")
	EventUpdated = Events.Named("updated", "A product was changed, or pieces of it were sold or given back.")
	EventDeleted = Events.Named("deleted", "A product was taken off the table; `data` is what it was.")
)
