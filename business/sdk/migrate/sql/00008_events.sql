-- +goose Up
-- What happened, written in the transaction of the change, until it is drained into events. The columns that Debezium's
-- outbox event router wants have its names, so that it can take the relay's place.
CREATE TABLE outbox (
    seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            uuid NOT NULL,
    market_id     uuid NOT NULL,
    aggregatetype text NOT NULL,
    aggregateid   uuid NOT NULL,
    type          text NOT NULL,
    at            timestamptz NOT NULL,
    family_id     uuid,
    account_id    uuid,
    payload       json NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000); -- its rows stay for a moment

-- What happened, each with its position, which has no gaps and only grows: a reader needs to keep nothing else. No foreign
-- keys: what happened stays, whatever is deleted, and telling waits for nobody's locks. A partition holds a week, and what
-- fits none, for want of somebody who made it, has a place too.
CREATE TABLE events (
    position      bigint NOT NULL,
    id            uuid NOT NULL,
    market_id     uuid NOT NULL,
    aggregatetype text NOT NULL,
    aggregateid   uuid NOT NULL,
    type          text NOT NULL,
    at            timestamptz NOT NULL,
    family_id     uuid,
    account_id    uuid,
    payload       json NOT NULL,
    PRIMARY KEY (position, at)
) PARTITION BY RANGE (at);
CREATE INDEX events_market ON events (market_id, position);
CREATE TABLE events_default PARTITION OF events DEFAULT;

-- The newest position, and the newest of those that are no longer kept. Whoever drains holds this row.
CREATE TABLE event_head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL DEFAULT 0,
    gone     bigint NOT NULL DEFAULT 0
);
INSERT INTO event_head DEFAULT VALUES;
CREATE TRIGGER event_head_grows BEFORE UPDATE ON event_head FOR EACH ROW
    WHEN (NEW.position < OLD.position OR NEW.gone < OLD.gone) EXECUTE FUNCTION refuse_change();

-- Makes the partitions of this week and the next, and drops those that ended 30 days ago. It runs as the owner of the tables,
-- so the service needs no right to make or drop any, and drops nothing that is younger, whoever calls it.
-- +goose StatementBegin
CREATE FUNCTION keep_events() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    before constant timestamptz := now() - interval '30 days';
    week timestamptz;
    part record;
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(5077311905); -- one at a time
    PERFORM set_config('lock_timeout', '2s', true); -- whoever waits for whoever waits for a lock must not wait long
    FOR i IN 0..1 LOOP
        week := date_trunc('week', now(), 'UTC') + i * interval '7 days';
        CONTINUE WHEN to_regclass('events_' || to_char(week AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NOT NULL;
        -- What came in between stays where it is.
        CONTINUE WHEN EXISTS (SELECT FROM events_default e WHERE e.at >= week AND e.at < week + interval '7 days');
        EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
            'events_' || to_char(week AT TIME ZONE 'UTC', 'YYYYMMDD'), week, week + interval '7 days');
    END LOOP;
    FOR part IN
        SELECT c.oid::regclass AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_[0-9]{8}$'
            AND to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' + interval '7 days' <= before
    LOOP
        EXECUTE format('SELECT max(position) FROM %s', part.name) INTO last;
        EXECUTE format('DROP TABLE %s', part.name);
        UPDATE event_head h SET gone = last WHERE last > h.gone;
    END LOOP;
    WITH old AS (DELETE FROM events_default e WHERE e.at < before RETURNING e.position)
    UPDATE event_head h SET gone = o.last FROM (SELECT max(old.position) AS last FROM old) o WHERE o.last > h.gone;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION keep_events() SET search_path = %I, pg_temp', current_schema());
    REVOKE EXECUTE ON FUNCTION keep_events() FROM PUBLIC;
    PERFORM keep_events();
END $$;
-- +goose StatementEnd
