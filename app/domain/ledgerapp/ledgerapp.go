// Package ledgerapp is the books of the API: the balances of a market, and the cash drawers of its cashiers.
package ledgerapp

import (
	"context"
	_ "embed"
	"net/http"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/types/money"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of the ledger and of cash sessions.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Ledger", Description: "The books of a market, and the cash drawers of its cashiers."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/ledger", Action: "ledger.read"}, balances)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/cash-sessions", Action: "cash_session.list"},
		query)
	rest.Write(api, rest.Op{Method: "POST", Path: "/v1/markets/{marketID}/cash-sessions", Action: "cash_session.create",
		Location: "/v1/cash-sessions/"}, open)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/cash-sessions/{cashSessionID}", Action: "cash_session.read"}, get)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/cash-sessions/{cashSessionID}/movements",
		Action: "cash_session.move"}, move)
	rest.Once(api, rest.Op{Method: "POST", Path: "/v1/cash-sessions/{cashSessionID}/close", Action: "cash_session.close",
		Status: http.StatusOK}, closeSession)
}

func balances(ctx context.Context, d business.Domains, in marketID) (Ledger, error) {
	if _, err := d.Markets.Get(ctx, in.ID); err != nil {
		return Ledger{}, err
	}
	list, err := d.Ledger.Balances(ctx, in.ID)
	l := Ledger{Accounts: make([]Balance, len(list))}
	for i, b := range list {
		l.Accounts[i] = Balance{Account: b.Account.String(), Balance: money.Balance(b.Amount)}
		l.Sum += money.Balance(b.Amount)
	}
	return l, err
}

// query shows all drawers to those who may see any, and to others their own.
func query(ctx context.Context, d business.Domains, in list) (rest.List[CashSession], error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return rest.List[CashSession]{}, err
	}
	f := ledgerbus.Filter{MarketID: m.ID, CashierID: in.CashierID}
	all, err := auth.May(ctx, "cash_session.read", auth.Resource{})
	if err != nil {
		return rest.List[CashSession]{}, err
	}
	me := auth.Actor(ctx).ID
	switch {
	case all || in.CashierID != nil && *in.CashierID == me:
	case in.CashierID == nil:
		f.CashierID = &me
	default:
		f.CashierID = &uuid.Nil // another's drawers do not exist for the caller
	}
	res, err := d.Ledger.QuerySessions(ctx, f, in.Page.Query())
	return rest.ListOf(res, toSession), err
}

// open needs no Idempotency-Key: a cashier has one open session at most, and finds it in the list.
func open(ctx context.Context, d business.Domains, in newSession) (CashSession, error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return CashSession{}, err
	}
	s, err := d.Ledger.OpenSession(ctx, m.ID, auth.Actor(ctx).ID, in.Float)
	return toSession(s), err
}

func get(ctx context.Context, d business.Domains, in cashSessionID) (CashSession, error) {
	s, err := d.Ledger.GetSession(ctx, in.ID)
	if err != nil {
		return CashSession{}, err
	}
	return toSession(s), auth.Allow(ctx, "cash_session.read", resource(s), ledgerbus.ErrSessionNotFound)
}

func move(ctx context.Context, d business.Domains, in newMovement) (Movement, error) {
	if in.Amount == 0 {
		return Movement{}, errNoAmount
	}
	s, err := lock(ctx, d, in.ID, "cash_session.move")
	if err != nil {
		return Movement{}, err
	}
	m, err := d.Ledger.Move(ctx, s, auth.Actor(ctx).ID, money.Money(in.Amount), in.Reason)
	return Movement{ID: m.ID, CashSessionID: m.CashSessionID, Amount: money.Balance(m.Amount), Reason: m.Reason,
		CreatedAt: m.CreatedAt}, err
}

func closeSession(ctx context.Context, d business.Domains, in count) (CashSession, error) {
	s, err := lock(ctx, d, in.ID, "cash_session.close")
	if err != nil {
		return CashSession{}, err
	}
	s, err = d.Ledger.CloseSession(ctx, s, in.Counted)
	return toSession(s), err
}

// lock loads the session whose cash is to move, and refuses who may not.
func lock(ctx context.Context, d business.Domains, id uuid.UUID, action string) (ledgerbus.CashSession, error) {
	s, err := d.Ledger.LockSession(ctx, id)
	if err != nil {
		return s, err
	}
	return s, auth.Allow(ctx, action, resource(s), ledgerbus.ErrSessionNotFound)
}

func resource(s ledgerbus.CashSession) auth.Resource { return auth.Resource{OwnerID: &s.CashierID} }
