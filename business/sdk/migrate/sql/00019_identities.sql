-- +goose Up
-- Who accounts are at OpenID Connect providers, whom they may log in by. The subject is the provider's own, and never given to
-- another.
CREATE TABLE identities (
    identity_id uuid CONSTRAINT identities_pkey PRIMARY KEY,
    user_id     uuid NOT NULL CONSTRAINT identities_user_fkey REFERENCES users ON DELETE CASCADE,
    issuer      text NOT NULL,
    subject     text NOT NULL,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz NOT NULL,
    CONSTRAINT identities_subject_key UNIQUE (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- Logins that providers vouched for, so that each is taken once. One with a token waits for what the account alone knows; auth_at:
-- when it was last shown to the provider who it is.
CREATE TABLE provider_logins (
    login_hash bytea CONSTRAINT provider_logins_pkey PRIMARY KEY CHECK (length(login_hash) = 32), -- SHA-256
    token_hash bytea CONSTRAINT provider_logins_token_key UNIQUE CHECK (length(token_hash) = 32), -- SHA-256
    user_id    uuid CONSTRAINT provider_logins_user_fkey REFERENCES users ON DELETE CASCADE,
    issuer     text NOT NULL,
    subject    text NOT NULL,
    auth_at    timestamptz NOT NULL,
    linked     boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT provider_logins_waits CHECK ((token_hash IS NULL) = (user_id IS NULL))
);
CREATE INDEX provider_logins_user ON provider_logins (user_id);
CREATE INDEX provider_logins_expires ON provider_logins (expires_at);
