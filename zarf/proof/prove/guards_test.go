package prove_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/domain/ledgerbus/ledgerdb"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/productbus/productdb"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/domain/salebus/saledb"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/foundation/clock"
)

// careless is a product store that neither holds what it reads nor looks again when it writes.
type careless struct {
	productdb.Store
	db sqldb.DB
}

func (s careless) LockMany(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID, codes []code.Code) (
	[]productbus.Product, error) {
	var list []productbus.Product
	for _, id := range ids {
		p, err := s.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, p.Product)
	}
	return list, nil
}

func (s careless) Take(ctx context.Context, marketID uuid.UUID, takes []productbus.Take, at time.Time) error {
	for _, t := range takes {
		_, err := s.db.Exec(ctx,
			`UPDATE products SET quantity = quantity - $3, sold = sold + $3 WHERE market_id = $1 AND product_id = $2`, marketID,
			t.ProductID, t.Quantity)
		if err != nil {
			return err
		}
	}
	return nil
}

// replaced makes a business of which change replaced some domains.
func replaced(change func(db sqldb.DB, d *business.Domains)) func(sqldb.DB, business.Config) business.Business {
	return func(db sqldb.DB, cfg business.Config) business.Business {
		return business.Of(db, func(db sqldb.DB) business.Domains {
			d := business.Wire(db, cfg)
			change(db, &d)
			return d
		})
	}
}

func withoutStockGuard(db sqldb.DB, d *business.Domains) {
	d.Products = productbus.New(careless{productdb.New(db), db}, clock.Now)
	d.Sales = salebus.New(saledb.New(db), d.Markets, d.Families, d.Products, d.Ledger, clock.Now)
}

// lossy is a ledger store that forgets the last entry of a return.
type lossy struct{ ledgerdb.Store }

func (s lossy) Post(ctx context.Context, p ledgerbus.Posting) error {
	if p.Event == ledgerbus.Return {
		p.Entries = p.Entries[:len(p.Entries)-1]
	}
	return s.Store.Post(ctx, p)
}

// TestProgramsNeedTheLedger is the negative control of TestPrograms: with one entry lost, and the constraint gone that
// would have refused the posting, the programs must find it.
func TestProgramsNeedTheLedger(t *testing.T) {
	t.Parallel()
	var h *host
	now := func() time.Time { return h.now() }
	h = newHost(t, apptest.Options{Business: replaced(func(db sqldb.DB, d *business.Domains) {
		d.Ledger = ledgerbus.New(lossy{ledgerdb.New(db)}, now)
		d.Sales = salebus.New(saledb.New(db), d.Markets, d.Families, d.Products, d.Ledger, now)
	})})
	if _, err := dbtest.Owner(t, h.DB).Exec(t.Context(),
		`DROP TRIGGER ledger_entries_balanced ON ledger_entries`); err != nil {
		t.Fatal(err)
	}
	failed, log := fails(t, func(v rapid.TB) {
		for range 20 { // a program may return nothing
			if rapid.Check(v, runProgram(h)); v.Failed() {
				return
			}
		}
	})
	if !failed || !strings.Contains(log, "books") {
		t.Errorf("a lost entry goes unseen: %s", log)
	}
}
