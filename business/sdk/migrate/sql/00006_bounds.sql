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

-- What keeps every total of a market below 2^53: what was ever rung up, by how much it was reduced, and what went between
-- drawers and the cash office. They stand in the row that ringing up writes anyway. A market that is beyond already stands at its bound.
ALTER TABLE market_counters
    ADD COLUMN turnover bigint NOT NULL DEFAULT 0,
    ADD COLUMN reduced bigint NOT NULL DEFAULT 0,
    ADD COLUMN cash_moved bigint NOT NULL DEFAULT 0;
UPDATE market_counters c SET
    turnover = (SELECT least(coalesce(sum(s.total), 0), 9007199254740991) FROM sales s WHERE s.market_id = c.market_id),
    reduced = (SELECT least(coalesce(sum((l.list_price - l.unit_price) * l.quantity), 0), 9007199254740991) FROM sale_lines l
        WHERE l.market_id = c.market_id AND l.unit_price < l.list_price),
    cash_moved = (SELECT least(coalesce(sum(abs(e.amount)), 0), 9007199254740991) FROM ledger_entries e
        WHERE e.market_id = c.market_id AND e.account IN ('cash_office', 'over_short'));
ALTER TABLE market_counters
    ADD CONSTRAINT market_counters_turnover_check CHECK (turnover <= 9007199254740991),
    ADD CONSTRAINT market_counters_reduced_check CHECK (reduced <= 9007199254740991),
    ADD CONSTRAINT market_counters_cash_moved_check CHECK (cash_moved <= 9007199254740991);

-- How many products a market has, counted apart from its till's row so that listing and selling do not wait for each other.
CREATE TABLE product_totals (
    market_id uuid PRIMARY KEY CONSTRAINT product_totals_market_fkey REFERENCES markets ON DELETE CASCADE,
    products  bigint NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION count_products() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE product_totals t SET products = t.products - c.n
        FROM (SELECT market_id, count(*) AS n FROM changed GROUP BY market_id) c WHERE t.market_id = c.market_id;
        RETURN NULL;
    END IF;
    INSERT INTO product_totals AS t (market_id, products)
    SELECT market_id, count(*) FROM changed GROUP BY market_id ORDER BY market_id
    ON CONFLICT (market_id) DO UPDATE SET products = t.products + excluded.products;
    -- Only what is added is refused: a market that has more already may lose some.
    IF EXISTS (SELECT FROM product_totals t WHERE t.products > 200000 AND t.market_id IN (SELECT c.market_id FROM changed c)) THEN
        RAISE EXCEPTION 'a market has at most 200000 products' USING ERRCODE = 'check_violation', CONSTRAINT = 'product_totals_limit';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER products_added AFTER INSERT ON products
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_products();
CREATE TRIGGER products_removed AFTER DELETE ON products
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_products();
-- The triggers keep everybody from adding some until this is committed.
INSERT INTO product_totals (market_id, products) SELECT market_id, count(*) FROM products GROUP BY market_id;

-- As before, and it keeps what drawers hold. It runs as the owner of the tables, so the service needs no right to change that.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION check_posting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    bad record;
    drawer boolean;
    office boolean;
BEGIN
    -- All entries of the posting are added up, so one that is added to an old posting is found too.
    SELECT a.event, a.source_id INTO bad FROM (SELECT DISTINCT market_id, source_id, event FROM added) a
    WHERE (SELECT sum(e.amount) FROM ledger_entries e WHERE e.market_id = a.market_id AND e.source_id = a.source_id AND e.event = a.event) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of % % do not add up to zero', bad.event, bad.source_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    SELECT bool_or(cash_session_id IS NOT NULL), bool_or(account IN ('cash_office', 'over_short')) INTO drawer, office FROM added;
    IF drawer THEN
        UPDATE cash_sessions s SET held = s.held + a.amount
        FROM (SELECT market_id, cash_session_id, sum(amount) AS amount FROM added WHERE cash_session_id IS NOT NULL GROUP BY 1, 2) a
        WHERE s.market_id = a.market_id AND s.cash_session_id = a.cash_session_id;
    END IF;
    IF office THEN
        UPDATE market_counters c SET cash_moved = c.cash_moved + a.amount
        FROM (SELECT market_id, sum(abs(amount)) AS amount FROM added WHERE account IN ('cash_office', 'over_short') GROUP BY 1) a
        WHERE c.market_id = a.market_id;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A function finds our tables whatever the session's search_path says, with temporary tables last, and nobody else hangs one
-- that runs as the owner on a table of his own.
-- +goose StatementBegin
DO $$
DECLARE f regprocedure;
BEGIN
    FOREACH f IN ARRAY '{check_posting(), count_products(), refuse_change()}'::regprocedure[] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
-- +goose StatementEnd

-- What only moves one way, whoever asks: the service's role must update these columns, but has no reason to set them back.
CREATE TRIGGER sale_lines_returned BEFORE UPDATE ON sale_lines FOR EACH ROW
    WHEN (NEW.returned < OLD.returned) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sales_status BEFORE UPDATE OF status, version ON sales FOR EACH ROW
    WHEN (NEW.version <= OLD.version OR OLD.status IN ('RETURNED', 'VOIDED') OR NEW.status = 'COMPLETED'
        OR OLD.status = 'PARTLY_RETURNED' AND NEW.status = 'VOIDED') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cash_sessions_closed BEFORE UPDATE ON cash_sessions FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER market_counters_grow BEFORE UPDATE ON market_counters FOR EACH ROW
    WHEN (NEW.next_sale < OLD.next_sale OR NEW.turnover < OLD.turnover OR NEW.reduced < OLD.reduced
        OR NEW.cash_moved < OLD.cash_moved) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER product_counters_grow BEFORE UPDATE ON product_counters FOR EACH ROW
    WHEN (NEW.last < OLD.last) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER markets_settled BEFORE UPDATE ON markets FOR EACH ROW
    WHEN (OLD.settled AND NOT NEW.settled) EXECUTE FUNCTION refuse_change();

-- What the card terminal printed, so that a sale can be found in the card company's list. Of what is there it is true.
ALTER TABLE sales
    ADD COLUMN reference text NOT NULL DEFAULT '',
    ADD CONSTRAINT sales_reference_check CHECK (reference = '' OR tender = 'CARD' AND length(reference) <= 64) NOT VALID;
