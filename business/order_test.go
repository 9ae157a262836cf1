package business_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// TestHeldInOrder: whoever holds several rows of a kind takes them in the order of their ids, whatever the order in
// which they were named.
func TestHeldInOrder(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	owner := dbtest.Open(t, url)
	// Small tables are read row by row in production too; here always, so that only ORDER BY makes an order.
	if _, err := owner.Exec(t.Context(), `
		DO $$ BEGIN
			EXECUTE format('ALTER DATABASE %I SET enable_indexscan = off', current_database());
			EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = off', current_database());
		END $$`); err != nil {
		t.Fatal(err)
	}
	b := business.New(dbtest.Open(t, dbtest.ServiceURL(t, url)), business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now})
	s := dbtest.NewShop(t, b)
	other := s.NewFamily(t, familybus.NewFamily{Name: "Jones"})
	lamp, chair := s.Product(t, 100, 10), s.Product(t, 100, 10)
	s.ProductOf(t, other.ID, 100, 10) // so that either family has a counter
	in := func(fn func(context.Context, business.Domains) error) func() error {
		return func() error { return b.InTx(context.Background(), fn) }
	}
	type holder func(context.Context, business.Domains, []uuid.UUID) error
	holds := func(table, column string, one, two uuid.UUID, hold holder) {
		t.Helper()
		low, high := one, two
		if bytes.Compare(low[:], high[:]) > 0 {
			low, high = high, low
		}
		dbtest.HeldInOrder(t, owner, table, column, low, high, in(func(ctx context.Context, d business.Domains) error {
			return hold(ctx, d, []uuid.UUID{high, low})
		}))
	}
	holds("families", "family_id", s.Family.ID, other.ID,
		func(ctx context.Context, d business.Domains, ids []uuid.UUID) error {
			return d.Families.Hold(ctx, s.Market.ID, ids)
		})
	holds("products", "product_id", lamp.ID, chair.ID,
		func(ctx context.Context, d business.Domains, ids []uuid.UUID) error {
			_, err := d.Products.LockMany(ctx, s.Market.ID, ids, nil)
			return err
		})
	holds("product_counters", "family_id", s.Family.ID, other.ID, // a batch of both
		func(ctx context.Context, d business.Domains, ids []uuid.UUID) error {
			_, err := s.Create(ctx, d, productbus.NewProduct{FamilyID: ids[0], Name: "a"},
				productbus.NewProduct{FamilyID: ids[1], Name: "b"})
			return err
		})
	var admins []userbus.User
	for _, address := range []email.Email{"one@x.org", "two@x.org"} {
		u, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (userbus.User, error) {
			return d.Users.Create(ctx, userbus.NewUser{Name: "Ann", Email: address, Roles: role.NewSet(role.Admin)})
		})
		if err != nil {
			t.Fatal(err)
		}
		admins = append(admins, u)
	}
	holds("users", "user_id", admins[0].ID, admins[1].ID,
		func(ctx context.Context, d business.Domains, ids []uuid.UUID) error {
			u, err := d.Users.Get(ctx, ids[0])
			if err != nil {
				return err
			}
			_, err = d.Users.SetRoles(ctx, u, role.NewSet(role.User))
			return err
		})
}
