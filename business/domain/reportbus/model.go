package reportbus

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
)

// Statement is what a family sold and what it gets for it: sold − returned = gross, gross − commission = net,
// net − paid = balance.
type Statement struct {
	FamilyID   uuid.UUID
	Currency   currency.Currency
	Sold       money.Money // the sum of the lines' amounts
	Returned   money.Money // of what came back, by return or by void
	Gross      money.Money
	Commission money.Money // as of now; of the payout, once there is one
	Net        money.Money
	Paid       money.Money
	Balance    money.Money
	Lines      []StatementLine // of one page, in the order of their sales' ids
	NextCursor string          // "" on the last page
}

// StatementLine is one line of a sale.
type StatementLine struct {
	SaleID     uuid.UUID
	Line       int
	SaleNumber int64
	At         time.Time
	CashierID  uuid.UUID
	Name       name.Name
	Code       *code.Code // nil: sold without a label
	Quantity   int
	Returned   int
	ListPrice  money.Money
	UnitPrice  money.Money
	Amount     money.Money // quantity × unit price
}

// LinesOrderBy is the one order of a statement's lines: by the ids of their sales, which an index gives at any depth.
var LinesOrderBy = query.Columns[StatementLine]{
	Default: "line",
	ID:      func(l StatementLine) uuid.UUID { return l.SaleID },
	By: map[string]query.Column[StatementLine]{
		"line": query.By("l.line", func(l StatementLine) int64 { return int64(l.Line) }),
	},
}

// Count is how many and how much.
type Count struct {
	Count  int64
	Amount money.Money
}

// Figures are what was rung up and what was taken back of it. A void counts by its sale, a return by itself, a
// reduction by the line that was sold below its list price. Sales count those that were voided later, too. Cash that
// moved is what was put into drawers and taken out, sales and refunds aside.
type Figures struct {
	Sales      Count
	Voids      Count
	Returns    Count
	Reductions Count
	CashIn     Count
	CashOut    Count
	// What shows self-dealing: lines without a label, lines of a family that belongs to whoever rang them up, and voids
	// and returns of what another account had sold.
	Unlabelled    Count
	OwnFamily     Count
	OthersRefunds Count
}

// Net is what stayed of the sales.
func (f Figures) Net() money.Money { return f.Sales.Amount - f.Voids.Amount - f.Returns.Amount }

// TenderFigures are the figures of one tender.
type TenderFigures struct {
	Tender string
	Figures
}

// CashierFigures are the figures of one account: its own sales and reductions, and the voids, returns and movements of
// cash that it made, whoever rang up and whosever drawer it was.
type CashierFigures struct {
	CashierID uuid.UUID
	Figures
}

// FamilyFigures are the takings of one family. Returned is what came back by return or by void.
type FamilyFigures struct {
	FamilyID uuid.UUID
	Number   int
	Name     name.Name
	Sold     money.Money
	Returned money.Money
}

// Unsold is what lies on the tables.
type Unsold struct {
	Products int64 // with at least one piece
	Pieces   int64
	Amount   money.Money // at list prices
}

// Summary is a market in figures, all of one moment.
type Summary struct {
	Figures
	ByTender  []TenderFigures
	ByFamily  []FamilyFigures
	ByCashier []CashierFigures
	Unsold    Unsold
}

// By is what top sellers are ranked by.
type By string

// The rankings.
const (
	ByRevenue By = "revenue"
	BySold    By = "sold"
	ByListed  By = "listed"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *By) UnmarshalText(t []byte) error {
	all := []By{ByRevenue, BySold, ByListed}
	if !slices.Contains(all, By(t)) {
		return fmt.Errorf("must be one of %v", all)
	}
	*b = By(t)
	return nil
}

// TopSeller is a family in a ranking.
type TopSeller struct {
	FamilyID     uuid.UUID
	Name         name.Name
	Listed       int64       // pieces that it put on its table
	Sold         int64       // pieces, after returns and voids
	Revenue      money.Money // after returns and voids
	LastListedAt *time.Time  // nil: it listed nothing
}
