-- +goose Up
-- Keys with which programs act for an account. A key goes with its account, and with the market that it is limited to.
CREATE TABLE api_keys (
    key_id       uuid NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    user_id      uuid NOT NULL CONSTRAINT api_keys_user_fkey REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL,
    market_id    uuid CONSTRAINT api_keys_market_fkey REFERENCES markets ON DELETE CASCADE, -- null: not limited
    actions      text[] NOT NULL CONSTRAINT api_keys_actions_check CHECK (cardinality(actions) BETWEEN 1 AND 100),
    token_hash   bytea NOT NULL CONSTRAINT api_keys_hash_key UNIQUE
        CONSTRAINT api_keys_hash_check CHECK (length(token_hash) = 32), -- SHA-256
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CONSTRAINT api_keys_expires_check CHECK (expires_at > created_at),
    last_used_at timestamptz
);
CREATE INDEX api_keys_user ON api_keys (user_id, created_at);
CREATE INDEX api_keys_market ON api_keys (market_id);
CREATE INDEX api_keys_expires ON api_keys (expires_at);

-- With which key a program did it. It is no reference, for the audit outlives the keys.
ALTER TABLE audit ADD COLUMN key_id uuid;
