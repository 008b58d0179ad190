"""Replicas: the newest known state of each aggregate of other services, kept by version.

An event is applied only if its version is newer, and a deleted aggregate keeps its version: replays change nothing and
nothing deleted is revived. There are no foreign keys between replicas, because topics and keys have no common order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.eventlog.port import TopicPartition
from aep_shared.flow.consumer.positions import Position
from aep_shared.flow.envelope import Event


@dataclass(frozen=True, slots=True)
class Change:
    """A replica that a batch changed."""

    topic: str
    key: str
    version: int
    gone: bool


Hook = Callable[[AsyncConnection, Sequence[Change]], Awaitable[None]]
"""What a service does about changed replicas, in the transaction that changed them."""


async def apply(
    connection: AsyncConnection, place: TopicPartition, events: Sequence[Event], rebuild: int | None
) -> list[Change]:
    """Stores what is newer than the replicas; the changes that this made."""
    newest: dict[str, Event] = {}
    for event in events:
        known = newest.get(event.key)
        if known is None or event.version > known.version:
            newest[event.key] = event
    # One order of keys for all workers, so that two transactions cannot wait for each other's rows.
    chosen = [newest[key] for key in sorted(newest)]
    rows = await connection.execute(
        _APPLY,
        {
            "topic": place.topic,
            "partition": place.partition,
            "rebuild": rebuild,
            "keys": [e.key for e in chosen],
            "versions": [e.version for e in chosen],
            "data": [None if e.body is None else e.body.decode() for e in chosen],
        },
    )
    changed = {row.key for row in rows if row.changed}
    return [Change(place.topic, e.key, e.version, e.body is None) for e in chosen if e.key in changed]


async def sweep(connection: AsyncConnection, position: Position) -> list[Change]:
    """Marks as deleted what a finished rebuild of the partition did not see; the changes that this made."""
    rows = await connection.execute(
        _SWEEP,
        {"topic": position.place.topic, "partition": position.place.partition, "rebuild": position.rebuild},
    )
    return [Change(position.place.topic, row.key, row.version, True) for row in rows]


# A rebuild marks every key that is on the log as seen, also where the log has only an older state of it.
_APPLY = text("""
INSERT INTO replicas AS known (topic, key, partition, version, deleted, data, rebuild)
SELECT :topic, fresh.key, :partition, fresh.version, fresh.data IS NULL, CAST(fresh.data AS jsonb),
       CAST(:rebuild AS bigint)
FROM unnest(CAST(:keys AS text[]), CAST(:versions AS bigint[]), CAST(:data AS text[])) AS fresh (key, version, data)
ON CONFLICT (topic, key) DO UPDATE SET
    version = greatest(excluded.version, known.version),
    deleted = CASE WHEN excluded.version >= known.version THEN excluded.deleted ELSE known.deleted END,
    data = CASE WHEN excluded.version >= known.version THEN excluded.data ELSE known.data END,
    rebuild = coalesce(excluded.rebuild, known.rebuild),
    stored_at = CASE WHEN excluded.version > known.version
                       OR excluded.version = known.version AND excluded.deleted <> known.deleted
                     THEN clock_timestamp() ELSE known.stored_at END
WHERE excluded.version > known.version OR excluded.rebuild IS NOT NULL
RETURNING new.key AS key, (old.version, old.deleted) IS DISTINCT FROM (new.version, new.deleted) AS changed
""")

_SWEEP = text("""
UPDATE replicas SET deleted = true, data = NULL, stored_at = clock_timestamp()
WHERE topic = :topic AND partition = :partition AND NOT deleted AND rebuild IS DISTINCT FROM CAST(:rebuild AS bigint)
RETURNING key, version
""")
