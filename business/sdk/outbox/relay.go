package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/logger"
)

const (
	channel = "events" // whom Drain tells that there are new ones

	drainEvery = 250 * time.Millisecond // a look for what another replica left, which may have been killed
	drainGap   = 50 * time.Millisecond  // at least so long between two drains, so that many changes share one
	drainMost  = 1000                   // events of one drain

	lookEvery = 250 * time.Millisecond // for new events of which nobody told
)

// Relay drains the outbox into events. Every replica has one; the database lets one work at a time.
type Relay struct {
	db   sqldb.DB
	bell chan struct{}

	// Drained is called in the transaction of a drain with the markets that it found events of, and the newest position;
	// nil: nobody wants to know.
	Drained func(ctx context.Context, tx sqldb.DB, markets []uuid.UUID, position int64) error
}

// NewRelay makes a Relay over the pool.
func NewRelay(db sqldb.DB) *Relay { return &Relay{db: db, bell: make(chan struct{}, 1)} }

// Ring tells the Relay that there is something in the outbox. Call it after COMMIT.
func (r *Relay) Ring() {
	select {
	case r.bell <- struct{}{}:
	default: // it has not yet looked since the last time
	}
}

// Run drains whenever the bell rings, and every now and then, until ctx is done. A failure is logged once and tried
// again.
func (r *Relay) Run(ctx context.Context, log *slog.Logger) {
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.bell:
		case <-time.After(drainEvery):
		}
		n, err := r.Drain(ctx)
		if err != nil && ctx.Err() == nil && !failed {
			log.WarnContext(ctx, "events wait in the outbox", logger.Error(err))
		}
		failed = err != nil
		if n == drainMost {
			r.Ring() // there is more
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(drainGap):
		}
	}
}

// Drain moves what is in the outbox, at most so much, into events, and returns how much it was. Whoever drains holds
// the row of event_head, so a second one waits, and then sees what the first has done; the database ends one that has
// died meanwhile.
func (r *Relay) Drain(ctx context.Context) (n int, err error) {
	var waiting bool
	// By the index: the table itself is full of what was deleted lately.
	if err := r.db.Get(ctx, &waiting, `SELECT (SELECT min(seq) FROM outbox) IS NOT NULL`); err != nil || !waiting {
		return 0, err
	}
	err = r.db.InTx(ctx, func(tx sqldb.DB) error {
		var head int64
		if err := tx.LaterGet(ctx, new(string),
			`SELECT set_config('idle_in_transaction_session_timeout', '2s', true)`); err != nil {
			return err
		}
		// A statement of its own: the next one sees what was committed before the row was got.
		if err := tx.Get(ctx, &head, `SELECT position FROM event_head FOR UPDATE`); err != nil {
			return err
		}
		var moved struct {
			Events  int         `db:"events"`
			Markets []uuid.UUID `db:"markets"`
		}
		err := tx.Get(ctx, &moved, `
			WITH taken AS (
				DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT $1)
				RETURNING seq, id, market_id, aggregatetype, aggregateid, type, at, family_id, account_id, payload
			), head AS (
				UPDATE event_head SET position = $2::bigint + (SELECT count(*) FROM taken)
			), moved AS (
			INSERT INTO events (position, id, market_id, aggregatetype, aggregateid, type, at, family_id, account_id, payload)
			SELECT $2::bigint + row_number() OVER (ORDER BY seq), id, market_id, aggregatetype, aggregateid, type, at, family_id,
				account_id, payload
			FROM taken RETURNING market_id
			)
			SELECT count(*) AS events, coalesce(array_agg(DISTINCT market_id), '{}') AS markets FROM moved`, drainMost, head)
		n = moved.Events
		if err != nil || n == 0 {
			return err
		}
		if r.Drained != nil {
			if err := r.Drained(ctx, tx, moved.Markets, head+int64(n)); err != nil {
				return err
			}
		}
		return tx.Later(ctx, func(err error) error { return err }, `SELECT pg_notify($1, '')`, channel)
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: drain: %w", err)
	}
	drained.Add(int64(n))
	return n, nil
}

// Follow calls look whenever there may be new events, until ctx is done. A failure is logged once, in these words, and
// tried again.
func (r *Relay) Follow(ctx context.Context, log *slog.Logger, failure string, look func(context.Context) error) {
	told := make(chan struct{}, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { r.listen(ctx, told) })
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
		case <-time.After(lookEvery):
		}
		err := look(ctx)
		if err != nil && ctx.Err() == nil && !failed {
			log.WarnContext(ctx, failure, logger.Error(err)) //nolint:sloglint // a constant of the caller
		}
		failed = err != nil
	}
}

// listen tells of new events. Without a connection nobody tells, and Follow looks for itself.
func (r *Relay) listen(ctx context.Context, told chan<- struct{}) {
	for ctx.Err() == nil {
		_ = r.db.Listen(ctx, channel, func() {
			select {
			case told <- struct{}{}:
			default: // it has not yet looked since the last time
			}
		})
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}
