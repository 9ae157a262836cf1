// Package auditdb keeps the audit in Postgres.
package auditdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/auditbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
)

type row struct {
	ID         uuid.UUID        `db:"audit_id"`
	At         time.Time        `db:"at"`
	ActorID    *uuid.UUID       `db:"actor_id"`
	Action     string           `db:"action"`
	Resource   string           `db:"resource"`
	ResourceID *uuid.UUID       `db:"resource_id"`
	Outcome    auditbus.Outcome `db:"outcome"`
	RemoteAddr string           `db:"remote_addr"`
	TraceID    string           `db:"trace_id"`
	Changes    *string          `db:"changes"`
}

// Store implements auditbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Add implements auditbus.Storer.
func (s Store) Add(ctx context.Context, records []auditbus.Record) error {
	if len(records) == 0 {
		return nil
	}
	rows := make([]row, len(records))
	for i, r := range records {
		rows[i] = row{r.ID, r.At, r.ActorID, r.Action, r.Resource, r.ResourceID, r.Outcome, r.RemoteAddr, r.TraceID, nil}
		if r.Changes != nil {
			text := string(r.Changes)
			rows[i].Changes = &text
		}
	}
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO audit (audit_id, at, actor_id, action, resource, resource_id, outcome, remote_addr, trace_id, changes)
		VALUES (:audit_id, :at, :actor_id, :action, :resource, :resource_id, :outcome, :remote_addr, :trace_id, :changes)`, rows)
	if err != nil {
		return fmt.Errorf("audit: add: %w", err)
	}
	return nil
}

// Query implements auditbus.Storer.
func (s Store) Query(ctx context.Context, f auditbus.Filter, p query.Page) (query.Result[auditbus.Record], error) {
	var w sqldb.Where
	sqldb.If(&w, "a.actor_id = ?", f.ActorID)
	sqldb.If(&w, "a.action = ?", f.Action)
	sqldb.If(&w, "a.resource = ?", f.Resource)
	sqldb.If(&w, "a.resource_id = ?", f.ResourceID)
	sqldb.If(&w, "a.at >= ?", f.From)
	sqldb.If(&w, "a.at < ?", f.To)
	const q = `
		SELECT a.audit_id, a.at, a.actor_id, a.action, a.resource, a.resource_id, a.outcome, a.remote_addr, a.trace_id, a.changes::text AS changes
		FROM audit a`
	return sqldb.List(ctx, s.db, q, "a.audit_id", w, auditbus.OrderBy, p, row.record)
}

func (r row) record() auditbus.Record {
	rec := auditbus.Record{
		ID: r.ID, At: r.At, ActorID: r.ActorID, Action: r.Action, Resource: r.Resource, ResourceID: r.ResourceID,
		Outcome: r.Outcome, RemoteAddr: r.RemoteAddr, TraceID: r.TraceID,
	}
	if r.Changes != nil {
		rec.Changes = json.RawMessage(*r.Changes)
	}
	return rec
}
