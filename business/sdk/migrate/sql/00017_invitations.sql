-- +goose Up
-- Offers to become a member, each to an address, the newest there. Whoever has the token of its mail takes it.
CREATE TABLE invitations (
    market_id  uuid NOT NULL CONSTRAINT invitations_market_fkey REFERENCES markets ON DELETE CASCADE,
    email      text NOT NULL,
    role       text NOT NULL CONSTRAINT invitations_role_check CHECK (role IN ('ORGANISER', 'CASHIER')),
    invited_by uuid NOT NULL CONSTRAINT invitations_user_fkey REFERENCES users ON DELETE CASCADE,
    token_hash bytea CONSTRAINT invitations_token_key UNIQUE CHECK (length(token_hash) = 32), -- SHA-256; null until it is sent
    expires_at timestamptz NOT NULL,
    CONSTRAINT invitations_pkey PRIMARY KEY (market_id, email)
);
CREATE INDEX invitations_invited_by ON invitations (invited_by);
CREATE INDEX invitations_expires ON invitations (expires_at);

-- Takes the address of an account that is made nobody out of what was sent there to invite it, as forget_account does.
-- +goose StatementBegin
CREATE FUNCTION forget_invited(address text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    DELETE FROM invitations i WHERE i.email = address;
    UPDATE audit a SET changes = NULL WHERE a.action = 'member.create' AND a.changes ->> 'email' = address;
    DELETE FROM river.river_job j WHERE j.kind = 'member.invite' AND j.args ->> 'email' = address;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION forget_invited(text) SET search_path = %I, pg_temp', current_schema());
    REVOKE EXECUTE ON FUNCTION forget_invited(text) FROM PUBLIC;
END $$;
-- +goose StatementEnd
