package salebus

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/text"
)

// MaxLines is how many lines a basket may have.
const MaxLines = 200

// Status is the state of a sale.
type Status string

// The states.
const (
	Completed      Status = "COMPLETED"
	PartlyReturned Status = "PARTLY_RETURNED"
	Returned       Status = "RETURNED"
	Voided         Status = "VOIDED"
)

// Statuses lists the states.
var Statuses = []Status{Completed, PartlyReturned, Returned, Voided}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(b []byte) error {
	if !slices.Contains(Statuses, Status(b)) {
		return fmt.Errorf("must be one of %v", Statuses)
	}
	*s = Status(b)
	return nil
}

// Tender is the way a basket is paid.
type Tender string

// The tenders.
const (
	Cash Tender = "CASH"
	Card Tender = "CARD"
)

// Tenders lists the tenders.
var Tenders = []Tender{Cash, Card}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Tender) UnmarshalText(b []byte) error {
	if !slices.Contains(Tenders, Tender(b)) {
		return fmt.Errorf("must be one of %v", Tenders)
	}
	*t = Tender(b)
	return nil
}

// Sale is one basket, paid once.
type Sale struct {
	ID        uuid.UUID
	MarketID  uuid.UUID
	Number    int64 // 1, 2, 3 … within the market
	CashierID uuid.UUID
	Status    Status
	Currency  currency.Currency
	Total     money.Money
	Lines     []Line
	Payment   Payment
	Version   int64
	CreatedAt time.Time
}

// Line is what was sold of one thing.
type Line struct {
	Line      int        // 1, 2, 3 … within the sale
	ProductID *uuid.UUID // nil: sold without a label
	FamilyID  uuid.UUID
	Name      name.Name
	Quantity  int         // pieces
	ListPrice money.Money // of one piece: what the product costs
	UnitPrice money.Money // of one piece: what was agreed
	Amount    money.Money
	Returned  int // pieces
}

// Payment is how a sale was paid.
type Payment struct {
	Tender    Tender
	Amount    money.Money
	Change    money.Money
	Reference text.Text // what the card terminal printed; "": nobody noted it, or cash
}

// NewSale is a basket to ring up.
type NewSale struct {
	MarketID  uuid.UUID
	CashierID uuid.UUID
	Lines     []NewLine
	Tender    Tender
	Amount    money.Money
	Reference text.Text // of a card
	// Reprice tells whether the account may agree on other prices than those that are fixed; it is asked if one is.
	Reprice func() (bool, error)
}

// NewLine names a product by id or by code, or else something without a label by family, name and price.
type NewLine struct {
	ProductID *uuid.UUID
	Code      *code.Code
	FamilyID  *uuid.UUID
	Name      *name.Name
	Quantity  int
	UnitPrice *money.Money // nil: the product's price
}

// Void undoes a sale whole.
type Void struct {
	MarketID  uuid.UUID
	SaleID    uuid.UUID
	Reason    text.Text
	VoidedBy  uuid.UUID
	CreatedAt time.Time
}

// Return is lines of a sale given back for money.
type Return struct {
	ID         uuid.UUID
	MarketID   uuid.UUID
	SaleID     uuid.UUID
	Lines      []ReturnLine
	Amount     money.Money
	Reason     text.Text
	ReturnedBy uuid.UUID
	CreatedAt  time.Time
}

// ReturnLine is pieces of one line.
type ReturnLine struct {
	Line     int
	Quantity int
}

// Filter narrows a list of sales.
type Filter struct {
	MarketID  uuid.UUID
	CashierID *uuid.UUID
	FamilyID  *uuid.UUID // with a line of this family
	Status    *Status
	Tender    *Tender
	From      *time.Time // inclusive
	To        *time.Time // exclusive
}

// OrderBy are the orders of a list of sales.
var OrderBy = query.Columns[Sale]{
	Default: "-number",
	ID:      func(s Sale) uuid.UUID { return s.ID },
	By: map[string]query.Column[Sale]{
		"number": query.ByUnique("s.number", func(s Sale) int64 { return s.Number }),
		"total":  query.By("s.total", func(s Sale) int64 { return int64(s.Total) }),
	},
}

// ReturnsOrderBy are the orders of a list of returns.
var ReturnsOrderBy = query.Columns[Return]{
	Default: "createdAt",
	ID:      func(r Return) uuid.UUID { return r.ID },
	By: map[string]query.Column[Return]{
		"createdAt": query.By("r.created_at", func(r Return) time.Time { return r.CreatedAt }),
	},
}

// Events are what happens to sales.
var (
	Events         = outbox.NewKind("sale", func(s Sale) outbox.Place { return outbox.Place{MarketID: s.MarketID} })
	EventCompleted = Events.Named("completed", "A sale was rung up.")
	EventVoided    = Events.Named("voided", "A sale was undone whole.")
	EventReturned  = Events.Named("returned", "Lines of a sale were given back; `returned` of each line says how many.")
)

// Effect is a sale after it was rung up or taken back, and the products whose stock that changed.
type Effect struct {
	Sale     Sale
	Products []productbus.Product
}

// News is what an effect tells: what happened to the sale, and that its products have changed.
func (e Effect) News(what outbox.Happening[Sale]) []outbox.News {
	news := []outbox.News{what.Of(e.Sale)}
	for _, p := range e.Products {
		news = append(news, productbus.EventUpdated.Of(p))
	}
	return news
}
