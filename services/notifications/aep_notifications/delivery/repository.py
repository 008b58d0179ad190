"""All SQL about sending, on the leader's own connection: who lost the leadership can claim nothing more."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import orjson
from sqlalchemy import text

from aep_notifications.delivery.rendering import Recipient
from aep_shared.mail import Outcome
from aep_shared.service.attempts import is_open

JOB = "sender"
DEFERRED_AT_MOST = 20
"""Attempts at a mail that is put off; with pauses that double up to four hours they reach over two days."""

Delivery = tuple[str, str]
"""An issue and a subscriber."""


def item_of(delivery: Delivery) -> str:
    """The name of a delivery among the attempts of jobs."""
    return ".".join(delivery)


async def declare_doubt(connection: asyncpg.Connection, epoch: int) -> int:
    """Mails that an earlier leader had committed to send and got no reply for: nobody knows whether they went out."""
    status = await connection.execute(_DOUBT, epoch)
    return int(status.split()[-1])


async def undecided(connection: asyncpg.Connection) -> int:
    """How many readers were put in doubt within a day and wait for a person's decision."""
    return int(await connection.fetchval(_UNDECIDED))


async def due(connection: asyncpg.Connection, limit: int) -> list[Delivery]:
    """The next deliveries, the longest waiting first."""
    return [(str(row["issue"]), str(row["subscriber"])) for row in await connection.fetch(_DUE, limit)]


async def claim(connection: asyncpg.Connection, deliveries: Sequence[Delivery], epoch: int) -> list[Recipient]:
    """Takes for each delivery what it may bring, and marks it as committed; where nothing is left it is dropped.

    Runs in the caller's transaction: from its commit on a crash leaves these mails in doubt, not doubled. Readers are
    locked until then, so that whoever has left gets nothing more.
    """
    held = [(row["issue"], row["subscriber"]) for row in await connection.fetch(_HOLD, *_columns(deliveries))]
    taken: dict[tuple[object, object], list[str]] = {delivery: [] for delivery in held}
    for row in await connection.fetch(_TAKE, *_columns(held)):
        taken[row["issue"], row["subscriber"]].append(row["data"])
    rows = await connection.fetch(_COMMIT, *_columns(held), [bool(taken[delivery]) for delivery in held], epoch)
    return [
        Recipient(
            issue=str(row["issue"]),
            subscriber=str(row["subscriber"]),
            email=row["email"],
            token=row["token"],
            languages=row["languages"],
            title=orjson.loads(row["title"]),
            introduction=orjson.loads(row["introduction"]),
            updates=taken[row["issue"], row["subscriber"]],
        )
        for row in rows
        if row["state"] == "committed"
    ]


async def settle(connection: asyncpg.Connection, replies: Sequence[tuple[Recipient, Outcome]]) -> None:
    """Stores what became of each mail; what did not go out may come with a later attempt, or with another issue."""
    deliveries = [recipient.delivery for recipient, _ in replies]
    states = [outcome.state for _, outcome in replies]
    unsent = [d for d, state in zip(deliveries, states, strict=True) if state in ("deferred", "refused")]
    async with connection.transaction():
        await connection.execute(
            _SETTLE, *_columns(deliveries), states, [o.reply.replace("\0", "")[:500] for _, o in replies]
        )
        await connection.execute(_GIVE_BACK, *_columns(unsent))
        await connection.execute(_FORGET_ATTEMPTS, [item_of(delivery) for delivery in deliveries])


async def finish_issues(connection: asyncpg.Connection) -> None:
    """An issue is sent when nothing of it waits any more."""
    await connection.execute(_FINISH)


async def set_aside(connection: asyncpg.Connection) -> int:
    """How many mails could not be made after several attempts."""
    return int(await connection.fetchval(_ASIDE))


def _columns(deliveries: Sequence[tuple[object, object]]) -> tuple[list[object], list[object]]:
    return [issue for issue, _ in deliveries], [subscriber for _, subscriber in deliveries]


_BATCH = "unnest($1::uuid[], $2::uuid[]) AS batch (issue, subscriber)"
_DOUBT = (
    "UPDATE deliveries SET state = 'in-doubt', finished_at = clock_timestamp() WHERE state = 'committed' AND epoch < $1"
)
UNATTENDED = text("""
SELECT EXISTS (
    SELECT 1 FROM deliveries WHERE state = 'queued'
    AND next_attempt_at < clock_timestamp() - make_interval(secs => 4 * :silence)
) AND NOT EXISTS (
    SELECT 1 FROM leaders WHERE name = 'sender' AND seen_at > clock_timestamp() - make_interval(secs => 4 * :silence)
)
""")
_UNDECIDED = """
SELECT count(*) FROM deliveries WHERE state = 'in-doubt' AND finished_at > clock_timestamp() - interval '1 day'
"""
_DUE = f"""
SELECT issue, subscriber FROM deliveries d
WHERE state = 'queued' AND next_attempt_at <= clock_timestamp() AND {is_open(JOB, "d.issue || '.' || d.subscriber")}
ORDER BY next_attempt_at, issue, subscriber LIMIT $1
"""
_HOLD = f"""
SELECT d.issue, d.subscriber FROM {_BATCH} JOIN deliveries d USING (issue, subscriber)
JOIN subscribers s ON s.id = d.subscriber
WHERE d.state = 'queued' ORDER BY d.subscriber, d.issue FOR UPDATE OF d FOR SHARE OF s
"""
# A statement of its own: it sees what was committed while the one before it waited for a reader's row.
_TAKE = f"""
WITH found AS (
    SELECT batch.issue AS mail, batch.subscriber, n.update_id, n.approved_at, n.ordinality AS place, n.data
    FROM {_BATCH}, new_items(batch.issue, batch.subscriber) WITH ORDINALITY
        AS n (issue, list, frequency, update_id, approved_at, position, data, ordinality)
), taken AS (
    INSERT INTO delivered_items (subscriber, update_id, approved_at, issue)
    SELECT subscriber, update_id, approved_at, mail FROM found ORDER BY mail, subscriber, place
    ON CONFLICT DO NOTHING RETURNING issue, subscriber, update_id, approved_at
)
SELECT taken.issue, taken.subscriber, found.data::text AS data FROM taken
JOIN found ON found.mail = taken.issue AND found.subscriber = taken.subscriber
    AND found.update_id = taken.update_id AND found.approved_at = taken.approved_at
ORDER BY found.place
"""
_COMMIT = """
UPDATE deliveries d SET epoch = $4, reply = NULL, attempts = d.attempts + batch.has_items::integer,
    state = CASE WHEN batch.has_items THEN 'committed' ELSE 'dropped' END,
    finished_at = CASE WHEN batch.has_items THEN NULL ELSE clock_timestamp() END
FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS batch (issue, subscriber, has_items)
JOIN subscribers s ON s.id = batch.subscriber JOIN issues i ON i.id = batch.issue
WHERE d.issue = batch.issue AND d.subscriber = batch.subscriber
RETURNING d.issue, d.subscriber, d.state, s.email, s.token, s.languages, i.title::text, i.introduction::text
"""
_SETTLE = f"""
UPDATE deliveries d SET reply = batch.reply,
    state = CASE WHEN batch.state = 'deferred' AND d.attempts < {DEFERRED_AT_MOST} THEN 'queued'
                 WHEN batch.state = 'deferred' THEN 'refused' ELSE batch.state END,
    next_attempt_at = clock_timestamp() + interval '1 minute' * least(power(2, d.attempts), 240),
    finished_at = CASE WHEN batch.state = 'deferred' AND d.attempts < {DEFERRED_AT_MOST} THEN NULL
                       ELSE clock_timestamp() END
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS batch (issue, subscriber, state, reply)
WHERE d.issue = batch.issue AND d.subscriber = batch.subscriber AND d.state = 'committed'
"""
_GIVE_BACK = f"""
DELETE FROM delivered_items t USING {_BATCH} WHERE t.issue = batch.issue AND t.subscriber = batch.subscriber
"""
_FORGET_ATTEMPTS = f"DELETE FROM job_attempts WHERE job = '{JOB}' AND item = ANY ($1::text[])"
_FINISH = """
UPDATE issues i SET state = 'sent', sent_at = coalesce(sent_at, clock_timestamp())
WHERE i.state = 'sending' AND NOT EXISTS (
    SELECT 1 FROM deliveries d WHERE d.issue = i.id AND d.state IN ('queued', 'committed'))
"""
_ASIDE = f"SELECT count(*) FROM job_attempts WHERE job = '{JOB}' AND aside_at IS NOT NULL"
