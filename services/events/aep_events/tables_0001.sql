-- Meetings and their series. Run by the first migration and never edited.
-- Registers: one table each (aep_shared.registers). `public` is what is published; lists filter by the columns made of it.
CREATE TABLE meetings (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    slug text NOT NULL GENERATED ALWAYS AS (public ->> 'slug') STORED,
    public jsonb NOT NULL,
    removal_reason text,
    kind text NOT NULL GENERATED ALWAYS AS (public ->> 'kind') STORED,
    series text GENERATED ALWAYS AS (public ->> 'series') STORED,
    date_status text NOT NULL GENERATED ALWAYS AS (public ->> 'date_status') STORED,
    host text GENERATED ALWAYS AS (public ->> 'host') STORED
);
CREATE UNIQUE INDEX meetings_by_slug ON meetings (slug);
CREATE INDEX meetings_by_time ON meetings (stored_at);
CREATE TABLE series (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    slug text NOT NULL GENERATED ALWAYS AS (public ->> 'slug') STORED,
    public jsonb NOT NULL,
    removal_reason text,
    kind text NOT NULL GENERATED ALWAYS AS (public ->> 'kind') STORED
);
CREATE UNIQUE INDEX series_by_slug ON series (slug);
CREATE INDEX series_by_time ON series (stored_at);
-- Every slug that a record has or had. None is ever given to another record, so references that name it stay true.
CREATE TABLE record_slugs (
    type text NOT NULL,
    slug text NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (type, slug)
)
