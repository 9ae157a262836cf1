package prove_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/domain/productbus/productdb"
	"github.com/garagesale/service/business/domain/salebus"
	"github.com/garagesale/service/business/domain/salebus/saledb"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/foundation/clock"
)

// An operation on a product's stock, as a client saw it.
type stockOp struct {
	product int
	kind    string // take, back, read
	n       int    // pieces
}

// stockModel is what a product's stock should look like to clients: a number that never goes below zero. The output is
// whether there was enough, or what was read.
func stockModel(stock int) porcupine.Model {
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			parts := map[int][]porcupine.Operation{}
			for _, op := range all {
				n := op.Input.(stockOp).product
				parts[n] = append(parts[n], op)
			}
			list := make([][]porcupine.Operation, 0, len(parts))
			for _, part := range parts {
				list = append(list, part)
			}
			return list
		},
		Init: func() any { return stock },
		Step: func(state, input, output any) (bool, any) {
			have, op := state.(int), input.(stockOp)
			switch op.kind {
			case "take":
				if enough := output.(bool); !enough {
					return have < op.n, have
				}
				return have >= op.n, have - op.n
			case "back":
				return true, have + op.n
			}
			return output.(int) == have, have
		},
	}
}

const clients = 50

// sellers sends operations from many clients while connections are cut, and returns what each client saw. A client that
// gets no answer repeats its request with its key until it gets one, so every operation has an outcome.
func sellers(t *testing.T, s *apptest.Service, operations int) []porcupine.Operation {
	t.Helper()
	till := tillOf(t, s)
	var begin = time.Now()
	var mu sync.Mutex
	var all []porcupine.Operation
	var left atomic.Int64
	left.Store(int64(operations))
	stop := make(chan struct{})
	var killer, wg sync.WaitGroup
	var cuts int
	killer.Go(func() { cuts = cutConnections(s.DB, stop) })
	for c := range clients {
		wg.Go(func() {
			var mine []string // sales that can be given back
			var what []stockOp
			for left.Add(-1) >= 0 {
				op := stockOp{product: rand.IntN(stockProducts), n: 1 + rand.IntN(3)}
				call := time.Since(begin)
				var out any
				switch r := rand.IntN(10); {
				case r < 2:
					op.kind, out = "read", till.read(op.product)
				case r < 6 && len(mine) > 0:
					op = what[0]
					op.kind, out = "back", true
					till.send(apptest.Key(), "/v1/sales/"+mine[0]+"/void", object{"reason": "x"}, 200)
					mine, what = mine[1:], what[1:]
				default:
					op.kind = "take"
					a := till.send(apptest.Key(), till.market+"/sales", object{
						"lines":   []object{{"productID": till.products[op.product], "quantity": op.n}},
						"payment": object{"tender": "CARD", "amount": op.n},
					}, 201, 409)
					out = a.Status == 201
					if a.Status == 201 {
						var sale struct{ ID string }
						decode(t, a, &sale)
						mine, what = append(mine, sale.ID), append(what, op)
					}
				}
				ret := time.Since(begin)
				mu.Lock()
				all = append(all, porcupine.Operation{ClientId: c, Input: op, Call: int64(call), Output: out, Return: int64(ret)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(stop)
	killer.Wait()
	if cuts < operations/100 {
		t.Errorf("%d connections were cut during %d operations, which proves little", cuts, operations)
	}
	return all
}

// cutConnections ends a database connection of the service every few milliseconds, whatever it is doing. It returns how
// many went.
func cutConnections(db sqldb.DB, stop <-chan struct{}) (cuts int) {
	for {
		select {
		case <-stop:
			return cuts
		case <-time.After(time.Duration(5+rand.IntN(20)) * time.Millisecond):
		}
		// Its own connection is spared; if it has none, there is nothing to cut.
		n, err := db.Exec(context.Background(), `
			SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`)
		if err == nil {
			cuts += int(n)
		}
	}
}

// TestHistory checks that the stock of each product is linearizable: that some order of all operations, which fits when
// each began and ended, explains every answer.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Log: io.Discard, Wrap: func(h http.Handler) http.Handler {
		return &loser{next: h, oneIn: 10}
	}})
	checkHistory(t, s, true)
}

// TestHistoryNeedsGuards is the negative control of TestHistory.
func TestHistoryNeedsGuards(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Log: io.Discard, Business: replaced(withoutStockGuard)})
	if _, err := dbtest.Owner(t, s.DB).Exec(t.Context(),
		`ALTER TABLE products DROP CONSTRAINT products_stock`); err != nil {
		t.Fatal(err)
	}
	checkHistory(t, s, false)
}

// TestOneKey sends one request 50 times at once: it is one sale.
func TestOneKey(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Log: io.Discard})
	if n := sendAtOnce(t, s, tillOf(t, s)); n != 1 {
		t.Errorf("one key made %d sales, want 1", n)
	}
}

// TestOneKeyNeedsTransaction is the negative control of TestOneKey: with the keys kept beside the transaction of what
// they did, one key makes several sales. The first two meet between the look at the key and the keeping of it, so that
// it is no matter of luck.
func TestOneKeyNeedsTransaction(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	db, beside, meet := dbtest.Open(t, url), dbtest.Open(t, url), two()
	s := apptest.NewWith(t, apptest.Options{DB: &db, Log: io.Discard,
		Business: replaced(func(tx sqldb.DB, d *business.Domains) {
			d.Keys = idempotency.New(beside, clock.Now)
			d.Products = productbus.New(meeting{productdb.New(tx), meet}, clock.Now)
			d.Sales = salebus.New(saledb.New(tx), d.Markets, d.Families, d.Products, d.Ledger, clock.Now)
		})})
	if sales := sendAtOnce(t, s, tillOf(t, s)); sales < 2 {
		t.Errorf("one key made %d sales, want several", sales)
	}
}

// meeting is a product store in which the first two baskets meet before either is held.
type meeting struct {
	productdb.Store
	meet func(context.Context)
}

func (m meeting) LockMany(ctx context.Context, marketID uuid.UUID, ids []uuid.UUID, codes []code.Code) (
	[]productbus.Product, error) {
	m.meet(ctx)
	return m.Store.LockMany(ctx, marketID, ids, codes)
}

// two returns a function that keeps the first who calls it until there is a second, or its time is over; nobody else
// waits.
func two() func(context.Context) {
	var came atomic.Int32
	both := make(chan struct{})
	return func(ctx context.Context) {
		switch came.Add(1) {
		case 1:
			select {
			case <-both:
			case <-ctx.Done():
			}
		case 2:
			close(both)
		}
	}
}

func sendAtOnce(t *testing.T, s *apptest.Service, c *till) (sales int) {
	t.Helper()
	key := apptest.Key()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			a, err := c.ask("POST", c.market+"/sales", key, object{
				"lines": []object{{"productID": c.products[0], "quantity": 1}}, "payment": object{"tender": "CARD", "amount": 1},
			})
			if err != nil || a.Status != 201 && a.Status != 409 {
				t.Errorf("%d %s %v, want 201 or 409", a.Status, a.Body, err)
			}
		})
	}
	wg.Wait()
	if err := s.DB.Get(t.Context(), &sales, `SELECT count(*) FROM sales`); err != nil {
		t.Fatal(err)
	}
	return sales
}

func checkHistory(t *testing.T, s *apptest.Service, want bool) {
	t.Helper()
	n := *history
	if !want {
		n = min(n, 600)
	}
	all := sellers(t, s, n)
	switch result := porcupine.CheckOperationsTimeout(stockModel(stockEach), all, 5*time.Minute); {
	case result == porcupine.Unknown:
		t.Errorf("%d operations: the check took too long", len(all))
	case (result == porcupine.Ok) != want:
		t.Errorf("%d operations: linearizable: %v, want %v", len(all), result, want)
	default:
		t.Logf("%d operations: linearizable: %v", len(all), result)
	}
}
