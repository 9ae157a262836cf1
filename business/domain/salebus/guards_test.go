package salebus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/familybus/familydb"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/ledgerbus/ledgerdb"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/marketbus/marketdb"
	"github.com/garagesale/service/business/domain/payoutbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/productbus/productdb"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/domain/salebus/saledb"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/clock"
)

// Each guard of a sale is taken out here, to show what it is for: the same steps, in the same order, with the real
// store and with one that lacks it.

// stores are what a till works with; a test replaces one of them.
type stores struct {
	markets  func(sqldb.DB) marketbus.Storer
	products func(sqldb.DB) productbus.Storer
}

func realMarkets(tx sqldb.DB) marketbus.Storer   { return marketdb.New(tx) }
func realProducts(tx sqldb.DB) productbus.Storer { return productdb.New(tx) }

type shop struct {
	dbtest.Shop
	db sqldb.DB
}

func setup(t *testing.T) shop {
	t.Helper()
	b, db := dbtest.Business(t)
	return shop{dbtest.NewShop(t, b), db}
}

// ringUp sells one piece of p as business.InTx would, over these stores.
func (s shop) ringUp(ctx context.Context, st stores, p productbus.Product) (salebus.Sale, error) {
	return s.ringUpLines(ctx, st, salebus.NewLine{ProductID: &p.ID, Quantity: 1})
}

func (s shop) ringUpLines(ctx context.Context, st stores, lines ...salebus.NewLine) (sale salebus.Sale, err error) {
	err = s.db.InTx(ctx, func(tx sqldb.DB) error {
		markets := marketbus.New(st.markets(tx), clock.Now)
		families := familybus.New(familydb.New(tx), markets, clock.Now)
		products := productbus.New(st.products(tx), clock.Now)
		e, err := salebus.New(saledb.New(tx), markets, families, products, ledgerbus.New(ledgerdb.New(tx), clock.Now),
			clock.Now).RingUp(ctx, salebus.NewSale{
			MarketID: s.Market.ID, CashierID: s.Cashier.ID, Lines: lines,
			Tender: salebus.Cash, Amount: 1000,
		})
		sale = e.Sale
		return err
	})
	return sale, err
}

// unlocked reads the products without holding them, and all tills at the same moment.
type unlocked struct {
	productdb.Store
	tills *sync.WaitGroup
}

func (u unlocked) LockMany(ctx context.Context, marketID uuid.UUID, _ []uuid.UUID, _ []code.Code) ([]productbus.Product,
	error) {
	res, err := u.Query(ctx, productbus.Filter{MarketID: marketID}, query.Page{})
	u.tills.Done()
	u.tills.Wait()
	return res.Items, err
}

// unconditional is unlocked, and writes what it computed from what it read.
type unconditional struct {
	unlocked
	tx sqldb.DB
}

func (u unconditional) Take(ctx context.Context, marketID uuid.UUID, takes []productbus.Take, at time.Time) error {
	for _, take := range takes {
		_, err := u.tx.Exec(ctx,
			`UPDATE products SET quantity = $3, sold = sold + $4 WHERE market_id = $1 AND product_id = $2`,
			marketID, take.ProductID, 1-take.Quantity, take.Quantity)
		if err != nil {
			return err
		}
	}
	return nil
}

func TestOversell(t *testing.T) {
	t.Parallel()
	const tills = 5
	for _, tt := range []struct {
		name     string
		products func(*sync.WaitGroup) func(sqldb.DB) productbus.Storer
		sold     int
	}{
		{"the store", func(*sync.WaitGroup) func(sqldb.DB) productbus.Storer { return realProducts }, 1},
		{"without locks the condition holds alone", func(wg *sync.WaitGroup) func(sqldb.DB) productbus.Storer {
			return func(tx sqldb.DB) productbus.Storer { return unlocked{productdb.New(tx), wg} }
		}, 1},
		{"without locks and condition it oversells", func(wg *sync.WaitGroup) func(sqldb.DB) productbus.Storer {
			return func(tx sqldb.DB) productbus.Storer { return unconditional{unlocked{productdb.New(tx), wg}, tx} }
		}, tills},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			lamp := s.Product(t, 450, 1)
			var together, wg sync.WaitGroup
			together.Add(tills)
			products := tt.products(&together)
			refusals := make([]error, tills)
			for i := range tills {
				wg.Go(func() { _, refusals[i] = s.ringUp(context.Background(), stores{realMarkets, products}, lamp) })
			}
			wg.Wait()
			sold := 0
			for _, err := range refusals {
				switch {
				case err == nil:
					sold++
				case !errors.Is(err, productbus.ErrOutOfStock):
					t.Error(err)
				}
			}
			if sold != tt.sold {
				t.Errorf("the one lamp was sold %d times, want %d", sold, tt.sold)
			}
		})
	}
}

// late calls before when the sale is about to get its number.
type late struct {
	marketdb.Store
	before func()
}

func (l late) TakeNumber(ctx context.Context, id uuid.UUID, total, reduced money.Money) (int64, error) {
	l.before()
	return l.Store.TakeNumber(ctx, id, total, reduced)
}

// unwatched takes the number whether the market is open or not.
type unwatched struct {
	late
	tx sqldb.DB
}

func (u unwatched) TakeNumber(ctx context.Context, id uuid.UUID, _, _ money.Money) (n int64, err error) {
	u.before()
	err = u.tx.Get(ctx, &n,
		`UPDATE market_counters SET next_sale = next_sale + 1 WHERE market_id = $1 RETURNING next_sale - 1`, id)
	return n, err
}

// TestClosedMeanwhile closes the market after the sale saw it open.
func TestClosedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		markets func(before func()) func(sqldb.DB) marketbus.Storer
		want    error
	}{
		{"the store", func(before func()) func(sqldb.DB) marketbus.Storer {
			return func(tx sqldb.DB) marketbus.Storer { return late{marketdb.New(tx), before} }
		}, marketbus.ErrNotOpen},
		{"without the open flag it sells after closing", func(before func()) func(sqldb.DB) marketbus.Storer {
			return func(tx sqldb.DB) marketbus.Storer { return unwatched{late{marketdb.New(tx), before}, tx} }
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			lamp := s.Product(t, 450, 1)
			markets := tt.markets(func() {
				err := s.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					m, err := d.Markets.Lock(ctx, s.Market.ID)
					if err == nil {
						_, err = d.Markets.Update(ctx, m, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
			if _, err := s.ringUp(t.Context(), stores{markets, realProducts}, lamp); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// seen calls after once the drawer is known to be open.
type seen struct {
	ledgerdb.Store
	after func()
}

func (s seen) HoldOpenSession(ctx context.Context, marketID, cashierID uuid.UUID) error {
	err := s.Store.HoldOpenSession(ctx, marketID, cashierID)
	s.after()
	return err
}

// unheld only looks whether the drawer is open.
type unheld struct {
	seen
	tx sqldb.DB
}

func (u unheld) HoldOpenSession(ctx context.Context, marketID, cashierID uuid.UUID) error {
	_, err := sqldb.One[uuid.UUID](ctx, u.tx, `SELECT cash_session_id FROM cash_sessions
		WHERE market_id = $1 AND cashier_id = $2 AND closed_at IS NULL`, marketID, cashierID)
	u.after()
	return err
}

// TestDrawerClosedMeanwhile counts the drawer after the sale, or the refund, saw it open.
func TestDrawerClosedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		ledger func(sqldb.DB, func()) ledgerbus.Storer
		waits  bool // whoever counts
	}{
		{"the store", func(tx sqldb.DB, after func()) ledgerbus.Storer { return seen{ledgerdb.New(tx), after} }, true},
		{"unless it is held the cash is in no count", func(tx sqldb.DB, after func()) ledgerbus.Storer {
			return unheld{seen{ledgerdb.New(tx), after}, tx}
		}, false},
	} {
		for _, refund := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, ", refund ", refund), func(t *testing.T) {
				t.Parallel()
				s := setup(t)
				owner, lamp := dbtest.Owner(t, s.db), s.Product(t, 10, 9)
				sale := s.Sell(t, lamp, 1)
				s.UpdateMarket(t, marketbus.UpdateMarket{CashSessionRequired: opt.Some(true)})
				drawer, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
					return d.Ledger.OpenSession(ctx, s.Market.ID, s.Cashier.ID, 100)
				})
				if err != nil {
					t.Fatal(err)
				}
				closed, looked := make(chan error, 1), false
				after := func() {
					looked = true
					go func() {
						closed <- s.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
							c, err := d.Ledger.LockSession(ctx, drawer.ID)
							if err == nil {
								_, err = d.Ledger.CloseSession(ctx, c, 100)
							}
							return err
						})
					}()
					if tt.waits {
						dbtest.Blocked(t, owner, 1)
					} else {
						closed <- <-closed
					}
				}
				want := money.Money(110)
				if refund {
					want = 90
				}
				if !tt.waits {
					want = 100
				}
				err = s.db.InTx(t.Context(), func(tx sqldb.DB) error {
					markets := marketbus.New(marketdb.New(tx), clock.Now)
					sales := salebus.New(saledb.New(tx), markets, familybus.New(familydb.New(tx), markets, clock.Now),
						productbus.New(productdb.New(tx), clock.Now), ledgerbus.New(tt.ledger(tx, after), clock.Now), clock.Now)
					if refund {
						_, err := sales.Void(t.Context(), sale, s.Cashier.ID, true, "why")
						return err
					}
					_, err := sales.RingUp(t.Context(), s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 1}))
					return err
				})
				if !looked {
					t.Fatalf("nobody looked whether the drawer is open (%v)", err)
				}
				if err := errors.Join(err, <-closed); err != nil {
					t.Fatal(err)
				}
				if got, err := s.Ledger.GetSession(t.Context(), drawer.ID); err != nil || got.Expected != want {
					t.Errorf("counted when %d were expected, %v, want %d", got.Expected, err, want)
				}
			})
		}
	}
}

// asked calls after once it is known whether the families were paid out.
type asked struct {
	ledgerdb.Store
	after func()
}

func (a asked) PaidOut(ctx context.Context, marketID uuid.UUID, families []uuid.UUID) (bool, error) {
	paid, err := a.Store.PaidOut(ctx, marketID, families)
	a.after()
	return paid, err
}

// unheldFamilies may be paid out whoever asked to hold them.
type unheldFamilies struct{ familydb.Store }

func (unheldFamilies) Hold(context.Context, uuid.UUID, []uuid.UUID) error { return nil }

// TestPaidOutMeanwhile pays the family out after the refund saw that it was not.
func TestPaidOutMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		families func(sqldb.DB) familybus.Storer
		waits    bool // whoever pays out
	}{
		{"the store", func(tx sqldb.DB) familybus.Storer { return familydb.New(tx) }, true},
		{"unless it is held it is paid for what it gives back", func(tx sqldb.DB) familybus.Storer {
			return unheldFamilies{familydb.New(tx)}
		}, false},
	} {
		for _, void := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, ", void ", void), func(t *testing.T) {
				t.Parallel()
				s := setup(t)
				owner, lamp := dbtest.Owner(t, s.db), s.Product(t, 100, 9)
				sale := s.Sell(t, lamp, 2)
				s.Sell(t, lamp, 1)
				s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
				gross, owed := money.Money(100), money.Money(0)
				if !tt.waits {
					gross, owed = 300, -200
				}
				paid, looked := make(chan error, 1), false
				after := func() {
					looked = true
					go func() {
						p, err := dbtest.In(s.Business, func(ctx context.Context, d business.Domains) (payoutbus.Payout, error) {
							return d.Payouts.Create(ctx, s.Family, s.Cashier.ID)
						})
						if err == nil && p.Gross != gross {
							err = fmt.Errorf("paid for %d, want %d", p.Gross, gross)
						}
						paid <- err
					}()
					if tt.waits {
						dbtest.Blocked(t, owner, 1)
					} else {
						paid <- <-paid
					}
				}
				err := s.db.InTx(t.Context(), func(tx sqldb.DB) error {
					markets := marketbus.New(marketdb.New(tx), clock.Now)
					sales := salebus.New(saledb.New(tx), markets, familybus.New(tt.families(tx), markets, clock.Now),
						productbus.New(productdb.New(tx), clock.Now), ledgerbus.New(asked{ledgerdb.New(tx), after}, clock.Now), clock.Now)
					if void {
						_, err := sales.Void(t.Context(), sale, s.Cashier.ID, true, "why")
						return err
					}
					_, _, err := sales.Return(t.Context(), sale, s.Cashier.ID, []salebus.ReturnLine{{Line: 1, Quantity: 2}},
						"why")
					return err
				})
				if !looked {
					t.Fatalf("nobody looked whether the family was paid out (%v)", err)
				}
				if err := errors.Join(err, <-paid); err != nil {
					t.Fatal(err)
				}
				if got, err := s.Ledger.Owed(t.Context(), s.Market.ID, s.Family.ID); err != nil || got != owed {
					t.Errorf("in the end the family is owed %d, %v, want %d", got, err, owed)
				}
			})
		}
	}
}

// counted takes numbers in transactions of their own, as a sequence would.
type counted struct {
	marketdb.Store
	db sqldb.DB
}

func (c counted) TakeNumber(ctx context.Context, id uuid.UUID, total, reduced money.Money) (int64, error) {
	return marketdb.New(c.db).TakeNumber(ctx, id, total, reduced)
}

// TestNumberOfARefusal rolls a sale back after it got its number.
func TestNumberOfARefusal(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for _, tt := range []struct {
		name    string
		markets func(db sqldb.DB) func(sqldb.DB) marketbus.Storer
		want    []int64
	}{
		{"the store", func(sqldb.DB) func(sqldb.DB) marketbus.Storer { return realMarkets }, []int64{1, 2}},
		{"with a sequence there is a gap", func(db sqldb.DB) func(sqldb.DB) marketbus.Storer {
			return func(tx sqldb.DB) marketbus.Storer { return counted{marketdb.New(tx), db} }
		}, []int64{1, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			lamp := s.Product(t, 450, 5)
			st := stores{tt.markets(s.db), realProducts}
			var got []int64
			for i := range 3 {
				err := s.db.InTx(t.Context(), func(tx sqldb.DB) error {
					if i == 1 { // it takes a number, and then something fails
						if _, err := st.markets(tx).TakeNumber(t.Context(), s.Market.ID, 1, 0); err != nil {
							return err
						}
						return refused
					}
					sale, err := s.ringUp(t.Context(), st, lamp)
					got = append(got, sale.Number)
					return err
				})
				if err != nil && !errors.Is(err, refused) {
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("numbers %v, want %v", got, tt.want)
			}
		})
	}
}

// TestShape is about lines that do not say what they sell, or say it twice.
func TestShape(t *testing.T) {
	t.Parallel()
	s := setup(t)
	lamp := s.Product(t, 450, 5)
	price := money.Money(100)
	other := dbtest.NewShop(t, s.Business)
	foreign := other.Product(t, 450, 5)
	for _, tt := range []struct {
		name string
		line salebus.NewLine
		want string // location
	}{
		{"product", salebus.NewLine{ProductID: &lamp.ID}, ""},
		{"code", salebus.NewLine{Code: &lamp.Code}, ""},
		{"both", salebus.NewLine{ProductID: &lamp.ID, Code: &lamp.Code}, "lines[0].code"},
		{"product and family", salebus.NewLine{ProductID: &lamp.ID, FamilyID: &s.Family.ID}, "lines[0].familyID"},
		{"code and name", salebus.NewLine{Code: &lamp.Code, Name: &lamp.Name}, "lines[0].name"},
		{"no label", salebus.NewLine{FamilyID: &s.Family.ID, Name: &lamp.Name, UnitPrice: &price}, ""},
		{"no label, no price", salebus.NewLine{FamilyID: &s.Family.ID, Name: &lamp.Name}, "lines[0].unitPrice"},
		{"no label, no name", salebus.NewLine{FamilyID: &s.Family.ID, UnitPrice: &price}, "lines[0].name"},
		{"no label, no family", salebus.NewLine{Name: &lamp.Name, UnitPrice: &price}, "lines[0].familyID"},
		{"another market's product", salebus.NewLine{ProductID: &foreign.ID}, "lines[0].productID"},
		{"another market's family", salebus.NewLine{FamilyID: &other.Family.ID, Name: &lamp.Name, UnitPrice: &price},
			"lines[0].familyID"},
		{"unknown code", salebus.NewLine{Code: &code.Code{Family: 9, Running: 9}}, "lines[0].code"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.line.Quantity = 1
			err := s.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
				_, err := d.Sales.RingUp(ctx, salebus.NewSale{MarketID: s.Market.ID, CashierID: s.Cashier.ID,
					Lines: []salebus.NewLine{tt.line}, Tender: salebus.Cash, Amount: 1000})
				return err
			})
			if got := place(err); got != tt.want {
				t.Errorf("got %v at %q, want it at %q", err, got, tt.want)
			}
		})
	}
}

// TestCashierGone: a token outlives its account by a moment.
func TestCashierGone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	lamp := s.Product(t, 450, 5)
	sold := s.Sell(t, lamp, 2)
	s.Cashier = userbus.User{ID: uuid.New()}
	if _, err := void(s.Shop, sold.ID, true); !errors.Is(err, salebus.ErrNoCashier) {
		t.Errorf("void: got %v, want %v", err, salebus.ErrNoCashier)
	}
	_, err := giveBack(s.Shop, sold.ID, salebus.ReturnLine{Line: 1, Quantity: 1})
	if !errors.Is(err, salebus.ErrNoCashier) {
		t.Errorf("return: got %v, want %v", err, salebus.ErrNoCashier)
	}
	// In the books only cash is the cashier's.
	for tender, amount := range map[salebus.Tender]money.Money{salebus.Cash: 1000, salebus.Card: 450} {
		basket := s.Basket(salebus.NewLine{ProductID: &lamp.ID, Quantity: 1})
		basket.Tender, basket.Amount = tender, amount
		if _, err := ringUp(s.Shop, basket); !errors.Is(err, salebus.ErrNoCashier) {
			t.Errorf("%s: got %v, want %v", tender, err, salebus.ErrNoCashier)
		}
	}
	if p, err := s.Products.Get(t.Context(), lamp.ID); err != nil || p.Quantity != 3 {
		t.Errorf("after the refusal %d are left: %v", p.Quantity, err)
	}
}

// place is where err points, or "".
func place(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*errs.Error](err); ok && len(e.Fields) == 1 {
		return e.Fields[0].Location
	}
	return fmt.Sprint("nowhere: ", err)
}
