-- Runs of reports and what they froze. Run by the first migration and never edited. That a run has failed, and why, is
-- said by the attempts at it (job_attempts).
CREATE TABLE runs (
    id uuid PRIMARY KEY,
    report text NOT NULL,
    since date NOT NULL,
    since_meeting text,
    state varchar(40) NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done')),
    requested_by uuid NOT NULL,
    frozen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    positions jsonb NOT NULL,
    finished_at timestamptz
);
CREATE INDEX runs_queued ON runs (id) WHERE state = 'queued';
-- The freeze: copies that no rebuild and no later event touches. It is kept until a while after the report was made.
CREATE TABLE frozen (
    run uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    topic text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (run, topic, key)
);
CREATE TABLE run_files (
    run uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    format text NOT NULL,
    path text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (run, format)
)
