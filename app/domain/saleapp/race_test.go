package saleapp_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/saleapp"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/types/role"
)

// What these tests guard against has its negative controls in business/domain/salebus and business/sdk/idempotency.

type object = apptest.Object

// shop is a market over HTTP, with a cashier at the till.
type shop struct {
	dbtest.Shop
	*apptest.Service
	token string
	path  string // of the market's sales
}

func setup(t *testing.T, o apptest.Options) shop {
	t.Helper()
	s := apptest.NewWith(t, o)
	return at(t, s, dbtest.NewShop(t, s.Business))
}

func at(t *testing.T, s *apptest.Service, sh dbtest.Shop) shop {
	t.Helper()
	return shop{Shop: sh, Service: s, token: s.Token(t, sh.Cashier), path: "/v1/markets/" + sh.Market.ID.String() +
		"/sales"}
}

// basket is one piece of each product, paid in cash.
func basket(products ...productbus.Product) object {
	var lines []object
	amount := 0
	for _, p := range products {
		lines = append(lines, object{"productID": p.ID, "quantity": 1})
		amount += int(p.Price)
	}
	return object{"lines": lines, "payment": object{"tender": "CASH", "amount": amount}}
}

func (s shop) ringUp(body any, key string) (apptest.Answer, error) {
	return s.Try("POST", s.path, s.token, body, "Idempotency-Key", key)
}

// atOnce runs fn n times at the same moment and counts what it returns.
func atOnce(t *testing.T, n int, fn func(i int) (apptest.Answer, error)) map[string]int {
	t.Helper()
	counts := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			a, err := fn(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			counts[outcome(t, a)]++
		})
	}
	close(start)
	wg.Wait()
	return counts
}

// outcome is the status, with the code of a problem or "replayed".
func outcome(t *testing.T, a apptest.Answer) string {
	t.Helper()
	s := fmt.Sprint(a.Status)
	switch {
	case a.Status >= 400:
		var p rest.Problem
		a.JSON(t, &p)
		s += " " + p.Code
	case a.Header.Get("Idempotency-Replayed") == "true":
		s += " replayed"
	}
	return s
}

func (s shop) wantCounts(t *testing.T, got, want map[string]int) {
	t.Helper()
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return
	}
	t.Errorf("answers: %v, want %v", got, want)
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) {
			t.Log(line)
		}
	}
}

// stock is what is left of a product and how many were sold.
func (s shop) stock(t *testing.T, p productbus.Product) [2]int {
	t.Helper()
	left, err := s.Shop.Products.Get(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return [2]int{left.Quantity, int(left.Sold)}
}

// numbers are those of the market's sales, in order.
func (s shop) numbers(t *testing.T) (list []int64) {
	t.Helper()
	cursor := ""
	for {
		var page rest.List[saleapp.Sale]
		s.OK(t, 200, &page, "GET", s.path+"?orderBy=number&limit=100&cursor="+cursor, s.token, nil)
		for _, sale := range page.Items {
			list = append(list, sale.Number)
		}
		if cursor = page.NextCursor; cursor == "" {
			return list
		}
	}
}

func (s shop) wantNumbers(t *testing.T, n int) {
	t.Helper()
	want := make([]int64, n)
	for i := range want {
		want[i] = int64(i + 1)
	}
	if got := s.numbers(t); !slices.Equal(got, want) {
		t.Errorf("numbers of the sales: %v, want 1 to %d without gaps", got, n)
	}
}

func TestLastItem(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	lamp := s.Product(t, 450, 1)
	got := atOnce(t, 200, func(int) (apptest.Answer, error) { return s.ringUp(basket(lamp), apptest.Key()) })
	s.wantCounts(t, got, map[string]int{"201": 1, "409 out_of_stock": 199})
	if got := s.stock(t, lamp); got != [2]int{0, 1} {
		t.Errorf("left and sold: %v, want 0 and 1", got)
	}
	s.wantNumbers(t, 1)
}

func TestOneKeyManyTimes(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	lamp := s.Product(t, 450, 100)
	key := apptest.Key()
	got := atOnce(t, 50, func(int) (apptest.Answer, error) { return s.ringUp(basket(lamp), key) })
	if got["201"] != 1 || got["201"]+got["201 replayed"]+got["409 idempotency_key_in_progress"] != 50 {
		t.Errorf("answers: %v, want one 201, the others replayed or in progress", got)
	}
	if got := s.stock(t, lamp); got != [2]int{99, 1} {
		t.Errorf("left and sold: %v, want 99 and 1", got)
	}
	a, err := s.ringUp(basket(lamp), key)
	if err != nil || outcome(t, a) != "201 replayed" {
		t.Errorf("once more: %s, %v, want 201 replayed", outcome(t, a), err)
	}
	s.wantNumbers(t, 1)
}

// TestCrossingBaskets has two tills take the same things in opposite order, by id and by code.
func TestCrossingBaskets(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	const n = 120
	var things []productbus.Product
	for range 6 {
		things = append(things, s.Product(t, 100, n))
	}
	got := atOnce(t, n, func(i int) (apptest.Answer, error) {
		ordered := slices.Clone(things)
		if i%2 == 1 {
			slices.Reverse(ordered)
		}
		body := basket(ordered...)
		if i%3 == 0 {
			for k, line := range body["lines"].([]object) {
				delete(line, "productID")
				line["code"] = ordered[k].Code
			}
		}
		return s.ringUp(body, apptest.Key())
	})
	s.wantCounts(t, got, map[string]int{"201": n})
	for _, p := range things {
		if got := s.stock(t, p); got != [2]int{0, n} {
			t.Errorf("%s: left and sold: %v, want 0 and %d", p.Code, got, n)
		}
	}
	s.wantNumbers(t, n)
}

// TestNumbersHaveNoGaps mixes sales with refusals at every step after the first.
func TestNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	lamp, bike := s.Product(t, 450, 40), s.Product(t, 900, 10)
	got := atOnce(t, 120, func(i int) (apptest.Answer, error) {
		body := basket(lamp)
		switch i % 4 {
		case 1:
			body["payment"] = object{"tender": "CASH", "amount": 1}
		case 2:
			body = basket(bike)
		case 3:
			body["lines"] = []object{{"productID": uuid.New(), "quantity": 1}}
		}
		return s.ringUp(body, apptest.Key())
	})
	s.wantCounts(t, got, map[string]int{"201": 30 + 10, "409 out_of_stock": 20, "422 underpaid": 30,
		"422 validation_failed": 30})
	s.wantNumbers(t, 40)
}

// TestClosing closes the market while four tills ring up as fast as they can: what comes after is refused, nothing
// hangs.
func TestClosing(t *testing.T) {
	t.Parallel()
	s := setup(t, apptest.Options{})
	admin := s.AddUser(t, "admin@example.com", role.Admin)
	lamp := s.Product(t, 450, 100_000)
	var closed atomic.Bool
	var sold atomic.Int64
	var wg sync.WaitGroup
	enough := make(chan struct{}, 1000)
	for range 4 {
		wg.Go(func() {
			for {
				after := closed.Load()
				a, err := s.ringUp(basket(lamp), apptest.Key())
				if err != nil {
					t.Error(err)
					return
				}
				switch o := outcome(t, a); {
				case o == "201" && !after:
					sold.Add(1)
					select {
					case enough <- struct{}{}:
					default:
					}
				case o == "409 market_not_open":
					return
				default:
					t.Errorf("answer %s, market closed: %v, want 201 before, 409 market_not_open after", o, after)
					return
				}
			}
		})
	}
	late := time.After(time.Minute)
	for range 20 {
		select {
		case <-enough:
		case <-late:
			t.Fatal("20 sales were not made within a minute")
		}
	}
	s.OK(t, 200, nil, "PATCH", "/v1/markets/"+s.Market.ID.String(), admin.Token, object{"status": "CLOSED"})
	closed.Store(true)
	count := len(s.numbers(t))
	wg.Wait()
	if n := int(sold.Load()); n != count {
		t.Errorf("%d sales were answered 201, %d were there when the market was closed", n, count)
	}
	s.wantNumbers(t, count)
}
