package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// load is a run: the markets that it made for itself, and what was seen.
type load struct {
	options
	*client
	stalls []stall

	mu      sync.Mutex
	seen    seen
	sales   map[string]string // Idempotency-Key → id of the acknowledged sale
	pieces  map[string]int    // productID → pieces sold
	pending []order           // failed, and not repeated with success yet
}

// stall is a market and what lies on its tables.
type stall struct {
	market   string
	products []string
}

// order is a sale to be made: as often as it takes, under one key.
type order struct {
	key     string
	market  string
	product string
	body    any
}

const (
	productsPerMarket = 8
	stock             = 100_000
	price             = 250
)

// prepare logs in and lays the tables.
func prepare(ctx context.Context, o options) (*load, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	l := &load{options: o, client: newClient(o), sales: map[string]string{}, pieces: map[string]int{}}
	var token struct{ AccessToken string }
	if err := l.must(ctx, request{method: http.MethodPost, path: "/v1/auth/token", basic: o.account}, &token); err != nil {
		return nil, err
	}
	l.token = token.AccessToken
	post := func(path string, body any) (id string, err error) {
		var made struct{ ID string }
		err = l.must(ctx, request{method: http.MethodPost, path: path, body: body}, &made)
		return made.ID, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	for range o.markets {
		market, err := post("/v1/markets", map[string]any{
			"name": "Load " + uuid.NewString()[:8], "place": "Nowhere", "currency": "USD", "commission": 1000, "status": "OPEN",
			"startsAt": now, "endsAt": now.Add(8 * time.Hour),
		})
		if err != nil {
			return nil, err
		}
		family, err := post("/v1/markets/"+market+"/families", map[string]any{"name": "Load"})
		if err != nil {
			return nil, err
		}
		s := stall{market: market}
		for i := range productsPerMarket {
			id, err := post("/v1/markets/"+market+"/products", map[string]any{
				"familyID": family, "name": fmt.Sprint("Thing ", i), "price": price, "quantity": stock,
			})
			if err != nil {
				return nil, err
			}
			s.products = append(s.products, id)
		}
		l.stalls = append(l.stalls, s)
	}
	return l, nil
}

// play asks until during ends, then repeats every sale that failed, and looks at what the service has recorded.
func (l *load) play(ctx, during context.Context) (report, error) {
	var wg sync.WaitGroup
	began := time.Now()
	var pace time.Duration
	if l.rate > 0 {
		pace = time.Duration(float64(l.conns) / l.rate * float64(time.Second))
	}
	for range l.conns {
		wg.Go(func() {
			next := time.Now().Add(rand.N(pace + 1)) //nolint:gosec // no secret
			for during.Err() == nil {
				if pace > 0 {
					select {
					case <-during.Done():
						return
					case <-time.After(time.Until(next)):
					}
					next = next.Add(pace)
					if late := time.Now(); next.Before(late) { // what could not be asked in time is not caught up with
						next = late
					}
				}
				l.one(ctx)
			}
		})
	}
	wg.Wait()
	length := time.Since(began)
	left := l.repeat(ctx)
	rep := l.report(length, left)
	return rep, l.compare(ctx, &rep)
}

// one asks for something: seven times of ten a read, else it rings up a sale; every twentieth on a connection of its
// own.
func (l *load) one(ctx context.Context) {
	s := l.stalls[rand.IntN(len(l.stalls))]           //nolint:gosec // no secret
	product := s.products[rand.IntN(len(s.products))] //nolint:gosec // no secret
	dice, fresh := rand.IntN(10), rand.IntN(20) == 0  //nolint:gosec // no secret
	q := request{method: http.MethodGet, fresh: fresh}
	switch {
	case dice < 4:
		q.path = "/v1/products/" + product
	case dice < 6:
		q.path = "/v1/markets/" + s.market + "/products?limit=20&available=true"
	case dice < 7:
		q.path = "/v1/markets/" + s.market
	default:
		l.sell(ctx, order{key: uuid.NewString(), market: s.market, product: product, body: map[string]any{
			"lines":   []any{map[string]any{"productID": product, "quantity": 1}},
			"payment": map[string]any{"tender": "CASH", "amount": 1000},
		}}, fresh)
		return
	}
	began := time.Now()
	status, err := l.do(ctx, q, nil)
	l.note(began, status, err)
}

// sell rings up; what fails is remembered.
func (l *load) sell(ctx context.Context, o order, fresh bool) {
	var sale struct{ ID string }
	began := time.Now()
	status, err := l.do(ctx, request{method: http.MethodPost, path: "/v1/markets/" + o.market + "/sales", key: o.key,
		body: o.body, fresh: fresh}, &sale)
	l.note(began, status, err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if status == http.StatusCreated {
		l.sales[o.key] = sale.ID
		l.pieces[o.product]++
		return
	}
	l.pending = append(l.pending, o)
}

// repeat sends what failed again, with the same keys, and returns how many got no answer in the end.
func (l *load) repeat(ctx context.Context) (left int) {
	ctx, cancel := context.WithTimeout(ctx, l.settle)
	defer cancel()
	orders := slices.Clone(l.pending)
	for _, o := range orders {
		var sale struct{ ID string }
		if err := l.must(ctx, request{method: http.MethodPost, path: "/v1/markets/" + o.market + "/sales", key: o.key,
			body: o.body}, &sale); err != nil {
			left++
			continue
		}
		l.sales[o.key] = sale.ID
		l.pieces[o.product]++
	}
	return left
}

// compare asks the service what it has recorded: every key is one sale, and every piece went off the table once.
func (l *load) compare(ctx context.Context, rep *report) error {
	ctx, cancel := context.WithTimeout(ctx, l.settle)
	defer cancel()
	distinct := map[string]bool{}
	for _, id := range l.sales {
		distinct[id] = true
	}
	rep.Acknowledged = len(distinct)
	if len(distinct) != len(l.sales) {
		rep.Doubled += len(l.sales) - len(distinct) // two keys, one sale
	}
	for _, s := range l.stalls {
		var page struct{ Total int }
		if err := l.must(ctx, request{method: http.MethodGet, path: "/v1/markets/" + s.market + "/sales?limit=1&total=true"},
			&page); err != nil {
			return err
		}
		rep.Recorded += page.Total
		for _, id := range s.products {
			var p struct{ Quantity, Sold int }
			if err := l.must(ctx, request{method: http.MethodGet, path: "/v1/products/" + id}, &p); err != nil {
				return err
			}
			if p.Sold != l.pieces[id] || p.Quantity != stock-l.pieces[id] {
				rep.WrongStock++
			}
		}
	}
	// Sales that got no answer to the end may be there or not.
	rep.Lost = max(0, rep.Acknowledged-rep.Recorded)
	rep.Doubled += max(0, rep.Recorded-rep.Acknowledged-rep.Unsettled)
	return nil
}
