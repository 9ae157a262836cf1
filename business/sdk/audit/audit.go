// Package audit is the record of who did what: it is written and read, and never changed.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// Outcome is how an action ended.
type Outcome string

// The outcomes. What failed for another reason, such as a conflict, changed nothing and is not recorded.
const (
	Success Outcome = "SUCCESS"
	Denied  Outcome = "DENIED"
)

// Record is one action of somebody.
type Record struct {
	ID         uuid.UUID
	At         time.Time
	ActorID    *uuid.UUID // nil: nobody, or nobody knows who
	KeyID      *uuid.UUID // the actor's API key; nil: none
	Action     string
	Resource   string
	ResourceID *uuid.UUID
	Outcome    Outcome
	RemoteAddr string
	TraceID    string
	Changes    json.RawMessage // nil: none
}

// Filter narrows the list of records.
type Filter struct {
	ActorID    *uuid.UUID
	Action     *string
	Resource   *string
	ResourceID *uuid.UUID
	From       *time.Time
	To         *time.Time // not included
}

// OrderBy are the orders of the list of records: newest first.
var OrderBy = query.Columns[Record]{
	Default: "-at",
	ID:      func(r Record) uuid.UUID { return r.ID },
	By: map[string]query.Column[Record]{
		"at": query.By("a.at", func(r Record) time.Time { return r.At }),
	},
}

type row struct {
	ID         uuid.UUID  `db:"audit_id"`
	At         time.Time  `db:"at"`
	ActorID    *uuid.UUID `db:"actor_id"`
	KeyID      *uuid.UUID `db:"key_id"`
	Action     string     `db:"action"`
	Resource   string     `db:"resource"`
	ResourceID *uuid.UUID `db:"resource_id"`
	Outcome    Outcome    `db:"outcome"`
	RemoteAddr string     `db:"remote_addr"`
	TraceID    string     `db:"trace_id"`
	Changes    *string    `db:"changes"`
}

// Store keeps records in one database.
type Store struct {
	db  sqldb.DB
	now func() time.Time
}

// New makes a Store.
func New(db sqldb.DB, now func() time.Time) Store { return Store{db, now} }

// Stamp gives a record its id and its time.
func (s Store) Stamp(r Record) (Record, error) {
	var err error
	if r.ID, err = uuid.NewV7(); err != nil {
		return r, fmt.Errorf("audit id: %w", err)
	}
	r.At = s.now()
	return r, nil
}

// Add keeps records, in the transaction of what they are about or in one of their own.
func (s Store) Add(ctx context.Context, records ...Record) error {
	if len(records) == 0 {
		return nil
	}
	rows := make([]row, len(records))
	for i, r := range records {
		rows[i] = row{r.ID, r.At, r.ActorID, r.KeyID, r.Action, r.Resource, r.ResourceID, r.Outcome, r.RemoteAddr, r.TraceID,
			nil}
		if r.Changes != nil {
			text := string(r.Changes)
			rows[i].Changes = &text
		}
	}
	return s.db.LaterNamed(ctx, func(err error) error {
		if err != nil {
			return fmt.Errorf("audit: add: %w", err)
		}
		return nil
	}, `
		INSERT INTO audit (audit_id, at, actor_id, key_id, action, resource, resource_id, outcome, remote_addr, trace_id,
			changes)
		VALUES (:audit_id, :at, :actor_id, :key_id, :action, :resource, :resource_id, :outcome, :remote_addr, :trace_id,
			:changes)`,
		rows)
}

// Query lists records.
func (s Store) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Record], error) {
	var w sqldb.Where
	sqldb.If(&w, "a.actor_id = ?", f.ActorID)
	sqldb.If(&w, "a.action = ?", f.Action)
	sqldb.If(&w, "a.resource = ?", f.Resource)
	sqldb.If(&w, "a.resource_id = ?", f.ResourceID)
	sqldb.If(&w, "a.at >= ?", f.From)
	sqldb.If(&w, "a.at < ?", f.To)
	const q = `
		SELECT a.audit_id, a.at, a.actor_id, a.key_id, a.action, a.resource, a.resource_id, a.outcome, a.remote_addr,
			a.trace_id, a.changes::text AS changes
		FROM audit a`
	return sqldb.List(ctx, s.db, q, "a.audit_id", w, OrderBy, p, row.record)
}

func (r row) record() Record {
	rec := Record{
		ID: r.ID, At: r.At, ActorID: r.ActorID, KeyID: r.KeyID, Action: r.Action, Resource: r.Resource,
		ResourceID: r.ResourceID, Outcome: r.Outcome, RemoteAddr: r.RemoteAddr, TraceID: r.TraceID,
	}
	if r.Changes != nil {
		rec.Changes = json.RawMessage(*r.Changes)
	}
	return rec
}
