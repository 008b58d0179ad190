"""Marks: what the index does not show yet, noted in the transaction of the change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.contracts.topics import FRAMEWORK_NODE, INITIATIVE, MEETING, ORGANISATION, PARTNER, UPDATE
from aep_shared.flow.awaiting import Awaited
from aep_shared.flow.consumer import Change
from aep_shared.service.attempts import is_open

TYPES = {
    PARTNER.name: "partner",
    ORGANISATION.name: "organisation",
    FRAMEWORK_NODE.name: "framework-node",
    INITIATIVE.name: "initiative",
    UPDATE.name: "update",
    MEETING.name: "meeting",
}
"""The topics whose aggregates are documents of the index, or part of some."""
TOPIC_OF = {kind: topic for topic, kind in TYPES.items()}
JOB = "indexer"
"""The job whose attempts at documents are counted; its items are "type:key"."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An aggregate that changed, and the number of this change."""

    type: str
    key: str
    mark: int


async def add(connection: AsyncConnection | AsyncSession, kind: str, keys: Sequence[str]) -> None:
    """Marks aggregates, with the slug that they have now; one that is marked already gets a new number.

    What failed before may succeed in its new state, so the attempts at it are forgotten.
    """
    if keys:
        arguments = {"type": kind, "topic": TOPIC_OF.get(kind, ""), "job": JOB, "keys": sorted(set(keys))}
        await connection.execute(_ADD, arguments)


async def on_change(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """The hook of the consumer: every changed replica is marked."""
    for topic, kind in TYPES.items():
        await add(connection, kind, [change.key for change in changes if change.topic == topic])


async def pending(connection: AsyncConnection | AsyncSession, limit: int) -> list[Mark]:
    """The oldest marks of what neither rests after a failure nor was set aside."""
    rows = await connection.execute(_PENDING, {"limit": limit})
    return [Mark(row.type, row.key, row.mark) for row in rows]


async def clear(
    connection: AsyncConnection | AsyncSession, done: Sequence[Mark], missing: Collection[tuple[str, str]]
) -> None:
    """Notes that the index shows these aggregates now; what was marked again still waits.

    Documents that are `missing`, because they could not be written, wait too: each by a mark of its own, also where
    the change was one of something else.
    """
    shown = [mark for mark in done if (mark.type, mark.key) not in missing]
    await connection.execute(
        _CLEAR,
        {"types": [m.type for m in shown], "keys": [m.key for m in shown], "marks": [m.mark for m in shown]},
    )
    await wait_for(connection, missing)


async def wait_for(connection: AsyncConnection | AsyncSession, missing: Collection[tuple[str, str]]) -> None:
    """Marks documents that could not be written, and keeps the attempts at them."""
    if missing:
        waiting = sorted(missing)
        await connection.execute(_WAIT, {"types": [kind for kind, _ in waiting], "keys": [key for _, key in waiting]})


async def oldest(session: AsyncSession) -> float:
    """For how many seconds the oldest change that may be indexed has waited."""
    return float(await session.scalar(_OLDEST) or 0.0)


async def indexed_at(session: AsyncSession, topic: str, key: str) -> datetime | None:
    """When the index took up the present state of an aggregate; `None` while it waits, or is no document."""
    found: datetime | None = await session.scalar(_INDEXED_AT, {"type": TYPES.get(topic, ""), "key": key})
    return found


async def not_indexed(session: AsyncSession, events: set[Awaited]) -> set[Awaited]:
    """Those of these events whose aggregates are still marked."""
    rows = await session.execute(_MARKED, {"keys": [event.key for event in events]})
    marked = {(row.type, row.key) for row in rows}
    return {event for event in events if (TYPES.get(event.type), event.key) in marked}


# Each slug that an aggregate ever had stays with its mark: documents that refer to it by an old one, or to one that
# was removed, are found by it.
_ADD = text("""
WITH forgotten AS (
    DELETE FROM job_attempts WHERE job = :job AND item IN (SELECT :type || ':' || unnest(CAST(:keys AS text[])))
)
INSERT INTO index_marks AS known (type, key, slugs)
SELECT :type, changed.key, array_remove(ARRAY[r.data ->> 'slug'], NULL)
FROM unnest(CAST(:keys AS text[])) AS changed (key)
LEFT JOIN replicas r ON r.topic = :topic AND r.key = changed.key
ON CONFLICT (type, key) DO UPDATE SET mark = nextval('index_mark'), marked_at = clock_timestamp(), indexed_at = NULL,
    slugs = known.slugs || CASE WHEN excluded.slugs <@ known.slugs THEN '{}' ELSE excluded.slugs END
""")
_MARKED = text("SELECT type, key FROM index_marks WHERE key = ANY (CAST(:keys AS text[])) AND indexed_at IS NULL")
_IS_OPEN = is_open(JOB, "type || ':' || key")
_PENDING = text(
    f"SELECT type, key, mark FROM index_marks WHERE indexed_at IS NULL AND {_IS_OPEN} ORDER BY mark LIMIT :limit"
)
_OLDEST = text(
    "SELECT extract(epoch FROM clock_timestamp() - min(marked_at)) FROM index_marks"
    f" WHERE indexed_at IS NULL AND {_IS_OPEN}"
)
_CLEAR = text("""
UPDATE index_marks i SET indexed_at = clock_timestamp()
FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]), CAST(:marks AS bigint[])) AS done (type, key, mark)
WHERE i.type = done.type AND i.key = done.key AND i.mark = done.mark
""")
_WAIT = text("""
INSERT INTO index_marks (type, key) SELECT * FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]))
ON CONFLICT (type, key) DO UPDATE SET indexed_at = NULL
""")
_INDEXED_AT = text("SELECT indexed_at FROM index_marks WHERE type = :type AND key = :key")
