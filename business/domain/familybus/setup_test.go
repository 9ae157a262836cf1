package familybus_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/sdk/sqldb"
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
