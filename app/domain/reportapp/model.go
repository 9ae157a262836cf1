package reportapp

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/reportbus"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/foundation/csvcell"
)

// Statement is what a family sold and what it gets for it.
type Statement struct {
	FamilyID   uuid.UUID         `json:"familyID" doc:"The family."`
	Currency   currency.Currency `json:"currency" doc:"An ISO 4217 code; amounts are in its minor unit."`
	Sold       money.Money       `json:"sold" doc:"What was sold, in minor units."`
	Returned   money.Money       `json:"returned" doc:"What was given back of it, in minor units."`
	Gross      money.Money       `json:"gross" doc:"What was sold and not given back, in minor units."`
	Commission money.Money       `json:"commission" doc:"The organisers' part, in minor units."`
	Net        money.Money       `json:"net" doc:"gross − commission, in minor units."`
	Paid       money.Money       `json:"paid" doc:"What was paid out, in minor units."`
	Balance    money.Money       `json:"balance" doc:"What the family has to get, in minor units."`
	Lines      []StatementLine   `json:"lines" doc:"The lines of this page: of sales with something of the family."`
	rest.Paged

	// all reads every line and the totals, for the forms that are not JSON.
	all func(context.Context, func(reportbus.StatementLine) error) (reportbus.Statement, error)
}

// StatementLine is one line of a sale.
type StatementLine struct {
	SaleID     uuid.UUID   `json:"-"`
	Line       int         `json:"-"`
	SaleNumber int64       `json:"saleNumber" doc:"The number of the sale."`
	At         time.Time   `json:"at" doc:"When it happened."`
	CashierID  uuid.UUID   `json:"cashierID" doc:"The account that rang it up."`
	Name       name.Name   `json:"name" doc:"What it was called when it was sold."`
	Code       *code.Code  `json:"code,omitempty" doc:"The product's code; left out for something without a label."`
	Quantity   int         `json:"quantity" doc:"How many pieces."`
	Returned   int         `json:"returned" doc:"How many pieces of the line were given back."`
	ListPrice  money.Money `json:"listPrice" doc:"What one piece costs, in minor units."`
	UnitPrice  money.Money `json:"unitPrice" doc:"What one piece was sold for, in minor units."`
	Amount     money.Money `json:"amount" doc:"quantity × unitPrice, in minor units."`
}

func toStatement(st reportbus.Statement) Statement {
	lines := make([]StatementLine, len(st.Lines))
	for i, l := range st.Lines {
		lines[i] = StatementLine(l)
	}
	return Statement{
		FamilyID: st.FamilyID, Currency: st.Currency, Sold: st.Sold, Returned: st.Returned, Gross: st.Gross,
		Commission: st.Commission, Net: st.Net, Paid: st.Paid, Balance: st.Balance, Lines: lines,
		Paged: rest.Paged{NextCursor: st.NextCursor},
	}
}

// Stream implements rest.Streamed: a table of all lines (RFC 4180), and below it the totals, by name and amount.
func (st Statement) Stream(ctx context.Context, w io.Writer) error {
	table := bufio.NewWriter(w)
	var b []byte
	row := func(cells ...csvcell.Cell) error {
		b = csvcell.AppendRow(b[:0], cells...)
		_, err := table.Write(b)
		return err
	}
	var head []csvcell.Cell
	for _, name := range []string{"saleNumber", "at", "cashierID", "name", "code", "quantity", "returned", "listPrice",
		"unitPrice", "amount"} {
		head = append(head, csvcell.Text(name))
	}
	if err := row(head...); err != nil {
		return err
	}
	all, err := st.all(ctx, func(l reportbus.StatementLine) error {
		label := ""
		if l.Code != nil {
			label = l.Code.String()
		}
		return row(csvcell.Int(l.SaleNumber), csvcell.Text(l.At.Format(time.RFC3339Nano)),
			csvcell.Text(l.CashierID.String()), csvcell.Text(string(l.Name)), csvcell.Text(label),
			csvcell.Int(int64(l.Quantity)), csvcell.Int(int64(l.Returned)), csvcell.Int(int64(l.ListPrice)),
			csvcell.Int(int64(l.UnitPrice)), csvcell.Int(int64(l.Amount)))
	})
	if err != nil {
		return err
	}
	none := csvcell.Text("")
	for _, t := range []struct {
		name   string
		amount money.Money
	}{
		{"sold", all.Sold}, {"returned", all.Returned}, {"gross", all.Gross}, {"commission", all.Commission},
		{"net", all.Net}, {"paid", all.Paid}, {"balance", all.Balance},
	} {
		if err := row(none, none, none, csvcell.Text(t.name), none, none, none, none, none,
			csvcell.Int(int64(t.amount))); err != nil {
			return err
		}
	}
	return table.Flush()
}

// Count is how many and how much.
type Count struct {
	Count  int64       `json:"count" doc:"How many."`
	Amount money.Money `json:"amount" doc:"How much, in minor units."`
}

// Figures are what was rung up, what was taken back of it, what was sold below its list price, and what cash moved.
type Figures struct {
	Sales         Count `json:"sales" doc:"What was rung up."`
	Voids         Count `json:"voids" doc:"What was voided of it."`
	Returns       Count `json:"returns" doc:"What was given back of it."`
	Reductions    Count `json:"reductions" doc:"What was sold below its list price, and by how much."`
	CashIn        Count `json:"cashIn" doc:"Movements of cash into drawers; neither floats nor sales."`
	CashOut       Count `json:"cashOut" doc:"Movements of cash out of drawers, as amounts above 0; no refunds."`
	Unlabelled    Count `json:"unlabelled" doc:"Lines that were sold without a label."`
	OwnFamily     Count `json:"ownFamily" doc:"Lines of a family that belongs to the account that rang them up."`
	OthersRefunds Count `json:"othersRefunds" doc:"Voids and returns of what another account had sold."`
}

func toFigures(f reportbus.Figures) Figures {
	return Figures{Count(f.Sales), Count(f.Voids), Count(f.Returns), Count(f.Reductions), Count(f.CashIn),
		Count(f.CashOut), Count(f.Unlabelled), Count(f.OwnFamily), Count(f.OthersRefunds)}
}

// Summary is a market in figures.
type Summary struct {
	MarketID uuid.UUID         `json:"marketID" doc:"The market."`
	Currency currency.Currency `json:"currency" doc:"An ISO 4217 code; amounts are in its minor unit."`
	Figures
	Net       money.Money      `json:"net" doc:"What stays after voids and returns, in minor units."`
	ByTender  []TenderFigures  `json:"byTender" doc:"By CASH and CARD."`
	ByFamily  []FamilyFigures  `json:"byFamily" doc:"By family."`
	ByCashier []CashierFigures `json:"byCashier" doc:"By account: its sales, and the voids, returns and movements of it."`
	Unsold    Unsold           `json:"unsold" doc:"What lies on the tables, at list prices."`
}

// TenderFigures are the figures of one tender.
type TenderFigures struct {
	Tender string `json:"tender" doc:"CASH or CARD."`
	Figures
	Net money.Money `json:"net" doc:"What stays after voids and returns, in minor units."`
}

// CashierFigures are an account's own sales and reductions, and the voids, returns and movements that it made.
type CashierFigures struct {
	CashierID uuid.UUID `json:"cashierID" doc:"The account."`
	Figures
}

// FamilyFigures are the takings of one family.
type FamilyFigures struct {
	FamilyID uuid.UUID   `json:"familyID" doc:"The family."`
	Number   int         `json:"number" doc:"The number on the family's labels; unique in its market."`
	Name     name.Name   `json:"name" doc:"What it is called, 1 to 100 characters."`
	Sold     money.Money `json:"sold" doc:"What was sold, in minor units."`
	Returned money.Money `json:"returned" doc:"What was given back of it, in minor units."`
	Gross    money.Money `json:"gross" doc:"What was sold and not given back, in minor units."`
}

// Unsold is what lies on the tables, at list prices.
type Unsold struct {
	Products int64       `json:"products" doc:"How many products."`
	Pieces   int64       `json:"pieces" doc:"How many pieces."`
	Amount   money.Money `json:"amount" doc:"What all of it would cost, in minor units."`
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
	FamilyID     uuid.UUID   `json:"familyID" doc:"The family."`
	Name         name.Name   `json:"name" doc:"What it is called, 1 to 100 characters."`
	Listed       int64       `json:"listed" doc:"How many pieces the family ever put on the table: left and sold."`
	Sold         int64       `json:"sold" doc:"How many pieces were sold, after returns and voids."`
	Revenue      money.Money `json:"revenue" doc:"What they were sold for, after returns and voids, in minor units."`
	LastListedAt *time.Time  `json:"lastListedAt,omitempty" doc:"When it last put something on the table, if ever."`
}

type statementOf struct {
	ID     uuid.UUID `path:"familyID"`
	Limit  int       `query:"limit" minimum:"1" doc:"How many lines, 1 to 100; more is cut to 100."`
	Cursor string    `query:"cursor" doc:"The nextCursor of the page before."`
	Scope  string    `scope:"true"`
}

type marketID struct {
	ID uuid.UUID `path:"marketID"`
}

type ranking struct {
	MarketID uuid.UUID    `path:"marketID"`
	Limit    int          `query:"limit" minimum:"1" doc:"How many, 1 to 100; more is cut to 100."`
	By       reportbus.By `query:"by" enum:"revenue,sold,listed" doc:"What the ranking goes by; revenue if left out."`
}
