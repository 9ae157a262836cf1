-- +goose Up
-- Who hands events on to others, such as a broker, and up to which position they were taken. Whoever hands them on holds the
-- row meanwhile.
CREATE TABLE relays (
    name     text PRIMARY KEY,
    position bigint NOT NULL CONSTRAINT relays_position_check CHECK (position >= 0)
);
CREATE TRIGGER relays_grow BEFORE UPDATE ON relays FOR EACH ROW
    WHEN (NEW.name <> OLD.name OR NEW.position < OLD.position) EXECUTE FUNCTION refuse_change();

-- Events that were refused for good and set aside, until a person has decided about them.
CREATE TABLE relay_failures (
    relay     text NOT NULL CONSTRAINT relay_failures_relay_fkey REFERENCES relays,
    position  bigint NOT NULL,
    id        uuid NOT NULL,
    market_id uuid NOT NULL,
    type      text NOT NULL,
    reason    text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (relay, position)
);
