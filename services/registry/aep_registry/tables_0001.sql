-- Registers, updates, people and their access. Run by the first migration and never edited.
-- Registers have one table each (aep_shared.registers). `public` is what is published; lists filter by the columns made of it.
CREATE TABLE partners (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    slug text NOT NULL GENERATED ALWAYS AS (public ->> 'slug') STORED,
    public jsonb NOT NULL,
    removal_reason text,
    kind text NOT NULL GENERATED ALWAYS AS (public ->> 'kind') STORED,
    asem_group text GENERATED ALWAYS AS (public ->> 'asem_group') STORED,
    parent text GENERATED ALWAYS AS (public ->> 'parent') STORED
);
CREATE UNIQUE INDEX partners_by_slug ON partners (slug);
CREATE INDEX partners_by_time ON partners (stored_at);
CREATE TABLE organisations (
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
CREATE UNIQUE INDEX organisations_by_slug ON organisations (slug);
CREATE INDEX organisations_by_time ON organisations (stored_at);
CREATE TABLE groups (
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
CREATE UNIQUE INDEX groups_by_slug ON groups (slug);
CREATE INDEX groups_by_time ON groups (stored_at);
CREATE TABLE framework_nodes (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    slug text NOT NULL GENERATED ALWAYS AS (public ->> 'slug') STORED,
    public jsonb NOT NULL,
    removal_reason text,
    kind text NOT NULL GENERATED ALWAYS AS (public ->> 'kind') STORED,
    parent text GENERATED ALWAYS AS (public ->> 'parent') STORED
);
CREATE UNIQUE INDEX framework_nodes_by_slug ON framework_nodes (slug);
CREATE INDEX framework_nodes_by_time ON framework_nodes (stored_at);
CREATE TABLE glossary_terms (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    slug text NOT NULL GENERATED ALWAYS AS (public ->> 'slug') STORED,
    public jsonb NOT NULL,
    removal_reason text
);
CREATE UNIQUE INDEX glossary_terms_by_slug ON glossary_terms (slug);
CREATE INDEX glossary_terms_by_time ON glossary_terms (stored_at);
CREATE TABLE initiatives (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    slug text NOT NULL GENERATED ALWAYS AS (public ->> 'slug') STORED,
    public jsonb NOT NULL,
    removal_reason text,
    status text NOT NULL GENERATED ALWAYS AS (public ->> 'status') STORED,
    parent text GENERATED ALWAYS AS (public ->> 'parent') STORED
);
CREATE UNIQUE INDEX initiatives_by_slug ON initiatives (slug);
CREATE INDEX initiatives_by_time ON initiatives (stored_at);
-- Every slug that a record has or had. None is ever given to another record, so references that name it stay true.
CREATE TABLE record_slugs (
    type text NOT NULL,
    slug text NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (type, slug)
);

CREATE TABLE updates (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    state varchar(40) NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'withdrawn')),
    author uuid NOT NULL,
    about_type text NOT NULL,
    about_slug text NOT NULL,
    words jsonb NOT NULL,
    kind text NOT NULL GENERATED ALWAYS AS (words ->> 'kind') STORED,
    -- Who changed the text or handed it in since it was last with the office: none of them approves it.
    content_by uuid[] NOT NULL,
    note text,
    approved_at timestamptz,
    approved_by uuid
);
CREATE INDEX updates_public ON updates (stored_at) WHERE approved_at IS NOT NULL;
CREATE INDEX updates_of_author ON updates (author);
CREATE INDEX updates_waiting ON updates (stored_at) WHERE state = 'submitted';

-- A subject is a person or a program. Its name and address stay here and never travel.
CREATE TABLE subjects (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    kind varchar(40) NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'program')),
    email text,
    name text,
    not_before timestamptz
);
CREATE UNIQUE INDEX subjects_by_email ON subjects (lower(email)) WHERE email IS NOT NULL AND deleted_at IS NULL;
CREATE TABLE grants (
    id uuid PRIMARY KEY,
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
    id uuid PRIMARY KEY,
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
    id uuid PRIMARY KEY,
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
