package webhookbus_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/domain/webhookbus/webhookdb"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/testenv"
	"github.com/garagesale/service/foundation/webhook"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is a market with a webhook, and a receiver that answers as the test says.
type world struct {
	*testing.T
	business.Business
	clk    *dbtest.Clock
	db     sqldb.DB
	owner  sqldb.DB
	admin  userbus.User
	market marketbus.Market
	hook   webhookbus.Webhook
	secret string

	got    []webhook.Message
	answer func(m webhook.Message) webhook.Result
	job    int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clk: dbtest.NewClock(), db: dbtest.New(t)}
	w.Business = business.New(w.db, business.Config{Hasher: dbtest.Hasher(t), Now: w.clk.Now,
		Quotas: quota.Config{Webhooks: 3}, Webhooks: webhookbus.Config{Link: "https://sales.example.com/v1/webhooks/"}})
	w.owner = dbtest.Owner(t, w.db)
	w.market = dbtest.NewShop(t, w.Business).Market
	var err error
	w.admin, err = dbtest.In(w.Business, func(ctx context.Context, d business.Domains) (userbus.User, error) {
		return d.Users.Create(ctx, userbus.NewUser{Name: "Ada", Email: "ada@example.com", Roles: role.NewSet(role.Admin)})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.answer = func(webhook.Message) webhook.Result { return webhook.Result{Status: 204, Took: time.Millisecond} }
	w.hook, w.secret = w.create()
	w.do() // which finds nothing, and sleeps
	return w
}

func (w *world) create() (hook webhookbus.Webhook, secret string) {
	w.Helper()
	err := w.InTx(w.Context(), func(ctx context.Context, d business.Domains) (err error) {
		hook, secret, err = d.Webhooks.Create(ctx, webhookbus.NewWebhook{MarketID: w.market.ID,
			URL: "https://example.com/secret-path", Enabled: true, CreatedBy: w.admin.ID})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return hook, secret
}

// tell has things happen, and drains them.
func (w *world) tell(types ...string) (ids []string) {
	w.Helper()
	err := w.InTx(w.Context(), func(ctx context.Context, d business.Domains) error {
		for _, typ := range types {
			e, err := d.Outbox.Stamp(outbox.Event{MarketID: w.market.ID, Kind: "thing", KindID: uuid.New(), Type: typ,
				Payload: []byte(`{"type":  "` + typ + `", "traceparent": "00-a-b-01"}`)})
			if err != nil {
				return err
			}
			ids = append(ids, e.ID.String())
			if err := d.Outbox.Add(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.Relay.Drain(w.Context()); err != nil {
		w.Fatal(err)
	}
	return ids
}

func (w *world) deliverer() webhookbus.Deliverer {
	return webhookbus.Deliverer{Business: w.Webhooks,
		InTx: func(ctx context.Context, fn func(context.Context, webhookbus.Business) error) error {
			return w.Business.InTx(ctx, func(ctx context.Context, d business.Domains) error { return fn(ctx, d.Webhooks) })
		},
		Send: func(_ context.Context, m webhook.Message) (webhook.Result, error) {
			w.got = append(w.got, m)
			return w.answer(m), nil
		}}
}

// do does a job of the webhook as a new one, and returns whether it is to come again.
func (w *world) do() (again bool) {
	w.Helper()
	w.job++
	return w.doAs(w.job)
}

func (w *world) doAs(job int64) (again bool) {
	w.Helper()
	err := w.deliverer().Do(work.WithID(w.Context(), job), webhookbus.Deliver{WebhookID: w.hook.ID})
	switch {
	case err == nil:
		return false
	case strings.Contains(fmt.Sprintf("%T", err), "Snooze"):
		return true
	}
	w.Fatal(err)
	return false
}

// jobs are how many jobs of the kind wait.
func (w *world) jobs(kind string) (n int) {
	w.Helper()
	if err := w.owner.Get(w.Context(), &n, `SELECT count(*) FROM river.river_job WHERE kind = $1`, kind); err != nil {
		w.Fatal(err)
	}
	return n
}

// sent are the types of what came, since the last time.
func (w *world) sent() string {
	var types []string
	for _, m := range w.got {
		_, typ, _ := strings.Cut(string(m.Body), `"type":  "`)
		typ, _, _ = strings.Cut(typ, `"`)
		types = append(types, typ)
	}
	w.got = nil
	return strings.Join(types, " ")
}

func (w *world) deliveries() []webhookbus.Delivery {
	w.Helper()
	res, err := w.Webhooks.QueryDeliveries(w.Context(), webhookbus.Filter{WebhookID: w.hook.ID},
		query.Page{OrderBy: "createdAt", Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	return res.Items
}

// states are the states of the deliveries, with the number of their attempts, in the order of their first one.
func (w *world) states() string {
	w.Helper()
	var list []string
	for _, d := range w.deliveries() {
		list = append(list, fmt.Sprintf("%s %s %d", d.Type, d.Status, len(d.Attempts)))
	}
	return strings.Join(list, ", ")
}

func (w *world) want(what, got, want string) {
	w.Helper()
	if got != want {
		w.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (w *world) fail(webhook.Message) webhook.Result {
	return webhook.Result{Status: 500, Took: 7 * time.Millisecond, Failure: webhook.FailedStatus}
}

func (w *world) good(webhook.Message) webhook.Result { return webhook.Result{Status: 200} }

func (w *world) update(up webhookbus.UpdateWebhook) {
	w.Helper()
	var err error
	w.hook, err = dbtest.In(w.Business, func(ctx context.Context, d business.Domains) (webhookbus.Webhook, error) {
		h, err := d.Webhooks.Lock(ctx, w.hook.ID)
		if err != nil {
			return h, err
		}
		return d.Webhooks.Update(ctx, h, up)
	})
	if err != nil {
		w.Fatal(err)
	}
}

// decide does what a person decides about the n-th delivery.
func (w *world) decide(n int, do func(webhookbus.Business, context.Context, webhookbus.OfMarket) (webhookbus.Delivery,
	error)) (webhookbus.Delivery, error) {
	w.Helper()
	id := w.deliveries()[n].ID
	return dbtest.In(w.Business, func(ctx context.Context, d business.Domains) (webhookbus.Delivery, error) {
		held, err := d.Webhooks.LockDelivery(ctx, id)
		if err != nil {
			return webhookbus.Delivery{}, err
		}
		return do(d.Webhooks, ctx, held)
	})
}

// TestWritten: what is written is what is read back.
func TestWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.Webhooks.Get(t.Context(), w.hook.ID)
	if err != nil || !reflect.DeepEqual(got, w.hook) {
		t.Errorf("read back %+v, %v, want %+v", got, err, w.hook)
	}
	if !strings.HasPrefix(w.secret, "whsec_") || len(w.secret) != len("whsec_")+32 {
		t.Errorf("the secret is %q", w.secret)
	}
	types := []string{"a", "b"}
	w.clk.Add(time.Minute)
	for _, step := range []struct {
		up   webhookbus.UpdateWebhook
		want func(*webhookbus.Webhook)
	}{
		{webhookbus.UpdateWebhook{URL: opt.Some("https://example.org/")},
			func(h *webhookbus.Webhook) { h.URL = "https://example.org/" }},
		{webhookbus.UpdateWebhook{Types: opt.Nullable[[]string]{Set: true, V: &types}},
			func(h *webhookbus.Webhook) { h.Types = types }},
		{webhookbus.UpdateWebhook{Types: opt.Nullable[[]string]{Set: true}},
			func(h *webhookbus.Webhook) { h.Types = []string{} }},
		{webhookbus.UpdateWebhook{Enabled: opt.Some(false)}, func(h *webhookbus.Webhook) { h.Enabled = false }},
		{webhookbus.UpdateWebhook{Enabled: opt.Some(true)},
			func(h *webhookbus.Webhook) { h.Enabled, h.EnabledAt = true, w.clk.Now() }},
	} {
		want := w.hook
		step.want(&want)
		want.Version++
		want.UpdatedAt = w.clk.Now()
		w.update(step.up)
		stored, err := w.Webhooks.Get(t.Context(), w.hook.ID)
		if err != nil || !reflect.DeepEqual(w.hook, want) || !reflect.DeepEqual(stored, want) {
			t.Errorf("%+v: returned %+v, stored %+v, %v, want %+v", step.up, w.hook, stored, err, want)
		}
	}
	version := w.hook.Version
	if w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(true)}); w.hook.Version != version {
		t.Error("what is the same is a change")
	}
	if _, err := w.Webhooks.Get(t.Context(), uuid.New()); !errors.Is(err, webhookbus.ErrNotFound) {
		t.Error(err)
	}
}

// TestQuota: two at once do not pass it.
func TestQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	errs := dbtest.AtOnce(2, func(_ int, meet func()) error {
		return w.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			meet()
			_, _, err := d.Webhooks.Create(ctx, webhookbus.NewWebhook{MarketID: w.market.ID, URL: "https://example.com",
				CreatedBy: w.admin.ID})
			return err
		})
	})
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), quota.ErrReached) {
		t.Errorf("%v", errs)
	}
}

// TestInOrder: what happened since is sent, in order and byte for byte, once; and only what is wanted.
func TestInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jobs := w.jobs("webhook.deliver")
	ids := w.tell("a", "b", "c")
	if n := w.jobs("webhook.deliver"); n != jobs+1 {
		t.Errorf("a drain added %d jobs, want 1", n-jobs)
	}
	if w.tell("d"); w.jobs("webhook.deliver") != jobs+1 {
		t.Error("a webhook that is awake is woken again")
	}
	if w.do() || len(w.got) != 4 {
		t.Fatalf("came: %+v", w.got)
	}
	first := w.got[0]
	if first.ID != ids[0] || string(first.Body) != `{"type":  "a", "traceparent": "00-a-b-01"}` ||
		first.Traceparent != "00-a-b-01" || first.URL != w.hook.URL || !reflect.DeepEqual(first.Secrets, []string{w.secret}) {
		t.Errorf("came: %+v", first)
	}
	w.want("order", w.sent(), "a b c d")
	w.want("deliveries", w.states(), "a DELIVERED 1, b DELIVERED 1, c DELIVERED 1, d DELIVERED 1")
	if w.do() || w.sent() != "" {
		t.Error("it came twice")
	}
	types := []string{"e", "g"}
	w.update(webhookbus.UpdateWebhook{Types: opt.Nullable[[]string]{Set: true, V: &types}})
	w.do()
	jobs = w.jobs("webhook.deliver")
	if w.tell("e", "f", "g"); w.jobs("webhook.deliver") != jobs+1 {
		t.Error("one that sleeps is not woken")
	}
	w.do()
	w.want("types", w.sent(), "e g")
	list := make([]string, 50) // more than are read at once
	for i := range list {
		list[i] = "g"
	}
	w.tell(list...)
	w.do()
	w.want("many", w.sent(), strings.Join(list, " "))
	if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		h, err := d.Webhooks.Lock(ctx, w.hook.ID)
		if err != nil {
			return err
		}
		return d.Webhooks.Delete(ctx, h)
	}); err != nil {
		t.Fatal(err)
	}
	w.tell("g")
	if w.do() || w.sent() != "" {
		t.Error("it came to a webhook that is deleted")
	}
}

// TestFails: an event that fails holds up those after it until it was tried ten times, over a day; then they follow.
func TestFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("bad", "good")
	w.answer = func(m webhook.Message) webhook.Result {
		if strings.Contains(string(m.Body), "bad") {
			return w.fail(m)
		}
		return w.good(m)
	}
	begin := w.clk.Now()
	job := w.job + 1
	w.job = job
	for i := 1; i < 10; i++ {
		if !w.doAs(job) {
			t.Fatalf("attempt %d is the last", i)
		}
		d := w.deliveries()[0]
		w.want("states", w.states(), fmt.Sprintf("bad PENDING %d", i))
		a := d.Attempts[i-1]
		if d.NextAt == nil || !d.NextAt.After(w.clk.Now()) || a.Status != 500 || a.Millis != 7 ||
			a.Failure != webhook.FailedStatus || !a.At.Equal(w.clk.Now()) {
			t.Fatalf("%+v at %v", d, w.clk.Now())
		}
		w.clk.Add(d.NextAt.Sub(w.clk.Now()))
	}
	if took := w.clk.Now().Sub(begin); took < 20*time.Hour || took > 26*time.Hour {
		t.Errorf("ten attempts take %v", took)
	}
	if w.doAs(job) {
		t.Error("there is more to do")
	}
	w.want("states", w.states(), "bad FAILED 10, good DELIVERED 1")
	w.want("sent", w.sent(), strings.Repeat("bad ", 10)+"good")
}

// TestOneAtATime: of two jobs of a webhook one waits, one that a later job has replaced ends, and what a dead one held
// is taken over, after which the dead one keeps nothing.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("a", "b")
	inside := true
	w.answer = func(m webhook.Message) webhook.Result {
		if inside {
			inside = false
			if !w.doAs(101) {
				t.Error("a second one does not wait")
			}
			if _, err := w.owner.Exec(t.Context(),
				`UPDATE webhook_cursors SET leased_until = now() - interval '1 second'`); err != nil {
				t.Error(err)
			}
			if w.doAs(101) { // takes over
				t.Error("there is more to do")
			}
		}
		return w.good(m)
	}
	if w.doAs(100) {
		t.Error("one that was taken for dead goes on")
	}
	w.want("sent", w.sent(), "a a b") // at least once, never out of order
	w.want("states", w.states(), "a DELIVERED 1, b DELIVERED 1")
	w.tell("c")
	w.answer = w.fail
	if !w.doAs(103) {
		t.Error("a failure is not tried again")
	}
	if w.doAs(102) || len(w.got) != 1 {
		t.Errorf("one that was replaced tries too: %d", len(w.got))
	}
	w.answer = w.good
	w.got = nil
	if w.doAs(104) { // one that was added later, because somebody asked, tries at once
		t.Error("there is more to do")
	}
	w.want("sent", w.sent(), "c")
}

// TestWokenWhileItEnds: what is drained after the last look and before the end is not missed.
func TestWokenWhileItEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("a")
	w.answer = func(m webhook.Message) webhook.Result {
		if strings.Contains(string(m.Body), `"a"`) {
			w.tell("b")
		}
		return w.good(m)
	}
	if w.do() {
		t.Error("there is more to do")
	}
	w.want("sent", w.sent(), "a b")
	w.tell("c")
	w.drainWhileItEnds("d", webhookdb.Store.Sleep)
	w.want("sent", w.sent(), "c d")
}

// TestWakeUpIsLost is the negative control of TestWokenWhileItEnds: a job that ends without a look at what was drained.
func TestWakeUpIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("c")
	jobs := w.jobs("webhook.deliver")
	w.drainWhileItEnds("d", func(_ webhookdb.Store, ctx context.Context, c webhookbus.Cursor, _ int64) (bool, error) {
		_, err := w.db.Exec(ctx, `UPDATE webhook_cursors SET owner = NULL, lease = NULL, leased_until = NULL
			WHERE webhook_id = $1`, c.WebhookID)
		return true, err
	})
	if sent := w.sent(); sent != "c" || w.jobs("webhook.deliver") != jobs {
		t.Errorf("%q is sent, or somebody is woken", sent)
	}
}

// drainWhileItEnds does a job, and has something happen when it wants to end: the drain's transaction holds the
// webhook's row until the job waits for it.
func (w *world) drainWhileItEnds(typ string, sleep sleep) {
	w.Helper()
	var once sync.Once
	var drain sync.WaitGroup
	held, drained := make(chan struct{}), w.Relay.Drained
	w.Relay.Drained = func(ctx context.Context, tx sqldb.DB, markets []uuid.UUID, position int64) error {
		err := drained(ctx, tx, markets, position)
		close(held)
		for waits, end := false, time.Now().Add(30*time.Second); !waits && err == nil; time.Sleep(10 * time.Millisecond) {
			err = w.owner.Get(ctx, &waits, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
				AND wait_event_type = 'Lock' AND query LIKE '%UPDATE webhook_cursors%')`)
			if time.Now().After(end) {
				err = errors.New("the job does not wait for the drain")
			}
		}
		return err
	}
	w.Webhooks = webhookbus.New(sleeper{webhookdb.New(w.db), func(s webhookdb.Store, ctx context.Context,
		c webhookbus.Cursor, position int64) (bool, error) {
		once.Do(func() {
			drain.Go(func() { w.tell(typ) })
			<-held
		})
		return sleep(s, ctx, c, position)
	}}, w.Users, w.Markets, w.Members, w.Outbox, w.Work, webhookbus.Config{}, w.clk.Now)
	w.answer = w.good
	if w.do() {
		w.Error("there is more to do")
	}
	drain.Wait()
}

type sleep func(s webhookdb.Store, ctx context.Context, c webhookbus.Cursor, position int64) (bool, error)

// sleeper is a store whose jobs end in another way.
type sleeper struct {
	webhookdb.Store
	sleep sleep
}

func (s sleeper) Sleep(ctx context.Context, c webhookbus.Cursor, position int64) (bool, error) {
	return s.sleep(s.Store, ctx, c, position)
}

// TestPublished: the metrics tell how webhooks are and what waits for them, and nothing while the database is away.
func TestPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Webhooks.Publish()
	check := func(when string, want ...string) {
		t.Helper()
		var got []string
		for _, name := range []string{"garagesale_webhooks", "garagesale_webhooks_waiting",
			"garagesale_webhooks_oldest_undelivered_seconds"} {
			for _, s := range testenv.Published(t, name).Series {
				got = append(got, fmt.Sprintf("%s%v %v", strings.TrimPrefix(name, "garagesale_webhooks"), s.Values, s.Value))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s, want\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	waited := func() {
		if _, err := w.owner.Exec(t.Context(), `UPDATE webhook_cursors SET waiting_since = now() - interval '1 hour'
			WHERE waiting_since IS NOT NULL`); err != nil {
			t.Fatal(err)
		}
	}
	state := func(taking, failing, disabled int) []string {
		return []string{fmt.Sprint("[taking] ", taking), fmt.Sprint("[failing] ", failing),
			fmt.Sprint("[disabled] ", disabled)}
	}
	lag := func(failing bool, webhooks, seconds int) []string {
		return []string{fmt.Sprintf("_waiting[%v] %d", failing, webhooks),
			fmt.Sprintf("_oldest_undelivered_seconds[%v] %d", failing, seconds)}
	}
	check("nothing waits", slices.Concat(state(1, 0, 0), lag(false, 0, 0), lag(true, 0, 0))...)
	w.tell("a", "b")
	waited()
	check("it waits", slices.Concat(state(1, 0, 0), lag(false, 1, 3600), lag(true, 0, 0))...)
	w.answer = w.fail
	w.do()
	waited()
	check("it fails", slices.Concat(state(0, 1, 0), lag(false, 0, 0), lag(true, 1, 3600))...)
	w.clk.Add(5 * 24 * time.Hour)
	w.do()
	check("it is disabled", slices.Concat(state(0, 0, 1), lag(false, 0, 0), lag(true, 0, 0))...)
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(true)})
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(false)})
	check("a person switched it off", slices.Concat(state(0, 0, 0), lag(false, 0, 0), lag(true, 0, 0))...)
	w.db.Close()
	check("without a database")
}

// TestOrganisersAreTold: of a webhook that is given up the organisers of its market get a mail each, and whoever made
// it none, unless it is one of them.
func TestOrganisersAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, addr := range []email.Email{"bob@example.com", "cy@example.com"} {
		if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			u, err := d.Users.Create(ctx, userbus.NewUser{Name: "U", Email: addr, Roles: role.NewSet(role.User)})
			if err == nil {
				_, err = d.Members.Add(ctx, memberbus.NewMember{MarketID: w.market.ID, UserID: u.ID, Role: role.Organiser})
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.tell("a")
	w.answer = w.fail
	w.do()
	w.clk.Add(5 * 24 * time.Hour)
	w.do()
	var to []string
	if err := w.owner.Select(t.Context(), &to,
		`SELECT args ->> 'to' FROM river.river_job WHERE kind = 'mail' ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	w.want("mails to", strings.Join(to, " "), "bob@example.com cy@example.com")
}

// TestDisabled: after five days without a success nothing is sent any more, and whoever made the webhook gets a mail;
// enabled again, it goes on where it was.
func TestDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("a", "b")
	w.answer = w.fail
	w.do()
	w.clk.Add(5*24*time.Hour - time.Second)
	w.do()
	if w.jobs("mail") != 0 {
		t.Fatal("too early")
	}
	w.answer = w.good
	w.do() // one that goes well begins the time anew
	w.answer = w.fail
	w.tell("c")
	w.do()
	w.clk.Add(5 * 24 * time.Hour)
	w.got = nil
	w.do()
	w.want("the last attempt", w.sent(), "c")
	h, err := w.Webhooks.Get(t.Context(), w.hook.ID)
	if err != nil || h.Enabled || h.DisabledAt == nil || !h.DisabledAt.Equal(w.clk.Now()) ||
		h.Version != w.hook.Version+1 {
		t.Errorf("%+v, %v", h, err)
	}
	var args string
	if err := w.owner.Get(t.Context(), &args, `SELECT args::text FROM river.river_job WHERE kind = 'mail'`); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(args, "ada@example.com") || !strings.Contains(args, "Elm Street") ||
		!strings.Contains(args, "https://sales.example.com/v1/webhooks/"+h.ID.String()) || strings.Contains(args, "secret") {
		t.Errorf("the mail is %s", args)
	}
	w.tell("d")
	if w.do() || w.sent() != "" {
		t.Error("it is sent more")
	}
	w.answer = w.fail
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(true)})
	if w.hook.DisabledAt != nil {
		t.Error("it still says that it was disabled")
	}
	w.do()
	if h, err := w.Webhooks.Get(t.Context(), w.hook.ID); err != nil || !h.Enabled || w.jobs("mail") != 1 {
		t.Errorf("one failure after it was enabled disables it: %+v, %v", h, err)
	}
	w.answer, w.got = w.good, nil
	w.do()
	w.want("what waited", w.sent(), "c d")
}

// TestDecided: a person has an event sent again, or drops it.
func TestDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("a", "b", "c")
	w.do()
	w.got = nil
	jobs := w.jobs("webhook.deliver")
	if d, err := w.decide(1, webhookbus.Business.Redeliver); err != nil || d.Status != webhookbus.Pending {
		t.Fatal(d, err)
	}
	if n := w.jobs("webhook.deliver"); n != jobs+1 {
		t.Errorf("%d jobs more", n-jobs)
	}
	w.do()
	w.want("sent again", w.sent(), "b")
	w.want("states", w.states(), "a DELIVERED 1, b DELIVERED 2, c DELIVERED 1")
	if _, err := w.decide(1, webhookbus.Business.Drop); !errors.Is(err, webhookbus.ErrNotWaiting) {
		t.Errorf("dropped what was delivered: %v", err)
	}
	w.answer = w.fail
	if _, err := w.decide(0, webhookbus.Business.Redeliver); err != nil {
		t.Fatal(err)
	}
	w.do()
	w.want("it fails once", w.states(), "a FAILED 2, b DELIVERED 2, c DELIVERED 1")
	if _, err := w.decide(0, webhookbus.Business.Drop); err != nil {
		t.Fatal(err)
	}
	w.tell("d", "e")
	w.do()
	w.got = nil
	if _, err := w.decide(3, webhookbus.Business.Redeliver); err != nil { // it waits, and is tried at once
		t.Fatal(err)
	}
	w.do()
	w.want("tried at once", w.sent(), "d")
	if _, err := w.decide(3, webhookbus.Business.Drop); err != nil {
		t.Fatal(err)
	}
	w.answer = w.good
	w.do()
	w.want("after what was dropped", w.sent(), "e")
	w.want("states", w.states(), "a DROPPED 2, b DELIVERED 2, c DELIVERED 1, d DROPPED 2, e DELIVERED 1")
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(false)})
	if _, err := w.decide(0, webhookbus.Business.Redeliver); !errors.Is(err, webhookbus.ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(true)})
	if _, err := w.owner.Exec(t.Context(), `DELETE FROM events`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.decide(0, webhookbus.Business.Redeliver); !errors.Is(err, webhookbus.ErrEventGone) {
		t.Errorf("an event that is gone: %v", err)
	}
}

// TestReplay: what a webhook has had is sent again, in its order and behind what waits, and nothing twice of what comes
// anyway; one that fails is tried once, and those behind it a little later.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replay := func(want int64) {
		t.Helper()
		list, err := w.Outbox.OfMarket(t.Context(), w.market.ID, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		n, err := dbtest.In(w.Business, func(ctx context.Context, d business.Domains) (int64, error) {
			h, err := d.Webhooks.Lock(ctx, w.hook.ID)
			if err != nil {
				return 0, err
			}
			return d.Webhooks.Replay(ctx, h, list)
		})
		if err != nil || n != want {
			t.Errorf("%d are sent again, %v, want %d", n, err, want)
		}
		w.got = nil
	}
	ids := w.tell("a", "b", "c")
	w.do()
	replay(3)
	if w.do() || len(w.got) != 3 || w.got[0].ID != ids[0] {
		t.Errorf("came: %+v", w.got)
	}
	w.want("again", w.sent(), "a b c")
	w.want("states", w.states(), "a DELIVERED 2, b DELIVERED 2, c DELIVERED 2")

	w.answer = w.fail
	w.tell("d", "e")
	w.do()
	replay(3)
	if !w.do() {
		t.Error("what fails is not tried again")
	}
	w.want("behind what fails", w.sent(), "d")
	w.answer = w.good
	w.do()
	w.want("behind what waits", w.sent(), "d e a b c")

	w.answer = func(m webhook.Message) webhook.Result {
		if m.ID == ids[1] {
			return w.fail(m)
		}
		return w.good(m)
	}
	replay(5)
	if !w.do() {
		t.Error("it does not come back")
	}
	w.want("up to the one that fails", w.sent(), "a b")
	w.tell("f")
	w.do()
	w.want("the rest", w.sent(), "f c d e")
	w.want("states", w.states(), "a DELIVERED 4, b FAILED 4, c DELIVERED 4, d DELIVERED 4, e DELIVERED 2, f DELIVERED 1")

	types := []string{"b", "x"}
	w.update(webhookbus.UpdateWebhook{Types: opt.Nullable[[]string]{Set: true, V: &types}})
	list := strings.Split(strings.Repeat("x", 50), "") // more than are read at once
	w.tell(list...)
	w.answer = w.good
	w.do()
	replay(51)
	if w.do() {
		t.Error("there is more to do")
	}
	w.want("what it wants", w.sent(), "b "+strings.Join(list, " "))
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(false)})
	if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		_, err := d.Webhooks.Replay(ctx, w.hook, nil)
		return err
	}); !errors.Is(err, webhookbus.ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
}

// TestRotate: for a day both secrets sign, and of three the newest two.
func TestRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rotate := func() (secret string) {
		t.Helper()
		if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			h, err := d.Webhooks.Lock(ctx, w.hook.ID)
			if err != nil {
				return err
			}
			w.hook, secret, err = d.Webhooks.Rotate(ctx, h)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return secret
	}
	signs := func(what string, want ...string) {
		t.Helper()
		w.got = nil
		w.tell("x")
		w.do()
		if len(w.got) != 1 || !reflect.DeepEqual(w.got[0].Secrets, want) {
			t.Errorf("%s: %v, want %v", what, w.got, want)
		}
	}
	version := w.hook.Version
	second := rotate()
	if w.hook.Version != version+1 || second == w.secret {
		t.Errorf("%+v", w.hook)
	}
	signs("both", second, w.secret)
	third := rotate()
	signs("the newest two", third, second)
	w.clk.Add(24 * time.Hour)
	signs("one", third)
}

// TestSweep: a webhook whose job was lost is woken, and nobody else.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sweep := func(what string, want int) {
		t.Helper()
		before := w.jobs("webhook.deliver")
		if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			return d.Webhooks.Sweep(ctx)
		}); err != nil {
			t.Fatal(err)
		}
		if n := w.jobs("webhook.deliver") - before; n != want {
			t.Errorf("%s: %d jobs, want %d", what, n, want)
		}
	}
	sweep("enabled just now", 1)
	w.do()
	w.clk.Add(time.Hour)
	sweep("nothing to do", 0)
	w.tell("a")
	sweep("its job is to come", 0)
	late := func() {
		if _, err := w.owner.Exec(t.Context(),
			`UPDATE webhook_cursors SET due_at = now() - interval '61 seconds'`); err != nil {
			t.Fatal(err)
		}
	}
	late()
	sweep("its job should have come", 1)
	sweep("it was woken", 0)
	w.answer = w.fail
	w.do()
	sweep("it waits for its next attempt", 0)
	late()
	w.update(webhookbus.UpdateWebhook{Enabled: opt.Some(false)})
	sweep("it is disabled", 0)
}

// TestClean: deliveries go when their events do.
func TestClean(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("old")
	w.do()
	w.clk.Add(outbox.Keep - time.Minute)
	w.tell("new")
	w.do()
	w.clk.Add(2 * time.Minute)
	if err := w.Business.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want("left", w.states(), "new DELIVERED 1")
}

// TestMarketStays: a market with a webhook is not deleted, and one is when its maker is gone.
func TestMarketStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, err := dbtest.In(w.Business, func(ctx context.Context, d business.Domains) (marketbus.Market, error) {
		m := w.market
		return d.Markets.Create(ctx, marketbus.NewMarket{Name: m.Name, Place: m.Place, StartsAt: m.StartsAt, EndsAt: m.EndsAt,
			Currency: m.Currency})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.market = m
	w.create()
	if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Markets.Delete(ctx, m)
	}); !errors.Is(err, marketbus.ErrNotEmpty) {
		t.Errorf("%v", err)
	}
}
