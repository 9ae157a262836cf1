// Package webhookdb keeps webhooks, how far they have got, and what they were sent in Postgres.
package webhookdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
)

type row struct {
	ID           uuid.UUID        `db:"webhook_id"`
	MarketID     uuid.UUID        `db:"market_id"`
	URL          string           `db:"url"`
	Types        []string         `db:"types"`
	Enabled      bool             `db:"enabled"`
	EnabledAt    time.Time        `db:"enabled_at"`
	DisabledAt   *time.Time       `db:"disabled_at"`
	CreatedBy    *uuid.UUID       `db:"created_by"`
	Version      int64            `db:"version"`
	CreatedAt    time.Time        `db:"created_at"`
	UpdatedAt    time.Time        `db:"updated_at"`
	MarketStatus marketbus.Status `db:"status"`
}

const (
	columns = `w.webhook_id, w.market_id, w.url, w.types, w.enabled, w.enabled_at, w.disabled_at, w.created_by, w.version,
		w.created_at, w.updated_at, m.status`
	selectWebhooks = `SELECT ` + columns + ` FROM webhooks w JOIN markets m USING (market_id)`
)

// Store implements webhookbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// brief has Postgres end a transaction whose client is dead soon: whoever drains events waits for it.
func (s Store) brief(ctx context.Context) error {
	return s.db.LaterGet(ctx, new(string), `SELECT set_config('idle_in_transaction_session_timeout', '2s', true)`)
}

// Create implements webhookbus.Storer.
func (s Store) Create(ctx context.Context, w webhookbus.Webhook, secret string, position int64) error {
	made := struct {
		row
		Secret   string `db:"secret"`
		Position int64  `db:"position"`
	}{row(w), secret, position}
	if _, err := s.db.NamedExec(ctx, `
		INSERT INTO webhooks (webhook_id, market_id, url, types, enabled, enabled_at, secret, created_by, version,
			created_at, updated_at)
		VALUES (:webhook_id, :market_id, :url, :types, :enabled, :enabled_at, :secret, :created_by, :version, :created_at,
			:updated_at)`, made); err != nil {
		return failed("create", err)
	}
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO webhook_cursors (webhook_id, market_id, position, wanted)
		VALUES (:webhook_id, :market_id, :position, :position)`, made)
	return failed("create cursor", err)
}

// Count implements webhookbus.Storer.
func (s Store) Count(ctx context.Context, marketID uuid.UUID) (int, error) {
	n, err := sqldb.One[int](ctx, s.db, `SELECT count(*) FROM webhooks WHERE market_id = $1`, marketID)
	return n, failed("count", err)
}

// Update implements webhookbus.Storer.
func (s Store) Update(ctx context.Context, w webhookbus.Webhook) error {
	_, err := s.db.NamedExec(ctx, `
		UPDATE webhooks SET url = :url, types = :types, enabled = :enabled, enabled_at = :enabled_at,
			disabled_at = :disabled_at, version = :version, updated_at = :updated_at
		WHERE webhook_id = :webhook_id`, row(w))
	return failed("update", err)
}

// Rotate implements webhookbus.Storer.
func (s Store) Rotate(ctx context.Context, w webhookbus.Webhook, secret string, until time.Time) error {
	_, err := s.db.Exec(ctx, `
		UPDATE webhooks SET old_secret = secret, old_secret_until = $3, secret = $2, version = $4, updated_at = $5
		WHERE webhook_id = $1`, w.ID, secret, until, w.Version, w.UpdatedAt)
	return failed("rotate", err)
}

// Delete implements webhookbus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	if err := s.brief(ctx); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `DELETE FROM webhooks WHERE webhook_id = $1`, id)
	return failed("delete", err)
}

// Get implements webhookbus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (webhookbus.Webhook, error) {
	r, err := sqldb.One[row](ctx, s.db, selectWebhooks+` WHERE w.webhook_id = $1`, id)
	return webhookbus.Webhook(r), failed("get", err)
}

// Lock implements webhookbus.Storer.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (webhookbus.Webhook, error) {
	r, err := sqldb.One[row](ctx, s.db, selectWebhooks+` WHERE w.webhook_id = $1 FOR NO KEY UPDATE OF w`, id)
	return webhookbus.Webhook(r), failed("lock", err)
}

// Query implements webhookbus.Storer.
func (s Store) Query(ctx context.Context, marketID uuid.UUID, p query.Page) (query.Result[webhookbus.Webhook], error) {
	var w sqldb.Where
	w.Scope("w.market_id", marketID)
	return sqldb.List(ctx, s.db, selectWebhooks, "w.webhook_id", w, webhookbus.OrderBy, p,
		func(r row) webhookbus.Webhook { return webhookbus.Webhook(r) })
}

// delivery is a row of webhook_deliveries.
type delivery struct {
	ID        uuid.UUID         `db:"delivery_id"`
	WebhookID uuid.UUID         `db:"webhook_id"`
	Position  int64             `db:"position"`
	EventID   uuid.UUID         `db:"event_id"`
	Type      string            `db:"type"`
	Status    webhookbus.Status `db:"status"`
	Attempts  string            `db:"attempts"`
	NextAt    *time.Time        `db:"next_at"`
	CreatedAt time.Time         `db:"created_at"`
	UpdatedAt time.Time         `db:"updated_at"`
}

const (
	deliveryColumns = `d.delivery_id, d.webhook_id, d.position, d.event_id, d.type, d.status, d.attempts::text AS attempts,
		d.next_at, d.created_at, d.updated_at`
	selectDeliveries = `SELECT ` + deliveryColumns + ` FROM webhook_deliveries d`
)

func (d delivery) delivery() webhookbus.Delivery {
	var list []webhookbus.Attempt
	_ = json.Unmarshal([]byte(d.Attempts), &list) // we wrote it
	return webhookbus.Delivery{ID: d.ID, WebhookID: d.WebhookID, Position: d.Position, EventID: d.EventID, Type: d.Type,
		Status: d.Status, Attempts: list, NextAt: d.NextAt, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
}

// QueryDeliveries implements webhookbus.Storer.
func (s Store) QueryDeliveries(ctx context.Context, f webhookbus.Filter, p query.Page) (
	query.Result[webhookbus.Delivery], error) {
	var w sqldb.Where
	w.Scope("d.webhook_id", f.WebhookID)
	sqldb.If(&w, "d.status = ?", f.Status)
	return sqldb.List(ctx, s.db, selectDeliveries, "d.delivery_id", w, webhookbus.DeliveriesBy, p, delivery.delivery)
}

// LockDelivery implements webhookbus.Storer.
func (s Store) LockDelivery(ctx context.Context, id uuid.UUID) (webhookbus.OfMarket, error) {
	type where struct {
		delivery
		MarketID     uuid.UUID        `db:"market_id"`
		Enabled      bool             `db:"enabled"`
		MarketStatus marketbus.Status `db:"market_status"`
	}
	r, err := sqldb.One[where](ctx, s.db, `SELECT `+deliveryColumns+`, w.market_id, w.enabled, m.status AS market_status
		FROM webhook_deliveries d JOIN webhooks w USING (webhook_id) JOIN markets m USING (market_id)
		WHERE d.delivery_id = $1 FOR UPDATE OF d`, id)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = webhookbus.ErrDeliveryNotFound
	}
	return webhookbus.OfMarket{Delivery: r.delivery.delivery(), MarketID: r.MarketID, Enabled: r.Enabled,
		MarketStatus: r.MarketStatus}, failed("lock delivery", err)
}

// Mark implements webhookbus.Storer.
func (s Store) Mark(ctx context.Context, id uuid.UUID, status webhookbus.Status, requested bool, at time.Time) error {
	_, err := s.db.Exec(ctx, `
		UPDATE webhook_deliveries SET status = $2, requested = $3, next_at = NULL, updated_at = $4 WHERE delivery_id = $1`,
		id, status, requested, at)
	return failed("mark", err)
}

// Request implements webhookbus.Storer.
func (s Store) Request(ctx context.Context, webhookID uuid.UUID, list []webhookbus.Delivery) (int64, error) {
	n := len(list)
	ids, positions, events, types := make([]uuid.UUID, n), make([]int64, n), make([]uuid.UUID, n), make([]string, n)
	times := make([]time.Time, n)
	for i, d := range list {
		ids[i], positions[i], events[i], types[i], times[i] = d.ID, d.Position, d.EventID, d.Type, d.CreatedAt
	}
	count, err := s.db.Exec(ctx, `
		INSERT INTO webhook_deliveries (delivery_id, webhook_id, position, event_id, type, status, requested, attempts,
			created_at, updated_at)
		SELECT d.id, c.webhook_id, d.position, d.event_id, d.type, 'PENDING', true, '[]', d.at, d.at
		FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[]) AS d (id, position, event_id,
			type, at)
		JOIN webhook_cursors c ON c.webhook_id = $1 AND c.position >= d.position
		ON CONFLICT (webhook_id, position) DO UPDATE SET status = EXCLUDED.status, requested = true, next_at = NULL,
			updated_at = EXCLUDED.updated_at`, webhookID, ids, positions, events, types, times)
	return count, failed("request", err)
}

// Clean implements webhookbus.Storer.
func (s Store) Clean(ctx context.Context, before time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM webhook_deliveries WHERE created_at < $1`, before)
	return n, failed("clean", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return webhookbus.ErrNotFound
	}
	return fmt.Errorf("webhook: %s: %w", what, err)
}
