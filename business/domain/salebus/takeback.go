package salebus

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/text"
)

// VoidWindow is how long after a sale its cashier may void it.
const VoidWindow = 15 * time.Minute

// The errors that a caller can act on.
var (
	ErrReturnNotFound = errs.New(errs.NotFound, "return_not_found", "return not found",
		"Check the id.")
	ErrNotVoidable = errs.New(errs.Conflict, "sale_not_voidable",
		"only a sale of which nothing was given back can be voided, and only once",
		"Return the lines that are still sold.")
	ErrVoidWindow = errs.New(errs.Conflict, "void_window_over",
		"a cashier voids a sale within 15 minutes; ask the organiser, or return its lines",
		"Ask an organiser to void it, or return its lines.")
	ErrVoided = errs.New(errs.Conflict, "sale_voided", "the sale was voided, so there is nothing to return",
		"Nothing: the sale was undone whole.")
	ErrTooMany = errs.New(errs.Conflict, "return_exceeds_sale",
		"a line cannot be returned more often than it was sold",
		"Return no more pieces than `quantity` less `returned` of each line.")
	ErrFamilyPaidOut = errs.New(errs.Conflict, "family_paid_out", "a family of one of these lines was paid out, so "+
		"its sales are final",
		"Nothing: what the family was paid is final.")
)

// Lock returns a sale and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, id uuid.UUID) (Sale, error) { return b.store.Lock(ctx, id) }

// Void undoes a sale that the caller holds: the pieces go back on the table, the money to the customer, by the sale's
// tender and, if that is cash, out of the drawer of the account that voids. Unless late is true it must be within
// VoidWindow.
func (b Business) Void(ctx context.Context, s Sale, by uuid.UUID, late bool, reason text.Text) (Effect, error) {
	now := b.now()
	switch {
	case s.Status != Completed:
		return Effect{}, ErrNotVoidable
	case !late && now.Sub(s.CreatedAt) > VoidWindow:
		return Effect{}, ErrVoidWindow
	}
	pieces := sold(s)
	s.Status = Voided
	back, err := b.takeBack(ctx, &s, pieces)
	if err != nil {
		return Effect{}, err
	}
	if err := b.store.CreateVoid(ctx, Void{s.MarketID, s.ID, reason, by, now}); err != nil {
		return Effect{}, err
	}
	return Effect{s, back}, b.payBack(ctx, s, s.ID, ledgerbus.Void, by, pieces)
}

// Return takes lines of a sale that the caller holds back for money. Refusals name every line they are about.
func (b Business) Return(ctx context.Context, s Sale, by uuid.UUID, pieces []ReturnLine, reason text.Text) (Return,
	Effect, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Return{}, Effect{}, fmt.Errorf("return id: %w", err)
	}
	if err := checkReturn(s, pieces); err != nil {
		return Return{}, Effect{}, err
	}
	r := Return{ID: id, MarketID: s.MarketID, SaleID: s.ID, Lines: pieces, Reason: reason, ReturnedBy: by,
		CreatedAt: b.now()}
	left := 0
	for _, l := range s.Lines {
		left += l.Quantity - l.Returned
	}
	for _, p := range pieces {
		r.Amount += s.Lines[p.Line-1].UnitPrice.Times(p.Quantity)
		left -= p.Quantity
	}
	s.Status = PartlyReturned
	if left == 0 {
		s.Status = Returned
	}
	back, err := b.takeBack(ctx, &s, pieces)
	if err != nil {
		return Return{}, Effect{}, err
	}
	if err := b.store.CreateReturn(ctx, r); err != nil {
		return Return{}, Effect{}, err
	}
	return r, Effect{s, back}, b.payBack(ctx, s, r.ID, ledgerbus.Return, by, pieces)
}

// GetReturn returns a return.
func (b Business) GetReturn(ctx context.Context, id uuid.UUID) (Return, error) {
	return b.store.GetReturn(ctx, id)
}

// QueryReturns lists the returns of a sale.
func (b Business) QueryReturns(ctx context.Context, s Sale, p query.Page) (query.Result[Return], error) {
	return b.store.QueryReturns(ctx, s, p)
}

func checkReturn(s Sale, pieces []ReturnLine) error {
	var invalid, tooMany []errs.Field
	seen := map[int]bool{}
	for i, p := range pieces {
		switch {
		case p.Line < 1 || p.Line > len(s.Lines):
			invalid = append(invalid,
				errs.Field{Location: at(i, "line"), Message: fmt.Sprintf("the sale has the lines 1 to %d", len(s.Lines))})
		case seen[p.Line]:
			invalid = append(invalid, errs.Field{Location: at(i, "line"), Message: "must not stand twice"})
		default:
			if l := s.Lines[p.Line-1]; p.Quantity > l.Quantity-l.Returned {
				tooMany = append(tooMany,
					errs.Field{Location: at(i, "quantity"), Message: fmt.Sprintf("%d sold, %d given back", l.Quantity, l.Returned)})
			}
		}
		seen[p.Line] = true
	}
	switch {
	case invalid != nil:
		return errs.ErrInvalid.With(invalid...)
	case s.Status == Voided:
		return ErrVoided
	case tooMany != nil:
		return ErrTooMany.With(tooMany...)
	}
	return nil
}

// takeBack puts the pieces back on the table and notes that on the sale, unless a family that they belong to was paid
// out. It holds the families before the products, as everyone does, and returns the products as they are then.
func (b Business) takeBack(ctx context.Context, s *Sale, pieces []ReturnLine) (products []productbus.Product,
	err error) {
	families, wanted := map[uuid.UUID]bool{}, map[uuid.UUID]int{}
	s.Lines = slices.Clone(s.Lines)
	for _, p := range pieces {
		l := &s.Lines[p.Line-1]
		l.Returned += p.Quantity
		families[l.FamilyID] = true
		if l.ProductID != nil {
			wanted[*l.ProductID] += p.Quantity
		}
	}
	ids := slices.Collect(maps.Keys(families))
	if err := b.families.Hold(ctx, s.MarketID, ids); err != nil {
		return nil, err
	}
	paid, err := b.ledger.PaidOut(ctx, s.MarketID, ids)
	switch {
	case err != nil:
		return nil, err
	case paid:
		return nil, ErrFamilyPaidOut
	}
	if len(wanted) > 0 {
		back := make([]productbus.Take, 0, len(wanted))
		for id, n := range wanted {
			back = append(back, productbus.Take{ProductID: id, Quantity: n})
		}
		if products, err = b.products.GiveBack(ctx, s.MarketID, back); err != nil {
			return nil, err
		}
	}
	s.Version++
	return products, b.store.TakeBack(ctx, *s, pieces)
}

// payBack books the money that leaves by the sale's tender. Where the market takes cash only into an open drawer, it
// leaves only the open drawer of whoever refunds, so that no loss is out of every count.
func (b Business) payBack(ctx context.Context, s Sale, source uuid.UUID, event ledgerbus.Event, by uuid.UUID,
	pieces []ReturnLine) error {
	m, err := b.markets.Get(ctx, s.MarketID)
	if err != nil {
		return err
	}
	if err := b.requireDrawer(ctx, m, by, s.Payment.Tender); err != nil {
		return err
	}
	return b.post(ctx, s, source, event, by, pieces, -1)
}

// requireDrawer holds the account's open drawer where the market demands one for the tender.
func (b Business) requireDrawer(ctx context.Context, m marketbus.Market, by uuid.UUID, tender Tender) error {
	if !m.CashSessionRequired || tender != Cash {
		return nil
	}
	return b.ledger.RequireSession(ctx, m.ID, by)
}

// post writes the pieces to the books: what came in (sign 1) or was refunded (−1) by the sale's tender, and what that
// does to each family.
func (b Business) post(ctx context.Context, s Sale, source uuid.UUID, event ledgerbus.Event, by uuid.UUID,
	pieces []ReturnLine, sign money.Money) error {
	var total money.Money
	owed := map[uuid.UUID]money.Money{}
	for _, p := range pieces {
		l := s.Lines[p.Line-1]
		amount := sign * l.UnitPrice.Times(p.Quantity)
		total += amount
		owed[l.FamilyID] += amount
	}
	tender := ledgerbus.Account{Kind: ledgerbus.Card}
	if s.Payment.Tender == Cash {
		tender = ledgerbus.Account{Kind: ledgerbus.Cash, Of: by}
	}
	p := ledgerbus.Posting{MarketID: s.MarketID, SourceID: source, Event: event, At: b.now(),
		Entries: []ledgerbus.Entry{{Account: tender, Amount: total}}}
	for _, id := range slices.SortedFunc(maps.Keys(owed), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }) {
		p.Entries = append(p.Entries, ledgerbus.Entry{Account: ledgerbus.Account{Kind: ledgerbus.Family, Of: id},
			Amount: -owed[id]})
	}
	return b.ledger.Post(ctx, p)
}

// sold is every piece of the sale.
func sold(s Sale) []ReturnLine {
	pieces := make([]ReturnLine, len(s.Lines))
	for i, l := range s.Lines {
		pieces[i] = ReturnLine{l.Line, l.Quantity}
	}
	return pieces
}
