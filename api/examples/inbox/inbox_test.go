package inbox_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/garagesale/service/api/examples/inbox"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/foundation/natsserver"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// TestRepeats: sales that are told several times, to a consumer that is stopped and started, are added up once. Without
// the key of the inbox, which is the negative control, they are added up as often as they were told.
func TestRepeats(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change string
		factor int64
	}{{"with the inbox", "", 1}, {"without", `ALTER TABLE inbox DROP CONSTRAINT inbox_pkey`, 3}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, err := pgxpool.New(t.Context(), dbtest.EmptyURL(t))
			check(t, err)
			defer db.Close()
			_, err = db.Exec(t.Context(), inbox.Schema+";"+test.change)
			check(t, err)
			const n = 20
			js := tell(t, n, 3)
			var want int64
			for i := range int64(n) {
				want += 100 + i
			}
			want *= test.factor
			var got int64
			for end, runs := time.Now().Add(3*time.Minute), 0; got < want && time.Now().Before(end); runs++ {
				run := 300 * time.Millisecond // it is stopped wherever it is
				if runs > 10 {
					run = 10 * time.Second // on a machine that is busy it got nowhere
				}
				ctx, stop := context.WithTimeout(t.Context(), run)
				err := inbox.Consume(ctx, js, db)
				if ctx.Err() == nil {
					t.Fatal(err)
				}
				stop()
				check(t, db.QueryRow(t.Context(), `SELECT coalesce(sum(total), 0)::bigint FROM turnover`).Scan(&got))
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Second) // nothing more comes
			defer stop()
			_ = inbox.Consume(ctx, js, db)
			check(t, db.QueryRow(t.Context(), `SELECT sum(total)::bigint FROM turnover`).Scan(&got))
			if got != want {
				t.Errorf("the turnover is %d, want %d", got, want)
			}
		})
	}
}

// tell publishes n sales as the service does, each so often, and something else between them.
func tell(t *testing.T, n, often int) jetstream.JetStream {
	t.Helper()
	srv, err := natsserver.Start(natsserver.Config{Dir: t.TempDir()})
	check(t, err)
	t.Cleanup(srv.Stop)
	b, err := broker.Open(broker.Config{URL: srv.ClientURL()})
	check(t, err)
	t.Cleanup(b.Close)
	nc, err := nats.Connect(srv.ClientURL())
	check(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	check(t, err)
	market := uuid.New()
	for i := range n {
		id := uuid.New()
		sale := fmt.Sprintf(`{"id": %q, "data": {"marketID": %q, "total": %d}}`, id, market, 100+i)
		list := []outbox.Told{
			{Event: outbox.Event{ID: id, MarketID: market, Type: "garagesale.sale.completed.v1", Payload: []byte(sale)}},
			{Event: outbox.Event{ID: uuid.New(), MarketID: market, Type: "garagesale.product.updated.v1",
				Payload: []byte(`{}`)}},
		}
		_, err := b.Send(t.Context(), list)
		check(t, err)
		for range often - 1 { // without its id for the server, which would drop it
			_, err := js.Publish(t.Context(), "garagesale."+market.String()+".garagesale.sale.completed.v1", []byte(sale))
			check(t, err)
		}
	}
	return js
}

// TestShown: the page about events shows this very program.
func TestShown(t *testing.T) {
	t.Parallel()
	code, err := os.ReadFile("inbox.go")
	check(t, err)
	page, err := os.ReadFile("../../../zarf/docs/events.md")
	check(t, err)
	if !strings.Contains(string(page), "```go\n"+string(code)+"```\n") {
		t.Error("zarf/docs/events.md does not show api/examples/inbox/inbox.go as it is: copy it there")
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
