package main_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"
)

type sale struct {
	ID     string `json:"id"`
	Number int    `json:"number"`
}

// testKilled kills the program in the middle of 100 sales, starts it again and repeats every sale with its key: what
// was answered is there, and nothing is there twice.
func testKilled(t *testing.T, p program) {
	s := newShop(t, p)
	lamp := s.Product(t, 450, 1000)
	const n, tills = 100, 6
	keys := newKeys(n)
	body := map[string]any{"lines": []map[string]any{{"productID": lamp.ID, "quantity": 2}},
		"payment": map[string]any{"tender": "CASH", "amount": 900}}
	all := func(r *process, each func(i int, a answer, err error)) { s.ringUpAll(r, keys, tills, body, each) }

	first := p.start(t, s.url)
	var mu sync.Mutex
	answered := map[int]sale{}
	all(first, func(i int, a answer, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil && a.status == 201 {
			answered[i] = decodeSale(t, a)
		} else if err == nil {
			t.Errorf("status %d: %s", a.status, a.body)
		}
		if len(answered) == n/2 {
			first.signal(syscall.SIGKILL)
		}
	})
	if len(answered) < n/2 || len(answered) == n {
		t.Fatalf("%d of %d sales were answered: the program was not killed among them", len(answered), n)
	}
	<-first.done

	second := p.start(t, s.url)
	final := map[string]int{} // id → number
	replayed := 0
	all(second, func(i int, a answer, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil || a.status != 201 {
			t.Errorf("repeat of sale %d: %d %v %s", i, a.status, err, a.body)
			return
		}
		x := decodeSale(t, a)
		final[x.ID] = x.Number
		again := a.header.Get("Idempotency-Replayed") == "true"
		if again {
			replayed++
		}
		if was, ok := answered[i]; ok && (was != x || !again) {
			t.Errorf("sale %d was answered %+v, its repeat %+v, replayed: %v", i, was, x, again)
		}
	})
	t.Logf("%d sales were answered before the kill, %d were there", len(answered), replayed)

	stored := storedSales(t, s, second)
	checkNumbers(t, stored, final, n)
	left, err := s.Products.Get(t.Context(), lamp.ID)
	check(t, err)
	if left.Quantity != 1000-2*n || left.Sold != 2*n {
		t.Errorf("%d left and %d sold, want %d and %d", left.Quantity, left.Sold, 1000-2*n, 2*n)
	}
}

func newKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = uuid.NewString()
	}
	return keys
}

// ringUpAll sells every basket, each under its key, and calls each with every answer.
func (s shop) ringUpAll(r *process, keys []string, tills int, body any, each func(i int, a answer, err error)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range tills {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(keys); i = int(next.Add(1)) - 1 {
				a, err := r.do("POST", s.sales(), s.token, keys[i], body)
				for err == nil && a.status == 409 && strings.Contains(string(a.body), "in_progress") {
					a, err = r.do("POST", s.sales(), s.token, keys[i], body) // the killed one's connection has not ended
				}
				each(i, a, err)
			}
		})
	}
	wg.Wait()
}

func decodeSale(t *testing.T, a answer) (x sale) {
	t.Helper()
	if err := json.Unmarshal(a.body, &x); err != nil {
		t.Errorf("%v: %s", err, a.body)
	}
	return x
}

// storedSales are the numbers of all sales by their ids, page by page.
func storedSales(t *testing.T, s shop, r *process) map[string]int {
	t.Helper()
	stored, cursor := map[string]int{}, ""
	for {
		a, err := r.do("GET", s.sales()+"?limit=100&cursor="+cursor, s.token, "", nil)
		check(t, err)
		var page struct {
			Items      []sale `json:"items"`
			NextCursor string `json:"nextCursor"`
		}
		check(t, json.Unmarshal(a.body, &page))
		for _, x := range page.Items {
			stored[x.ID] = x.Number
		}
		if cursor = page.NextCursor; cursor == "" {
			return stored
		}
	}
}

// checkNumbers: what is stored is what was answered in the end, n sales with the numbers from 1 to n.
func checkNumbers(t *testing.T, stored, final map[string]int, n int) {
	t.Helper()
	if len(final) != n || fmt.Sprint(stored) != fmt.Sprint(final) {
		t.Errorf("%d sales were answered in the end, %d are stored, want the same %d", len(final), len(stored), n)
	}
	numbers := map[int]bool{}
	for _, number := range stored {
		numbers[number] = number >= 1 && number <= n
	}
	for number, inside := range numbers {
		if !inside {
			t.Errorf("number %d is not one of 1 to %d", number, n)
		}
	}
	if len(numbers) != n {
		t.Errorf("%d different numbers, want %d", len(numbers), n)
	}
}
