-- +goose NO TRANSACTION
-- +goose Up
-- Who made a market, for the quota of markets that an account may have. Those that were made before count for nobody, and
-- so do those of an account that was deleted.
ALTER TABLE markets
    ADD COLUMN IF NOT EXISTS created_by uuid CONSTRAINT markets_created_by_fkey REFERENCES users ON DELETE SET NULL;
CREATE INDEX IF NOT EXISTS markets_created_by ON markets (created_by) WHERE created_by IS NOT NULL;

-- Which used refresh tokens can no longer matter. The table may be large, so it is not held meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS refresh_tokens_used ON refresh_tokens (expires_at) WHERE used_at IS NOT NULL;
