package mux_test

import (
	"context"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// TestDearRoutes: searches, counts and pages of labels share their few places, and nothing else waits for them.
func TestDearRoutes(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Timeout: 10 * time.Second,
		Mux: func(c *mux.Config) { c.Dear = 1 }})
	if err := demo.Seed(t.Context(), s.Business, clock.Now()); err != nil {
		t.Fatal(err)
	}
	user, cashier := s.AddUser(t, "u@x.org", role.User), s.AddUser(t, "c@x.org", role.Cashier)
	var markets struct{ Items []struct{ ID string } }
	s.OK(t, 200, &markets, "GET", "/v1/markets?name=elm&total=true", "", nil)
	market := "/v1/markets/" + markets.Items[0].ID

	locked, unlock, search := make(chan struct{}), make(chan struct{}), make(chan int, 1)
	holder := make(chan error, 1)
	go func() {
		holder <- s.DB.InTx(context.Background(), func(tx sqldb.DB) error {
			_, err := tx.Exec(context.Background(), "LOCK TABLE products")
			close(locked)
			<-unlock
			return err
		})
	}()
	<-locked
	go func() { // takes the place until the table is free
		a, _ := s.Try("GET", market+"/products?n%61me=a", "", nil)
		search <- a.Status
	}()
	for n, end := 0, time.Now().Add(20*time.Second); n == 0; {
		if err := s.DB.Get(t.Context(), &n, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`); err != nil || time.Now().After(end) {
			t.Fatalf("the search does not wait: %v", err)
		}
	}
	for _, path := range []string{"/products?total=true", "/products?name=b&limit=1", "/labels"} {
		for _, token := range []string{"", user.Token} {
			a := s.OK(t, 503, nil, "GET", market+path, token, nil)
			if p := a.Problem(t); p.Code != "overloaded" || a.Header.Get("Retry-After") != "1" {
				t.Errorf("%s beside a search: %s, Retry-After %q", path, p.Code, a.Header.Get("Retry-After"))
			}
		}
	}
	s.OK(t, 200, nil, "GET", market, "", nil)
	s.OK(t, 200, nil, "GET", "/v1/markets?name=elm&total=true", "", nil)
	close(unlock)
	if err := <-holder; err != nil {
		t.Fatal(err)
	}
	if status := <-search; status != 200 {
		t.Errorf("the search that had the place: %d", status)
	}
	for _, token := range []string{"", user.Token, cashier.Token} {
		s.OK(t, 200, nil, "GET", market+"/products?name=a&total=true", token, nil)
	}
}
