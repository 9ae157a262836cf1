// Package auditapp shows the audit to those who run the server.
package auditapp

import (
	_ "embed"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/audit"
)

// Record is one action of somebody.
type Record struct {
	ID         uuid.UUID      `json:"id" doc:"The id, a UUIDv7."`
	At         time.Time      `json:"at" doc:"When it happened."`
	ActorID    *uuid.UUID     `json:"actorID" nullable:"true" doc:"The account that did it; null: nobody was logged in."`
	KeyID      *uuid.UUID     `json:"keyID" nullable:"true" doc:"The API key that it did it with; null: none."`
	Action     string         `json:"action" doc:"What was done, such as 'sale.create'."`
	Resource   string         `json:"resource" doc:"The kind of what it was done to, such as 'sale'."`
	ResourceID *uuid.UUID     `json:"resourceID" nullable:"true" doc:"What it was done to; null: nothing that has an id."`
	Outcome    audit.Outcome  `json:"outcome" enum:"SUCCESS,DENIED" doc:"SUCCESS, or DENIED for what was refused."`
	RemoteAddr string         `json:"remoteAddr" doc:"The address that it came from."`
	TraceID    string         `json:"traceID" doc:"The trace of the request."`
	Changes    jsontext.Value `json:"changes" doc:"The body of the request, secrets hidden; of a large one the size."`
}

type list struct {
	filter
	rest.Page
}

type filter struct {
	ActorID    *uuid.UUID `query:"actorID"`
	Action     *string    `query:"action"`
	Resource   *string    `query:"resource"`
	ResourceID *uuid.UUID `query:"resourceID"`
	From       *time.Time `query:"from" doc:"At this time or later."`
	To         *time.Time `query:"to" doc:"Before this time."`
}

//go:embed examples.json
var examples []byte

// Routes adds the route of the audit.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Audit", Description: "Who did what, and what was refused."}, examples)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/audit", Action: "audit.list",
		ID: "listAudit", Summary: "Who did what", Orders: audit.OrderBy.Names(),
		Description: "Every change, and every refusal and login, newest first. `from` is inclusive, `to` is not. Passwords " +
			"and tokens are hidden in `changes`.",
	}, query)
}

func query(c rest.Call[business.Domains], in list) (rest.List[Record], error) {
	res, err := c.D.Audit.Query(c, audit.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, toRecord), err
}

// toRecord is written by hand, because the JSON libraries of business and app name raw JSON differently.
func toRecord(r audit.Record) Record {
	return Record{
		ID: r.ID, At: r.At, ActorID: r.ActorID, KeyID: r.KeyID, Action: r.Action, Resource: r.Resource,
		ResourceID: r.ResourceID, Outcome: r.Outcome, RemoteAddr: r.RemoteAddr, TraceID: r.TraceID,
		Changes: jsontext.Value(r.Changes),
	}
}
