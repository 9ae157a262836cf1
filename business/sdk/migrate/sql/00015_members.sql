-- +goose Up
-- Accounts that help at one market. They go with their market; an account that is a member somewhere stays.
CREATE TABLE members (
    market_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    role       text NOT NULL CONSTRAINT members_role_check CHECK (role IN ('ORGANISER', 'CASHIER')),
    version    bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (market_id, user_id),
    CONSTRAINT members_market_fkey FOREIGN KEY (market_id) REFERENCES markets ON DELETE CASCADE,
    CONSTRAINT members_user_fkey FOREIGN KEY (user_id) REFERENCES users
);
CREATE INDEX members_user ON members (user_id);

-- Whether the market always has an ORGANISER: those do that an account made which is no ADMIN. What the version before
-- makes has none, as it made all that there are.
ALTER TABLE markets ADD COLUMN organised boolean NOT NULL DEFAULT false;

-- Where who sent a request was allowed to: a repeat asks whether it still is.
ALTER TABLE idempotency_keys ADD COLUMN market_id uuid;
