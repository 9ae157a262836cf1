package mux_test

import (
	"context"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
)

// TestDearRoutes: searches, counts and pages of labels share their few places, and nothing else waits for them.
func TestDearRoutes(t *testing.T) {
	t.Parallel()
	s, market := withOnePlace(t)
	user, cashier := s.AddUser(t, "u@x.org", role.User), s.AddUser(t, "c@x.org", role.Cashier)
	status := beside(t, s, "products", func() (apptest.Answer, error) {
		return s.Try("GET", market+"/products?n%61me=a", "", nil)
	}, func() {
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
	})
	if status != 200 {
		t.Errorf("the search that had the place: %d", status)
	}
	for _, token := range []string{"", user.Token, cashier.Token} {
		s.OK(t, 200, nil, "GET", market+"/products?name=a&total=true", token, nil)
	}
}

// TestFewStreams: what is written while it is read has places of its own, so that slow readers hold few connections to
// the database and keep nobody from a search.
func TestFewStreams(t *testing.T) {
	t.Parallel()
	s, market := withOnePlace(t)
	owner := s.AddUser(t, "u@x.org", role.User)
	var family struct{ ID string }
	s.OK(t, 201, &family, "POST", market+"/families", owner.Token, map[string]string{"name": "Smith"})
	csv := func(spelt string) (apptest.Answer, error) {
		return s.Try("GET", "/v1/families/"+family.ID+"/statement", owner.Token, nil, "Accept", spelt)
	}
	status := beside(t, s, "sale_lines", func() (apptest.Answer, error) { return csv("text/csv") }, func() {
		if a, err := csv("Text/CSV"); err != nil || a.Status != 503 || a.Problem(t).Code != "overloaded" {
			t.Errorf("a second stream: %d %s, %v", a.Status, a.Body, err)
		}
		s.OK(t, 200, nil, "GET", market+"/products?total=true", "", nil)
	})
	if status != 200 {
		t.Errorf("the stream that had the place: %d", status)
	}
}

// withOnePlace is a service with one place for what is dear, and the path of a market there.
func withOnePlace(t *testing.T) (s *apptest.Service, market string) {
	t.Helper()
	s = apptest.NewWith(t, apptest.Options{Timeout: 10 * time.Second, Mux: func(c *mux.Config) { c.Dear = 1 }})
	if err := demo.Seed(t.Context(), s.Business, clock.Now()); err != nil {
		t.Fatal(err)
	}
	var markets struct{ Items []struct{ ID string } }
	s.OK(t, 200, &markets, "GET", "/v1/markets?name=elm&total=true", "", nil)
	return s, "/v1/markets/" + markets.Items[0].ID
}

// beside asks while the table is locked, calls fn once the answer waits for that, and returns the status that it had in
// the end.
func beside(t *testing.T, s *apptest.Service, table string, ask func() (apptest.Answer, error), fn func()) int {
	t.Helper()
	owner := dbtest.Owner(t, s.DB)
	locked, unlock, status, holder := make(chan struct{}), make(chan struct{}), make(chan int, 1), make(chan error, 1)
	go func() {
		holder <- owner.InTx(context.Background(), func(tx sqldb.DB) error {
			_, err := tx.Exec(context.Background(), "LOCK TABLE "+table)
			close(locked)
			<-unlock
			return err
		})
	}()
	<-locked
	go func() {
		a, _ := ask()
		status <- a.Status
	}()
	dbtest.Blocked(t, owner, 1)
	fn()
	close(unlock)
	if err := <-holder; err != nil {
		t.Fatal(err)
	}
	return <-status
}
