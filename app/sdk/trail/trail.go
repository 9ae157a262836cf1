// Package trail writes down who did what: every change in its own transaction, and what was refused in one of its own.
// It knows no domain; rest and the middleware tell it what happened.
package trail

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/audit"
	"github.com/garagesale/service/foundation/metrics"
)

// Change records a change, in the transaction that d is over.
func Change(ctx context.Context, d *business.Domains, e rest.Event) error {
	r, err := d.Audit.Stamp(record(ctx, e, audit.Success))
	if err != nil {
		return err
	}
	return d.Audit.Add(ctx, r)
}

func record(ctx context.Context, e rest.Event, o audit.Outcome) audit.Record {
	info := request.From(ctx)
	r := audit.Record{Action: e.Action, Resource: e.Resource, Outcome: o, TraceID: info.TraceID,
		Changes: json.RawMessage(e.Changes)}
	if info.RemoteAddr.IsValid() && !info.Unseen {
		r.RemoteAddr = info.RemoteAddr.String()
	}
	if info.Actor.ID != uuid.Nil {
		r.ActorID = &info.Actor.ID
	}
	if info.Actor.Key != nil {
		r.KeyID = &info.Actor.Key.ID
	}
	if e.ResourceID != uuid.Nil {
		r.ResourceID = &e.ResourceID
	}
	return r
}

// The bounds of what is refused: whoever sends a flood must fill neither the memory nor the disk. What is beyond them
// is counted, and the count recorded.
const (
	queue    = 1024             // that wait to be written
	perSec   = 20               // records that are written in the long run
	batch    = 100              // of a transaction
	maxWrite = 5 * time.Second  // of a transaction
	summary  = 10 * time.Second // between two records of what was left out
)

var dropped = metrics.NewCounter("garagesale_audit_dropped_total",
	"Refusals that were counted, but not recorded one by one.")

// Store is where the records go.
type Store interface {
	Stamp(r audit.Record) (audit.Record, error)
	Add(ctx context.Context, records ...audit.Record) error
}

// Refusals records what is refused, beside the requests: they never wait for it.
type Refusals struct {
	store Store
	log   *slog.Logger
	queue chan audit.Record
	limit *rate.Limiter
	lost  atomic.Int64
}

// NewRefusals makes a Refusals, which writes while Run runs.
func NewRefusals(store Store, log *slog.Logger) *Refusals {
	return &Refusals{store: store, log: log, queue: make(chan audit.Record, queue), limit: rate.NewLimiter(perSec, queue)}
}

// Middleware records the answers 401 and 403 of the routes that it wraps.
func (f *Refusals) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww, ok := w.(middleware.WrapResponseWriter)
		if !ok {
			ww = middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		}
		next.ServeHTTP(ww, r)
		if s := ww.Status(); s != http.StatusUnauthorized && s != http.StatusForbidden {
			return
		}
		if !f.limit.Allow() {
			f.drop(1)
			return
		}
		rec, err := f.store.Stamp(record(r.Context(), rest.EventOf(r), audit.Denied))
		if err != nil {
			f.drop(1)
			return
		}
		select {
		case f.queue <- rec:
		default:
			f.drop(1)
		}
	})
}

func (f *Refusals) drop(n int) {
	dropped.Add(int64(n))
	f.lost.Add(int64(n))
}

// Run writes what is recorded until ctx is done, and then what is left.
func (f *Refusals) Run(ctx context.Context) {
	tick := time.NewTicker(summary)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			for len(f.queue) > 0 {
				f.write(ctx, f.take(nil))
			}
			f.tellLost(ctx)
			return
		case rec := <-f.queue:
			f.write(ctx, f.take([]audit.Record{rec}))
		case <-tick.C:
			f.tellLost(ctx)
		}
	}
}

// take adds what waits to records, up to a batch.
func (f *Refusals) take(records []audit.Record) []audit.Record {
	for len(records) < batch {
		select {
		case rec := <-f.queue:
			records = append(records, rec)
		default:
			return records
		}
	}
	return records
}

func (f *Refusals) write(ctx context.Context, records []audit.Record) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxWrite)
	defer cancel()
	if err := f.store.Add(ctx, records...); err != nil {
		f.drop(len(records))
		f.log.ErrorContext(ctx, "refusals are not in the audit", "count", len(records), "error", err)
	}
}

// tellLost records how many refusals are not there: an audit must not look whole when it is not.
func (f *Refusals) tellLost(ctx context.Context) {
	n := f.lost.Swap(0)
	if n == 0 {
		return
	}
	rec, err := f.store.Stamp(audit.Record{
		Action: "audit.dropped", Resource: "audit", Outcome: audit.Denied,
		Changes: json.RawMessage(`{"count":` + strconv.FormatInt(n, 10) + `}`),
	})
	if err == nil {
		f.write(ctx, []audit.Record{rec})
	}
}
