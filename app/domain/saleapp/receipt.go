package saleapp

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/types/money"
)

// columns is how wide a till roll prints.
const columns = 42

type receipt struct {
	market marketbus.Market
	sale   salebus.Sale
}

func getReceipt(c rest.Call[business.Domains], in saleID) (receipt, error) {
	s, err := rest.Get(c, c.D.Sales.Get, in.ID, target)
	if err != nil {
		return receipt{}, err
	}
	m, err := c.D.Markets.Get(c, s.MarketID)
	return receipt{m, s}, err
}

// Render implements rest.Rendered.
func (r receipt) Render(string) ([]byte, error) {
	amount := func(m money.Money) string { return m.Format(r.sale.Currency) }
	var b strings.Builder
	rule := strings.Repeat("-", columns) + "\n"
	b.WriteString(centred(string(r.market.Name)) + centred(string(r.market.Place)) + "\n")
	b.WriteString(row(fmt.Sprintf("Sale %d", r.sale.Number), r.sale.CreatedAt.UTC().Format("2006-01-02 15:04 UTC")))
	b.WriteString(rule)
	var returned money.Money
	for _, l := range r.sale.Lines {
		b.WriteString(row(string(l.Name), ""))
		b.WriteString(row(fmt.Sprintf("  %d x %s", l.Quantity, amount(l.UnitPrice)), amount(l.Amount)))
		if l.UnitPrice < l.ListPrice {
			b.WriteString(row("  instead of "+amount(l.ListPrice), ""))
		}
		if l.Returned > 0 {
			back := l.UnitPrice.Times(l.Returned)
			returned += back
			b.WriteString(row(fmt.Sprintf("  %d given back", l.Returned), amount(-back)))
		}
	}
	b.WriteString(rule)
	b.WriteString(row("TOTAL "+string(r.sale.Currency), amount(r.sale.Total)))
	p := r.sale.Payment
	b.WriteString(row(string(p.Tender), amount(p.Amount)))
	if p.Tender == salebus.Cash {
		b.WriteString(row("CHANGE", amount(p.Change)))
	}
	if r.sale.Status != salebus.Completed {
		b.WriteString(row(strings.ReplaceAll(string(r.sale.Status), "_", " "), amount(-returned)))
	}
	return []byte(b.String()), nil
}

// row is left and right text on one line of columns; what does not fit is cut from the left text.
func row(left, right string) string {
	room := columns
	if right != "" {
		room -= len(right) + 1
	}
	left, used := cut(left, room)
	if right != "" {
		left += strings.Repeat(" ", room-used+1)
	}
	return left + right + "\n"
}

func centred(s string) string {
	s, used := cut(s, columns)
	return strings.Repeat(" ", (columns-used)/2) + s + "\n"
}

// cut returns as much of s as fits into room columns, and how many it takes.
func cut(s string, room int) (string, int) {
	used := 0
	for i, c := range s {
		w := 1
		switch kind := width.LookupRune(c).Kind(); {
		case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
			w = 0
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			w = 2
		}
		if used+w > room {
			return s[:i], used
		}
		used += w
	}
	return s, used
}
