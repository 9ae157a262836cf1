package prove_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
)

const (
	stockProducts = 8
	stockEach     = 12

	patience = 2 * time.Minute // of a client that gets no answer, while everything is killed
)

// asker sends one request; key "" is none.
type asker func(method, path, key string, body any) (apptest.Answer, error)

// till is an account at a market whose products cost 1.
type till struct {
	t        *testing.T
	ask      asker
	market   string
	family   uuid.UUID
	products []string

	commitsFail atomic.Bool // so that a 500 is expected too
}

// tillOf is a till of a service under test.
func tillOf(t *testing.T, s *apptest.Service) *till {
	t.Helper()
	admin := s.AddUser(t, "organiser@x.org", "ADMIN")
	return newTill(t, stockEach, func(method, path, key string, body any) (apptest.Answer, error) {
		return s.Try(method, path, admin.Token, body, "Idempotency-Key", key)
	})
}

func newTill(t *testing.T, stock int, ask asker) *till {
	t.Helper()
	c := &till{t: t, ask: ask}
	create := func(path string, body object) uuid.UUID {
		var made struct{ ID uuid.UUID }
		a, err := ask("POST", path, "", body)
		if err != nil || a.Status != http.StatusCreated {
			t.Fatalf("POST %s: %d %s %v, want 201", path, a.Status, a.Body, err)
		}
		decode(t, a, &made)
		return made.ID
	}
	c.market = "/v1/markets/" + create("/v1/markets", object{
		"name": "Elm Street", "place": "Elm Street", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 1000, "status": "OPEN",
	}).String()
	c.family = create(c.market+"/families", object{"name": "Smith"})
	for i := range stockProducts {
		c.products = append(c.products,
			create(c.market+"/products", object{"familyID": c.family, "name": fmt.Sprint("Thing ", i), "price": 1,
				"quantity": stock}).String())
	}
	return c
}

// again are the answers after which a client sends the same once more. No other 5xx is expected: a service whose
// database was killed says 503, and where the service itself was killed the proxy before it says 502.
var again = []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusBadGateway}

// send repeats a request with its key until there is an answer, as a client would: not "try again", not a broken
// connection. Another status than those wanted fails the test, and so does a client that gets none within patience.
func (c *till) send(key, path string, body any, want ...int) apptest.Answer {
	for end := time.Now().Add(patience); ; {
		a, err := c.ask("POST", path, key, body)
		if time.Now().After(end) {
			c.t.Errorf("POST %s: no answer within %v, the last: %d %s %v", path, patience, a.Status, a.Body, err)
			return a
		}
		if c.commitsFail.Load() && a.Status == http.StatusInternalServerError {
			continue
		}
		if err == nil && !slices.Contains(again, a.Status) {
			var problem struct{ Code string }
			decode(c.t, a, &problem)
			if problem.Code != "idempotency_key_in_progress" {
				if !slices.Contains(want, a.Status) {
					c.t.Errorf("POST %s: %d %s, want one of %v", path, a.Status, a.Body, want)
				}
				return a
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// read returns how many pieces are on the table.
func (c *till) read(product int) int {
	for end := time.Now().Add(patience); ; {
		a, err := c.ask("GET", "/v1/products/"+c.products[product], "", nil)
		if err == nil && a.Status == http.StatusOK {
			var p struct{ Quantity int }
			decode(c.t, a, &p)
			return p.Quantity
		}
		if time.Now().After(end) || err == nil && !slices.Contains(again, a.Status) {
			c.t.Errorf("GET of a product: %d %s %v, want 200 within %v", a.Status, a.Body, err, patience)
			return -1
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// loser loses one answer in so many of those to requests with a key: the client's connection breaks after the service
// has done its work.
type loser struct {
	next  http.Handler
	oneIn int
	lost  atomic.Int64 // answers of success to a POST
}

func (l *loser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Idempotency-Key") == "" || rand.IntN(l.oneIn) > 0 {
		l.next.ServeHTTP(w, r)
		return
	}
	deaf := &deafWriter{header: http.Header{}}
	l.next.ServeHTTP(deaf, r)
	if r.Method == http.MethodPost && deaf.status < 300 {
		l.lost.Add(1)
	}
	panic(http.ErrAbortHandler)
}

type deafWriter struct {
	header http.Header
	status int
}

func (d *deafWriter) Header() http.Header         { return d.header }
func (d *deafWriter) Write(b []byte) (int, error) { return len(b), nil }
func (d *deafWriter) WriteHeader(status int)      { d.status = status }
