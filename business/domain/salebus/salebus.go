// Package salebus rings up sales, and takes them back. A sale is all or nothing, never takes more than is on the table,
// and has the next number of its market.
package salebus

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/pricing"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "sale_not_found", "sale not found",
		"Check the id.")
	ErrUnderpaid = errs.New(errs.Invalid, "underpaid", "the cash is less than the total",
		"Take at least the total.")
	ErrAmountMismatch = errs.New(errs.Invalid, "amount_mismatch", "a card is charged the total exactly",
		"Charge the card the total; only cash gives change.")
	ErrFixedPrice = errs.New(errs.Conflict, "price_is_fixed", "a product with a fixed price is sold for that price; only "+
		"the organiser may agree on another",
		"Leave `unitPrice` out of the lines that `errors` names, or ask an organiser to ring them up.")
	ErrTooDear   = errs.ErrLimit.Saying("a basket comes to at most 10^10 minor units")
	ErrNoCashier = ledgerbus.ErrNoCashier
)

// Storer keeps sales.
type Storer interface {
	Create(ctx context.Context, s Sale) error
	Get(ctx context.Context, id uuid.UUID) (Sale, error)
	Lock(ctx context.Context, id uuid.UUID) (Sale, error)
	// TakeBack keeps the sale's status and version, and adds the pieces to what its lines gave back.
	TakeBack(ctx context.Context, s Sale, pieces []ReturnLine) error
	CreateVoid(ctx context.Context, v Void) error
	CreateReturn(ctx context.Context, r Return) error
	GetReturn(ctx context.Context, id uuid.UUID) (Return, error)
	QueryReturns(ctx context.Context, sale Sale, p query.Page) (query.Result[Return], error)
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Sale], error)
}

// Business is the rules about sales.
type Business struct {
	store    Storer
	markets  marketbus.Business
	families familybus.Business
	products productbus.Business
	ledger   ledgerbus.Business
	now      func() time.Time
}

// New makes a Business.
func New(store Storer, markets marketbus.Business, families familybus.Business, products productbus.Business,
	ledger ledgerbus.Business, now func() time.Time) Business {
	return Business{store, markets, families, products, ledger, now}
}

// Get returns a sale.
func (b Business) Get(ctx context.Context, id uuid.UUID) (Sale, error) { return b.store.Get(ctx, id) }

// Query lists sales.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Sale], error) {
	return b.store.Query(ctx, f, p)
}

// RingUp sells a basket. Refusals name every line they are about: errs.ErrInvalid, productbus.ErrOutOfStock,
// ErrUnderpaid, ErrAmountMismatch, marketbus.ErrNotOpen.
func (b Business) RingUp(ctx context.Context, ns NewSale) (Effect, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Effect{}, fmt.Errorf("sale id: %w", err)
	}
	m, err := b.markets.Get(ctx, ns.MarketID)
	if err != nil {
		return Effect{}, err
	}
	sale := Sale{
		ID: id, MarketID: m.ID, CashierID: ns.CashierID, Status: Completed, Currency: m.Currency,
		Payment: Payment{Tender: ns.Tender, Amount: ns.Amount, Reference: ns.Reference}, Version: 1, CreatedAt: b.now(),
	}
	if ns.Tender == Cash && ns.Reference != "" {
		return Effect{}, errs.ErrInvalid.At("payment.reference", "must not stand beside CASH: a card terminal prints it")
	}
	if err := checkShape(ns.Lines); err != nil {
		return Effect{}, err
	}
	products, err := b.resolve(ctx, &sale, ns.Lines, m.PriceSteps.PercentOff(sale.CreatedAt))
	if err != nil {
		return Effect{}, err
	}
	for _, l := range sale.Lines {
		sale.Total += l.Amount
	}
	if err := pay(&sale); err != nil {
		return Effect{}, err
	}
	if sale.Total > money.MaxWorth {
		return Effect{}, ErrTooDear
	}
	if refusal := checkFixed(sale, products); refusal != nil {
		if ok, err := ns.Reprice(); err != nil || !ok {
			return Effect{}, cmp.Or(err, refusal)
		}
	}
	if m.Status != marketbus.Open {
		return Effect{}, marketbus.ErrNotOpen // TakeNumber would say so too, but after "out of stock"
	}
	left, err := b.take(ctx, sale, products)
	if err != nil {
		return Effect{}, err
	}
	if err := b.requireDrawer(ctx, m, ns.CashierID, ns.Tender); err != nil {
		return Effect{}, err
	}
	if err := b.post(ctx, sale, sale.ID, ledgerbus.Sale, sale.CashierID, sold(sale), 1); err != nil {
		return Effect{}, err
	}
	if sale.Number, err = b.markets.TakeNumber(ctx, m.ID, sale.Total, reduced(sale)); err != nil {
		return Effect{}, err
	}
	return Effect{sale, left}, b.store.Create(ctx, sale)
}

// checkFixed finds the lines that sell a product with a fixed price for another.
func checkFixed(s Sale, products map[uuid.UUID]productbus.Product) error {
	var fields []errs.Field
	for i, l := range s.Lines {
		if l.ProductID != nil && products[*l.ProductID].FixedPrice && l.UnitPrice != l.ListPrice {
			fields = append(fields, errs.Field{Location: at(i, "unitPrice"),
				Message: fmt.Sprintf("the price is fixed: %d", l.ListPrice)})
		}
	}
	if fields != nil {
		return ErrFixedPrice.With(fields...)
	}
	return nil
}

// reduced is by how much the sale is below its list prices.
func reduced(s Sale) (sum money.Money) {
	for _, l := range s.Lines {
		sum += max(0, l.ListPrice-l.UnitPrice).Times(l.Quantity)
	}
	return sum
}

// checkShape refuses lines that do not say what they sell, or say it twice, or come to too much by themselves.
func checkShape(lines []NewLine) error {
	var fields []errs.Field
	var agreed money.Money
	for i, l := range lines {
		if l.UnitPrice != nil {
			agreed += l.UnitPrice.Times(l.Quantity)
		}
		bad := func(field, msg string) {
			fields = append(fields, errs.Field{Location: at(i, field), Message: msg})
		}
		if l.ProductID != nil || l.Code != nil {
			if l.ProductID != nil && l.Code != nil {
				bad("code", "must not stand beside productID")
			}
			if l.FamilyID != nil {
				bad("familyID", "must not stand beside a product, which has its family")
			}
			if l.Name != nil {
				bad("name", "must not stand beside a product, which has its name")
			}
			continue
		}
		if l.FamilyID == nil {
			bad("familyID", "is required for a line without productID or code")
		}
		if l.Name == nil {
			bad("name", "is required for a line without productID or code")
		}
		if l.UnitPrice == nil {
			bad("unitPrice", "is required for a line without productID or code")
		}
	}
	if agreed > money.MaxWorth {
		fields = append(fields, errs.Field{Location: "lines", Message: "must come to at most 10000000000"})
	}
	if fields != nil {
		return errs.ErrInvalid.With(fields...)
	}
	return nil
}

// resolve turns what was asked for into the lines of the sale, at the day's reduced prices, and returns the products,
// which it holds.
func (b Business) resolve(ctx context.Context, sale *Sale, lines []NewLine, percentOff int) (
	map[uuid.UUID]productbus.Product, error) {
	g, err := b.find(ctx, sale.MarketID, lines)
	if err != nil {
		return nil, err
	}
	var fields []errs.Field
	for i, nl := range lines {
		l, missing := g.line(nl, percentOff)
		switch missing {
		case "":
			l.Line = i + 1
			sale.Lines = append(sale.Lines, l)
		case "familyID":
			fields = append(fields, errs.Field{Location: at(i, missing), Message: "there is no such family at this market"})
		default:
			fields = append(fields, errs.Field{Location: at(i, missing), Message: "there is no such product at this market"})
		}
	}
	if fields != nil {
		return nil, errs.ErrInvalid.With(fields...)
	}
	return g.byID, nil
}

// goods are those that a basket names, of what there is at the market.
type goods struct {
	byID     map[uuid.UUID]productbus.Product
	byCode   map[code.Code]productbus.Product
	families map[uuid.UUID]familybus.Family // of what is sold without a label
}

// find loads what the lines name, and holds the products.
func (b Business) find(ctx context.Context, marketID uuid.UUID, lines []NewLine) (goods, error) {
	var productIDs, familyIDs []uuid.UUID
	var codes []code.Code
	for _, l := range lines {
		switch {
		case l.ProductID != nil:
			productIDs = append(productIDs, *l.ProductID)
		case l.Code != nil:
			codes = append(codes, *l.Code)
		default:
			familyIDs = append(familyIDs, *l.FamilyID)
		}
	}
	g := goods{byID: map[uuid.UUID]productbus.Product{}, byCode: map[code.Code]productbus.Product{}}
	if productIDs != nil || codes != nil {
		list, err := b.products.LockMany(ctx, marketID, productIDs, codes)
		if err != nil {
			return goods{}, err
		}
		for _, p := range list {
			g.byID[p.ID], g.byCode[p.Code] = p, p
		}
	}
	if familyIDs != nil {
		var err error
		if g.families, err = b.families.OfMarket(ctx, marketID, familyIDs); err != nil {
			return goods{}, err
		}
	}
	return g, nil
}

// line is what a basket's line comes to, or the member of it that names nothing at this market.
func (g goods) line(l NewLine, percentOff int) (line Line, missing string) {
	var p productbus.Product
	found, field := false, "productID"
	switch {
	case l.ProductID != nil:
		p, found = g.byID[*l.ProductID]
	case l.Code != nil:
		field = "code"
		p, found = g.byCode[*l.Code]
	default:
		if _, ok := g.families[*l.FamilyID]; !ok {
			return Line{}, "familyID"
		}
		return Line{FamilyID: *l.FamilyID, Name: *l.Name, Quantity: l.Quantity, ListPrice: *l.UnitPrice,
			UnitPrice: *l.UnitPrice, Amount: l.UnitPrice.Times(l.Quantity)}, ""
	}
	if !found {
		return Line{}, field
	}
	price := p.Price
	switch {
	case l.UnitPrice != nil:
		price = *l.UnitPrice
	case !p.FixedPrice:
		price = pricing.Reduced(price, percentOff)
	}
	return Line{ProductID: &p.ID, FamilyID: p.FamilyID, Name: p.Name, Quantity: l.Quantity, ListPrice: p.Price,
		UnitPrice: price, Amount: price.Times(l.Quantity)}, ""
}

// take takes the pieces of all lines off the table, or names every line that asks for more than is left. It returns the
// products as they are then.
func (b Business) take(ctx context.Context, sale Sale, products map[uuid.UUID]productbus.Product) ([]productbus.Product,
	error) {
	wanted := map[uuid.UUID]int{}
	for _, l := range sale.Lines {
		if l.ProductID != nil {
			wanted[*l.ProductID] += l.Quantity
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	var fields []errs.Field
	for i, l := range sale.Lines {
		if l.ProductID == nil {
			continue
		}
		if p := products[*l.ProductID]; wanted[p.ID] > p.Quantity {
			fields = append(fields,
				errs.Field{Location: at(i, "quantity"), Message: fmt.Sprintf("%d of %s in the basket, %d left", wanted[p.ID],
					p.Code, p.Quantity)})
		}
	}
	if fields != nil {
		return nil, productbus.ErrOutOfStock.With(fields...)
	}
	takes := make([]productbus.Take, 0, len(wanted))
	for id, n := range wanted {
		takes = append(takes, productbus.Take{ProductID: id, Quantity: n})
	}
	return b.products.Take(ctx, sale.MarketID, products, takes)
}

func pay(s *Sale) error {
	p := &s.Payment
	switch {
	case p.Tender == Cash && p.Amount < s.Total:
		return ErrUnderpaid.At("payment.amount", fmt.Sprintf("must be at least the total, %d", s.Total))
	case p.Tender == Card && p.Amount != s.Total:
		return ErrAmountMismatch.At("payment.amount", fmt.Sprintf("must be the total, %d", s.Total))
	}
	p.Change = p.Amount - s.Total
	return nil
}

func at(i int, field string) string { return fmt.Sprintf("lines[%d].%s", i, field) }
