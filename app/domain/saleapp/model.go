package saleapp

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/text"
)

// Sale is one basket, paid once.
type Sale struct {
	ID        uuid.UUID         `json:"id" doc:"The id, a UUIDv7."`
	MarketID  uuid.UUID         `json:"marketID" doc:"The market."`
	Number    int64             `json:"number" doc:"1, 2, 3 … within the market, without gaps or doubles."`
	CashierID uuid.UUID         `json:"cashierID" doc:"The account that rang up the sale."`
	Status    salebus.Status    `json:"status" enum:"COMPLETED,PARTLY_RETURNED,RETURNED,VOIDED" doc:"Its state."`
	Currency  currency.Currency `json:"currency" doc:"An ISO 4217 code; amounts are in its minor unit."`
	Total     money.Money       `json:"total" doc:"The sum of the lines, in minor units."`
	Lines     []Line            `json:"lines" doc:"What was sold, line by line."`
	Payment   Payment           `json:"payment" doc:"How the sale was paid."`
	CreatedAt time.Time         `json:"createdAt" doc:"When it was made."`
	version   int64
}

// Entity implements rest.Resource.
func (s Sale) Entity() (uuid.UUID, int64) { return s.ID, s.version }

// Line is what was sold of one thing.
type Line struct {
	Line      int         `json:"line" doc:"1, 2, 3 … within the sale."`
	ProductID *uuid.UUID  `json:"productID,omitempty" doc:"The product; left out for something without a label."`
	FamilyID  uuid.UUID   `json:"familyID" doc:"The family."`
	Name      name.Name   `json:"name" doc:"What it was called when it was sold."`
	Quantity  int         `json:"quantity" doc:"How many pieces."`
	ListPrice money.Money `json:"listPrice" doc:"What one piece costs, in minor units."`
	UnitPrice money.Money `json:"unitPrice" doc:"What one piece is sold for; left out: the product's price."`
	Amount    money.Money `json:"amount" doc:"quantity × unitPrice, in minor units."`
	Returned  int         `json:"returned" doc:"How many pieces of the line were given back."`
}

// Payment is how a sale was paid.
type Payment struct {
	Tender    salebus.Tender `json:"tender" enum:"CASH,CARD" doc:"CASH or CARD."`
	Amount    money.Money    `json:"amount" doc:"What was handed over, in minor units."`
	Change    money.Money    `json:"change" doc:"What the customer gets back, in minor units."`
	Reference text.Text      `json:"reference,omitzero" doc:"What the card terminal printed; left out if nobody noted it."`
}

// toSale is written by hand, because a slice does not convert with its elements.
func toSale(s salebus.Sale) Sale {
	lines := make([]Line, len(s.Lines))
	for i, l := range s.Lines {
		lines[i] = Line(l)
	}
	return Sale{
		ID: s.ID, MarketID: s.MarketID, Number: s.Number, CashierID: s.CashierID, Status: s.Status, Currency: s.Currency,
		Total: s.Total, Lines: lines, Payment: Payment(s.Payment), CreatedAt: s.CreatedAt, version: s.Version,
	}
}

type newSale struct {
	MarketID uuid.UUID  `path:"marketID" json:"-"`
	Lines    []NewLine  `json:"lines" minItems:"1" maxItems:"200"`
	Payment  NewPayment `json:"payment"`
}

// NewLine names a product by id or by code, or else something without a label by family, name and price.
type NewLine struct {
	ProductID *uuid.UUID   `json:"productID,omitempty"`
	Code      *code.Code   `json:"code,omitempty" doc:"The product by its code, instead of productID."`
	FamilyID  *uuid.UUID   `json:"familyID,omitempty" doc:"The family, for something without a label."`
	Name      *name.Name   `json:"name,omitempty" doc:"What it is, for something without a label."`
	Quantity  int          `json:"quantity" minimum:"1" maximum:"100000"`
	UnitPrice *money.Money `json:"unitPrice,omitempty" maximum:"100000000"`
}

// NewPayment is what the customer hands over.
type NewPayment struct {
	Tender    salebus.Tender `json:"tender" enum:"CASH,CARD"`
	Amount    money.Money    `json:"amount"`
	Reference text.Text      `json:"reference,omitempty" maxLength:"64" doc:"What the card terminal printed; CARD only."`
}

type saleID struct {
	ID uuid.UUID `path:"saleID"`
}

// Return is lines of a sale given back for money.
type Return struct {
	ID        uuid.UUID    `json:"id" doc:"The id, a UUIDv7."`
	SaleID    uuid.UUID    `json:"saleID" doc:"The sale."`
	Lines     []ReturnLine `json:"lines" doc:"The lines, each with how many pieces."`
	Amount    money.Money  `json:"amount" doc:"What was paid back, in minor units."`
	Reason    text.Text    `json:"reason" doc:"Why, in words."`
	CreatedAt time.Time    `json:"createdAt" doc:"When it was made."`
}

// Entity implements rest.Resource. A return never changes.
func (r Return) Entity() (uuid.UUID, int64) { return r.ID, 1 }

// ReturnLine is pieces of one line of the sale.
type ReturnLine struct {
	Line     int `json:"line" minimum:"1" maximum:"200" doc:"The line of the sale."`
	Quantity int `json:"quantity" minimum:"1" maximum:"100000" doc:"How many pieces."`
}

func toReturn(r salebus.Return) Return {
	lines := make([]ReturnLine, len(r.Lines))
	for i, l := range r.Lines {
		lines[i] = ReturnLine(l)
	}
	return Return{ID: r.ID, SaleID: r.SaleID, Lines: lines, Amount: r.Amount, Reason: r.Reason, CreatedAt: r.CreatedAt}
}

type newVoid struct {
	ID     uuid.UUID `path:"saleID" json:"-"`
	Reason text.Text `json:"reason" minLength:"1" pattern:"\\S" patternDescription:"more than spaces" doc:"Why, in words."`
}

type newReturn struct {
	ID     uuid.UUID    `path:"saleID" json:"-"`
	Lines  []ReturnLine `json:"lines" minItems:"1" maxItems:"200"`
	Reason text.Text    `json:"reason" minLength:"1" pattern:"\\S" patternDescription:"more than spaces"`
}

type returnID struct {
	ID uuid.UUID `path:"returnID"`
}

type listReturns struct {
	ID uuid.UUID `path:"saleID"`
	rest.Page
}

type list struct {
	filter
	rest.Page
}

type filter struct {
	MarketID  uuid.UUID       `path:"marketID"`
	CashierID *uuid.UUID      `query:"cashierID"`
	FamilyID  *uuid.UUID      `query:"familyID" doc:"With a line of this family."`
	Status    *salebus.Status `query:"status" enum:"COMPLETED,PARTLY_RETURNED,RETURNED,VOIDED"`
	Tender    *salebus.Tender `query:"tender" enum:"CASH,CARD" doc:"How it was paid."`
	From      *time.Time      `query:"from" doc:"At this time or later."`
	To        *time.Time      `query:"to" doc:"Before this time."`
}
