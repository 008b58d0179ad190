-- Publications, their paragraphs, and what the index still has to catch up with. Never edited.
CREATE TABLE publications (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    data jsonb NOT NULL,
    kind text NOT NULL GENERATED ALWAYS AS (data ->> 'kind') STORED,
    status text NOT NULL GENERATED ALWAYS AS (data ->> 'status') STORED,
    date text NOT NULL GENERATED ALWAYS AS (data ->> 'date') STORED,
    meeting text GENERATED ALWAYS AS (data ->> 'meeting') STORED,
    -- Why it was withdrawn; `deleted_at` says when.
    withdrawn_reason text,
    source_file bytea NOT NULL,
    source_name text NOT NULL,
    source_digest bytea NOT NULL
);
-- Texts that wait for a second person to publish them: nothing of them is in the tables above before that.
-- No two texts that ever waited have the same revision, and none has that of a published text, which count from 1: who
-- read one of them must not publish another one.
CREATE SEQUENCE unpublished_revisions START 1000000001;
CREATE TABLE unpublished (
    slug text PRIMARY KEY,
    revision bigint NOT NULL DEFAULT nextval('unpublished_revisions'),
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    imported_by uuid NOT NULL,
    data jsonb NOT NULL,
    document jsonb NOT NULL,
    source_file bytea NOT NULL,
    source_name text NOT NULL,
    source_digest bytea NOT NULL
);
CREATE TABLE paragraphs (
    id uuid PRIMARY KEY,
    publication uuid NOT NULL REFERENCES publications (id),
    ref text NOT NULL,
    position integer NOT NULL,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    data jsonb NOT NULL,
    number text GENERATED ALWAYS AS (data ->> 'number') STORED,
    kind text NOT NULL GENERATED ALWAYS AS (data ->> 'kind') STORED
);
-- A ref that disappears keeps its row and id, so that it gets them back when the text returns.
CREATE UNIQUE INDEX paragraphs_by_ref ON paragraphs (publication, ref);
CREATE INDEX paragraphs_in_order ON paragraphs (publication, position) WHERE deleted_at IS NULL;

-- Marks: aggregates whose documents the index does not show yet, and those that it has caught up with. A mark that is
-- renewed gets a new number, so the indexer clears only the one that it read. Each slug that the aggregate had stays:
-- the documents that refer to it by an old one are written again as well.
CREATE SEQUENCE index_mark AS bigint;
CREATE TABLE index_marks (
    type text NOT NULL,
    key text NOT NULL,
    mark bigint NOT NULL DEFAULT nextval('index_mark'),
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    slugs text[] NOT NULL DEFAULT '{}',
    indexed_at timestamptz,
    PRIMARY KEY (type, key)
);
CREATE INDEX index_marks_waiting ON index_marks (mark) WHERE indexed_at IS NULL;

-- The number of a write is drawn before its sources are read: of two writes of one document, the one that read later
-- has the higher number and wins in every engine.
CREATE SEQUENCE index_version AS bigint;
CREATE TABLE index_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    rebuild_requested_at timestamptz,
    rebuilt_at timestamptz
);
INSERT INTO index_state DEFAULT VALUES;

-- Documents follow other aggregates: an update its initiative, an initiative the partners that take part.
CREATE INDEX replicas_partners ON replicas USING gin ((data -> 'partners') jsonb_path_ops);
CREATE INDEX replicas_organisations ON replicas USING gin ((data -> 'organisations') jsonb_path_ops);
CREATE INDEX replicas_mentions ON replicas USING gin ((data -> 'mentions') jsonb_path_ops);
-- What refers to a record is looked for by each slug that it has or had.
CREATE INDEX replicas_former_slugs ON replicas USING gin ((data -> 'former_slugs') jsonb_path_ops);
CREATE INDEX replicas_coordinators ON replicas USING gin ((data -> 'coordinators') jsonb_path_ops);
CREATE INDEX replicas_framework ON replicas USING gin ((data -> 'framework') jsonb_path_ops);
CREATE INDEX replicas_organisers ON replicas USING gin ((data -> 'organisers') jsonb_path_ops);
CREATE INDEX replicas_about ON replicas ((data -> 'about' ->> 'slug'));
CREATE INDEX replicas_host ON replicas ((data ->> 'host'));
CREATE INDEX replicas_parent ON replicas ((data ->> 'parent'));
CREATE INDEX replicas_sources ON replicas USING gin ((data -> 'sources') jsonb_path_ops)
