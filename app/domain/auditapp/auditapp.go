// Package auditapp shows the audit to those who run the server.
package auditapp

import (
	"context"
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
	ID         uuid.UUID      `json:"id"`
	At         time.Time      `json:"at"`
	ActorID    *uuid.UUID     `json:"actorID" nullable:"true"`
	Action     string         `json:"action"`
	Resource   string         `json:"resource"`
	ResourceID *uuid.UUID     `json:"resourceID" nullable:"true"`
	Outcome    audit.Outcome  `json:"outcome" enum:"SUCCESS,DENIED"`
	RemoteAddr string         `json:"remoteAddr"`
	TraceID    string         `json:"traceID"`
	Changes    jsontext.Value `json:"changes"`
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
	From       *time.Time `query:"from"`
	To         *time.Time `query:"to"`
}

//go:embed examples.json
var examples []byte

// Routes adds the route of the audit.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Audit", Description: "Who did what, and what was refused."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/audit", Action: "audit.list"}, query)
}

func query(ctx context.Context, d business.Domains, in list) (rest.List[Record], error) {
	res, err := d.Audit.Query(ctx, audit.Filter(in.filter), in.Page.Query())
	return rest.ListOf(res, toRecord), err
}

// toRecord is written by hand, because the JSON libraries of business and app name raw JSON differently.
func toRecord(r audit.Record) Record {
	return Record{
		ID: r.ID, At: r.At, ActorID: r.ActorID, Action: r.Action, Resource: r.Resource, ResourceID: r.ResourceID,
		Outcome: r.Outcome, RemoteAddr: r.RemoteAddr, TraceID: r.TraceID, Changes: jsontext.Value(r.Changes),
	}
}
