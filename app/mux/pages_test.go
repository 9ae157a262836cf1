package mux_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/types/role"
)

// TestDeepPage measures what page 10,000 of a market's products costs beside page 1: `make pages`.
func TestDeepPage(t *testing.T) { //nolint:paralleltest // a measurement wants the machine to itself
	rows, _ := strconv.Atoi(os.Getenv("PAGES_ROWS"))
	if rows == 0 {
		t.Skip("a measurement; `make pages` runs it")
	}
	const limit, page, times = 20, 10_000, 200
	s := apptest.New(t)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	var m marketapp.Market
	var f familyapp.Family
	s.OK(t, 201, &m, "POST", "/v1/markets", admin.Token, object{
		"name": "Elm", "place": "Elm", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 0,
	})
	s.OK(t, 201, &f, "POST", "/v1/markets/"+m.ID.String()+"/families", admin.Token, object{"name": "Smith"})
	if _, err := s.DB.Exec(t.Context(), `
		INSERT INTO products (market_id, product_id, family_id, family_number, currency, code, name, description, price,
			quantity, created_at, updated_at)
		SELECT $1, gen_random_uuid(), $2, 1, 'USD', 1000000 + n, 'thing ' || n, '', n % 10000, 1, now(), now()
		FROM generate_series(1, $3::int) n`, m.ID, f.ID, min(rows, 999_999)); err != nil {
		t.Fatal(err)
	}
	if _, err := dbtest.Owner(t, s.DB).Exec(t.Context(), `VACUUM ANALYZE`); err != nil {
		t.Fatal(err)
	}
	for _, order := range []string{"code", "-price", "name"} {
		first := "/v1/markets/" + m.ID.String() + "/products?orderBy=" + order
		deep := first
		for read := 0; read < (page-1)*limit; {
			n := min(100, (page-1)*limit-read)
			var list rest.List[productapp.Product]
			s.OK(t, 200, &list, "GET", deep+"&limit="+strconv.Itoa(n), admin.Token, nil)
			read += n
			deep = first + "&cursor=" + list.NextCursor
		}
		var took [2][]time.Duration
		for range times {
			for i, path := range []string{first, deep} {
				start := time.Now()
				a := s.Do(t, "GET", path, admin.Token, nil)
				took[i] = append(took[i], time.Since(start))
				if a.Status != 200 {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
			}
		}
		slices.Sort(took[0])
		slices.Sort(took[1])
		one, far := took[0][times/2], took[1][times/2]
		t.Logf("by %s, %d products, medians of %d: page 1 %v, page %d %v, ratio %.2f", order, rows, times, one, page, far,
			float64(far)/float64(one))
		if float64(far) > 1.2*float64(one) {
			t.Errorf("by %s page %d costs more than 1.2 × page 1", order, page)
		}
	}
}
