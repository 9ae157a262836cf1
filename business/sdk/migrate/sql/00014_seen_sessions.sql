-- +goose Up
-- Where a session was last used, with what and when, and when its password was last given. Of sessions that the version before
-- this one began, that is not known, or when they began.
ALTER TABLE sessions
    ADD COLUMN address    text NOT NULL DEFAULT '',
    ADD COLUMN user_agent text NOT NULL DEFAULT '',
    ADD COLUMN used_at    timestamptz,
    ADD COLUMN auth_at    timestamptz;

-- What an account has logged in with, so that it is told of what is new.
CREATE TABLE devices (
    user_id uuid NOT NULL CONSTRAINT devices_user_fkey REFERENCES users ON DELETE CASCADE,
    device  bytea NOT NULL CHECK (length(device) = 32), -- SHA-256
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, device)
);
CREATE INDEX devices_seen ON devices (seen_at);
