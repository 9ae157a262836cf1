-- +goose Up
-- What a drawer holds is kept beside it, so that it stays within its bounds whoever moves cash at once.
ALTER TABLE cash_sessions ADD COLUMN held bigint NOT NULL DEFAULT 0;
UPDATE cash_sessions s SET held = (
    SELECT greatest(least(coalesce(sum(e.amount), 0), 1000000000000), -1000000000000) FROM ledger_entries e
    WHERE e.market_id = s.market_id AND e.cash_session_id = s.cash_session_id
) WHERE s.closed_at IS NULL;
ALTER TABLE cash_sessions ADD CONSTRAINT cash_sessions_held_check CHECK (held BETWEEN -1000000000000 AND 1000000000000);

-- A drawer's movements are read page by page, in the order of their times.
CREATE INDEX cash_movements_created ON cash_movements (market_id, cash_session_id, created_at, movement_id);
DROP INDEX cash_movements_session;

-- As before, and it keeps what drawers hold. It runs as the owner of the tables, so the service needs no right to change that.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION check_posting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    bad record;
BEGIN
    -- All entries of the posting are added up, so one that is added to an old posting is found too.
    SELECT a.event, a.source_id INTO bad FROM (SELECT DISTINCT market_id, source_id, event FROM added) a
    WHERE (SELECT sum(e.amount) FROM ledger_entries e WHERE e.market_id = a.market_id AND e.source_id = a.source_id AND e.event = a.event) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of % % do not add up to zero', bad.event, bad.source_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    IF EXISTS (SELECT FROM added WHERE cash_session_id IS NOT NULL) THEN
        UPDATE cash_sessions s SET held = s.held + a.amount
        FROM (SELECT market_id, cash_session_id, sum(amount) AS amount FROM added WHERE cash_session_id IS NOT NULL GROUP BY 1, 2) a
        WHERE s.market_id = a.market_id AND s.cash_session_id = a.cash_session_id;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A function finds our tables whatever the session's search_path says; a temporary table comes last.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION check_posting() SET search_path = %I, pg_temp', current_schema());
END $$;
-- +goose StatementEnd
