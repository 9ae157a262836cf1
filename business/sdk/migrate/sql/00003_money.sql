-- +goose Up
-- What follows a sale: cash drawers, the ledger, voids, returns and payouts. All of it is append-only, but for the columns
-- that close a cash session.

ALTER TABLE markets
    ADD COLUMN price_steps           jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN cash_session_required boolean NOT NULL DEFAULT false,
    -- True from the first payout on; then the market stays closed and nobody's share changes.
    ADD COLUMN settled               boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT markets_settled_check CHECK (NOT settled OR status = 'CLOSED');

ALTER TABLE products ADD COLUMN fixed_price boolean NOT NULL DEFAULT false;

-- Reports add up a family's or a market's lines from this index alone.
DROP INDEX sale_lines_family;
CREATE INDEX sale_lines_family ON sale_lines (market_id, family_id, sale_id) INCLUDE (quantity, list_price, unit_price, returned);

CREATE TABLE cash_sessions (
    market_id       uuid NOT NULL CONSTRAINT cash_sessions_market_fkey REFERENCES markets,
    cash_session_id uuid NOT NULL,
    cashier_id      uuid NOT NULL CONSTRAINT cash_sessions_cashier_fkey REFERENCES users,
    opening_float   bigint NOT NULL CHECK (opening_float >= 0),
    opened_at       timestamptz NOT NULL,
    closed_at       timestamptz,
    expected        bigint, -- while the session is open, what the ledger says
    counted         bigint CHECK (counted >= 0),
    PRIMARY KEY (market_id, cash_session_id),
    CONSTRAINT cash_sessions_closed_check CHECK ((closed_at IS NULL) = (expected IS NULL) AND (closed_at IS NULL) = (counted IS NULL))
);
CREATE UNIQUE INDEX cash_sessions_id ON cash_sessions (cash_session_id);
CREATE UNIQUE INDEX cash_sessions_open_key ON cash_sessions (market_id, cashier_id) WHERE closed_at IS NULL;
CREATE INDEX cash_sessions_opened ON cash_sessions (market_id, opened_at, cash_session_id);
CREATE INDEX cash_sessions_cashier ON cash_sessions (cashier_id);

CREATE TABLE cash_movements (
    market_id       uuid NOT NULL,
    movement_id     uuid NOT NULL,
    cash_session_id uuid NOT NULL,
    amount          bigint NOT NULL CHECK (amount <> 0),
    reason          text NOT NULL,
    moved_by        uuid NOT NULL CONSTRAINT cash_movements_moved_by_fkey REFERENCES users,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (market_id, movement_id),
    CONSTRAINT cash_movements_session_fkey FOREIGN KEY (market_id, cash_session_id) REFERENCES cash_sessions
);
CREATE INDEX cash_movements_session ON cash_movements (market_id, cash_session_id);
CREATE INDEX cash_movements_moved_by ON cash_movements (moved_by);

-- Double entry. A posting is all entries of one event of one source (a sale, a return, a payout, a cash session, a
-- movement); its entries add up to zero. Debits are positive: what the market has is above zero, what it owes below.
CREATE TABLE ledger_entries (
    market_id       uuid NOT NULL,
    source_id       uuid NOT NULL,
    event           text NOT NULL CHECK (event IN ('SALE', 'VOID', 'RETURN', 'PAYOUT', 'CASH_OPENED', 'CASH_MOVED', 'CASH_CLOSED')),
    entry           int NOT NULL CHECK (entry > 0),
    account         text NOT NULL CHECK (account IN ('cash', 'card', 'family', 'commission', 'payouts', 'cash_office', 'over_short')),
    cashier_id      uuid CONSTRAINT ledger_entries_cashier_fkey REFERENCES users,
    family_id       uuid,
    cash_session_id uuid,
    amount          bigint NOT NULL CHECK (amount <> 0),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (market_id, source_id, event, entry),
    CONSTRAINT ledger_entries_family_fkey FOREIGN KEY (market_id, family_id) REFERENCES families,
    CONSTRAINT ledger_entries_session_fkey FOREIGN KEY (market_id, cash_session_id) REFERENCES cash_sessions,
    CONSTRAINT ledger_entries_party_check CHECK (
        (account = 'cash') = (cashier_id IS NOT NULL) AND (account = 'family') = (family_id IS NOT NULL)
        AND (account = 'cash' OR cash_session_id IS NULL))
);
CREATE INDEX ledger_entries_account ON ledger_entries (market_id, account, family_id, cashier_id) INCLUDE (amount);
CREATE INDEX ledger_entries_session ON ledger_entries (market_id, cash_session_id) INCLUDE (amount) WHERE cash_session_id IS NOT NULL;
CREATE INDEX ledger_entries_cashier ON ledger_entries (cashier_id) WHERE cashier_id IS NOT NULL;
-- A family is paid out once.
CREATE UNIQUE INDEX ledger_entries_payout_key ON ledger_entries (market_id, family_id) WHERE event = 'PAYOUT' AND family_id IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION check_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM ledger_entries WHERE market_id = NEW.market_id AND source_id = NEW.source_id AND event = NEW.event) <> 0 THEN
        RAISE EXCEPTION 'the entries of % % do not add up to zero', NEW.event, NEW.source_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- At COMMIT, for every entry: one that is added to an old posting is found too.
CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_posting();

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE sale_voids (
    market_id  uuid NOT NULL,
    sale_id    uuid NOT NULL,
    reason     text NOT NULL,
    voided_by  uuid NOT NULL CONSTRAINT sale_voids_voided_by_fkey REFERENCES users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (market_id, sale_id),
    CONSTRAINT sale_voids_sale_fkey FOREIGN KEY (market_id, sale_id) REFERENCES sales
);
CREATE INDEX sale_voids_voided_by ON sale_voids (voided_by);

CREATE TABLE sale_returns (
    market_id   uuid NOT NULL,
    return_id   uuid NOT NULL,
    sale_id     uuid NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    reason      text NOT NULL,
    returned_by uuid NOT NULL CONSTRAINT sale_returns_returned_by_fkey REFERENCES users,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (market_id, return_id),
    -- A return's lines refer to it, so they are lines of its sale.
    CONSTRAINT sale_returns_sale_key UNIQUE (market_id, sale_id, return_id),
    CONSTRAINT sale_returns_sale_fkey FOREIGN KEY (market_id, sale_id) REFERENCES sales
);
CREATE UNIQUE INDEX sale_returns_id ON sale_returns (return_id);
CREATE INDEX sale_returns_created ON sale_returns (market_id, sale_id, created_at, return_id);
CREATE INDEX sale_returns_returned_by ON sale_returns (returned_by);

CREATE TABLE sale_return_lines (
    market_id uuid NOT NULL,
    return_id uuid NOT NULL,
    sale_id   uuid NOT NULL,
    line      int NOT NULL,
    quantity  int NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (market_id, return_id, line),
    CONSTRAINT sale_return_lines_return_fkey FOREIGN KEY (market_id, sale_id, return_id) REFERENCES sale_returns (market_id, sale_id, return_id),
    CONSTRAINT sale_return_lines_line_fkey FOREIGN KEY (market_id, sale_id, line) REFERENCES sale_lines
);

CREATE TABLE payouts (
    market_id  uuid NOT NULL,
    payout_id  uuid NOT NULL,
    family_id  uuid NOT NULL,
    gross      bigint NOT NULL CHECK (gross > 0),
    commission bigint NOT NULL CHECK (commission BETWEEN 0 AND gross),
    net        bigint NOT NULL CHECK (net = gross - commission),
    paid_by    uuid NOT NULL CONSTRAINT payouts_paid_by_fkey REFERENCES users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (market_id, payout_id),
    CONSTRAINT payouts_family_key UNIQUE (market_id, family_id),
    CONSTRAINT payouts_family_fkey FOREIGN KEY (market_id, family_id) REFERENCES families
);
CREATE UNIQUE INDEX payouts_id ON payouts (payout_id);
CREATE INDEX payouts_created ON payouts (market_id, created_at, payout_id);
CREATE INDEX payouts_paid_by ON payouts (paid_by);
