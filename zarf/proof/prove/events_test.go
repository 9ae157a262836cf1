package prove_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/sse"
)

// told is an event as a consumer got it.
type told struct {
	ID      string
	Type    string
	Subject string
	Data    json.RawMessage
}

// consumer keeps what it was told, in the order in which it came. Its inbox, the ids that it has seen, makes once of at
// least once.
type consumer struct {
	name string

	mu       sync.Mutex
	list     []told
	inbox    map[string]bool
	repeats  int
	cuts     int // how often it had to come back
	position int64
}

func newConsumer(name string) *consumer { return &consumer{name: name, inbox: map[string]bool{}} }

// take takes one event as it came from whoever tells.
func (c *consumer) take(t *testing.T, raw []byte) {
	var e told
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Errorf("%s got %q: %v", c.name, raw, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inbox[e.ID] {
		c.repeats++
		return
	}
	c.inbox[e.ID] = true
	c.list = append(c.list, e)
}

// follow listens to the market's stream until ctx is done, and comes back where it was whenever it is cut.
func (c *consumer) follow(ctx context.Context, r *rig, market string) {
	client := &http.Client{}
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+market+"/events", nil)
		if err != nil {
			r.t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+r.token)
		req.Header.Set("Last-Event-ID", strconv.FormatInt(c.position, 10))
		if res, err := client.Do(req); err == nil {
			if res.StatusCode == http.StatusOK {
				c.read(r.t, res)
			} else if !slices.Contains(again, res.StatusCode) && ctx.Err() == nil {
				r.t.Errorf("GET events: %d", res.StatusCode)
			}
			_ = res.Body.Close()
		}
		c.cuts++
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// read reads one stream to its end.
func (c *consumer) read(t *testing.T, res *http.Response) {
	_ = sse.Read(res.Body, func(e sse.Event) error { // it ends when something is killed
		id, _ := strconv.ParseInt(e.ID, 10, 64)
		if id < c.position {
			t.Errorf("%s went back from position %d to %d", c.name, c.position, id)
		}
		if e.Data != "" {
			c.take(t, []byte(e.Data))
		}
		c.position = id
		return nil
	})
}

// has tells whether the consumer has as many events as there are.
func (c *consumer) has(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.list) >= n
}

// drained waits until nothing waits in the outbox, and returns the ids of all events of the market in their order.
func (r *rig) drained(db sqldb.DB, market string) []string {
	r.t.Helper()
	r.await("an empty outbox", func() bool {
		var waiting int
		r.must(db.Get(r.t.Context(), &waiting, `SELECT count(*) FROM outbox`))
		return waiting == 0
	})
	var ids []string
	r.must(db.Select(r.t.Context(), &ids, `SELECT id::text FROM events WHERE market_id = $1 ORDER BY position`,
		strings.TrimPrefix(market, "/v1/markets/")))
	return ids
}

// happened are what the tables say must have been told, each as often as it happened: the type, and of what.
const happened = `
	SELECT 'garagesale.sale.completed.v1 ' || sale_id AS what, 1 AS n FROM sales
	UNION ALL SELECT 'garagesale.sale.voided.v1 ' || sale_id, 1 FROM sale_voids
	UNION ALL SELECT 'garagesale.sale.returned.v1 ' || sale_id, count(*) FROM sale_returns GROUP BY sale_id`

// hears compares what a consumer was told with what has happened, and counts what is wrong. It may have begun to listen
// when the market was set up, and nothing was sold yet.
func (c *consumer) hears(r *rig, db sqldb.DB, ids []string) []finding {
	c.mu.Lock()
	if len(c.list) > 0 {
		ids = ids[min(max(0, slices.Index(ids, c.list[0].ID)), 2+stockProducts):]
	}
	c.mu.Unlock()
	r.await(fmt.Sprintf("%d events at %s", len(ids), c.name), func() bool { return c.has(len(ids)) })
	c.mu.Lock()
	defer c.mu.Unlock()
	disorder := 0
	for i, e := range c.list {
		if i >= len(ids) || e.ID != ids[i] {
			disorder++
		}
	}
	var rows []struct {
		What string `db:"what"`
		N    int    `db:"n"`
	}
	r.must(db.Select(r.t.Context(), &rows, happened))
	count, stock := map[string]int{}, map[string]json.RawMessage{}
	for _, e := range c.list {
		subject := e.Subject[strings.LastIndex(e.Subject, "/")+1:]
		if strings.HasPrefix(e.Type, "garagesale.sale.") {
			count[e.Type+" "+subject]++
		}
		if strings.HasPrefix(e.Type, "garagesale.product.") {
			stock[subject] = e.Data // the last one is how it is now
		}
	}
	untold, unhappened := 0, 0
	for _, row := range rows {
		untold += max(0, row.N-count[row.What])
		unhappened += max(0, count[row.What]-row.N)
		delete(count, row.What)
	}
	for _, n := range count {
		unhappened += n
	}
	return []finding{
		{c.name + ": events missing, or not in the order of their positions", disorder},
		{c.name + ": sales, voids and returns that were not told", untold},
		{c.name + ": sales, voids and returns that were told and did not happen", unhappened},
		{c.name + ": products that are not as the last event of them says", c.differs(r, db, stock)},
	}
}

// differs counts the products whose stock is not what was told of it last.
func (c *consumer) differs(r *rig, db sqldb.DB, stock map[string]json.RawMessage) (n int) {
	var rows []struct {
		ID       string `db:"id"`
		Quantity int    `db:"quantity"`
		Sold     int    `db:"sold"`
	}
	r.must(db.Select(r.t.Context(), &rows, `SELECT product_id::text AS id, quantity, sold FROM products`))
	for _, row := range rows {
		var data struct{ Quantity, Sold int }
		if err := json.Unmarshal(stock[row.ID], &data); err != nil || data.Quantity != row.Quantity || data.Sold != row.Sold {
			n++
		}
	}
	return n
}

// receive is a receiver of webhooks that a till registers. It works a delivery off, and then asks what to answer.
func (c *consumer) receive(l *till, market string, status func() int) {
	var verifier *standardwebhooks.Webhook
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = verifier.Verify(body, r.Header)
		}
		if err != nil {
			l.t.Errorf("%s: %v", c.name, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.take(l.t, body)
		w.WriteHeader(status())
	}))
	l.t.Cleanup(srv.Close)
	a, err := l.ask("POST", market+"/webhooks", "", object{"url": srv.URL})
	if err != nil || a.Status != http.StatusCreated {
		l.t.Fatalf("webhook: %d %s %v", a.Status, a.Body, err)
	}
	var made struct{ Secret string }
	decode(l.t, a, &made)
	if verifier, err = standardwebhooks.NewWebhook(made.Secret); err != nil {
		l.t.Fatal(err)
	}
}

// subscribe takes what NATS has of the market until ctx is done.
func (c *consumer) subscribe(ctx context.Context, t *testing.T, url, market string) {
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Error(err)
		return
	}
	var all jetstream.Consumer
	for all == nil { // the service makes the stream when it has something to tell
		all, err = js.OrderedConsumer(ctx, broker.Stream, jetstream.OrderedConsumerConfig{
			FilterSubjects: []string{"garagesale." + strings.TrimPrefix(market, "/v1/markets/") + ".>"}})
		if err != nil {
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	running, err := all.Consume(func(m jetstream.Msg) { c.take(t, m.Data()) })
	if err != nil {
		t.Error(err)
		return
	}
	<-ctx.Done()
	running.Stop()
}
