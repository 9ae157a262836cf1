-- +goose Up
-- A session begins with a login and ends with a logout, with a refresh token that is used twice, or by itself.

CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    user_id    uuid NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users ON DELETE CASCADE,
    -- The user's when the session began: a new password, new roles or a disabled account end it too.
    generation bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL, -- however often it is refreshed
    ended_at   timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32), -- SHA-256
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_fkey REFERENCES sessions ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    -- The token that took its place, sealed with a key that only the bearer of this one can make.
    successor  bytea,
    CHECK ((used_at IS NULL) = (successor IS NULL))
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- Attempts at a secret within the last minute, by account and by client address.
CREATE TABLE attempts (
    key bytea PRIMARY KEY, -- SHA-256 of what is limited
    at  timestamptz[] NOT NULL -- the newest first, at most as many as the limit
);

-- Who did what, from where, with what outcome. A change is recorded in its own transaction; refusals and failed logins in
-- one of their own. Nothing here is ever changed, and nothing refers to it, so that it outlives what it is about.
CREATE TABLE audit (
    audit_id    uuid PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor_id    uuid, -- null: nobody
    action      text NOT NULL,
    resource    text NOT NULL,
    resource_id uuid,
    outcome     text NOT NULL CHECK (outcome IN ('SUCCESS', 'DENIED')),
    remote_addr text NOT NULL,
    trace_id    text NOT NULL,
    changes     json -- as it was asked for, without secrets; json and not jsonb, so that it is kept as it came
);
CREATE INDEX audit_at ON audit (at, audit_id);
CREATE INDEX audit_actor ON audit (actor_id, at, audit_id);
CREATE INDEX audit_action ON audit (action, at, audit_id);
CREATE INDEX audit_resource ON audit (resource, at, audit_id);
CREATE INDEX audit_resource_id ON audit (resource_id, at, audit_id);
