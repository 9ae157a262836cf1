// Package auditbus is the record of who did what: it is written and read, and never changed.
package auditbus

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
)

// Storer keeps records.
type Storer interface {
	Add(ctx context.Context, records []Record) error
	Query(ctx context.Context, f Filter, p query.Page) (query.Result[Record], error)
}

// Business is the rules about records.
type Business struct {
	store Storer
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, now func() time.Time) Business { return Business{store, now} }

// New gives a record its id and its time.
func (b Business) New(r Record) (Record, error) {
	var err error
	if r.ID, err = uuid.NewV7(); err != nil {
		return r, fmt.Errorf("audit id: %w", err)
	}
	r.At = b.now()
	return r, nil
}

// Add keeps records, in the transaction of what they are about or in one of their own.
func (b Business) Add(ctx context.Context, records ...Record) error { return b.store.Add(ctx, records) }

// Query lists records.
func (b Business) Query(ctx context.Context, f Filter, p query.Page) (query.Result[Record], error) {
	return b.store.Query(ctx, f, p)
}
