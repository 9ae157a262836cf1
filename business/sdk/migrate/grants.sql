-- What the service's role may do, as a whole: it is run after every migration. A table that a migration adds may be read
-- and written; one that is only ever added to, or where only some columns move, stands below.
DO $$
DECLARE t text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO sales_app', current_schema());
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user LOOP
        EXECUTE format('REVOKE ALL ON %I FROM sales_app', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sales_app', t);
    END LOOP;
END $$;

-- The jobs' tables, of which river_migration says what schema they have.
DO $$
DECLARE t text;
BEGIN
    GRANT USAGE ON SCHEMA river TO sales_app;
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'river' LOOP
        EXECUTE format('REVOKE ALL ON river.%I FROM sales_app', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON river.%I TO sales_app', t);
    END LOOP;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA river TO sales_app;
    REVOKE INSERT, UPDATE, DELETE ON river.river_migration FROM sales_app;
END $$;

-- Before Postgres 15 everybody may create tables in the schema public.
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
EXCEPTION WHEN insufficient_privilege THEN NULL; -- it is another's
END $$;

-- A temporary table hides ours from whoever does not say which schema is meant.
DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL; -- it is another's
END $$;

REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM sales_app;

-- Append-only.
REVOKE UPDATE, DELETE ON audit, ledger_entries, cash_movements, sale_voids, sale_returns, sale_return_lines, payouts FROM sales_app;
REVOKE INSERT, UPDATE, DELETE ON product_totals FROM sales_app; -- a trigger counts
REVOKE DELETE ON product_counters FROM sales_app; -- it goes with its family
REVOKE UPDATE, DELETE ON market_counters FROM sales_app;
GRANT UPDATE (next_sale, open, turnover, reduced) ON market_counters TO sales_app;
REVOKE UPDATE, DELETE ON sales, sale_lines FROM sales_app;
GRANT UPDATE (status, version) ON sales TO sales_app;
GRANT UPDATE (returned) ON sale_lines TO sales_app;
REVOKE UPDATE, DELETE ON cash_sessions FROM sales_app;
GRANT UPDATE (closed_at, expected, counted) ON cash_sessions TO sales_app;

-- Events are told once and never changed. The partitions are reached through their table, and come and go by a function.
REVOKE UPDATE ON outbox FROM sales_app;
REVOKE UPDATE, DELETE ON events FROM sales_app;
DO $$
DECLARE t regclass;
BEGIN
    FOR t IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass LOOP
        EXECUTE format('REVOKE ALL ON %s FROM sales_app', t);
    END LOOP;
END $$;
REVOKE INSERT, UPDATE, DELETE ON event_head FROM sales_app;
GRANT UPDATE (position) ON event_head TO sales_app;
GRANT EXECUTE ON FUNCTION keep_events() TO sales_app;

GRANT EXECUTE ON FUNCTION forget_account(uuid, text), forget_invited(text) TO sales_app;

REVOKE UPDATE, DELETE ON relays FROM sales_app;
GRANT UPDATE (position) ON relays TO sales_app;
REVOKE UPDATE ON relay_failures FROM sales_app;
