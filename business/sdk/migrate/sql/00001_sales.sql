-- +goose Up
-- Every table beneath a market carries market_id first in its primary key, its unique keys and its composite foreign
-- keys: a row cannot point into another market, and the tables can be partitioned by that column without a rewrite.
-- Names are ordered as people expect, whatever locale the cluster was made with.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE users (
    user_id       uuid PRIMARY KEY,
    name          text COLLATE "und-x-icu" NOT NULL,
    email         text NOT NULL CONSTRAINT users_email_key UNIQUE CHECK (email = lower(email)),
    roles         text[] NOT NULL CHECK (roles <@ ARRAY['ADMIN', 'CASHIER', 'USER']),
    password_hash text NOT NULL,
    enabled       boolean NOT NULL,
    -- Tokens carry the generation they were made in; a new password, new roles or a disabled account end the old ones.
    generation    bigint NOT NULL DEFAULT 1,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX users_created ON users (created_at, user_id);
CREATE INDEX users_name ON users (name, user_id);
CREATE INDEX users_name_trgm ON users USING gin (name gin_trgm_ops);

-- What ended whose tokens, for the replicas to read; kept after the user is deleted.
CREATE TABLE revocations (
    user_id    uuid PRIMARY KEY,
    generation bigint NOT NULL,
    revoked_at timestamptz NOT NULL
);
CREATE INDEX revocations_at ON revocations (revoked_at);

CREATE TABLE markets (
    market_id  uuid PRIMARY KEY,
    name       text COLLATE "und-x-icu" NOT NULL,
    place      text NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at),
    currency   text NOT NULL CHECK (length(currency) = 3),
    commission int NOT NULL CHECK (commission BETWEEN 0 AND 10000),
    status     text NOT NULL CHECK (status IN ('DRAFT', 'OPEN', 'CLOSED')),
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Products refer to it, so the currency is fixed once there is one.
    CONSTRAINT markets_currency_key UNIQUE (market_id, currency)
);
CREATE INDEX markets_starts ON markets (starts_at, market_id);
CREATE INDEX markets_created ON markets (created_at, market_id);
CREATE INDEX markets_name ON markets (name, market_id);
CREATE INDEX markets_name_trgm ON markets USING gin (name gin_trgm_ops);

-- The next sale number, apart from the market's own row: ringing up locks this one alone, and closing takes it first.
CREATE TABLE market_counters (
    market_id uuid PRIMARY KEY REFERENCES markets ON DELETE CASCADE,
    next_sale bigint NOT NULL DEFAULT 1,
    open      boolean NOT NULL
);

CREATE TABLE families (
    market_id  uuid NOT NULL CONSTRAINT families_market_fkey REFERENCES markets,
    family_id  uuid NOT NULL,
    owner_id   uuid CONSTRAINT families_owner_fkey REFERENCES users,
    number     int NOT NULL CHECK (number BETWEEN 1 AND 99999),
    name       text COLLATE "und-x-icu" NOT NULL,
    commission int CHECK (commission BETWEEN 0 AND 10000),
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (market_id, family_id),
    CONSTRAINT families_number_key UNIQUE (market_id, number),
    CONSTRAINT families_owner_key UNIQUE (market_id, owner_id),
    -- Products refer to it, so the number is fixed once there is one.
    CONSTRAINT families_code_key UNIQUE (market_id, family_id, number)
);
CREATE UNIQUE INDEX families_id ON families (family_id);
CREATE INDEX families_owner ON families (owner_id);
CREATE INDEX families_name ON families (market_id, name, family_id);

CREATE TABLE products (
    market_id     uuid NOT NULL,
    product_id    uuid NOT NULL,
    family_id     uuid NOT NULL,
    family_number int NOT NULL,
    currency      text NOT NULL,
    -- family number × 1,000,000 + running number, shown as 12-003
    code          bigint NOT NULL CHECK (code / 1000000 = family_number AND code % 1000000 > 0),
    name          text COLLATE "und-x-icu" NOT NULL,
    description   text NOT NULL,
    price         bigint NOT NULL CHECK (price BETWEEN 0 AND 100000000),
    quantity      int NOT NULL CONSTRAINT products_stock CHECK (quantity BETWEEN 0 AND 100000),
    sold          bigint NOT NULL DEFAULT 0 CHECK (sold >= 0),
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (market_id, product_id),
    CONSTRAINT products_code_key UNIQUE (market_id, code),
    CONSTRAINT products_family_fkey FOREIGN KEY (market_id, family_id, family_number) REFERENCES families (market_id, family_id, number),
    CONSTRAINT products_currency_fkey FOREIGN KEY (market_id, currency) REFERENCES markets (market_id, currency)
);
CREATE UNIQUE INDEX products_id ON products (product_id);
CREATE INDEX products_family ON products (market_id, family_id, code);
CREATE INDEX products_name ON products (market_id, name, product_id);
CREATE INDEX products_price ON products (market_id, price, product_id);
CREATE INDEX products_quantity ON products (market_id, quantity, product_id);
CREATE INDEX products_created ON products (market_id, created_at, product_id);
CREATE INDEX products_name_trgm ON products USING gin (name gin_trgm_ops);

-- The last running number of each family; a number is never used twice, even if its product is deleted.
CREATE TABLE product_counters (
    market_id uuid NOT NULL,
    family_id uuid NOT NULL,
    last      int NOT NULL CONSTRAINT product_counters_last_check CHECK (last <= 999999),
    PRIMARY KEY (market_id, family_id),
    CONSTRAINT product_counters_family_fkey FOREIGN KEY (market_id, family_id) REFERENCES families ON DELETE CASCADE
);

CREATE TABLE sales (
    market_id  uuid NOT NULL CONSTRAINT sales_market_fkey REFERENCES markets,
    sale_id    uuid NOT NULL,
    number     bigint NOT NULL CHECK (number > 0),
    cashier_id uuid NOT NULL CONSTRAINT sales_cashier_fkey REFERENCES users,
    status     text NOT NULL CHECK (status IN ('COMPLETED', 'PARTLY_RETURNED', 'RETURNED', 'VOIDED')),
    currency   text NOT NULL,
    total      bigint NOT NULL CHECK (total >= 0),
    tender     text NOT NULL CHECK (tender IN ('CASH', 'CARD')),
    paid       bigint NOT NULL,
    change     bigint NOT NULL CHECK (change >= 0 AND change = paid - total),
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (market_id, sale_id),
    CONSTRAINT sales_number_key UNIQUE (market_id, number),
    CONSTRAINT sales_currency_fkey FOREIGN KEY (market_id, currency) REFERENCES markets (market_id, currency)
);
CREATE UNIQUE INDEX sales_id ON sales (sale_id);
CREATE INDEX sales_total ON sales (market_id, total, sale_id);
CREATE INDEX sales_cashier ON sales (cashier_id, market_id, number);
CREATE INDEX sales_created ON sales (market_id, created_at);

CREATE TABLE sale_lines (
    market_id  uuid NOT NULL,
    sale_id    uuid NOT NULL,
    line       int NOT NULL CHECK (line BETWEEN 1 AND 200),
    product_id uuid, -- none: sold without a label
    family_id  uuid NOT NULL,
    name       text NOT NULL,
    quantity   int NOT NULL CHECK (quantity BETWEEN 1 AND 100000),
    list_price bigint NOT NULL CHECK (list_price BETWEEN 0 AND 100000000),
    unit_price bigint NOT NULL CHECK (unit_price BETWEEN 0 AND 100000000),
    amount     bigint NOT NULL CHECK (amount = quantity * unit_price),
    returned   int NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity),
    PRIMARY KEY (market_id, sale_id, line),
    CONSTRAINT sale_lines_sale_fkey FOREIGN KEY (market_id, sale_id) REFERENCES sales,
    CONSTRAINT sale_lines_product_fkey FOREIGN KEY (market_id, product_id) REFERENCES products,
    CONSTRAINT sale_lines_family_fkey FOREIGN KEY (market_id, family_id) REFERENCES families
);
CREATE INDEX sale_lines_product ON sale_lines (market_id, product_id);
CREATE INDEX sale_lines_family ON sale_lines (market_id, family_id, sale_id);

-- The first answer to every request that moves money, kept with what it did.
CREATE TABLE idempotency_keys (
    account_id   uuid NOT NULL,
    method       text NOT NULL,
    path         text NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    status       int NOT NULL,
    location     text NOT NULL,
    etag         text NOT NULL,
    body         bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, method, path, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
