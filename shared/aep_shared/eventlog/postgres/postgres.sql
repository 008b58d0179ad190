-- The event log of the embedded profile, in a database of its own.
CREATE TABLE IF NOT EXISTS log_topics (
    name text PRIMARY KEY,
    identity uuid NOT NULL DEFAULT uuidv7(),
    partitions integer NOT NULL,
    tombstone_days integer NOT NULL
);
-- The row lock on a partition makes its appends commit in the order of their offsets, so nothing ever appears
-- below an offset that a reader has seen.
CREATE TABLE IF NOT EXISTS log_partitions (
    topic text NOT NULL REFERENCES log_topics (name) ON DELETE CASCADE,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    compacted_to bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE IF NOT EXISTS log_records (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key text NOT NULL,
    value bytea,
    headers jsonb NOT NULL,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX IF NOT EXISTS log_records_by_key ON log_records (topic, partition, key, "offset");
CREATE INDEX IF NOT EXISTS log_records_tombstones ON log_records (appended_at) WHERE value IS NULL;
CREATE TABLE IF NOT EXISTS log_writers (
    name text PRIMARY KEY,
    epoch bigint NOT NULL
);
