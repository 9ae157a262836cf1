package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/sqldb"
)

// Keep is how long events are kept at least; the database keeps to it (keep_events).
const Keep = 30 * 24 * time.Hour

// Event is something that happened at a market.
type Event struct {
	ID       uuid.UUID
	MarketID uuid.UUID
	Kind     string    // of what it is about: "product"; who may read that may hear of it
	KindID   uuid.UUID // its id
	Type     string    // "garagesale.product.listed.v1"
	At       time.Time
	// Whoever owns the family, or is the account, owns what the event is about; nil: nobody does.
	FamilyID  *uuid.UUID
	AccountID *uuid.UUID
	Payload   []byte // the whole event, as CloudEvents 1.0 in JSON
}

// Told is an event that has its place among all events of the service.
type Told struct {
	Position int64
	Event
}

// Store keeps events in one database.
type Store struct {
	db  sqldb.DB
	now func() time.Time
}

// New makes a Store.
func New(db sqldb.DB, now func() time.Time) Store { return Store{db, now} }

type row struct {
	Position  int64      `db:"position"`
	ID        uuid.UUID  `db:"id"`
	MarketID  uuid.UUID  `db:"market_id"`
	Kind      string     `db:"aggregatetype"`
	KindID    uuid.UUID  `db:"aggregateid"`
	Type      string     `db:"type"`
	At        time.Time  `db:"at"`
	FamilyID  *uuid.UUID `db:"family_id"`
	AccountID *uuid.UUID `db:"account_id"`
	Payload   string     `db:"payload"`
}

func (r row) told() Told {
	return Told{r.Position, Event{r.ID, r.MarketID, r.Kind, r.KindID, r.Type, r.At, r.FamilyID, r.AccountID,
		[]byte(r.Payload)}}
}

// Stamp gives an event its id and its time.
func (s Store) Stamp(e Event) (Event, error) {
	var err error
	if e.ID, err = uuid.NewV7(); err != nil {
		return e, fmt.Errorf("event id: %w", err)
	}
	e.At = s.now()
	return e, nil
}

// Add keeps events in the transaction of the change that they tell of.
func (s Store) Add(ctx context.Context, list ...Event) error {
	if len(list) == 0 {
		return nil
	}
	n := len(list)
	ids, markets, kindIDs := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n)
	families, accounts := make([]*uuid.UUID, n), make([]*uuid.UUID, n)
	kinds, types, payloads, times := make([]string, n), make([]string, n), make([]string, n), make([]time.Time, n)
	for i, e := range list {
		ids[i], markets[i], kinds[i], kindIDs[i], types[i], times[i] = e.ID, e.MarketID, e.Kind, e.KindID, e.Type, e.At
		families[i], accounts[i], payloads[i] = e.FamilyID, e.AccountID, string(e.Payload)
	}
	return s.db.Later(ctx, func(err error) error {
		if err != nil {
			return fmt.Errorf("outbox: add: %w", err)
		}
		return nil
	}, `
		INSERT INTO outbox (id, market_id, aggregatetype, aggregateid, type, at, family_id, account_id, payload)
		SELECT e.id, e.market_id, e.kind, e.kind_id, e.type, e.at, e.family_id, e.account_id, e.payload::json
		FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::uuid[], $8::uuid[],
			$9::text[]) AS e (id, market_id, kind, kind_id, type, at, family_id, account_id, payload)`,
		ids, markets, kinds, kindIDs, types, times, families, accounts, payloads)
}

const columns = `position, id, market_id, aggregatetype, aggregateid, type, at, family_id, account_id,
	payload::text AS payload`

// After returns the next events of all markets, in the order of their positions.
func (s Store) After(ctx context.Context, position int64, limit int) ([]Told, error) {
	return s.list(ctx, `SELECT `+columns+` FROM events WHERE position > $1 ORDER BY position LIMIT $2`, position, limit)
}

// OfMarket returns the next events of a market, in the order of their positions.
func (s Store) OfMarket(ctx context.Context, marketID uuid.UUID, position int64, limit int) ([]Told, error) {
	return s.list(ctx, `SELECT `+columns+` FROM events WHERE market_id = $1 AND position > $2 ORDER BY position LIMIT $3`,
		marketID, position, limit)
}

// Heard returns the next events of some markets, at most limit, in the order of their positions, and up to which
// position that is all there is of them.
func (s Store) Heard(ctx context.Context, marketIDs []uuid.UUID, position int64, limit int) (list []Told, upTo int64,
	err error) {
	r, err := s.Reach(ctx)
	if err != nil || r.Head <= position {
		return nil, position, err
	}
	list, err = s.list(ctx, `
		SELECT `+columns+` FROM events
		WHERE position > $1 AND position <= $2 AND market_id = ANY ($3) ORDER BY position LIMIT $4`,
		position, r.Head, marketIDs, limit)
	if len(list) == limit {
		return list, list[limit-1].Position, err
	}
	return list, r.Head, err
}

// Before is the position before the first event of a market that is not older than a time.
func (s Store) Before(ctx context.Context, marketID uuid.UUID, at time.Time) (position int64, err error) {
	err = s.db.Get(ctx, &position, `
		SELECT coalesce(
			(SELECT e.position - 1 FROM events e WHERE e.market_id = $1 AND e.at >= $2 ORDER BY e.position LIMIT 1),
			(SELECT position FROM event_head))`, marketID, at)
	if err != nil {
		return 0, fmt.Errorf("events: %w", err)
	}
	return position, nil
}

// Between returns at most limit events of a market after a position and up to another one, in order, of these types;
// none: of all.
func (s Store) Between(ctx context.Context, marketID uuid.UUID, types []string, after, upTo int64, limit int) ([]Told,
	error) {
	return s.list(ctx, `SELECT `+columns+` FROM events
		WHERE market_id = $1 AND position > $2 AND position <= $3 AND (cardinality($4::text[]) = 0 OR type = ANY ($4))
		ORDER BY position LIMIT $5`, marketID, after, upTo, append([]string{}, types...), limit)
}

func (s Store) list(ctx context.Context, q string, args ...any) ([]Told, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, q, args...); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	list := make([]Told, len(rows))
	for i, r := range rows {
		list[i] = r.told()
	}
	return list, nil
}

// Reach is what there is of events.
type Reach struct {
	Head int64 `db:"position"` // the position of the newest
	Gone int64 `db:"gone"`     // that of the newest which is no longer kept; 0: all are
}

// Reach tells which positions there are.
func (s Store) Reach(ctx context.Context) (Reach, error) {
	r, err := sqldb.One[Reach](ctx, s.db, `SELECT position, gone FROM event_head`)
	if err != nil {
		return r, fmt.Errorf("events: %w", err)
	}
	return r, nil
}

// Clean makes room for the events of the weeks to come, and drops those that are older than Keep, a week at a time.
func (s Store) Clean(ctx context.Context) error {
	if _, err := s.db.Exec(ctx, `SELECT keep_events()`); err != nil {
		return fmt.Errorf("events: clean: %w", err)
	}
	return nil
}
