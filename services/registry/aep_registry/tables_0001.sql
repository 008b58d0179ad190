-- Updates, people and their access. Run by the first migration and never edited.
CREATE TABLE updates (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    state text NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'withdrawn')),
    author uuid NOT NULL,
    about_type text NOT NULL,
    about_slug text NOT NULL,
    data jsonb NOT NULL,
    -- Who changed the text or handed it in since it was last with the office: none of them approves it.
    content_by uuid[] NOT NULL,
    note text,
    approved_at timestamptz,
    approved_by uuid
);
CREATE INDEX updates_public ON updates (stored_at) WHERE approved_at IS NOT NULL;
CREATE INDEX updates_of_author ON updates ((author::text));
CREATE INDEX updates_waiting ON updates (stored_at) WHERE state = 'submitted';

-- A subject is a person or a program. Its name and address stay here and never travel.
CREATE TABLE subjects (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    kind text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'program')),
    email text,
    name text,
    not_before timestamptz
);
CREATE UNIQUE INDEX subjects_by_email ON subjects (lower(email)) WHERE email IS NOT NULL AND deleted_at IS NULL;
CREATE TABLE grants (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    subject uuid NOT NULL REFERENCES subjects (id),
    role text NOT NULL,
    initiative text,
    partner text,
    "group" text,
    until timestamptz,
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX grants_once ON grants (subject, role, coalesce(initiative, ''), coalesce(partner, ''), coalesce("group", ''));
-- The version of the last heartbeat on each partition of the topic of subjects.
CREATE TABLE heartbeats (
    key uuid PRIMARY KEY,
    version bigint NOT NULL
);
CREATE TABLE api_tokens (
    id text PRIMARY KEY,
    subject uuid NOT NULL REFERENCES subjects (id),
    scopes text[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- Who asked for a sign-in link, known or not: a job looks later.
CREATE TABLE sign_in_requests (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    email text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    taken_until timestamptz
);

-- One-time secrets: only their hashes are stored.
CREATE TABLE sign_ins (
    link_hash bytea PRIMARY KEY,
    -- A typed code is a part that finds this row and a secret one, so that wrong guesses at it can be counted.
    code_lookup text NOT NULL,
    code_hash bytea NOT NULL,
    subject uuid NOT NULL REFERENCES subjects (id),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    used_at timestamptz
);
CREATE INDEX sign_ins_by_lookup ON sign_ins (code_lookup) WHERE used_at IS NULL;
CREATE INDEX sign_ins_by_subject ON sign_ins (subject, created_at);
CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    subject uuid NOT NULL REFERENCES subjects (id),
    secret_hash bytea NOT NULL,
    rotated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX sessions_by_secret ON sessions (secret_hash);
CREATE INDEX sessions_by_subject ON sessions (subject);
-- Every renewal secret that a session had: one that comes again was copied.
CREATE TABLE used_secrets (
    secret_hash bytea PRIMARY KEY,
    session uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX used_secrets_by_session ON used_secrets (session)
