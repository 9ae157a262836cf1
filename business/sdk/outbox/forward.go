package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/sqldb"
)

// forwardMost is how many events are handed on together.
const forwardMost = 500

// Target is whom events are handed on to.
type Target interface {
	Name() string // under which the database keeps what it has taken
	Ready() error // why it takes nothing just now; nil: it does
	// Send hands over events in their order and returns how many of them, from the first on, were taken. When it was not
	// all of them, err says why, and a Refused that the next one will never be. It ends within SendTimeout.
	Send(ctx context.Context, list []Told) (taken int, err error)
}

// SendTimeout is how long a Target may take for what it gets at once.
const SendTimeout = 3 * time.Second

// Refused is the error of an event that its Target will never take.
type Refused struct{ Reason string }

func (r Refused) Error() string { return r.Reason }

// Failure is an event that was refused, and set aside for a person to decide about.
type Failure struct {
	Relay    string    `db:"relay" json:"relay"`
	Position int64     `db:"position" json:"position"`
	ID       uuid.UUID `db:"id" json:"id"`
	MarketID uuid.UUID `db:"market_id" json:"marketID"`
	Type     string    `db:"type" json:"type"`
	Reason   string    `db:"reason" json:"reason"`
	At       time.Time `db:"at" json:"at"`
}

// Forwarder hands events on to a Target in the order of their positions, each at least once. Every replica may have one
// for the same Target; the database lets one work at a time.
type Forwarder struct {
	db     sqldb.DB
	now    func() time.Time
	target Target
	log    *slog.Logger
}

// NewForwarder makes a Forwarder over the pool.
func NewForwarder(db sqldb.DB, now func() time.Time, target Target, log *slog.Logger) *Forwarder {
	return &Forwarder{db, now, target, log}
}

// Run hands on what there is and what comes, until ctx is done. A Target that knows nothing yet gets all events that
// are kept.
func (f *Forwarder) Run(ctx context.Context) {
	log := f.log.With(slog.String("relay", f.target.Name()))
	NewRelay(f.db).Follow(ctx, log, "events wait to be handed on", f.Forward)
}

// reach is how far a Target is.
type reach struct {
	Head     int64      `db:"head"`
	Position int64      `db:"position"`
	Oldest   *time.Time `db:"oldest"` // when that happened which it gets next; nil: it has all
	Aside    int64      `db:"aside"`
}

// Forward hands on what there is now, unless another replica does so.
func (f *Forwarder) Forward(ctx context.Context) error {
	for {
		r, err := f.reach(ctx)
		if err != nil {
			return err
		}
		f.publish(r)
		if r.Position >= r.Head {
			return nil
		}
		if err := f.target.Ready(); err != nil {
			return err
		}
		if n, err := f.step(ctx); err != nil || n == 0 {
			return err
		}
	}
}

func (f *Forwarder) reach(ctx context.Context) (reach, error) {
	const q = `
		SELECT h.position AS head, r.position,
			(SELECT e.at FROM events e WHERE e.position > r.position ORDER BY e.position LIMIT 1) AS oldest,
			(SELECT count(*) FROM relay_failures a WHERE a.relay = r.name) AS aside
		FROM event_head h, relays r WHERE r.name = $1`
	r, err := sqldb.One[reach](ctx, f.db, q, f.target.Name())
	if errors.Is(err, sqldb.ErrNoRows) {
		if _, err := f.db.Exec(ctx, `
			INSERT INTO relays (name, position) SELECT $1, gone FROM event_head ON CONFLICT DO NOTHING`,
			f.target.Name()); err != nil {
			return r, fmt.Errorf("relay: begin: %w", err)
		}
		r, err = sqldb.One[reach](ctx, f.db, q, f.target.Name())
	}
	if err != nil {
		return r, fmt.Errorf("relay: %w", err)
	}
	return r, nil
}

// step hands on what fits at once, and returns how far that was; 0 while somebody else does it.
func (f *Forwarder) step(ctx context.Context) (n int, failed error) {
	err := f.hold(ctx, func(tx sqldb.DB, position int64) error {
		list, err := New(tx, f.now).After(ctx, position, forwardMost)
		if err != nil || len(list) == 0 {
			return err
		}
		if n, failed = f.target.Send(ctx, list); n < len(list) && failed != nil {
			if refused, ok := errors.AsType[Refused](failed); ok {
				if err := f.setAside(ctx, tx, list[n], refused); err != nil {
					return err
				}
				n, failed = n+1, nil
			}
		}
		if n == 0 {
			return nil
		}
		// What was taken is taken, whatever became of the rest.
		_, err = tx.Exec(ctx, `UPDATE relays SET position = $2 WHERE name = $1`, f.target.Name(), list[n-1].Position)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("relay: %w", err)
	}
	forwarded.Add(int64(n), f.target.Name())
	return n, failed
}

// hold runs fn while nobody else hands anything on to the Target, with the position up to which it has taken all. It
// does nothing when somebody else does. The database ends one that has died meanwhile.
func (f *Forwarder) hold(ctx context.Context, fn func(tx sqldb.DB, position int64) error) error {
	return f.db.InTx(ctx, func(tx sqldb.DB) error {
		limit := (SendTimeout + time.Second).String()
		if err := tx.LaterGet(ctx, new(string), `SELECT set_config('idle_in_transaction_session_timeout', $1, true)`,
			limit); err != nil {
			return err
		}
		var position int64
		err := tx.Get(ctx, &position, `SELECT position FROM relays WHERE name = $1 FOR UPDATE SKIP LOCKED`, f.target.Name())
		if errors.Is(err, sqldb.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(tx, position)
	})
}

func (f *Forwarder) setAside(ctx context.Context, tx sqldb.DB, e Told, why Refused) error {
	f.log.ErrorContext(ctx, "an event was refused and set aside", "relay", f.target.Name(), "position", e.Position,
		"event", e.ID, "market", e.MarketID, "type", e.Type, "reason", why.Reason)
	_, err := tx.NamedExec(ctx, `
		INSERT INTO relay_failures (relay, position, id, market_id, type, reason, at)
		VALUES (:relay, :position, :id, :market_id, :type, :reason, :at)`,
		Failure{f.target.Name(), e.Position, e.ID, e.MarketID, e.Type, why.Reason, f.now()})
	return err
}

// Failures lists the events that were set aside.
func (s Store) Failures(ctx context.Context) (list []Failure, err error) {
	const q = `
		SELECT relay, position, id, market_id, type, reason, at FROM relay_failures ORDER BY relay, position`
	if err := s.db.Select(ctx, &list, q); err != nil {
		return nil, fmt.Errorf("events that were set aside: %w", err)
	}
	return list, nil
}

// Forget takes an event off the list of those that were set aside.
func (s Store) Forget(ctx context.Context, relay string, position int64) error {
	const q = `DELETE FROM relay_failures WHERE relay = $1 AND position = $2`
	if _, err := s.db.Exec(ctx, q, relay, position); err != nil {
		return fmt.Errorf("event that was set aside: %w", err)
	}
	return nil
}
