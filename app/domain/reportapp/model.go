package reportapp

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
)

// Statement is what a family sold and what it gets for it.
type Statement struct {
	FamilyID   uuid.UUID         `json:"familyID"`
	Currency   currency.Currency `json:"currency"`
	Sold       money.Money       `json:"sold"`
	Returned   money.Money       `json:"returned"`
	Gross      money.Money       `json:"gross"`
	Commission money.Money       `json:"commission"`
	Net        money.Money       `json:"net"`
	Paid       money.Money       `json:"paid"`
	Balance    money.Money       `json:"balance"`
	Lines      []StatementLine   `json:"lines"`
}

// StatementLine is one line of a sale.
type StatementLine struct {
	SaleNumber int64       `json:"saleNumber"`
	At         time.Time   `json:"at"`
	CashierID  uuid.UUID   `json:"cashierID"`
	Name       name.Name   `json:"name"`
	Code       *code.Code  `json:"code,omitempty"`
	Quantity   int         `json:"quantity"`
	Returned   int         `json:"returned"`
	ListPrice  money.Money `json:"listPrice"`
	UnitPrice  money.Money `json:"unitPrice"`
	Amount     money.Money `json:"amount"`
}

func toStatement(st reportbus.Statement) Statement {
	lines := make([]StatementLine, len(st.Lines))
	for i, l := range st.Lines {
		lines[i] = StatementLine(l)
	}
	return Statement{
		st.FamilyID, st.Currency, st.Sold, st.Returned, st.Gross, st.Commission, st.Net, st.Paid, st.Balance, lines,
	}
}

// Render implements rest.Rendered: a table of the lines (RFC 4180), and below it the totals, by name and amount.
func (st Statement) Render(string) ([]byte, error) {
	integer := func(n int64) string { return strconv.FormatInt(n, 10) }
	table := [][]string{{"saleNumber", "at", "cashierID", "name", "code", "quantity", "returned", "listPrice", "unitPrice",
		"amount"}}
	for _, l := range st.Lines {
		label := ""
		if l.Code != nil {
			label = l.Code.String()
		}
		table = append(table, []string{
			integer(l.SaleNumber), l.At.Format(time.RFC3339Nano), l.CashierID.String(), harmless(string(l.Name)), label,
			integer(int64(l.Quantity)), integer(int64(l.Returned)), integer(int64(l.ListPrice)), integer(int64(l.UnitPrice)),
			integer(int64(l.Amount)),
		})
	}
	for _, t := range []struct {
		name   string
		amount money.Money
	}{
		{"sold", st.Sold}, {"returned", st.Returned}, {"gross", st.Gross}, {"commission", st.Commission},
		{"net", st.Net}, {"paid", st.Paid}, {"balance", st.Balance},
	} {
		table = append(table, []string{"", "", "", t.name, "", "", "", "", "", integer(int64(t.amount))})
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	err := w.WriteAll(table)
	return b.Bytes(), err
}

// harmless keeps a spreadsheet from taking what people wrote for a formula (OWASP, CSV Injection).
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Count is how many and how much.
type Count struct {
	Count  int64       `json:"count"`
	Amount money.Money `json:"amount"`
}

// Figures are what was rung up, what was taken back of it, and what was sold below its list price.
type Figures struct {
	Sales      Count `json:"sales"`
	Voids      Count `json:"voids"`
	Returns    Count `json:"returns"`
	Reductions Count `json:"reductions"`
}

func toFigures(f reportbus.Figures) Figures {
	return Figures{Count(f.Sales), Count(f.Voids), Count(f.Returns), Count(f.Reductions)}
}

// Summary is a market in figures.
type Summary struct {
	MarketID uuid.UUID         `json:"marketID"`
	Currency currency.Currency `json:"currency"`
	Figures
	Net       money.Money      `json:"net"` // what stayed of the sales
	ByTender  []TenderFigures  `json:"byTender"`
	ByFamily  []FamilyFigures  `json:"byFamily"`
	ByCashier []CashierFigures `json:"byCashier"`
	Unsold    Unsold           `json:"unsold"`
}

// TenderFigures are the figures of one tender.
type TenderFigures struct {
	Tender string `json:"tender"`
	Figures
	Net money.Money `json:"net"`
}

// CashierFigures are an account's own sales and reductions, and the voids and returns that it made.
type CashierFigures struct {
	CashierID uuid.UUID `json:"cashierID"`
	Figures
}

// FamilyFigures are the takings of one family.
type FamilyFigures struct {
	FamilyID uuid.UUID   `json:"familyID"`
	Number   int         `json:"number"`
	Name     name.Name   `json:"name"`
	Sold     money.Money `json:"sold"`
	Returned money.Money `json:"returned"`
	Gross    money.Money `json:"gross"`
}

// Unsold is what lies on the tables, at list prices.
type Unsold struct {
	Products int64       `json:"products"`
	Pieces   int64       `json:"pieces"`
	Amount   money.Money `json:"amount"`
}

func toSummary(m marketbus.Market, s reportbus.Summary) Summary {
	out := Summary{
		MarketID: m.ID, Currency: m.Currency, Figures: toFigures(s.Figures), Net: s.Net(), Unsold: Unsold(s.Unsold),
		ByTender: make([]TenderFigures, len(s.ByTender)), ByFamily: make([]FamilyFigures, len(s.ByFamily)),
		ByCashier: make([]CashierFigures, len(s.ByCashier)),
	}
	for i, t := range s.ByTender {
		out.ByTender[i] = TenderFigures{t.Tender, toFigures(t.Figures), t.Net()}
	}
	for i, f := range s.ByFamily {
		out.ByFamily[i] = FamilyFigures{f.FamilyID, f.Number, f.Name, f.Sold, f.Returned, f.Sold - f.Returned}
	}
	for i, c := range s.ByCashier {
		out.ByCashier[i] = CashierFigures{c.CashierID, toFigures(c.Figures)}
	}
	return out
}

// TopSeller is a family in a ranking.
type TopSeller struct {
	FamilyID     uuid.UUID   `json:"familyID"`
	Name         name.Name   `json:"name"`
	Listed       int64       `json:"listed"`
	Sold         int64       `json:"sold"`
	Revenue      money.Money `json:"revenue"`
	LastListedAt *time.Time  `json:"lastListedAt,omitempty"`
}

type familyID struct {
	ID uuid.UUID `path:"familyID"`
}

type marketID struct {
	ID uuid.UUID `path:"marketID"`
}

type ranking struct {
	MarketID uuid.UUID    `path:"marketID"`
	Limit    int          `query:"limit" minimum:"1"`
	By       reportbus.By `query:"by" enum:"revenue,sold,listed"`
}
