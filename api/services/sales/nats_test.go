package main_test

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/natsserver"
)

// testNATS has two replicas sell and publish, and kills one in the middle: every event of what was sold is in the
// stream, once and in order, and nothing else.
func testNATS(t *testing.T, p program) {
	srv, err := natsserver.Start(natsserver.Config{Dir: t.TempDir()})
	check(t, err)
	defer srv.Stop()
	s := newShop(t, p)
	lamp := s.Product(t, 450, 1000)
	body := map[string]any{"lines": []map[string]any{{"productID": lamp.ID, "quantity": 2}},
		"payment": map[string]any{"tender": "CASH", "amount": 900}}
	url := "SALES_EVENTS_NATS_URL=" + strings.Replace(srv.ClientURL(), "//", "//u:hunter2hunter2@", 1)
	replicas := []*process{p.start(t, s.url, url), p.start(t, s.url, url)}
	const n = 60
	keys := [2][]string{newKeys(n), newKeys(n)}
	var wg sync.WaitGroup
	for i, r := range replicas {
		wg.Go(func() {
			var mu sync.Mutex
			answered := 0
			s.ringUpAll(r, keys[i], 3, body, func(_ int, a answer, err error) {
				mu.Lock()
				defer mu.Unlock()
				if answered++; answered == n/2 && i == 0 {
					r.signal(syscall.SIGKILL)
				}
				if i == 1 && (err != nil || a.status != 201) {
					t.Errorf("%d %v %s", a.status, err, a.body)
				}
			})
		})
	}
	wg.Wait()
	s.ringUpAll(replicas[1], keys[0], 3, body, func(_ int, a answer, err error) {
		if err != nil || a.status != 201 {
			t.Errorf("repeat: %d %v %s", a.status, err, a.body)
		}
	})
	var told []outbox.Told
	events := outbox.New(dbtest.Open(t, s.url), clock.Now)
	eventually(t, "all is told", func() bool {
		told, err = events.After(t.Context(), 0, 10_000)
		check(t, err)
		return len(told) == 4*n // of each sale, and of the product
	})
	got := published(t, srv.ClientURL(), len(told))
	var want []string
	for _, e := range told {
		want = append(want, e.ID.String())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d messages, not the %d events in their order", len(got), len(want))
	}
	for _, r := range replicas {
		if strings.Contains(r.out.String(), "hunter2") {
			t.Errorf("the log shows the password of NATS:\n%s", r.out)
		}
	}
}

// published waits until the stream holds n messages, and returns the ids of all that it has.
func published(t *testing.T, url string, n int) (ids []string) {
	t.Helper()
	nc, err := nats.Connect(url)
	check(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	check(t, err)
	have := uint64(0)
	eventually(t, "all is published", func() bool {
		stream, err := js.Stream(t.Context(), broker.Stream)
		if err == nil {
			have = stream.CachedInfo().State.Msgs
		}
		return have >= uint64(n)
	})
	c, err := js.OrderedConsumer(t.Context(), broker.Stream, jetstream.OrderedConsumerConfig{})
	check(t, err)
	for range have {
		m, err := c.Next()
		check(t, err)
		ids = append(ids, m.Headers().Get(jetstream.MsgIDHeader))
	}
	return ids
}
