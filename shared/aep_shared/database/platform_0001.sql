-- Tables that every service keeps in its own database. Run once by the service's first migration and never edited:
-- a change is a further file.

-- Outbox: ids come from the column's default only, so the lock on the table is held before an id is drawn. The relay
-- relies on that to tell a rolled-back id from one that is still being written.
CREATE SEQUENCE outbox_id AS bigint CACHE 1;
CREATE TABLE outbox (
    id bigint NOT NULL DEFAULT nextval('outbox_id'),
    topic text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    event_id uuid NOT NULL DEFAULT uuidv7(),
    value text,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) PARTITION BY LIST (((id / 65536) % 3));
ALTER SEQUENCE outbox_id OWNED BY outbox.id;
CREATE TABLE outbox_0 PARTITION OF outbox FOR VALUES IN (0);
CREATE TABLE outbox_1 PARTITION OF outbox FOR VALUES IN (1);
CREATE TABLE outbox_2 PARTITION OF outbox FOR VALUES IN (2);
CREATE INDEX ON outbox (id);

CREATE TABLE relay_cursor (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    published_to bigint NOT NULL DEFAULT 0
);
INSERT INTO relay_cursor DEFAULT VALUES;
-- Where the relay left each partition of the log: one that ends elsewhere lost records, or somebody else appended.
CREATE TABLE relay_ends (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Leaders: one row for each task that one process at a time may do.
CREATE TABLE leaders (
    name text PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    backend_pid integer,
    backend_start timestamptz,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Consumers: live workers of a group, and the position of each partition.
CREATE TABLE workers (
    consumer_group text NOT NULL,
    id uuid NOT NULL,
    backend_pid integer NOT NULL,
    backend_start timestamptz NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer_group, id)
);
CREATE TABLE positions (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    log_identity text NOT NULL,
    -- When reading from the start began, and when an end was last reached since.
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    end_reached_at timestamptz,
    rebuild bigint,
    -- Why the partition stands still; empty while it moves.
    failure text,
    failing_since timestamptz,
    PRIMARY KEY (consumer_group, topic, partition)
);
CREATE SEQUENCE rebuild_id AS bigint;

-- Replicas: the newest known state of each aggregate of another service. A deleted one keeps its version, so that a
-- late older event does not revive it.
CREATE TABLE replicas (
    topic text NOT NULL,
    key text NOT NULL,
    partition integer NOT NULL,
    version bigint NOT NULL,
    deleted boolean NOT NULL,
    data jsonb,
    rebuild bigint,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, key)
);
CREATE INDEX replicas_by_slug ON replicas (topic, (data ->> 'slug')) WHERE NOT deleted;

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key text NOT NULL,
    version bigint,
    headers jsonb NOT NULL,
    value bytea,
    error text NOT NULL,
    stack text NOT NULL,
    attempts integer NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'settled', 'replayed', 'discarded')),
    closed_at timestamptz
);
CREATE INDEX dead_letters_open ON dead_letters (consumer_group, topic, key) WHERE state = 'open';

-- Attempts at the items of jobs (aep_shared.service.attempts): counted before each, set aside with the reason after several.
CREATE TABLE job_attempts (
    job text NOT NULL,
    item text NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text,
    aside_at timestamptz,
    PRIMARY KEY (job, item)
);
CREATE INDEX job_attempts_aside ON job_attempts (aside_at) WHERE aside_at IS NOT NULL;

-- The last failure of each job of this service, whichever process ran it.
CREATE TABLE job_failures (
    job text PRIMARY KEY,
    message text NOT NULL,
    failures integer NOT NULL DEFAULT 1,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recovered_at timestamptz
);

-- The last comparison of this service's tables with its topics, of each kind.
CREATE TABLE examinations (
    kind text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    report jsonb
);

CREATE TABLE idempotency_keys (
    actor text NOT NULL,
    scopes text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    rights bytea NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (actor, scopes, route, key)
);
CREATE INDEX ON idempotency_keys (stored_at);

-- How often something was done lately (aep_shared.access.limits). Lost after a crash, which only forgives.
CREATE UNLOGGED TABLE rate_limits (
    key bytea PRIMARY KEY,
    full_at timestamptz NOT NULL,
    window_length interval NOT NULL
);
CREATE INDEX ON rate_limits (full_at);

CREATE TABLE audit (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    action text NOT NULL,
    record_type text NOT NULL,
    record_id text NOT NULL,
    salt bytea NOT NULL,
    before_digest bytea,
    after_digest bytea
);

CREATE TABLE mails (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    recipient text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    html text,
    headers jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'refused', 'in-doubt')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    error text
);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE state = 'queued';

-- Which database this is: a copy of it, there or elsewhere, sends no mail until an operator says so (aep_shared.mail.fence).
CREATE TABLE mail_fence (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    system_identifier bigint NOT NULL,
    database_oid oid NOT NULL,
    installation text NOT NULL DEFAULT '',
    lifted_by text,
    lifted_at timestamptz
);
INSERT INTO mail_fence (system_identifier, database_oid)
SELECT c.system_identifier, d.oid FROM pg_control_system() c, pg_database d WHERE d.datname = current_database();

-- The last good key set of the registry, for checking tokens while the registry is away.
CREATE TABLE key_sets (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    keys jsonb NOT NULL,
    fetched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
