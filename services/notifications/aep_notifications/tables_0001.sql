-- Subscribers, issues, deliveries and the built-in mailbox. Run by the first migration and never edited.
CREATE TABLE lists (
    slug text PRIMARY KEY,
    title jsonb NOT NULL,
    description jsonb NOT NULL,
    about_types text[]
);
INSERT INTO lists (slug, title, description, about_types) VALUES
    ('newsletter', '{"en": "Newsletter"}', '{"en": "Everything that partners and organisations report"}', NULL),
    ('initiatives', '{"en": "Initiatives"}', '{"en": "Progress of initiatives"}', '{initiative}');

CREATE TABLE subscribers (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    email text NOT NULL,
    languages text[] NOT NULL,
    frequency text NOT NULL CHECK (frequency IN ('weekly', 'monthly')),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'confirmed', 'unsubscribed')),
    token text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    ended_at timestamptz
);
CREATE UNIQUE INDEX subscribers_by_email ON subscribers (lower(email));
CREATE UNIQUE INDEX subscribers_by_token ON subscribers (token);
CREATE TABLE subscriptions (
    subscriber uuid NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    list text NOT NULL REFERENCES lists (slug),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscriber, list)
);
-- What was asked for and not yet confirmed: confirmed preferences stay as they are until the link is opened.
CREATE TABLE confirmations (
    token_hash bytea PRIMARY KEY,
    subscriber uuid NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    languages text[] NOT NULL,
    frequency text NOT NULL,
    lists text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);

CREATE TABLE issues (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    revision integer NOT NULL DEFAULT 1,
    list text NOT NULL REFERENCES lists (slug),
    frequency text NOT NULL,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'sending', 'sent')),
    title jsonb NOT NULL,
    introduction jsonb NOT NULL DEFAULT '{}',
    edited_by uuid NOT NULL,
    approved_by uuid,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz
);
-- An update stands in one issue of a list and frequency at most: the cause of a mail is the update and its approval.
CREATE TABLE issue_items (
    issue uuid NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    list text NOT NULL,
    frequency text NOT NULL,
    update_id uuid NOT NULL,
    approved_at timestamptz NOT NULL,
    position integer NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (issue, update_id),
    UNIQUE (list, frequency, update_id, approved_at)
);

CREATE TABLE deliveries (
    issue uuid NOT NULL REFERENCES issues (id),
    subscriber uuid NOT NULL REFERENCES subscribers (id),
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'committed', 'accepted', 'refused', 'in-doubt')),
    epoch bigint,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    reply text,
    PRIMARY KEY (issue, subscriber)
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 'queued';
CREATE INDEX deliveries_open ON deliveries (state) WHERE state = 'committed';

-- What an issue has that is new to a subscriber: approved since the subscription began, and in no earlier issue that
-- was sent to this person, whatever list or frequency that was for.
CREATE FUNCTION new_items(the_issue uuid, the_subscriber uuid) RETURNS SETOF issue_items STABLE LANGUAGE sql AS $$
    SELECT n.* FROM issue_items n
    JOIN subscriptions m ON m.subscriber = the_subscriber AND m.list = n.list AND n.approved_at >= m.since
    WHERE n.issue = the_issue AND NOT EXISTS (
        SELECT 1 FROM deliveries e JOIN issue_items x ON x.issue = e.issue
        WHERE e.subscriber = the_subscriber AND e.issue < the_issue AND e.state <> 'refused'
          AND x.update_id = n.update_id AND x.approved_at = n.approved_at)
$$;
CREATE TABLE mailbox (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sender text NOT NULL,
    recipient text NOT NULL,
    raw bytea NOT NULL
);
CREATE INDEX mailbox_by_recipient ON mailbox (lower(recipient), received_at)
