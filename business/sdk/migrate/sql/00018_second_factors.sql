-- +goose Up
-- The second factor of an account: an app that shows codes (RFC 6238). It is in force once confirmed_at is set. The secret is kept
-- as it is, because it makes the codes. last_step: the newest step whose code was used. The version before this one asks for no
-- code.
CREATE TABLE second_factors (
    user_id      uuid NOT NULL CONSTRAINT second_factors_pkey PRIMARY KEY,
    secret       bytea NOT NULL CONSTRAINT second_factors_secret_check CHECK (length(secret) = 20),
    last_step    bigint NOT NULL,
    confirmed_at timestamptz,
    CONSTRAINT second_factors_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);

-- What gets an account in whose app is lost, each once.
CREATE TABLE recovery_codes (
    user_id   uuid NOT NULL CONSTRAINT recovery_codes_factor_fkey REFERENCES second_factors ON DELETE CASCADE,
    code_hash bytea NOT NULL CONSTRAINT recovery_codes_hash_check CHECK (length(code_hash) = 32), -- SHA-256
    used_at   timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash)
);
