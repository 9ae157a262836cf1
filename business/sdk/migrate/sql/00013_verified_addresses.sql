-- +goose Up
-- Whether the account has shown that it reads its address. Those that were there before count as if they had, and so do those
-- that the version before makes while both run.
ALTER TABLE users ADD COLUMN email_verified boolean NOT NULL DEFAULT true;

-- The newest link of each purpose that is sent to an account, or is to be. Opening one of ADDRESS makes the address the
-- account's.
CREATE TABLE links (
    user_id    uuid NOT NULL CONSTRAINT links_user_fkey REFERENCES users ON DELETE CASCADE,
    purpose    text NOT NULL CHECK (purpose IN ('ADDRESS', 'RESET')),
    email      text NOT NULL, -- where it goes
    token_hash bytea CONSTRAINT links_token_key UNIQUE CHECK (length(token_hash) = 32), -- SHA-256; null until it is sent
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);
CREATE INDEX links_expires ON links (expires_at);
