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
    id uuid PRIMARY KEY,
    email text NOT NULL,
    languages text[] NOT NULL,
    frequency varchar(40) NOT NULL CHECK (frequency IN ('weekly', 'monthly')),
    state varchar(40) NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'confirmed', 'unsubscribed')),
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
    frequency varchar(40) NOT NULL CHECK (frequency IN ('weekly', 'monthly')),
    lists text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);

-- `content_by`: everybody who had a hand in the words or the choice; none of them may approve it.
CREATE TABLE issues (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    list text NOT NULL REFERENCES lists (slug),
    frequency varchar(40) NOT NULL CHECK (frequency IN ('weekly', 'monthly')),
    state varchar(40) NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'sending', 'sent', 'stopped')),
    title jsonb NOT NULL,
    introduction jsonb NOT NULL DEFAULT '{}',
    content_by uuid[] NOT NULL,
    approved_by uuid,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz
);
-- An update stands in one issue of a list and frequency at most. Its words are those of the replica: what is withdrawn
-- is gone from here as well.
CREATE TABLE issue_items (
    issue uuid NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    list text NOT NULL,
    frequency varchar(40) NOT NULL CHECK (frequency IN ('weekly', 'monthly')),
    update_id uuid NOT NULL,
    approved_at timestamptz NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (issue, update_id),
    UNIQUE (list, frequency, update_id, approved_at)
);

-- `dropped`: nothing was left for this reader, or the issue was stopped. `left`: it was in doubt, and a person decided not to send it again.
CREATE TABLE deliveries (
    issue uuid NOT NULL REFERENCES issues (id),
    subscriber uuid NOT NULL REFERENCES subscribers (id),
    state varchar(40) NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'committed', 'accepted', 'refused', 'in-doubt', 'dropped', 'left')),
    epoch bigint,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    reply text,
    PRIMARY KEY (issue, subscriber)
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 'queued';
CREATE INDEX deliveries_open ON deliveries (state) WHERE state = 'committed';
CREATE INDEX deliveries_in_doubt ON deliveries (finished_at) WHERE state = 'in-doubt';

-- What went, or may have gone, to whom: a mail takes its items by inserting them here, so no update reaches a reader
-- twice. The cause of an item is the update and the moment of its approval.
CREATE TABLE delivered_items (
    subscriber uuid NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    update_id uuid NOT NULL,
    approved_at timestamptz NOT NULL,
    issue uuid NOT NULL REFERENCES issues (id),
    PRIMARY KEY (subscriber, update_id, approved_at)
);

-- The items of issues as they may be read now: those whose update is still public as it was approved.
CREATE VIEW live_items AS
    SELECT n.issue, n.list, n.frequency, n.update_id, n.approved_at, n.position, r.data
    FROM issue_items n JOIN replicas r ON r.topic = 'aep.registry.update.v1' AND r.key = n.update_id::text
        AND NOT r.deleted AND (r.data ->> 'approved_at')::timestamptz = n.approved_at;

-- What an issue has for a subscriber: its own items, then what earlier issues of the list had for her or his frequency
-- and did not bring, because the mail was refused or because the frequency was another one then. All of it was approved
-- since the subscription began and is in no other mail to this person. An issue that was stopped has nothing more.
-- What the reader has already is taken out before the words are looked up, which is dear.
CREATE FUNCTION new_items(the_issue uuid, the_subscriber uuid) RETURNS SETOF live_items STABLE LANGUAGE sql AS $$
    WITH missing AS MATERIALIZED (
        SELECT n.*, n.issue <> i.id AS earlier FROM issues i
        JOIN subscribers s ON s.id = the_subscriber AND s.state = 'confirmed'
        JOIN subscriptions m ON m.subscriber = s.id AND m.list = i.list
        JOIN issue_items n ON n.list = i.list AND n.approved_at >= m.since AND (n.issue = i.id OR n.frequency = s.frequency)
        WHERE i.id = the_issue AND i.state <> 'stopped'
          AND NOT EXISTS (SELECT 1 FROM delivered_items t WHERE t.subscriber = s.id
              AND t.update_id = n.update_id AND t.approved_at = n.approved_at)
    )
    SELECT issue, list, frequency, update_id, approved_at, position, data FROM (
        SELECT DISTINCT ON (n.update_id, n.approved_at) n.*, r.data FROM missing n
        JOIN issues o ON o.id = n.issue
        JOIN replicas r ON r.topic = 'aep.registry.update.v1' AND r.key = n.update_id::text AND NOT r.deleted
            AND (r.data ->> 'approved_at')::timestamptz = n.approved_at
        WHERE NOT n.earlier OR o.state IN ('sending', 'sent') AND NOT EXISTS (SELECT 1 FROM deliveries w
            WHERE w.issue = o.id AND w.subscriber = the_subscriber AND w.state IN ('queued', 'committed'))
        ORDER BY n.update_id, n.approved_at, n.earlier
    ) AS found ORDER BY earlier, CASE WHEN NOT earlier THEN position END, approved_at, update_id
$$;
CREATE TABLE mailbox (
    id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sender text NOT NULL,
    recipient text NOT NULL,
    raw bytea NOT NULL
);
CREATE INDEX mailbox_by_recipient ON mailbox (lower(recipient), received_at)
