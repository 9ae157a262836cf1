-- +goose Up
-- Addresses that what happens at a market is sent to. The secrets are kept as they are, because they sign.
CREATE TABLE webhooks (
    webhook_id       uuid PRIMARY KEY,
    market_id        uuid NOT NULL,
    url              text NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    types            text[] NOT NULL,
    enabled          boolean NOT NULL,
    enabled_at       timestamptz NOT NULL,
    disabled_at      timestamptz,
    secret           text NOT NULL,
    old_secret       text,
    old_secret_until timestamptz,
    created_by       uuid,
    version          bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CONSTRAINT webhooks_market_fkey FOREIGN KEY (market_id) REFERENCES markets,
    CONSTRAINT webhooks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users ON DELETE SET NULL,
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX webhooks_market ON webhooks (market_id, created_at, webhook_id);
CREATE INDEX webhooks_created_by ON webhooks (created_by);

-- How far each has got. A table of its own, which requests do not hold: whoever drains events writes here, and must not
-- wait for them. position: all up to it are told. wanted: the newest that there may be. owner: the job that goes on,
-- 0: one that has not begun, null: none, for there is nothing to tell. due_at: when that job is to run. waiting_since: no
-- event after position is older.
CREATE TABLE webhook_cursors (
    webhook_id    uuid PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
    market_id     uuid NOT NULL,
    position      bigint NOT NULL,
    wanted        bigint NOT NULL,
    tries         integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    waiting_since timestamptz,
    owner         bigint,
    due_at        timestamptz,
    lease         uuid,
    leased_until  timestamptz
) WITH (fillfactor = 50);
CREATE INDEX webhook_cursors_market ON webhook_cursors (market_id);

-- What was sent, or tried. Requested: a person wants it sent again.
CREATE TABLE webhook_deliveries (
    delivery_id uuid PRIMARY KEY,
    webhook_id  uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    position    bigint NOT NULL,
    event_id    uuid NOT NULL,
    type        text NOT NULL,
    status      text NOT NULL CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED', 'DROPPED')),
    requested   boolean NOT NULL DEFAULT false,
    attempts    jsonb NOT NULL,
    next_at     timestamptz,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    UNIQUE (webhook_id, position)
);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, created_at, delivery_id);
CREATE INDEX webhook_deliveries_requested ON webhook_deliveries (webhook_id) WHERE requested;
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
