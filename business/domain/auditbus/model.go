package auditbus

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
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
