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
	ID        uuid.UUID         `json:"id"`
	MarketID  uuid.UUID         `json:"marketID"`
	Number    int64             `json:"number"`
	CashierID uuid.UUID         `json:"cashierID"`
	Status    salebus.Status    `json:"status" enum:"COMPLETED,PARTLY_RETURNED,RETURNED,VOIDED"`
	Currency  currency.Currency `json:"currency"`
	Total     money.Money       `json:"total"`
	Lines     []Line            `json:"lines"`
	Payment   Payment           `json:"payment"`
	CreatedAt time.Time         `json:"createdAt"`
	version   int64
}

// Entity implements rest.Resource.
func (s Sale) Entity() (uuid.UUID, int64) { return s.ID, s.version }

// Line is what was sold of one thing.
type Line struct {
	Line      int         `json:"line"`
	ProductID *uuid.UUID  `json:"productID,omitempty"`
	FamilyID  uuid.UUID   `json:"familyID"`
	Name      name.Name   `json:"name"`
	Quantity  int         `json:"quantity"`
	ListPrice money.Money `json:"listPrice"`
	UnitPrice money.Money `json:"unitPrice"`
	Amount    money.Money `json:"amount"`
	Returned  int         `json:"returned"`
}

// Payment is how a sale was paid.
type Payment struct {
	Tender salebus.Tender `json:"tender" enum:"CASH,CARD"`
	Amount money.Money    `json:"amount"`
	Change money.Money    `json:"change"`
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
	Code      *code.Code   `json:"code,omitempty"`
	FamilyID  *uuid.UUID   `json:"familyID,omitempty"`
	Name      *name.Name   `json:"name,omitempty"`
	Quantity  int          `json:"quantity" minimum:"1" maximum:"100000"`
	UnitPrice *money.Money `json:"unitPrice,omitempty" maximum:"100000000"`
}

// NewPayment is what the customer hands over.
type NewPayment struct {
	Tender salebus.Tender `json:"tender" enum:"CASH,CARD"`
	Amount money.Money    `json:"amount"`
}

type saleID struct {
	ID uuid.UUID `path:"saleID"`
}

// Return is lines of a sale given back for money.
type Return struct {
	ID        uuid.UUID    `json:"id"`
	SaleID    uuid.UUID    `json:"saleID"`
	Lines     []ReturnLine `json:"lines"`
	Amount    money.Money  `json:"amount"`
	Reason    text.Text    `json:"reason"`
	CreatedAt time.Time    `json:"createdAt"`
}

// Entity implements rest.Resource. A return never changes.
func (r Return) Entity() (uuid.UUID, int64) { return r.ID, 1 }

// ReturnLine is pieces of one line of the sale.
type ReturnLine struct {
	Line     int `json:"line" minimum:"1" maximum:"200"`
	Quantity int `json:"quantity" minimum:"1" maximum:"100000"`
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
	Reason text.Text `json:"reason" minLength:"1" pattern:"\\S" patternDescription:"more than spaces"`
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
	FamilyID  *uuid.UUID      `query:"familyID"`
	Status    *salebus.Status `query:"status" enum:"COMPLETED,PARTLY_RETURNED,RETURNED,VOIDED"`
	Tender    *salebus.Tender `query:"tender" enum:"CASH,CARD"`
	From      *time.Time      `query:"from"`
	To        *time.Time      `query:"to"`
}
