package webhookdb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// Each of these is one statement, so that no transaction holds a cursor while its client may die; but for Wake, which
// is in the drain's.

// leaseFor is how long a lease lasts from the last Claim or Record: longer than an attempt takes, and shorter than a
// job whose worker was killed takes to come back.
const leaseFor = `interval '20 seconds'`

// Wake implements webhookbus.Storer.
func (s Store) Wake(ctx context.Context, markets []uuid.UUID, position int64) (asleep []uuid.UUID, err error) {
	var rows []struct {
		ID     uuid.UUID `db:"webhook_id"`
		Asleep bool      `db:"asleep"`
	}
	err = s.db.Select(ctx, &rows, `
		WITH was AS (SELECT webhook_id, owner FROM webhook_cursors WHERE market_id = ANY ($1) FOR NO KEY UPDATE)
		UPDATE webhook_cursors c SET wanted = $2, owner = coalesce(c.owner, 0),
			due_at = CASE WHEN c.owner IS NULL THEN clock_timestamp() ELSE c.due_at END,
			waiting_since = CASE WHEN c.owner IS NULL THEN clock_timestamp() ELSE c.waiting_since END
		FROM was WHERE c.webhook_id = was.webhook_id
		RETURNING c.webhook_id, was.owner IS NULL AS asleep`, markets, position)
	for _, r := range rows {
		if r.Asleep {
			asleep = append(asleep, r.ID)
		}
	}
	return asleep, failed("wake", err)
}

// Stale implements webhookbus.Storer.
func (s Store) Stale(ctx context.Context, enabledSince time.Time) (list []uuid.UUID, err error) {
	err = s.db.Select(ctx, &list, `
		WITH stale AS (
			SELECT c.webhook_id FROM webhook_cursors c JOIN webhooks w USING (webhook_id)
			WHERE w.enabled AND (c.leased_until IS NULL OR c.leased_until < clock_timestamp())
				AND (c.owner IS NOT NULL AND c.due_at < clock_timestamp() - interval '1 minute'
					OR c.owner IS NULL AND (c.wanted > c.position OR w.enabled_at > $1)
					OR EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = c.webhook_id AND d.requested))
			FOR NO KEY UPDATE OF c SKIP LOCKED
		)
		UPDATE webhook_cursors c SET owner = coalesce(c.owner, 0), due_at = clock_timestamp()
		FROM stale WHERE c.webhook_id = stale.webhook_id RETURNING c.webhook_id`, enabledSince)
	return list, failed("stale", err)
}

// Claim implements webhookbus.Storer.
func (s Store) Claim(ctx context.Context, id uuid.UUID, job int64, lease uuid.UUID) (webhookbus.Cursor, error) {
	r, err := sqldb.One[struct {
		Position     int64      `db:"position"`
		Tries        int        `db:"tries"`
		FailingSince *time.Time `db:"failing_since"`
	}](ctx, s.db, `
		UPDATE webhook_cursors SET owner = $2, lease = $3, leased_until = clock_timestamp() + `+leaseFor+`,
			due_at = clock_timestamp()
		WHERE webhook_id = $1 AND coalesce(owner, 0) <= $2 AND (leased_until IS NULL OR leased_until < clock_timestamp())
		RETURNING position, tries, failing_since`, id, job, lease)
	if err == nil {
		return webhookbus.Cursor{WebhookID: id, Lease: lease, Position: r.Position, Tries: r.Tries,
			FailingSince: r.FailingSince}, nil
	}
	if !errors.Is(err, sqldb.ErrNoRows) {
		return webhookbus.Cursor{}, failed("claim", err)
	}
	later, err := sqldb.One[bool](ctx, s.db,
		`SELECT coalesce(owner, 0) > $2 FROM webhook_cursors WHERE webhook_id = $1`, id, job)
	switch {
	case err != nil:
		return webhookbus.Cursor{}, failed("claim", err)
	case later:
		return webhookbus.Cursor{}, webhookbus.ErrSuperseded
	}
	return webhookbus.Cursor{}, webhookbus.ErrHeld
}

// Sending implements webhookbus.Storer.
func (s Store) Sending(ctx context.Context, id uuid.UUID, now time.Time) (webhookbus.Webhook, []string, error) {
	r, err := sqldb.One[struct {
		row
		Secrets []string `db:"secrets"`
	}](ctx, s.db, `SELECT `+columns+`, CASE WHEN w.old_secret_until > $2 THEN ARRAY[w.secret, w.old_secret]
			ELSE ARRAY[w.secret] END AS secrets
		FROM webhooks w JOIN markets m USING (market_id) WHERE w.webhook_id = $1`, id, now)
	return webhookbus.Webhook(r.row), r.Secrets, failed("sending", err)
}

// Requested implements webhookbus.Storer.
func (s Store) Requested(ctx context.Context, id uuid.UUID, limit int) ([]webhookbus.Delivery, error) {
	var rows []delivery
	err := s.db.Select(ctx, &rows, selectDeliveries+`
		WHERE d.webhook_id = $1 AND d.requested ORDER BY d.position LIMIT $2`, id, limit)
	list := make([]webhookbus.Delivery, len(rows))
	for i, r := range rows {
		list[i] = r.delivery()
	}
	return list, failed("requested", err)
}

// Find implements webhookbus.Storer.
func (s Store) Find(ctx context.Context, id uuid.UUID, position int64) (webhookbus.Delivery, error) {
	r, err := sqldb.One[delivery](ctx, s.db, selectDeliveries+` WHERE d.webhook_id = $1 AND d.position = $2`, id, position)
	if errors.Is(err, sqldb.ErrNoRows) {
		return webhookbus.Delivery{}, webhookbus.ErrDeliveryNotFound
	}
	return r.delivery(), failed("find", err)
}

// Record implements webhookbus.Storer.
func (s Store) Record(ctx context.Context, c webhookbus.Cursor, d webhookbus.Delivery) (int64, error) {
	attempts, err := json.Marshal(d.Attempts)
	if err != nil {
		return 0, failed("record", err)
	}
	version, err := sqldb.One[int64](ctx, s.db, `
		WITH held AS (
			UPDATE webhook_cursors SET position = $3, tries = $4, failing_since = $5,
				waiting_since = coalesce($6, waiting_since), leased_until = clock_timestamp() + `+leaseFor+`
			WHERE webhook_id = $1 AND lease = $2 RETURNING webhook_id
		), kept AS (
			INSERT INTO webhook_deliveries (delivery_id, webhook_id, position, event_id, type, status, attempts, next_at,
				created_at, updated_at)
			SELECT $7::uuid, held.webhook_id, $8::bigint, $9::uuid, $10::text, $11::text, $12::jsonb, $13::timestamptz,
				$14::timestamptz, $15::timestamptz FROM held
			ON CONFLICT (webhook_id, position) DO UPDATE SET status = EXCLUDED.status, requested = false,
				attempts = EXCLUDED.attempts, next_at = EXCLUDED.next_at, updated_at = EXCLUDED.updated_at
		)
		SELECT w.version FROM webhooks w JOIN held USING (webhook_id)`, c.WebhookID, c.Lease, c.Position, c.Tries,
		c.FailingSince, c.WaitingSince, d.ID, d.Position, d.EventID, d.Type, d.Status, string(attempts), d.NextAt,
		d.CreatedAt, d.UpdatedAt)
	if errors.Is(err, sqldb.ErrNoRows) {
		return 0, webhookbus.ErrHeld
	}
	return version, failed("record", err)
}

// Release implements webhookbus.Storer.
func (s Store) Release(ctx context.Context, c webhookbus.Cursor, wait time.Duration) error {
	_, err := s.db.Exec(ctx, `
		UPDATE webhook_cursors SET lease = NULL, leased_until = NULL,
			due_at = clock_timestamp() + $3::bigint * interval '1 millisecond'
		WHERE webhook_id = $1 AND lease = $2`, c.WebhookID, c.Lease, wait.Milliseconds())
	return failed("release", err)
}

// Sleep implements webhookbus.Storer. A drain that holds the row is waited for, and what it wrote is then looked at.
func (s Store) Sleep(ctx context.Context, c webhookbus.Cursor, position int64) (bool, error) {
	n, err := s.db.Exec(ctx, `
		UPDATE webhook_cursors SET position = $3, tries = 0, owner = NULL, due_at = NULL, waiting_since = NULL, lease = NULL,
			leased_until = NULL
		WHERE webhook_id = $1 AND lease = $2 AND wanted <= $3`, c.WebhookID, c.Lease, position)
	return n == 1, failed("sleep", err)
}

// Lag implements webhookbus.Storer.
func (s Store) Lag(ctx context.Context) (list []webhookbus.Lag, err error) {
	var rows []struct {
		Failing  bool  `db:"failing"`
		Seconds  int64 `db:"seconds"`
		Webhooks int64 `db:"webhooks"`
	}
	err = s.db.Select(ctx, &rows, `
		SELECT f.failing, coalesce(extract(epoch FROM clock_timestamp() - min(c.waiting_since)), 0)::bigint AS seconds,
			count(c.waiting_since) AS webhooks
		FROM (VALUES (false), (true)) f (failing) LEFT JOIN (webhook_cursors c JOIN webhooks w USING (webhook_id))
			ON w.enabled AND (c.failing_since IS NOT NULL) = f.failing
		GROUP BY f.failing`)
	for _, r := range rows {
		list = append(list, webhookbus.Lag(r))
	}
	return list, failed("lag", err)
}

// States implements webhookbus.Storer.
func (s Store) States(ctx context.Context) (list []webhookbus.Count, err error) {
	var rows []struct {
		State    string `db:"state"`
		Webhooks int64  `db:"webhooks"`
	}
	err = s.db.Select(ctx, &rows, `
		SELECT s.state, count(w.enabled) AS webhooks
		FROM (VALUES ('taking', true, false), ('failing', true, true), ('disabled', false, NULL))
			s (state, enabled, failing)
		LEFT JOIN (webhooks w JOIN webhook_cursors c USING (webhook_id)) ON w.enabled = s.enabled
			AND CASE WHEN w.enabled THEN (c.failing_since IS NOT NULL) = s.failing ELSE w.disabled_at IS NOT NULL END
		GROUP BY s.state`)
	for _, r := range rows {
		list = append(list, webhookbus.Count(r))
	}
	return list, failed("states", err)
}
