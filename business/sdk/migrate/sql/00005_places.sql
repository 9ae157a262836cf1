-- +goose Up
-- Places are the venues that markets may name. They belong to no market, so their id is their primary key alone.
CREATE TABLE places (
    place_id   uuid PRIMARY KEY,
    code       text COLLATE "C" NOT NULL CONSTRAINT places_code_key UNIQUE,
    name       text COLLATE "und-x-icu" NOT NULL,
    city       text NOT NULL,
    country    text NOT NULL,
    alias      text[] NOT NULL,
    regions    text[] NOT NULL,
    unlocs     text[] NOT NULL,
    latitude   double precision CONSTRAINT places_latitude_check CHECK (latitude BETWEEN -90 AND 90),
    longitude  double precision CONSTRAINT places_longitude_check CHECK (longitude BETWEEN -180 AND 180),
    time_zone  text,
    province   text,
    version    bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX places_name ON places (name, place_id);
CREATE INDEX places_name_trgm ON places USING gin (name gin_trgm_ops);
CREATE INDEX places_country ON places (country, code);

ALTER TABLE markets ADD COLUMN place_id uuid CONSTRAINT markets_place_fkey REFERENCES places;
CREATE INDEX markets_place ON markets (place_id) WHERE place_id IS NOT NULL;
