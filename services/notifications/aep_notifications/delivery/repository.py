"""All SQL about deliveries, on the leader's own connection: who lost the leadership can claim nothing more."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import orjson

from aep_notifications.delivery.rendering import Recipient


async def declare_doubt(connection: asyncpg.Connection, epoch: int) -> int:
    """Mails that an earlier leader had committed to send and got no reply for: nobody knows whether they went out."""
    status = await connection.execute(_DOUBT, epoch)
    return int(status.split()[-1])


async def due(connection: asyncpg.Connection, limit: int) -> list[Recipient]:
    """The next deliveries, each with what is new to the recipient and in no other mail to her or him."""
    rows = await connection.fetch(_DUE, limit)
    return [
        Recipient(
            issue=str(row["issue"]), subscriber=str(row["subscriber"]), email=row["email"], token=row["token"],
            languages=row["languages"], title=orjson.loads(row["title"]),
            introduction=orjson.loads(row["introduction"]), items=[orjson.loads(item) for item in row["items"]],
        )
        for row in rows
    ]  # fmt: skip


async def commit_to_send(connection: asyncpg.Connection, batch: Sequence[Recipient], epoch: int) -> None:
    """Durable before the first byte of these mails leaves: from here on a crash leaves them in doubt, not doubled."""
    await connection.execute(_COMMIT, [r.issue for r in batch], [r.subscriber for r in batch], epoch)


async def settle(connection: asyncpg.Connection, replies: Sequence[tuple[Recipient, str, str]]) -> None:
    """Stores what became of each mail, as (recipient, state, reply); a deferred one is tried again later."""
    await connection.execute(
        _SETTLE,
        [r.issue for r, _, _ in replies],
        [r.subscriber for r, _, _ in replies],
        [state for _, state, _ in replies],
        [reply[:500] for _, _, reply in replies],
    )


async def finish_issues(connection: asyncpg.Connection) -> None:
    """An issue is sent when nothing of it waits any more."""
    await connection.execute(_FINISH)


_DOUBT = (
    "UPDATE deliveries SET state = 'in-doubt', finished_at = clock_timestamp() WHERE state = 'committed' AND epoch < $1"
)
_DUE = """
SELECT d.issue, d.subscriber, s.email, s.token, s.languages, i.title::text, i.introduction::text,
    ARRAY(SELECT n.data::text FROM new_items(d.issue, s.id) n ORDER BY n.position) AS items
FROM deliveries d JOIN subscribers s ON s.id = d.subscriber JOIN issues i ON i.id = d.issue
WHERE d.state = 'queued' AND d.next_attempt_at <= clock_timestamp() AND s.state = 'confirmed'
ORDER BY d.next_attempt_at LIMIT $1
"""
_COMMIT = """
UPDATE deliveries d SET state = 'committed', epoch = $3, attempts = attempts + 1
FROM unnest($1::uuid[], $2::uuid[]) AS batch (issue, subscriber)
WHERE d.issue = batch.issue AND d.subscriber = batch.subscriber AND d.state = 'queued'
"""
_SETTLE = """
UPDATE deliveries d SET reply = batch.reply,
    state = CASE WHEN batch.state = 'deferred' AND d.attempts < 12 THEN 'queued'
                 WHEN batch.state = 'deferred' THEN 'refused' ELSE batch.state END,
    next_attempt_at = clock_timestamp() + interval '1 minute' * least(power(2, d.attempts), 240),
    finished_at = CASE WHEN batch.state = 'deferred' AND d.attempts < 12 THEN NULL ELSE clock_timestamp() END
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS batch (issue, subscriber, state, reply)
WHERE d.issue = batch.issue AND d.subscriber = batch.subscriber AND d.state = 'committed'
"""
# Who left meanwhile gets nothing more; her or his delivery does not hold the issue up.
_FINISH = """
UPDATE issues i SET state = 'sent', sent_at = clock_timestamp()
WHERE i.state = 'sending' AND NOT EXISTS (
    SELECT 1 FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
    WHERE d.issue = i.id AND (d.state = 'committed' OR d.state = 'queued' AND s.state = 'confirmed'))
"""
