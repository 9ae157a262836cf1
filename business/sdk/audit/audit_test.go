package audit_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/audit"
	"github.com/garagesale/service/business/sdk/query"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	actor, resource = uuid.New(), uuid.New()
	middle          = time.Date(2026, 5, 30, 9, 0, 0, 0, time.UTC)
)

// TestAdd: a record is kept as it came, its changes byte for byte.
func TestAdd(t *testing.T) {
	t.Parallel()
	clk := dbtest.NewClock()
	s := audit.New(dbtest.New(t), clk.Now)
	full := audit.Record{ActorID: &actor, KeyID: &resource, Action: "a", Resource: "r", ResourceID: &resource,
		Outcome: audit.Success, RemoteAddr: "192.0.2.1", TraceID: "t", Changes: json.RawMessage(`{ "b":1,"a":2, "a":3}`)}
	var want []audit.Record
	for _, r := range []audit.Record{full, {Action: "a", Resource: "r", Outcome: audit.Denied}} {
		stamped, err := s.Stamp(r)
		r.ID, r.At = stamped.ID, clk.Now()
		if err != nil || stamped.ID.Version() != 7 || !reflect.DeepEqual(stamped, r) {
			t.Errorf("stamped %+v, %v, want %+v", stamped, err, r)
		}
		want = append(want, stamped)
		clk.Add(time.Second)
	}
	if err := s.Add(t.Context(), want...); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context()); err != nil {
		t.Errorf("no records: %v", err)
	}
	got, err := s.Query(t.Context(), audit.Filter{}, query.Page{OrderBy: "at"})
	if err != nil || !reflect.DeepEqual(got.Items, want) {
		t.Errorf("kept %+v, %v\nwant %+v", got.Items, err, want)
	}
}

// fill adds n records to a World and returns their list.
func fill(t *testing.T, w *dbtest.World, n int) dbtest.Listing[audit.Filter, audit.Record] {
	t.Helper()
	s := audit.New(w.DB, time.Now)
	var records []audit.Record
	for i := range n {
		r := audit.Record{ID: uuid.New(), At: middle.Add(time.Duration(i%10-5) * time.Minute),
			Action: fmt.Sprint("action", i%3), Resource: fmt.Sprint("resource", i%5), Outcome: audit.Success}
		if i%2 == 0 {
			r.ActorID = &actor
		}
		if i%4 == 0 {
			r.ResourceID = &resource
		}
		records = append(records, r)
	}
	if err := s.Add(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Exec(t.Context(), `ANALYZE audit`); err != nil {
		t.Fatal(err)
	}
	is := func(id *uuid.UUID, want uuid.UUID) bool { return id != nil && *id == want }
	return dbtest.Listing[audit.Filter, audit.Record]{
		Query: s.Query, Columns: audit.OrderBy,
		Filters: map[string]dbtest.Filter[audit.Filter, audit.Record]{
			"actor": dbtest.Narrow(audit.Filter{ActorID: &actor}, func(r audit.Record) bool { return is(r.ActorID, actor) }),
			"action": dbtest.Narrow(audit.Filter{Action: new("action1")},
				func(r audit.Record) bool { return r.Action == "action1" }),
			"resource": dbtest.Narrow(audit.Filter{Resource: new("resource1")},
				func(r audit.Record) bool { return r.Resource == "resource1" }),
			"resourceID": dbtest.Narrow(audit.Filter{ResourceID: &resource},
				func(r audit.Record) bool { return is(r.ResourceID, resource) }),
			"from": dbtest.Narrow(audit.Filter{From: &middle}, func(r audit.Record) bool { return !r.At.Before(middle) }),
			"to":   dbtest.Narrow(audit.Filter{To: &middle}, func(r audit.Record) bool { return r.At.Before(middle) }),
		},
		Orders: map[string]func(a, b audit.Record) int{
			"at": dbtest.By(func(r audit.Record) int64 { return r.At.UnixMicro() }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Lists(t, fill(t, dbtest.NewWorld(t, 1), 40))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 1)
	l := fill(t, w, 400)
	dbtest.PlannedOnce(t, w, l)
	dbtest.UseIndexes(t, w, l)
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := audit.New(db, time.Now)
	r, err := s.Stamp(audit.Record{Action: "a", Resource: "r", Outcome: audit.Success})
	if err == nil {
		err = s.Add(t.Context(), r)
	}
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Constraints(t, dbtest.Owner(t, db), []string{"audit"}, map[string][]string{
		"audit_outcome_check": {`UPDATE audit SET outcome = 'FAILED'`},
	})
}
