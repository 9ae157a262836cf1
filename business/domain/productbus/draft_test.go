package productbus_test

import (
	"testing"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/query"
)

// TestHideDraft: products are hidden while their market is a DRAFT, and only then, and only from who asks for that.
func TestHideDraft(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	s.Product(t, 450, 1)
	for _, status := range marketbus.Statuses {
		if _, err := db.Exec(t.Context(), `UPDATE markets SET status = $1`, status); err != nil {
			t.Fatal(err)
		}
		for _, hide := range []bool{true, false} {
			res, err := b.Products.Query(t.Context(), productbus.Filter{MarketID: s.Market.ID, HideDraft: hide},
				query.Page{Total: true})
			if err != nil {
				t.Fatal(err)
			}
			want := 1
			if hide && status == marketbus.Draft {
				want = 0
			}
			if len(res.Items) != want || *res.Total != want {
				t.Errorf("%s, hidden: %v: got %d of %d, want %d", status, hide, len(res.Items), *res.Total, want)
			}
		}
	}
}

// TestOffered: a product that is loaded tells whose it is and whether its market is open.
func TestOffered(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	lamp := s.Product(t, 450, 1)
	if _, err := db.Exec(t.Context(), `UPDATE families SET owner_id = $1`, s.Cashier.ID); err != nil {
		t.Fatal(err)
	}
	got, err := b.Products.Get(t.Context(), lamp.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Product != lamp || got.OwnerID == nil || *got.OwnerID != s.Cashier.ID || got.MarketStatus != marketbus.Open {
		t.Errorf("got %+v, want %+v of %s at an OPEN market", got, lamp, s.Cashier.ID)
	}
}
