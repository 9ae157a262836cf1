package outbox_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func event(t *testing.T, market uuid.UUID, typ string) outbox.Event {
	t.Helper()
	e, err := outbox.New(sqldb.DB{}, clock.Now).Stamp(outbox.Event{MarketID: market, Kind: "thing", KindID: uuid.New(),
		Type: typ, Payload: []byte(`{"n": 1}`)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// add tells events in a transaction that ends as fn says.
func add(ctx context.Context, db sqldb.DB, fn func(sqldb.DB) error, list ...outbox.Event) error {
	return db.InTx(ctx, func(tx sqldb.DB) error {
		if err := outbox.New(tx, clock.Now).Add(ctx, list...); err != nil {
			return err
		}
		return fn(tx)
	})
}

func committed(sqldb.DB) error { return nil }

func drain(t *testing.T, db sqldb.DB) int {
	t.Helper()
	n, err := outbox.NewRelay(db).Drain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func after(t *testing.T, db sqldb.DB, position int64) []outbox.Told {
	t.Helper()
	list, err := outbox.New(db, clock.Now).After(t.Context(), position, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestCommitted: what is committed is told as it was written, once; what is rolled back is not. Whoever tells before
// COMMIT, which is the negative control, has told of it.
func TestCommitted(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	market, mine := uuid.New(), uuid.New()
	first, second, undone := event(t, market, "first"), event(t, market, "second"), event(t, market, "undone")
	second.FamilyID, second.AccountID = &mine, &market
	sorry := errors.New("sorry")
	var early []string
	err := add(t.Context(), db, func(tx sqldb.DB) error {
		return cmp.Or(tx.Select(t.Context(), &early, `SELECT type FROM outbox`), sorry)
	}, undone)
	if !errors.Is(err, sorry) {
		t.Fatal(err)
	}
	if fmt.Sprint(early) != "[undone]" {
		t.Errorf("before COMMIT there was %q to tell: it is no control", early)
	}
	if n := drain(t, db); n != 0 {
		t.Errorf("%d events of what was rolled back", n)
	}
	if err := add(t.Context(), db, committed, first, second); err != nil {
		t.Fatal(err)
	}
	if n, again := drain(t, db), drain(t, db); n != 2 || again != 0 {
		t.Errorf("drained %d and then %d events, want 2 and 0", n, again)
	}
	want := fmt.Sprintf("%+v", []outbox.Told{{Position: 1, Event: first}, {Position: 2, Event: second}})
	for name, list := range map[string][]outbox.Told{"after": after(t, db, 0), "of the market": ofMarket(t, db, market)} {
		for i := range list { // pointers print as addresses
			e := []outbox.Event{first, second}[i]
			list[i].FamilyID, list[i].AccountID = e.FamilyID, e.AccountID
		}
		if got := fmt.Sprintf("%+v", list); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	if list := after(t, db, 1); len(list) != 1 || *list[0].FamilyID != mine || *list[0].AccountID != market {
		t.Errorf("after 1: %+v", list)
	}
	if list := ofMarket(t, db, uuid.New()); len(list) != 0 {
		t.Errorf("another market has %+v", list)
	}
	if r, err := outbox.New(db, clock.Now).Reach(t.Context()); err != nil || r != (outbox.Reach{Head: 2}) {
		t.Errorf("reach %+v, %v", r, err)
	}
}

func ofMarket(t *testing.T, db sqldb.DB, market uuid.UUID) []outbox.Told {
	t.Helper()
	list, err := outbox.New(db, clock.Now).OfMarket(t.Context(), market, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestLateCommit: an event that was written first and committed last is told all the same. A reader that keeps a cursor
// over the outbox itself, which is the negative control, never sees it.
func TestLateCommit(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	var cursor int64
	read := func() (types []string) {
		var rows []struct {
			Seq  int64  `db:"seq"`
			Type string `db:"type"`
		}
		if err := db.Select(t.Context(), &rows, `SELECT seq, type FROM outbox WHERE seq > $1 ORDER BY seq`,
			cursor); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			cursor = r.Seq
			types = append(types, r.Type)
		}
		return types
	}
	var seen []string
	err := add(t.Context(), db, func(tx sqldb.DB) error {
		if _, err := tx.Exec(t.Context(), `SELECT 1`); err != nil { // the first event goes out with it
			return err
		}
		if err := add(t.Context(), db, committed, event(t, uuid.New(), "late to begin")); err != nil {
			return err
		}
		seen = append(seen, read()...)
		drain(t, db)
		return nil
	}, event(t, uuid.New(), "late to commit"))
	if err != nil {
		t.Fatal(err)
	}
	if seen = append(seen, read()...); fmt.Sprint(seen) != "[late to begin]" {
		t.Errorf("a cursor saw %q: it is no control", seen)
	}
	drain(t, db)
	if list := after(t, db, 0); len(list) != 2 || list[0].Type != "late to begin" || list[1].Type != "late to commit" {
		t.Errorf("told %+v", list)
	}
}

// TestHeard: whoever follows some markets gets what happens there, a page at a time, and goes on behind what happens
// elsewhere.
func TestHeard(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	mine, other := []uuid.UUID{uuid.New(), uuid.New()}, uuid.New()
	var list []outbox.Event
	for i, market := range []uuid.UUID{other, mine[0], other, mine[1], mine[0], other} {
		list = append(list, event(t, market, fmt.Sprint(i+1)))
	}
	if err := add(t.Context(), db, committed, list...); err != nil {
		t.Fatal(err)
	}
	drain(t, db)
	for _, tt := range []struct {
		from, upTo int64
		want       string
	}{{0, 4, "[2 4]"}, {1, 4, "[2 4]"}, {4, 6, "[5]"}, {5, 6, "[]"}, {6, 6, "[]"}} {
		got, upTo, err := outbox.New(db, clock.Now).Heard(t.Context(), mine, tt.from, 2)
		types := make([]string, len(got))
		for i, e := range got {
			types[i] = e.Type
		}
		if err != nil || upTo != tt.upTo || fmt.Sprint(types) != tt.want {
			t.Errorf("after %d: %v up to %d, %v, want %s up to %d", tt.from, types, upTo, err, tt.want, tt.upTo)
		}
	}
}

// TestOrder: many write at many markets, several relays drain meanwhile: nothing is lost or told twice, positions have
// no gaps, and each market's events have the order in which its row was held.
func TestOrder(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	owner := dbtest.Owner(t, db)
	const markets, writers, each = 4, 8, 40
	ids := make([]uuid.UUID, markets)
	if _, err := owner.Exec(t.Context(), `CREATE TABLE turns (market_id uuid PRIMARY KEY, n int NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	for i := range ids {
		ids[i] = uuid.New()
		if _, err := owner.Exec(t.Context(), `INSERT INTO turns VALUES ($1, 0)`, ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var relays, wg sync.WaitGroup
	for range 3 {
		relays.Go(func() { outbox.NewRelay(db).Run(ctx, slog.New(slog.DiscardHandler)) })
	}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				market := ids[(w+i)%markets]
				err := owner.InTx(ctx, func(tx sqldb.DB) error {
					var n int
					if err := tx.Get(ctx, &n, `UPDATE turns SET n = n + 1 WHERE market_id = $1 RETURNING n`, market); err != nil {
						return err
					}
					return outbox.New(tx, clock.Now).Add(ctx, event(t, market, fmt.Sprint(n)))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for len(after(t, db, 0)) < writers*each && t.Context().Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	relays.Wait()
	turn := map[uuid.UUID]int{}
	list := after(t, db, 0)
	for i, e := range list {
		turn[e.MarketID]++
		if e.Position != int64(i+1) || e.Type != fmt.Sprint(turn[e.MarketID]) {
			t.Fatalf("event %d has position %d, and is number %s of its market, want %d", i+1, e.Position, e.Type,
				turn[e.MarketID])
		}
	}
	if len(list) != writers*each {
		t.Errorf("%d events, want %d", len(list), writers*each)
	}
}

// TestDeadRelay: one that dies while it holds the row of event_head, so that its connection says nothing more, is ended
// by the database within seconds. Without the time that Drain sets, which is the negative control, it is not.
func TestDeadRelay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, limit string
		within      bool
	}{{"as Drain does", "2s", true}, {"without a limit", "0", false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t)
			if err := add(t.Context(), db, committed, event(t, uuid.New(), "x")); err != nil {
				t.Fatal(err)
			}
			_ = db.InTx(t.Context(), func(tx sqldb.DB) error {
				var s string
				if err := tx.Get(t.Context(), &s, `SELECT set_config('idle_in_transaction_session_timeout', $1, true)`,
					test.limit); err != nil {
					t.Fatal(err)
				}
				var head int64
				if err := tx.Get(t.Context(), &head, `SELECT position FROM event_head FOR UPDATE`); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				n, err := outbox.NewRelay(db).Drain(ctx)
				if (n == 1) != test.within {
					t.Errorf("drained %d, %v", n, err)
				}
				return errors.New("it is dead")
			})
		})
	}
}

// TestClean: what is older than Keep goes a week at a time, what is younger stays, and Reach tells.
func TestClean(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	owner := dbtest.Owner(t, db)
	now := clock.Now()
	for _, age := range []time.Duration{outbox.Keep + 9*24*time.Hour, outbox.Keep - 24*time.Hour} {
		week := now.Add(-age).Truncate(7 * 24 * time.Hour) // its Monday
		name := "events_" + week.Format("20060102")
		if _, err := owner.Exec(t.Context(), `CREATE TABLE `+name+` PARTITION OF events FOR VALUES FROM ('`+
			week.Format(time.RFC3339)+`') TO ('`+week.AddDate(0, 0, 7).Format(time.RFC3339)+`')`); err != nil {
			t.Fatal(err)
		}
	}
	const day = 24 * time.Hour
	for _, age := range []time.Duration{outbox.Keep + 100*day, outbox.Keep + 9*day, outbox.Keep - day, 0} {
		e := event(t, uuid.New(), age.String())
		e.At = now.Add(-age)
		if err := add(t.Context(), db, committed, e); err != nil {
			t.Fatal(err)
		}
		drain(t, db)
	}
	if err := outbox.New(db, clock.Now).Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := after(t, db, 0)
	if len(list) != 2 || list[0].Position != 3 || list[1].Position != 4 {
		t.Errorf("left: %+v", list)
	}
	if r, err := outbox.New(db, clock.Now).Reach(t.Context()); err != nil || r != (outbox.Reach{Head: 4, Gone: 2}) {
		t.Errorf("reach %+v, %v", r, err)
	}
}
