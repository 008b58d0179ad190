-- Records kept as documents (aep_shared.registers.service), for services that have such registers. Never edited.
CREATE TABLE records (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    slug text NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    data jsonb NOT NULL
);
CREATE UNIQUE INDEX records_by_slug ON records (type, slug);
CREATE INDEX records_by_time ON records (type, stored_at);
-- Every slug that a record has or had. None is ever given to another record, so references that name it stay true.
CREATE TABLE record_slugs (
    type text NOT NULL,
    slug text NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (type, slug)
)
