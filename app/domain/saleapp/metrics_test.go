package saleapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/foundation/testenv"
)

// TestRefundsAreCounted, what was committed and nothing else. Only this test deals in this currency: tests share the
// counters.
func TestRefundsAreCounted(t *testing.T) {
	t.Parallel()
	f := apptest.NewFairIn(t, "ISK")
	path := func(s saleapp.Sale) string { return "/v1/sales/" + s.ID.String() }
	lamp := object{"lines": []object{{"line": 1, "quantity": 1}}, "reason": "broken"}

	before := refunds(t)
	s := f.Sell(t, f.Till.Token, "CARD")
	f.Once(t, 201, nil, path(s)+"/returns", f.Till.Token, lamp)
	f.Once(t, 201, nil, path(s)+"/returns", f.Till.Token, lamp)
	f.Refused(t, 409, "sale_not_voidable", "", "POST", path(s)+"/void", f.Till.Token, object{"reason": "all of it"})
	s = f.Sell(t, f.Till.Token, "CASH")
	f.Once(t, 200, nil, path(s)+"/void", f.Till.Token, object{"reason": "wrong basket"})
	f.Refused(t, 409, "sale_voided", "", "POST", path(s)+"/returns", f.Till.Token, lamp)

	after := refunds(t)
	for what, want := range map[string]float64{
		"garagesale_refunds_total RETURN": 2, "garagesale_refunds_amount_total RETURN": 910,
		"garagesale_refunds_total VOID": 1, "garagesale_refunds_amount_total VOID": 1810,
	} {
		if got := after[what] - before[what]; got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
}

// refunds are the counts in this test's currency, by name and kind.
func refunds(t *testing.T) map[string]float64 {
	t.Helper()
	counts := map[string]float64{}
	for _, name := range []string{"garagesale_refunds_total", "garagesale_refunds_amount_total"} {
		for _, s := range testenv.Published(t, name).Series {
			if s.Values[0] == "ISK" {
				counts[name+" "+s.Values[1]] = s.Value
			}
		}
	}
	return counts
}
