-- +goose Up
ALTER TABLE users ADD COLUMN erased_at timestamptz; -- it is nobody since

-- What names people among the events. Only what drains events waits while these are made, not the tills.
CREATE INDEX events_families ON events (family_id) WHERE aggregatetype = 'family';
CREATE INDEX events_members ON events (account_id) WHERE aggregatetype = 'member';

-- Takes who an account was out of what is only ever added to, once its name and those of its families are others: the audit
-- keeps who did what by their ids, and events tell the present names. The account's mails go too. It runs as the owner of the
-- tables, so the service needs no right to change them.
-- +goose StatementBegin
CREATE FUNCTION forget_account(gone uuid, address text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    owned constant uuid[] := ARRAY(SELECT f.family_id FROM families f WHERE f.owner_id = gone);
    t text;
BEGIN
    UPDATE users u SET erased_at = now() WHERE u.user_id = gone;
    DELETE FROM sessions s WHERE s.user_id = gone;
    DELETE FROM devices d WHERE d.user_id = gone;
    UPDATE audit a SET changes = NULL, remote_addr = '' WHERE a.actor_id = gone;
    UPDATE audit a SET changes = NULL WHERE a.resource_id = gone OR a.resource_id = ANY (owned) AND a.resource = 'family';
    PERFORM FROM event_head FOR UPDATE; -- nothing moves from outbox to events meanwhile
    FOREACH t IN ARRAY '{outbox,events}'::text[] LOOP
        EXECUTE format($q$
            UPDATE %I e SET payload = jsonb_set(e.payload::jsonb, '{data,name}', to_jsonb(f.name))::json
            FROM families f WHERE f.family_id = ANY ($1) AND e.family_id = f.family_id AND e.aggregatetype = 'family'$q$, t)
            USING owned;
        EXECUTE format($q$
            UPDATE %I e SET payload = jsonb_set(e.payload::jsonb, '{data,name}', to_jsonb(u.name))::json
            FROM users u WHERE u.user_id = $1 AND e.account_id = u.user_id AND e.aggregatetype = 'member'$q$, t)
            USING gone;
    END LOOP;
    DELETE FROM river.river_job j WHERE j.kind IN ('mail', 'account.link')
        AND (address IN (j.args ->> 'to', j.args ->> 'email') OR j.args ->> 'userID' = gone::text);
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION forget_account(uuid, text) SET search_path = %I, pg_temp', current_schema());
    REVOKE EXECUTE ON FUNCTION forget_account(uuid, text) FROM PUBLIC;
END $$;
-- +goose StatementEnd
