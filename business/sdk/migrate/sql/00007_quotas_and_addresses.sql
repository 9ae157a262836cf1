-- +goose NO TRANSACTION
-- +goose Up
-- Who made a market, for the quota of markets that an account may have. Those that were made before count for nobody, and
-- so do those of an account that was deleted.
ALTER TABLE markets
    ADD COLUMN IF NOT EXISTS created_by uuid CONSTRAINT markets_created_by_fkey REFERENCES users ON DELETE SET NULL;
CREATE INDEX IF NOT EXISTS markets_created_by ON markets (created_by) WHERE created_by IS NOT NULL;

-- Which used refresh tokens can no longer matter. The table may be large, so it is not held meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS refresh_tokens_used ON refresh_tokens (expires_at) WHERE used_at IS NOT NULL;

-- E-mail addresses are compared in one form (NFKC, lower case, no invisible characters): those that were taken in another
-- one get it, or nobody could log in by them. One whose form another account has stays as it is: it looks like that other,
-- and an ADMIN has to give the account an address of its own.
WITH normal AS (
    SELECT user_id, lower(normalize(regexp_replace(email,
            '[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]', '', 'g'), NFKC) COLLATE "und-x-icu") AS email
    FROM users WHERE email ~ '[^\u0001-\u007f]'
)
UPDATE users u SET email = n.email, version = u.version + 1
FROM normal n
WHERE u.user_id = n.user_id AND u.email <> n.email
    AND NOT EXISTS (SELECT 1 FROM users o WHERE o.email = n.email)
    AND (SELECT count(*) FROM normal o WHERE o.email = n.email) = 1;
