package mux_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

// TestListsByCaller wants each caller to see what it may, and no more to be counted.
func TestListsByCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	admin, till, smith, jones := w.root.Token, w.account(t, role.Cashier).Token, w.account(t, role.User),
		w.account(t, role.User)
	draft, open := w.market(t, "status", "DRAFT"), w.market(t)
	own := w.family(t, open, "ownerID", smith.ID)
	w.family(t, open, "ownerID", jones.ID)
	w.family(t, open)

	for who, want := range map[string]struct {
		token                   string
		markets, drafts, family int // family -1: 401
	}{
		"nobody": {"", 1, 0, -1}, "ADMIN": {admin, 2, 1, 3}, "CASHIER": {till, 2, 1, 3}, "owner": {smith.Token, 2, 1, 1},
		"other": {w.account(t, role.User).Token, 2, 1, 0},
	} {
		count := func(path string) int {
			var p page
			if a := w.Do(t, "GET", path, want.token, nil); a.Status != 200 {
				return -1
			} else if a.JSON(t, &p); *p.Total != len(p.Items) {
				t.Errorf("%s: %s counts %d, shows %d", who, path, *p.Total, len(p.Items))
			}
			return len(p.Items)
		}
		if got := count("/v1/markets?total=true"); got != want.markets {
			t.Errorf("%s sees %d markets, want %d", who, got, want.markets)
		}
		if got := count("/v1/markets?total=true&status=DRAFT"); got != want.drafts {
			t.Errorf("%s sees %d drafts, want %d", who, got, want.drafts)
		}
		if got := count(at("markets", open) + "/families?total=true"); got != want.family {
			t.Errorf("%s sees %d families, want %d", who, got, want.family)
		}
		if got := count(at("markets", draft) + "/products?total=true"); (got == -1) != (want.token == "") {
			t.Errorf("%s sees %d products of a draft", who, got)
		}
	}
	var p page
	w.OK(t, 200, &p, "GET", at("markets", open)+"/families", smith.Token, nil)
	if p.Items[0]["id"] != own["id"] {
		t.Errorf("the owner sees %v", p.Items)
	}
}

// TestLimit wants 20 items where nothing is said and 100 at most, and a count only where it is asked for.
func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	f := w.family(t, w.market(t))
	for range 101 {
		w.product(t, f)
	}
	path := "/v1/markets/" + f["marketID"].(string) + "/products"
	for query, want := range map[string]int{"": 20, "limit=1": 1, "limit=100": 100, "limit=101": 100,
		"limit=9223372036854775807": 100, "limit=007": 7, "total=false": 20} {
		var p page
		w.OK(t, 200, &p, "GET", path+"?"+query, w.root.Token, nil)
		if len(p.Items) != want || p.Total != nil || p.NextCursor == "" {
			t.Errorf("?%s: %d items, want %d; total %v", query, len(p.Items), want, p.Total)
		}
	}
}
