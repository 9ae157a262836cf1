-- +goose Up
-- The passkeys of accounts (WebAuthn, Level 3): the public halves of keys that devices keep. What is asked of them, a challenge, is
-- kept as a hash until it was answered or is over. The version before this one asks for no passkey.
CREATE TABLE passkeys (
    passkey_id      uuid NOT NULL CONSTRAINT passkeys_pkey PRIMARY KEY,
    user_id         uuid NOT NULL CONSTRAINT passkeys_user_fkey REFERENCES users ON DELETE CASCADE,
    name            text NOT NULL,
    credential_id   bytea NOT NULL CONSTRAINT passkeys_credential_key UNIQUE
                    CONSTRAINT passkeys_credential_check CHECK (length(credential_id) BETWEEN 1 AND 1023),
    public_key      bytea NOT NULL CONSTRAINT passkeys_key_check CHECK (length(public_key) BETWEEN 1 AND 4096), -- COSE
    sign_count      bigint NOT NULL CONSTRAINT passkeys_count_check CHECK (sign_count BETWEEN 0 AND 4294967295),
    transports      text[] NOT NULL,
    backup_eligible boolean NOT NULL,
    backed_up       boolean NOT NULL,
    aaguid          uuid NOT NULL, -- the model of the device; zeros: not told
    version         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    last_used_at    timestamptz
);
CREATE INDEX passkeys_users ON passkeys (user_id);

CREATE TABLE passkey_challenges (
    challenge_hash bytea NOT NULL CONSTRAINT passkey_challenges_pkey PRIMARY KEY
                   CONSTRAINT passkey_challenges_hash_check CHECK (length(challenge_hash) = 32), -- SHA-256
    purpose        text NOT NULL
                   CONSTRAINT passkey_challenges_purpose_check CHECK (purpose IN ('REGISTER', 'LOGIN', 'CONFIRM')),
    user_id        uuid CONSTRAINT passkey_challenges_user_fkey REFERENCES users ON DELETE CASCADE, -- nobody's yet: LOGIN
    expires_at     timestamptz NOT NULL,
    CONSTRAINT passkey_challenges_user_check CHECK ((user_id IS NULL) = (purpose = 'LOGIN')),
    CONSTRAINT passkey_challenges_user_key UNIQUE (user_id, purpose)
);
CREATE INDEX passkey_challenges_over ON passkey_challenges (expires_at);
