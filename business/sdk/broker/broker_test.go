package broker_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/natsserver"
	"github.com/garagesale/service/foundation/testenv"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// world is a database, and a server that can go away and come back where it was.
type world struct {
	t   *testing.T
	db  sqldb.DB
	cfg natsserver.Config
	natsserver.Server
	reader []nats.Option // with which the test may read
}

func newWorld(t *testing.T) *world { return newWorldWith(t, natsserver.Config{}) }

func newWorldWith(t *testing.T, cfg natsserver.Config, reader ...nats.Option) *world {
	t.Helper()
	cfg.Dir = t.TempDir()
	w := &world{t: t, db: dbtest.New(t), cfg: cfg, reader: reader}
	w.up()
	t.Cleanup(func() { w.Stop() })
	w.cfg.Port = w.Addr().(*net.TCPAddr).Port
	return w
}

func (w *world) up() {
	w.t.Helper()
	var err error
	if w.Server, err = natsserver.Start(w.cfg); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) broker() *broker.Broker {
	w.t.Helper()
	b, err := broker.Open(broker.Config{URL: w.ClientURL()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(b.Close)
	return b
}

func (w *world) forwarder(target outbox.Target, log io.Writer) *outbox.Forwarder {
	return outbox.NewForwarder(w.db, clock.Now, target, slog.New(slog.NewTextHandler(log, nil)))
}

// run runs f until stop is called.
func (w *world) run(f *outbox.Forwarder) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { f.Run(ctx) })
	stop = func() { cancel(); wg.Wait() }
	w.t.Cleanup(stop)
	return stop
}

// tell has events happen, whose payloads count within the market, and drains them.
func (w *world) tell(market uuid.UUID, payloads ...string) []outbox.Event {
	w.t.Helper()
	store := outbox.New(w.db, clock.Now)
	var list []outbox.Event
	err := w.db.InTx(w.t.Context(), func(tx sqldb.DB) (err error) {
		list = nil
		for _, payload := range payloads {
			e, err := store.Stamp(outbox.Event{MarketID: market, Kind: "thing", KindID: uuid.New(),
				Type: "garagesale.thing.made.v1", Payload: []byte(payload)})
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return outbox.New(tx, clock.Now).Add(w.t.Context(), list...)
	})
	if err == nil {
		_, err = outbox.NewRelay(w.db).Drain(w.t.Context())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func numbers(from, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"n": %d, "traceparent": %q}`, from+i, traceparent)
	}
	return list
}

// stored waits until the stream holds n messages, and returns them in their order.
func (w *world) stored(n uint64) []jetstream.Msg {
	w.t.Helper()
	js, err := w.jetstream(), error(nil)
	var have uint64
	for end := time.Now().Add(30 * time.Second); have < n; time.Sleep(10 * time.Millisecond) {
		if s, err := js.Stream(w.t.Context(), broker.Stream); err == nil {
			have = s.CachedInfo().State.Msgs
		}
		if time.Now().After(end) {
			w.t.Fatalf("%d messages after 30 s, want %d", have, n)
		}
	}
	c, err := js.OrderedConsumer(w.t.Context(), broker.Stream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		w.t.Fatal(err)
	}
	list := make([]jetstream.Msg, have)
	for i := range list {
		if list[i], err = c.Next(); err != nil {
			w.t.Fatal(err)
		}
	}
	return list
}

// all wants the stream to hold every event that there is, once, those of each market in the order of their positions.
func (w *world) all() {
	w.t.Helper()
	events, err := outbox.New(w.db, clock.Now).After(w.t.Context(), 0, 100_000)
	if err != nil {
		w.t.Fatal(err)
	}
	want, got := map[string][]string{}, map[string][]string{}
	for _, e := range events {
		want[e.MarketID.String()] = append(want[e.MarketID.String()], e.ID.String())
	}
	for _, m := range w.stored(uint64(len(events))) {
		market := strings.Split(m.Subject(), ".")[1]
		got[market] = append(got[market], m.Headers().Get("Nats-Msg-Id"))
	}
	for market, ids := range want {
		if !slices.Equal(got[market], ids) {
			w.t.Errorf("market %s has %d messages, not its %d events in their order", market, len(got[market]), len(ids))
		}
	}
	if len(got) != len(want) {
		w.t.Errorf("%d markets, want %d", len(got), len(want))
	}
}

// TestMessage: an event is on its subject as it was told, byte for byte, with its id, its trace and its media type, in
// a stream that keeps it as long as the service does.
func TestMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	market := uuid.New()
	e := w.tell(market, numbers(1, 1)...)[0]
	w.tell(market, `{"no": "trace"}`)
	if err := w.forwarder(w.broker(), io.Discard).Forward(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := w.stored(2)
	m := list[0]
	if want := "garagesale." + market.String() + ".garagesale.thing.made.v1"; m.Subject() != want {
		t.Errorf("subject %s, want %s", m.Subject(), want)
	}
	if string(m.Data()) != string(e.Payload) {
		t.Errorf("payload %s, want %s", m.Data(), e.Payload)
	}
	for name, want := range map[string]string{"Nats-Msg-Id": e.ID.String(), "traceparent": traceparent,
		"content-type": "application/cloudevents+json"} {
		if got := m.Headers().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := list[1].Headers().Get("traceparent"); got != "" {
		t.Errorf("an event without a trace has %q", got)
	}
	js := w.jetstream()
	s, err := js.Stream(t.Context(), broker.Stream)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.CachedInfo().Config; c.MaxAge != outbox.Keep || c.Duplicates != broker.Window || c.Replicas != 1 ||
		c.Storage != jetstream.FileStorage {
		t.Errorf("the stream is %+v", c)
	}
}

func (w *world) jetstream() jetstream.JetStream {
	w.t.Helper()
	nc, err := nats.Connect(w.ClientURL(), w.reader...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

// TestOrder: eight write, two replicas publish, and the server goes away and comes back meanwhile: the stream has each
// event once, in order. That is told in one line of each replica's log.
func TestOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const writers, each = 8, 60
	var logs [2]bytes.Buffer
	var stops []func()
	for i := range logs {
		stops = append(stops, w.run(w.forwarder(w.broker(), &logs[i])))
	}
	markets := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	var wg sync.WaitGroup
	half := make(chan struct{}, writers)
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				w.tell(markets[(i+j)%len(markets)], numbers(j, 1)...)
				if j == each/3 {
					half <- struct{}{}
				}
			}
		})
	}
	for range writers {
		<-half
	}
	w.Stop()
	wg.Wait()
	w.tell(markets[0], numbers(0, 1200)...) // more than is sent at once
	time.Sleep(time.Second)                 // each replica looks a few times
	w.up()
	w.all()
	for i, stop := range stops {
		stop()
		if n := strings.Count(logs[i].String(), "\n"); n != 1 || !strings.Contains(logs[i].String(), "events wait") {
			t.Errorf("replica %d logged %d lines:\n%s", i+1, n, logs[i].String())
		}
	}
}

// TestKilled: a replica that dies after it has published, and before that is noted, leaves the row to the next one,
// which publishes again; the server knows the events by their ids. Without ids, which is the negative control, they
// are there twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		strip bool
		want  uint64
	}{{"with ids", false, 3}, {"without", true, 6}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tell(uuid.New(), numbers(1, 3)...)
			b := w.broker()
			target := changed{Target: b}
			if test.strip {
				target.send = func(ctx context.Context, list []outbox.Told) (int, error) {
					js := w.jetstream()
					for i, e := range list {
						if _, err := js.Publish(ctx, "garagesale.x.y", e.Payload); err != nil {
							return i, err
						}
					}
					return len(list), nil
				}
				if _, err := w.jetstream().CreateStream(t.Context(), jetstream.StreamConfig{Name: broker.Stream,
					Subjects: []string{broker.Subjects}}); err != nil {
					t.Fatal(err)
				}
			}
			dies := target
			dies.died = true
			if err := w.forwarder(dies, io.Discard).Forward(t.Context()); err == nil {
				t.Fatal("it did not die")
			}
			w.stored(3)
			if err := w.forwarder(target, io.Discard).Forward(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(w.stored(test.want)); uint64(n) != test.want {
				t.Errorf("%d messages, want %d", n, test.want)
			}
			if n := b.Repeats(); !test.strip && n != 3 {
				t.Errorf("%d repeats, want 3", n)
			}
		})
	}
}

// changed is a target that does it another way, or dies after it.
type changed struct {
	outbox.Target
	send func(ctx context.Context, list []outbox.Told) (int, error)
	died bool
}

func (c changed) Send(ctx context.Context, list []outbox.Told) (n int, err error) {
	send := c.Target.Send
	if c.send != nil {
		send = c.send
	}
	n, err = send(ctx, list)
	if c.died {
		return 0, errors.New("killed")
	}
	return n, err
}

// TestDead: when the machine of the replica that hands events on dies, so that its session says nothing more, another
// one takes over within 5 s. One whose session the database does not end, which is the negative control, keeps the
// others out.
func TestDead(t *testing.T) {
	t.Parallel()
	t.Run("as it is", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.tell(uuid.New(), numbers(1, 3)...)
		begun, end := make(chan struct{}), make(chan struct{})
		dead := changed{Target: w.broker(), send: func(context.Context, []outbox.Told) (int, error) {
			close(begun)
			<-end
			return 0, errors.New("dead")
		}}
		other := w.forwarder(w.broker(), io.Discard)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer close(end)
		wg.Go(func() { _ = w.forwarder(dead, io.Discard).Forward(context.Background()) })
		<-begun
		died := time.Now()
		w.run(other)
		w.stored(3)
		if took := time.Since(died); took > 5*time.Second {
			t.Errorf("taken over after %v, want 5 s", took)
		} else {
			t.Logf("taken over after %v", took)
		}
	})
	t.Run("without a limit", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		b := w.broker()
		if err := w.forwarder(b, io.Discard).Forward(t.Context()); err != nil { // which makes its row
			t.Fatal(err)
		}
		_ = w.db.InTx(t.Context(), func(tx sqldb.DB) error {
			var position int64
			if err := tx.Get(t.Context(), &position, `SELECT position FROM relays FOR UPDATE`); err != nil {
				t.Fatal(err)
			}
			w.tell(uuid.New(), numbers(1, 3)...)
			w.run(w.forwarder(b, io.Discard))
			time.Sleep(6 * time.Second)
			if s, err := w.jetstream().Stream(t.Context(), broker.Stream); err == nil && s.CachedInfo().State.Msgs > 0 {
				t.Error("somebody took over")
			}
			return errors.New("it is dead")
		})
	})
}

// TestSecured: a server that wants a password and has a certificate of a CA of one's own gets everything. What is wrong
// is a line of the log, without the password, and loses nothing: put right, also at the server, it goes on by itself.
func TestSecured(t *testing.T) {
	t.Parallel()
	cert, ca := certificate(t)
	const user, password = "sales", "correct-horse"
	for name, test := range map[string]struct {
		as, ca, want string // want: of the log; "": nothing is wrong
		mend         bool   // at the server
	}{
		"right":          {user + ":" + password + "@", ca, "", false},
		"another's CA":   {user + ":" + password + "@", "", "certificate signed by unknown authority", false},
		"no password":    {"", ca, "Authorization Violation", false},
		"wrong password": {user + ":battery-staple@", ca, "Authorization Violation", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, natsserver.Config{User: user, Password: password,
				TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}},
				nats.RootCAs(ca), nats.UserInfo(user, password))
			w.tell(uuid.New(), numbers(1, 3)...)
			open := func(as, ca string) *broker.Broker {
				b, err := broker.Open(broker.Config{URL: fmt.Sprintf("tls://%s127.0.0.1:%d", as, w.cfg.Port), CA: ca})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(b.Close)
				return b
			}
			var log testenv.Buffer
			stop := w.run(w.forwarder(open(test.as, test.ca), &log))
			if test.want != "" {
				eventually(t, "a line of the log", func() bool { return strings.Contains(log.String(), "handed on") })
			}
			if test.mend {
				eventually(t, "it has come often enough to give up", func() bool {
					v, err := w.Varz(nil)
					return err == nil && v.TotalConnections >= 3
				})
				w.Stop()
				w.cfg.Password = "battery-staple"
				w.reader = append(w.reader, nats.UserInfo(user, w.cfg.Password))
				w.up()
			} else if test.want != "" {
				stop()
				w.run(w.forwarder(open(user+":"+password+"@", ca), io.Discard))
			}
			w.all()
			out := log.String()
			if !strings.Contains(out, test.want) || test.want == "" && out != "" || strings.Count(out, "level=WARN") > 2 ||
				strings.Contains(out, password) || strings.Contains(out, "battery-staple") {
				t.Errorf("the log says\n%s, want one line with %q and no password", out, test.want)
			}
		})
	}
}

// certificate is one for this machine, and the file of the CA that signed it, which is itself.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true,
		BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}},
		&x509.Certificate{}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, ca
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// TestAcknowledged: what the server did not acknowledge is sent again. A cursor that moves before the acknowledgement,
// which is the negative control, loses it.
func TestAcknowledged(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		early bool
		lost  int
	}{{"as it is", false, 0}, {"cursor moved before", true, 5}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			market := uuid.New()
			target := changed{Target: w.broker()}
			if test.early {
				target.send = func(ctx context.Context, list []outbox.Told) (int, error) {
					_, _ = target.Target.Send(ctx, list)
					return len(list), nil
				}
			}
			f := w.forwarder(ready{target}, io.Discard)
			w.tell(market, numbers(1, 2)...)
			if err := f.Forward(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Stop()
			w.tell(market, numbers(3, 5)...)
			if err := f.Forward(t.Context()); (err == nil) != test.early {
				t.Errorf("without a server: %v", err)
			}
			w.up()
			for end := time.Now().Add(30 * time.Second); target.Ready() != nil && time.Now().Before(end); {
				time.Sleep(10 * time.Millisecond)
			}
			w.tell(market, numbers(8, 1)...)
			if err := f.Forward(t.Context()); err != nil {
				t.Fatal(err)
			}
			if lost := 8 - len(w.stored(uint64(8-test.lost))); lost != test.lost {
				t.Errorf("%d events are lost, want %d", lost, test.lost)
			}
		})
	}
}

// ready says so even when it is not: what Send does then is to be seen.
type ready struct{ outbox.Target }

func (ready) Ready() error { return nil }

// TestPoison: an event that the server or the stream finds too large is set aside where a person sees it, the others go
// on, and those behind it do not get ahead of those before it.
func TestPoison(t *testing.T) {
	t.Parallel()
	const most = 1000
	for _, by := range []string{"server", "stream"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if by == "server" {
				w.Stop()
				w.cfg.MaxPayload = most
				w.up()
			} else if _, err := w.jetstream().CreateStream(t.Context(), jetstream.StreamConfig{Name: broker.Stream,
				Subjects: []string{broker.Subjects}, MaxMsgSize: most}); err != nil {
				t.Fatal(err)
			}
			market := uuid.New()
			large := `{"n": "` + strings.Repeat("x", most) + `"}`
			list := w.tell(market, large, `{"n": 1}`, `{"n": 2}`, large, `{"n": 3}`, large)
			var log bytes.Buffer
			if err := w.forwarder(w.broker(), &log).Forward(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, m := range w.stored(3) {
				if want := fmt.Sprintf(`{"n": %d}`, i+1); string(m.Data()) != want {
					t.Errorf("message %d is %s", i+1, m.Data())
				}
			}
			store := outbox.New(w.db, clock.Now)
			aside, err := store.Failures(t.Context())
			if err != nil || len(aside) != 3 || strings.Count(log.String(), "set aside") != 3 {
				t.Fatalf("set aside: %+v, %v\n%s", aside, err, log.String())
			}
			for i, at := range []int{0, 3, 5} {
				if a := aside[i]; a.ID != list[at].ID || a.Position != int64(at+1) || a.Relay != "nats" || a.MarketID != market ||
					!strings.Contains(a.Reason, "larger") {
					t.Errorf("set aside: %+v, want event %d", a, at+1)
				}
			}
			if err := store.Forget(t.Context(), "nats", 4); err != nil {
				t.Error(err)
			}
			if aside, err = store.Failures(t.Context()); err != nil || len(aside) != 2 || aside[1].Position != 6 {
				t.Errorf("after the second was forgotten: %+v, %v", aside, err)
			}
		})
	}
}

// TestLanes: what comes behind an event that was not taken waits with it, at its market and at no other.
func TestLanes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.jetstream().CreateStream(t.Context(), jetstream.StreamConfig{Name: broker.Stream,
		Subjects: []string{broker.Subjects}, MaxMsgSize: 500}); err != nil {
		t.Fatal(err)
	}
	a, b := uuid.New(), uuid.New()
	w.tell(a, `"a1"`, `"a2"`, `"`+strings.Repeat("x", 500)+`"`, `"a4"`)
	w.tell(b, `"b1"`, `"b2"`)
	list, err := outbox.New(w.db, clock.Now).After(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.broker().Send(t.Context(), list)
	if _, refused := errors.AsType[outbox.Refused](err); n != 2 || !refused {
		t.Errorf("%d taken, %v; want 2, and the third refused", n, err)
	}
	got := map[string]string{}
	for _, m := range w.stored(4) {
		market := strings.Split(m.Subject(), ".")[1]
		got[market] += string(m.Data())
	}
	if want := map[string]string{a.String(): `"a1""a2"`, b.String(): `"b1""b2"`}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

// TestOpen: an address that is none is refused without its password.
func TestOpen(t *testing.T) {
	t.Parallel()
	_, err := broker.Open(broker.Config{URL: "nats://u:hunter2@%zz:4222"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
	b, err := broker.Open(broker.Config{URL: "nats://u:hunter2@127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Ready(); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
