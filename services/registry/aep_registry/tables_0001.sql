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
    note text,
    approved_at timestamptz,
    approved_by uuid
);
CREATE INDEX updates_public ON updates (stored_at) WHERE approved_at IS NOT NULL;
CREATE INDEX updates_waiting ON updates (stored_at) WHERE state = 'submitted';

-- A subject is a person or a program. Its name and address stay here and never travel.
CREATE TABLE subjects (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    event_version bigint NOT NULL DEFAULT 0,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
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
CREATE TABLE api_tokens (
    id text PRIMARY KEY,
    subject uuid NOT NULL REFERENCES subjects (id),
    scopes text[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- One-time secrets: only their hashes are stored.
CREATE TABLE sign_ins (
    link_hash bytea PRIMARY KEY,
    code_hash bytea NOT NULL,
    subject uuid NOT NULL REFERENCES subjects (id),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    used_at timestamptz
);
CREATE INDEX sign_ins_by_subject ON sign_ins (subject, created_at);
CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    subject uuid NOT NULL REFERENCES subjects (id),
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    rotated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX sessions_by_secret ON sessions (secret_hash);
CREATE INDEX sessions_by_previous ON sessions (previous_hash)
