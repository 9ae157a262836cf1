package familybus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/familybus/familydb"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/marketbus/marketdb"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/foundation/clock"
)

// TestLockForSetup: who changes what a payout depends on holds the market too; who changes the name does not.
func TestLockForSetup(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	for name, tt := range map[string]struct {
		lock  func(familybus.Business, context.Context, uuid.UUID) (familybus.Family, error)
		holds map[string]bool
	}{
		"Lock":         {familybus.Business.Lock, map[string]bool{"families": true, "markets": false}},
		"LockForSetup": {familybus.Business.LockForSetup, map[string]bool{"families": true, "markets": true}},
	} {
		err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			f, err := tt.lock(d.Families, ctx, s.Family.ID)
			if err != nil {
				return err
			}
			if f != s.Family {
				t.Errorf("%s: got %+v, want %+v", name, f, s.Family)
			}
			for table, want := range tt.holds {
				if got := held(t, db, table, s.Market.ID); got != want {
					t.Errorf("%s: %s held: %v, want %v", name, table, got, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Families.LockForSetup(t.Context(), uuid.New()); !errors.Is(err, familybus.ErrNotFound) {
		t.Errorf("got %v, want %v", err, familybus.ErrNotFound)
	}
}

// unheld only reads the market that it should hold.
type unheld struct{ marketdb.Store }

func (u unheld) Lock(ctx context.Context, id uuid.UUID) (marketbus.Market, error) {
	return u.Get(ctx, id)
}

// With the market held, and without, what the guards below are for is shown.
var markets = []struct {
	name  string
	store func(sqldb.DB) marketbus.Storer
	held  bool
}{
	{"the store", func(tx sqldb.DB) marketbus.Storer { return marketdb.New(tx) }, true},
	{"where the market is not held", func(tx sqldb.DB) marketbus.Storer { return unheld{marketdb.New(tx)} }, false},
}

// over is the rules about families over these markets.
func over(tx sqldb.DB, markets func(sqldb.DB) marketbus.Storer) familybus.Business {
	return familybus.New(familydb.New(tx), marketbus.New(markets(tx), clock.Now), clock.Now)
}

// TestSetupWhilePaid changes the share of a family, of the one that is being paid out or of another, before that is
// committed. Who does not wait for the market does so after its first payout, when every share is fixed.
func TestSetupWhilePaid(t *testing.T) {
	t.Parallel()
	for _, m := range markets {
		for _, paid := range []bool{true, false} {
			t.Run(fmt.Sprint(m.name, ", paid ", paid), func(t *testing.T) {
				t.Parallel()
				b, db := dbtest.Business(t)
				s := dbtest.NewShop(t, b)
				owner, f := dbtest.Owner(t, db), s.Family
				if !paid {
					f = s.NewFamily(t, familybus.NewFamily{Name: "Jones"})
				}
				s.Sell(t, s.Product(t, 100, 1), 1)
				s.UpdateMarket(t, marketbus.UpdateMarket{Status: opt.Some(marketbus.Closed)})
				var want error
				if m.held {
					want = marketbus.ErrSettled
				}
				changed := make(chan error, 1)
				if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
					if _, err := d.Payouts.Create(ctx, s.Family, s.Cashier.ID); err != nil {
						return err
					}
					go func() {
						changed <- db.InTx(context.Background(), func(tx sqldb.DB) error {
							families := over(tx, m.store)
							f, err := families.LockForSetup(context.Background(), f.ID)
							if err == nil {
								_, err = families.Update(context.Background(), f, familybus.UpdateFamily{Commission: to(500)})
							}
							return err
						})
					}()
					if !m.held && !paid {
						changed <- <-changed // nothing keeps it
					} else {
						dbtest.Blocked(t, owner, 1)
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
				if err := <-changed; !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			})
		}
	}
}

// TestNumberMeanwhile: who joins while another family is given the number that is free gets the next that is.
func TestNumberMeanwhile(t *testing.T) {
	t.Parallel()
	for _, m := range markets {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			b, db := dbtest.Business(t)
			s := dbtest.NewShop(t, b) // its family is number 1
			owner := dbtest.Owner(t, db)
			joined, number := make(chan error, 1), 0
			if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
				f, err := d.Families.LockForSetup(ctx, s.Family.ID)
				if err != nil {
					return err
				}
				if _, err := d.Families.Update(ctx, f, familybus.UpdateFamily{Number: opt.Some(2)}); err != nil {
					return err
				}
				go func() {
					joined <- db.InTx(context.Background(), func(tx sqldb.DB) error {
						f, err := over(tx, m.store).Create(context.Background(), familybus.NewFamily{MarketID: s.Market.ID, Name: "F"})
						number = f.Number
						return err
					})
				}()
				dbtest.Blocked(t, owner, 1)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			err := <-joined
			if !m.held {
				if !errors.Is(err, familybus.ErrNumberTaken) {
					t.Errorf("got %v, want %v", err, familybus.ErrNumberTaken)
				}
			} else if err != nil || number != 1 {
				t.Errorf("number %d, %v, want 1", number, err)
			}
		})
	}
}

// held tells whether someone holds the market's row of the table.
func held(t *testing.T, db sqldb.DB, table string, marketID uuid.UUID) bool {
	t.Helper()
	_, err := db.Exec(t.Context(), `SELECT 1 FROM `+table+` WHERE market_id = $1 FOR NO KEY UPDATE NOWAIT`, marketID)
	if err == nil {
		return false
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" {
		t.Fatal(err)
	}
	return true
}
