// Package ledgerapp is the books of the API: the balances of a market, and the cash drawers of its cashiers.
package ledgerapp

import (
	_ "embed"
	"net/http"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/money"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of the ledger and of cash sessions.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Ledger", Description: "The books of a market, and the cash drawers of its cashiers."},
		examples)
	rest.Tells(api, ledgerbus.Events, "/v1/cash-sessions/", toSession)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/ledger", Action: "ledger.read",
		ID: "getLedger", Summary: "The books of a market",
		Description: "The balance of every account of the double-entry ledger; `sum` is 0 at every moment. Above zero is " +
			"what the market has or has paid, below zero what it owes or has earned.",
		Errors: []*errs.Error{marketbus.ErrNotFound, errs.ErrLimit, auth.ErrForbidden},
	}, balances)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/cash-sessions", Action: "cash_session.list",
		ID: "listCashSessions", Summary: "List the cash drawers of a market", Orders: ledgerbus.OrderBy.Names(),
		Description: "ADMIN and the market's organisers see all of them, cashiers their own.",
		Errors:      []*errs.Error{marketbus.ErrNotFound, auth.ErrForbidden},
	},
		query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/markets/{marketID}/cash-sessions", Action: "cash_session.create",
		Location: "/v1/cash-sessions/",
		ID:       "openCashSession", Summary: "Open one's cash drawer",
		Description: "With the cash that is in it. A cashier has one open drawer at a market.",
		Errors: []*errs.Error{marketbus.ErrNotFound, ledgerbus.ErrSessionOpen, ledgerbus.ErrNoCashier, errs.ErrLimit,
			auth.ErrForbidden},
	}, open)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/cash-sessions/{cashSessionID}", Action: "cash_session.read",
		ID: "getCashSession", Summary: "Read a cash drawer",
		Description: "`expected` is what should be in it now, or was when it was closed.",
		Errors:      []*errs.Error{ledgerbus.ErrSessionNotFound},
	}, get)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/cash-sessions/{cashSessionID}/movements", Action: "cash_session.read",
		ID: "listMovements", Summary: "What was put into a cash drawer and taken out",
		Orders:      ledgerbus.MovementsOrderBy.Names(),
		Description: "Oldest first. Sales and refunds are not among them.",
		Errors:      []*errs.Error{ledgerbus.ErrSessionNotFound},
	}, queryMovements)
	rest.Once(api, rest.Op{
		Method: "POST", Path: "/v1/cash-sessions/{cashSessionID}/movements", Action: "cash_session.move",
		ID: "moveCash", Summary: "Put cash in or take it out",
		Description: "An amount above 0 is put into the drawer, one below 0 is taken out. A drawer holds −10^12 to 10^12.",
		Errors: []*errs.Error{ledgerbus.ErrSessionNotFound, ledgerbus.ErrSessionClosed, ledgerbus.ErrNoCashier,
			errs.ErrLimit, auth.ErrForbidden},
	}, move)
	rest.Once(api, rest.Op{
		Method: "POST", Path: "/v1/cash-sessions/{cashSessionID}/close", Action: "cash_session.close",
		Status: http.StatusOK,
		ID:     "closeCashSession", Summary: "Count and close a cash drawer",
		Description: "`difference` is what was counted less what was expected.",
		Errors: []*errs.Error{ledgerbus.ErrSessionNotFound, ledgerbus.ErrSessionClosed, errs.ErrLimit,
			auth.ErrForbidden},
	}, closeSession)
}

func balances(c rest.Call[business.Domains], in marketID) (Ledger, error) {
	if _, err := rest.At(c, c.D.Markets.Get, in.ID, marketbus.ErrNotFound); err != nil {
		return Ledger{}, err
	}
	list, err := c.D.Ledger.Balances(c, in.ID)
	l := Ledger{Accounts: make([]Balance, len(list))}
	for i, b := range list {
		l.Accounts[i] = Balance{Account: b.Account.String(), Balance: money.Balance(b.Amount)}
		l.Sum += money.Balance(b.Amount)
	}
	return l, err
}

// query shows all drawers to those who may see any, and to others their own.
func query(c rest.Call[business.Domains], in list) (rest.List[CashSession], error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return rest.List[CashSession]{}, err
	}
	f := ledgerbus.Filter{MarketID: m.ID, CashierID: in.CashierID}
	all, err := c.May("cash_session.read", auth.Resource{MarketID: m.ID})
	if err != nil {
		return rest.List[CashSession]{}, err
	}
	me := c.Actor.ID
	switch {
	case all || in.CashierID != nil && *in.CashierID == me:
	case in.CashierID == nil:
		f.CashierID = &me
	default:
		f.CashierID = &uuid.Nil // another's drawers do not exist for the caller
	}
	res, err := c.D.Ledger.QuerySessions(c, f, in.Page.Query())
	return rest.ListOf(res, toSession), err
}

// open needs no Idempotency-Key: a cashier has one open session at most, and finds it in the list.
func open(c rest.Call[business.Domains], in newSession) (CashSession, error) {
	m, err := rest.At(c, c.D.Markets.Get, in.MarketID, marketbus.ErrNotFound)
	if err != nil {
		return CashSession{}, err
	}
	s, err := c.D.Ledger.OpenSession(c, m.ID, c.Actor.ID, in.Float)
	c.Tell(ledgerbus.EventOpened.Of(s))
	return toSession(s), err
}

func get(c rest.Call[business.Domains], in cashSessionID) (CashSession, error) {
	s, err := rest.Get(c, c.D.Ledger.GetSession, in.ID, target)
	return toSession(s), err
}

func move(c rest.Call[business.Domains], in newMovement) (Movement, error) {
	if in.Amount == 0 {
		return Movement{}, errNoAmount
	}
	s, err := rest.Get(c, c.D.Ledger.LockSession, in.ID, target)
	if err != nil {
		return Movement{}, err
	}
	m, err := c.D.Ledger.Move(c, s, c.Actor.ID, money.Money(in.Amount), in.Reason)
	return toMovement(m), err
}

func queryMovements(c rest.Call[business.Domains], in listMovements) (rest.List[Movement], error) {
	s, err := rest.Get(c, c.D.Ledger.GetSession, in.ID, target)
	if err != nil {
		return rest.List[Movement]{}, err
	}
	res, err := c.D.Ledger.QueryMovements(c, s, in.Page.Query())
	return rest.ListOf(res, toMovement), err
}

func closeSession(c rest.Call[business.Domains], in count) (CashSession, error) {
	s, err := rest.Get(c, c.D.Ledger.LockSession, in.ID, target)
	if err != nil {
		return CashSession{}, err
	}
	s, err = c.D.Ledger.CloseSession(c, s, in.Counted)
	c.Tell(ledgerbus.EventClosed.Of(s))
	return toSession(s), err
}

func target(s ledgerbus.CashSession) rest.Target {
	return rest.Target{ID: s.ID, Version: s.Version, NotFound: ledgerbus.ErrSessionNotFound,
		Resource: auth.Resource{OwnerID: &s.CashierID, MarketID: s.MarketID}}
}
