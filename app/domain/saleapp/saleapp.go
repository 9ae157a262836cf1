// Package saleapp is the sales of the API.
package saleapp

import (
	"cmp"
	_ "embed"
	"net/http"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/sdk/errs"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of sales.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Sales", Description: "A sale is one basket with lines of many families, paid once."},
		examples)
	rest.Tells(api, salebus.Events, "/v1/sales/", toSale)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/sales", Action: "sale.read",
		ID: "listSales", Summary: "List the sales of a market", Orders: salebus.OrderBy.Names(),
		Description: "Newest first. `familyID` finds sales with a line of that family; `from` is inclusive, `to` is not.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, auth.ErrForbidden},
	}, query)
	rest.Once(api, rest.Op{
		Method: "POST", Path: "/v1/markets/{marketID}/sales", Action: "sale.create", Location: "/v1/sales/",
		ID: "createSale", Summary: "Ring up a sale",
		Description: "1 to 200 lines. A line names its product by `productID` or by `code`, or something without a label " +
			"by `familyID`, `name` and `unitPrice`. `unitPrice` is what was agreed at the table; left out, it is the " +
			"product's price.\n\nAll or nothing: a line that cannot be sold refuses the basket, and `errors` names every such " +
			"line. CASH: the amount is at least the total, and the change comes back; CARD: the amount is the total, and " +
			"`reference` what the terminal printed. Of a product with a fixed price only organisers agree on another. The " +
			"number counts 1, 2, 3 … within the market, without gaps or doubles.",
		Errors: []*errs.Error{
			marketbus.ErrNotFound, marketbus.ErrNotOpen, marketbus.ErrChanged, productbus.ErrOutOfStock, salebus.ErrUnderpaid,
			salebus.ErrAmountMismatch, salebus.ErrFixedPrice, ledgerbus.ErrNoCashier, ledgerbus.ErrSessionRequired,
			errs.ErrLimit, auth.ErrForbidden,
		},
	}, ringUp)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/sales/{saleID}", Action: "sale.read",
		ID: "getSale", Summary: "Read a sale",
		Description: "Sales are never changed or deleted; voids and returns are added to them.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	}, get)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/sales/{saleID}/receipt", Action: "sale.read", Produces: []string{"text/plain"},
		ID: "getReceipt", Summary: "The receipt of a sale",
		Description: "Plain text, 42 columns wide, as till printers have them.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	}, getReceipt)
	refunds(api)
}

// refunds adds the routes by which a sale is taken back.
func refunds(api *rest.API[business.Domains]) {
	rest.Once(api, rest.Op{
		Method: "POST", Path: "/v1/sales/{saleID}/void", Action: "sale.void", Status: http.StatusOK,
		ID: "voidSale", Summary: "Undo a sale whole",
		Description: "Stock and ledger go back; of a product never more than 100,000 pieces are counted on " +
			"the table. Only a sale of which nothing was given back; a cashier voids own sales " +
			"within 15 minutes. The money goes back by the sale's tender, cash from the drawer of whoever voids, which is " +
			"open where the market has `cashSessionRequired`. After the market is CLOSED only organisers void.",
		Errors: []*errs.Error{
			salebus.ErrNotFound, salebus.ErrNotVoidable, salebus.ErrVoidWindow, salebus.ErrFamilyPaidOut,
			ledgerbus.ErrSessionRequired, errs.ErrLimit, ledgerbus.ErrNoCashier, auth.ErrForbidden,
		},
	}, void)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/sales/{saleID}/returns", Action: "sale.read",
		ID: "listReturns", Summary: "What was given back of a sale", Orders: salebus.ReturnsOrderBy.Names(),
		Description: "Oldest first.",
		Errors:      []*errs.Error{salebus.ErrNotFound},
	}, queryReturns)
	rest.Once(api, rest.Op{
		Method: "POST", Path: "/v1/sales/{saleID}/returns", Action: "sale.return", Location: "/v1/returns/",
		ID: "createReturn", Summary: "Give lines of a sale back",
		Description: "Pieces of one or more lines, for what was paid for them, by the sale's tender. All or nothing. They " +
			"go back on the table, on which never more than 100,000 pieces of a product are counted. Cash leaves the drawer " +
			"of whoever takes them back, which is open where the market has `cashSessionRequired`. While the market is OPEN " +
			"any cashier, after CLOSED only organisers.",
		Errors: []*errs.Error{
			salebus.ErrNotFound, salebus.ErrVoided, salebus.ErrTooMany, salebus.ErrFamilyPaidOut,
			ledgerbus.ErrSessionRequired, errs.ErrLimit, ledgerbus.ErrNoCashier, auth.ErrForbidden,
		},
	}, takeBack)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/returns/{returnID}", Action: "sale.read",
		ID: "getReturn", Summary: "Read a return",
		Description: "Returns are never changed or deleted.",
		Errors:      []*errs.Error{salebus.ErrReturnNotFound},
	}, getReturn)
}

func query(c rest.Call[business.Domains], in list) (rest.List[Sale], error) {
	if _, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound); err != nil {
		return rest.List[Sale]{}, err
	}
	res, err := c.D.Sales.Query(c, salebus.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, toSale), err
}

// ringUp looks at the market before it asks only where that is refused: a till need not wait for it.
func ringUp(c rest.Call[business.Domains], in newSale) (Sale, error) {
	at := auth.Resource{MarketID: in.MarketID}
	if err := c.Allow("sale.create", at, auth.ErrForbidden); err != nil {
		_, missing := c.D.Markets.Get(c, in.MarketID)
		return Sale{}, cmp.Or(missing, err)
	}
	ns := salebus.NewSale{
		MarketID: in.MarketID, CashierID: c.Actor.ID, Lines: make([]salebus.NewLine, len(in.Lines)),
		Tender: in.Payment.Tender, Amount: in.Payment.Amount, Reference: in.Payment.Reference,
		Reprice: func() (bool, error) { return c.May("sale.reprice", at) },
	}
	for i, l := range in.Lines {
		ns.Lines[i] = salebus.NewLine(l)
	}
	e, err := c.D.Sales.RingUp(c, ns)
	c.Tell(e.News(salebus.EventCompleted)...)
	c.OnCommit(func() { count(e.Sale) })
	return toSale(e.Sale), err
}

func get(c rest.Call[business.Domains], in saleID) (Sale, error) {
	s, err := rest.Get(c, c.D.Sales.Get, in.ID, target)
	return toSale(s), err
}

func target(s salebus.Sale) rest.Target {
	return rest.Target{NotFound: salebus.ErrNotFound, Resource: auth.Resource{MarketID: s.MarketID}}
}

func void(c rest.Call[business.Domains], in newVoid) (Sale, error) {
	s, res, err := lock(c, in.ID, "sale.void")
	if err != nil {
		return Sale{}, err
	}
	late, err := c.May("sale.void_late", res)
	if err != nil {
		return Sale{}, err
	}
	e, err := c.D.Sales.Void(c, s, c.Actor.ID, late, in.Reason)
	c.Tell(e.News(salebus.EventVoided)...)
	c.OnCommit(func() { countBack(e.Sale, kindVoid, e.Sale.Total) })
	return toSale(e.Sale), err
}

func takeBack(c rest.Call[business.Domains], in newReturn) (Return, error) {
	s, _, err := lock(c, in.ID, "sale.return")
	if err != nil {
		return Return{}, err
	}
	pieces := make([]salebus.ReturnLine, len(in.Lines))
	for i, l := range in.Lines {
		pieces[i] = salebus.ReturnLine(l)
	}
	r, e, err := c.D.Sales.Return(c, s, c.Actor.ID, pieces, in.Reason)
	c.Tell(e.News(salebus.EventReturned)...)
	c.OnCommit(func() { countBack(s, kindReturn, r.Amount) })
	return toReturn(r), err
}

func queryReturns(c rest.Call[business.Domains], in listReturns) (rest.List[Return], error) {
	s, err := rest.Get(c, c.D.Sales.Get, in.ID, target)
	if err != nil {
		return rest.List[Return]{}, err
	}
	res, err := c.D.Sales.QueryReturns(c, s, in.Page.Query())
	return rest.ListOf(res, toReturn), err
}

func getReturn(c rest.Call[business.Domains], in returnID) (Return, error) {
	r, err := rest.Get(c, c.D.Sales.GetReturn, in.ID, func(r salebus.Return) rest.Target {
		return rest.Target{NotFound: salebus.ErrReturnNotFound, Resource: auth.Resource{MarketID: r.MarketID}}
	})
	return toReturn(r), err
}

// lock loads the sale that is to be taken back, and refuses who may not.
func lock(c rest.Call[business.Domains], id uuid.UUID, action string) (salebus.Sale, auth.Resource, error) {
	s, err := c.D.Sales.Lock(c, id)
	if err != nil {
		return s, auth.Resource{}, err
	}
	m, err := c.D.Markets.Get(c, s.MarketID)
	if err != nil {
		return s, auth.Resource{}, err
	}
	res := auth.Resource{OwnerID: &s.CashierID, MarketID: m.ID, MarketStatus: string(m.Status)}
	return s, res, c.Allow(action, res, salebus.ErrNotFound)
}
