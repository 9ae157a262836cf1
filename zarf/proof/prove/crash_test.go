package prove_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/natsserver"
)

const (
	serviceKills  = 50
	postgresKills = 20
	brokerStops   = 4
	lostAnswers   = 200
	failedCommits = 100
	crashClients  = 12
	crashStock    = 100 // of each product: it runs out, and comes back by voids and returns
)

// load is clients that sell, void and return until they are stopped, and what they were promised.
type load struct {
	*till
	stop chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex
	sales    map[string]string // id → key
	voids    map[string]bool   // the sales
	returns  map[string]bool   // the returns' ids
	refusals int               // out of stock
	missing  int               // sales that were promised and then not found
}

func startLoad(c *till) *load {
	l := &load{till: c, stop: make(chan struct{}), sales: map[string]string{}, voids: map[string]bool{},
		returns: map[string]bool{}}
	for range crashClients {
		l.wg.Go(l.client)
	}
	return l
}

func (l *load) client() {
	var mine []string
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		key := apptest.Key()
		if len(mine) > 0 && rand.IntN(3) == 0 {
			l.takeBack(key, mine[0])
			mine = mine[1:]
			continue
		}
		if id := l.sell(key); id != "" {
			mine = append(mine, id)
		}
	}
}

// sell rings up a basket. A line without a label carries the key, so that a sale tells which request made it.
func (l *load) sell(key string) string {
	lines, total := []object{{"familyID": l.family, "name": key, "quantity": 1, "unitPrice": 7}}, 7
	for range 1 + rand.IntN(3) {
		n := 1 + rand.IntN(3)
		total += n
		lines = append(lines, object{"productID": l.products[rand.IntN(len(l.products))], "quantity": n})
	}
	a := l.send(key, l.market+"/sales", object{"lines": lines, "payment": object{"tender": "CASH", "amount": total}}, 201,
		409)
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.Status == http.StatusConflict {
		l.refusals++
		return ""
	}
	var sale struct{ ID string }
	decode(l.t, a, &sale)
	l.sales[sale.ID] = key
	return sale.ID
}

func (l *load) takeBack(key, sale string) {
	void := rand.IntN(2) == 0
	path, body := "/v1/sales/"+sale+"/returns", object{"lines": []object{{"line": 2, "quantity": 1}}, "reason": "x"}
	if void {
		path, body = "/v1/sales/"+sale+"/void", object{"reason": "x"}
	}
	a := l.send(key, path, body, 200, 201, 404)
	l.mu.Lock()
	defer l.mu.Unlock()
	var made struct{ ID string }
	decode(l.t, a, &made)
	switch {
	case a.Status == http.StatusNotFound:
		l.missing++
	case void:
		l.voids[sale] = true
	default:
		l.returns[made.ID] = true
	}
}

// promised returns how many requests were acknowledged.
func (l *load) promised() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sales) + len(l.voids) + len(l.returns)
}

// end lets every client get its last answer.
func (l *load) end() {
	close(l.stop)
	l.wg.Wait()
}

// invariants are what must be zero, each with a query that counts what breaks it.
var invariants = []struct{ name, query string }{
	{"keys with more than one sale",
		`SELECT count(*) FROM (SELECT name FROM sale_lines WHERE product_id IS NULL GROUP BY name HAVING count(*) > 1) x`},
	{"products below zero", `SELECT count(*) FROM products WHERE quantity < 0`},
	{"products whose pieces do not add up", fmt.Sprintf(`
		SELECT count(*) FROM products p LEFT JOIN (
			SELECT product_id, sum(quantity - returned) AS gone FROM sale_lines GROUP BY product_id
		) l USING (product_id)
		WHERE p.quantity + coalesce(l.gone, 0) <> %d OR p.sold <> coalesce(l.gone, 0)`, crashStock)},
	{"postings that do not add up to zero",
		`SELECT count(*) FROM (SELECT 1 FROM ledger_entries GROUP BY source_id, event HAVING sum(amount) <> 0) x`},
	{"the sum of the ledger", `SELECT coalesce(sum(amount), 0) FROM ledger_entries`},
	{"families whose balance is not what they sold", `
		SELECT count(*) FROM families f
		WHERE coalesce((SELECT -sum(amount) FROM ledger_entries e WHERE e.family_id = f.family_id), 0)
			<> coalesce((SELECT sum((quantity - returned) * unit_price) FROM sale_lines l WHERE l.family_id = f.family_id), 0)`},
	{"sales whose total is not that of their lines", `
		SELECT count(*) FROM sales s WHERE total <> (SELECT sum(amount) FROM sale_lines l WHERE l.sale_id = s.sale_id)`},
	{"lines whose returns do not add up", `
		SELECT count(*) FROM sale_lines l JOIN sales s USING (sale_id) LEFT JOIN (
			SELECT sale_id, line, sum(quantity) AS n FROM sale_return_lines GROUP BY sale_id, line
		) r ON r.sale_id = l.sale_id AND r.line = l.line
		WHERE l.returned <> CASE s.status WHEN 'VOIDED' THEN l.quantity ELSE coalesce(r.n, 0) END`},
	{"numbers missing or doubled", `
		SELECT coalesce(sum(gaps), 0) FROM (
			SELECT max(number) - count(DISTINCT number) + count(*) - count(DISTINCT number) AS gaps FROM sales GROUP BY market_id
		) x`},
}

type finding struct {
	name  string
	count int
}

// audit compares what was promised with what is there, and counts what breaks an invariant.
func (l *load) audit(db sqldb.DB) []finding {
	var list []finding
	ids := func(q string) map[string]bool {
		var rows []string
		if err := db.Select(l.t.Context(), &rows, q); err != nil {
			l.t.Fatal(err)
		}
		set := map[string]bool{}
		for _, id := range rows {
			set[id] = true
		}
		return set
	}
	compare := func(what string, promised map[string]bool, q string) {
		have, lost, extra := ids(q), 0, 0
		for id := range promised {
			if !have[id] {
				lost++
			}
		}
		for id := range have {
			if !promised[id] {
				extra++
			}
		}
		list = append(list, finding{what + " acknowledged and lost", lost}, finding{what + " nobody was told of", extra})
	}
	sales := map[string]bool{}
	for id := range l.sales {
		sales[id] = true
	}
	compare("sales", sales, `SELECT sale_id FROM sales`)
	compare("voids", l.voids, `SELECT sale_id FROM sale_voids`)
	compare("returns", l.returns, `SELECT return_id FROM sale_returns`)
	for _, i := range invariants {
		f := finding{name: i.name}
		if err := db.Get(l.t.Context(), &f.count, i.query); err != nil {
			l.t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// TestCrash kills the service and Postgres under load, loses answers and lets COMMIT fail: nothing that was
// acknowledged is lost, nothing happens twice, and the books balance.
func TestCrash(t *testing.T) {
	t.Parallel()
	if !*crash {
		t.Skip("takes minutes; `make prove-crash`")
	}
	natsPort, natsDir := freePort(t), t.TempDir()
	natsURL := fmt.Sprint("nats://127.0.0.1:", natsPort)
	startNATS := func() natsserver.Server {
		s, err := natsserver.Start(natsserver.Config{Dir: natsDir, Port: natsPort})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	broker := startNATS()
	defer func() { broker.Stop() }()
	r := newRig(t, nil, "SALES_EVENTS_NATS_URL="+natsURL, "SALES_WEBHOOKS_ALLOW=127.0.0.0/8")
	shop := newTill(t, crashStock, r.ask)
	ctx, hangUp := context.WithCancel(t.Context())
	stream, webhook, subscriber := newConsumer("stream"), newConsumer("webhook"), newConsumer("NATS")
	webhook.receive(shop, shop.market, func() int {
		if rand.IntN(300) == 0 {
			return http.StatusInternalServerError // so that it comes again
		}
		return http.StatusOK
	})
	l := startLoad(shop)
	var listening sync.WaitGroup
	listening.Go(func() { stream.follow(ctx, r, l.market) })
	listening.Go(func() { subscriber.subscribe(ctx, t, natsURL, l.market) })
	begin := time.Now()
	for range serviceKills {
		l.busy()
		r.killService()
	}
	t.Logf("%v: the service was killed %d times, %d requests acknowledged", time.Since(begin), serviceKills, l.promised())
	for i := range postgresKills {
		l.busy()
		r.killPostgres()
		if i%(postgresKills/brokerStops) == 0 {
			broker.Stop()
			time.Sleep(time.Second)
			broker = startNATS()
		}
	}
	t.Logf("%v: Postgres was killed %d times, %d requests acknowledged", time.Since(begin), postgresKills, l.promised())
	l.commitsFail.Store(true)
	failed := r.failCommits(failedCommits)
	r.await("lost answers", func() bool { return r.loser.lost.Load() >= lostAnswers })
	l.end()
	took := time.Since(begin).Round(time.Second)
	db := r.open()
	defer db.Close()
	findings := append(l.audit(db), finding{"sales acknowledged and then not found", l.missing})
	ids := r.drained(db, l.market)
	for _, c := range []*consumer{stream, webhook, subscriber} {
		findings = append(findings, c.hears(r, db, ids)...)
	}
	hangUp()
	listening.Wait()

	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, n any) { fmt.Fprintf(w, "%v\t  %s\t\n", n, name) }
	row("service killed by SIGKILL", serviceKills)
	row("Postgres killed by SIGKILL", postgresKills)
	row("answers of success lost on the way", r.loser.lost.Load())
	row("COMMITs that failed", failed)
	row("sales acknowledged", len(l.sales))
	row("voids acknowledged", len(l.voids))
	row("returns acknowledged", len(l.returns))
	row("baskets refused, out of stock", l.refusals)
	row("events", len(ids))
	row("times that the stream was cut", stream.cuts)
	row("times that NATS was away", brokerStops)
	row("deliveries to the webhook that were repeated", webhook.repeats)
	row("time", took)
	for _, f := range findings {
		row(f.name, f.count)
		if f.count != 0 {
			t.Errorf("%s: %d, want none", f.name, f.count)
		}
	}
	_ = w.Flush()
}

// TestCrashInDelivery kills the service while a receiver has a delivery that it has not answered: it comes again within
// a minute, and what is behind it in order.
func TestCrashInDelivery(t *testing.T) {
	t.Parallel()
	if !*crash {
		t.Skip("takes a minute; `make prove-crash`")
	}
	r := newRig(t, nil, "SALES_WEBHOOKS_ALLOW=127.0.0.0/8")
	shop := newTill(t, crashStock, r.ask)
	c, begun, killed, n := newConsumer("webhook"), make(chan struct{}), make(chan struct{}), 0
	c.receive(shop, shop.market, func() int { // one comes after the other
		if n++; n == 12 {
			close(begun)
			<-killed
		}
		return http.StatusOK
	})
	for i := range 10 {
		shop.send(apptest.Key(), shop.market+"/sales", object{"lines": []object{{"productID": shop.products[i%stockProducts],
			"quantity": 1}}, "payment": object{"tender": "CASH", "amount": 1}}, http.StatusCreated)
	}
	<-begun
	begin := time.Now()
	r.killService()
	close(killed)
	r.await("the delivery again", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.repeats > 0
	})
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("it came again after %v, want a minute", took)
	} else {
		t.Logf("it came again after %v", took)
	}
	db := r.open()
	defer db.Close()
	for _, f := range c.hears(r, db, r.drained(db, shop.market)) {
		if f.count != 0 {
			t.Errorf("%s: %d, want none", f.name, f.count)
		}
	}
}

// TestCrashNeedsSynchronousCommit is the negative control of TestCrash: a Postgres that acknowledges before it has
// written loses what it acknowledged.
func TestCrashNeedsSynchronousCommit(t *testing.T) {
	t.Parallel()
	if !*crash {
		t.Skip("takes minutes; `make prove-crash`")
	}
	r := newRig(t, map[string]string{"synchronous_commit": "off", "wal_writer_delay": "10s",
		"wal_writer_flush_after": "1GB"})
	l := startLoad(newTill(t, crashStock, r.ask))
	for range 5 {
		l.busy()
		r.killPostgres()
	}
	l.end()
	db := r.open()
	defer db.Close()
	lost := 0
	for _, f := range l.audit(db) {
		lost += f.count
	}
	if lost == 0 {
		t.Errorf("nothing of %d is lost without synchronous_commit, want some", l.promised())
	}
}

// failCommits makes COMMIT fail now and then, until it has failed so often.
func (r *rig) failCommits(times int) int {
	db := r.open()
	defer db.Close()
	for _, q := range []string{
		`CREATE SEQUENCE failed_commits`, // not rolled back, so it counts
		`CREATE FUNCTION fail_commit() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				IF random() < 0.2 THEN
					RAISE EXCEPTION 'COMMIT number % fails', nextval('failed_commits');
				END IF;
				RETURN NULL;
			END
		$$`,
		`CREATE CONSTRAINT TRIGGER fail_commit AFTER INSERT ON idempotency_keys
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_commit()`,
	} {
		_, err := db.Exec(r.t.Context(), q)
		r.must(err)
	}
	failed := 0
	r.await("COMMITs that fail", func() bool {
		r.must(db.Get(r.t.Context(), &failed, `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM failed_commits`))
		return failed >= times
	})
	_, err := db.Exec(r.t.Context(), `DROP TRIGGER fail_commit ON idempotency_keys`)
	r.must(err)
	return failed
}

// busy waits until clients are being served again, and then for a random moment.
func (l *load) busy() {
	before, end := l.promised(), time.Now().Add(patience)
	for l.promised() < before+5 {
		if time.Now().After(end) {
			l.t.Fatalf("no client is served again within %v", patience)
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
}
