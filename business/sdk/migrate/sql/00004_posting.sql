-- +goose Up
-- A posting is written by one statement, so whether it adds up to zero is looked at once, when that statement ends, and no
-- longer at COMMIT for each of its entries: the cost of a large basket grew with the square of its families.

DROP TRIGGER ledger_entries_balanced ON ledger_entries;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION check_posting() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_posting();
