"""Marks: what the index does not show yet, noted in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.consumer import Change
from aep_shared.http.after import Awaited

TYPES = {
    "aep.registry.partner.v1": "partner",
    "aep.registry.organisation.v1": "organisation",
    "aep.registry.framework-node.v1": "framework-node",
    "aep.registry.initiative.v1": "initiative",
    "aep.registry.update.v1": "update",
    "aep.events.meeting.v1": "meeting",
}
"""The topics whose aggregates are documents of the index, or part of some."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An aggregate that changed, and the number of this change."""

    type: str
    key: str
    mark: int


async def add(connection: AsyncConnection | AsyncSession, kind: str, keys: Sequence[str]) -> None:
    """Marks aggregates; one that is marked already gets a new number."""
    if keys:
        await connection.execute(_ADD, {"type": kind, "keys": sorted(set(keys))})


async def on_change(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """The hook of the consumer: every changed replica is marked."""
    for topic, kind in TYPES.items():
        await add(connection, kind, [change.key for change in changes if change.topic == topic])


async def pending(connection: AsyncConnection | AsyncSession, limit: int) -> list[Mark]:
    """The oldest marks."""
    rows = await connection.execute(_PENDING, {"limit": limit})
    return [Mark(row.type, row.key, row.mark) for row in rows]


async def clear(
    connection: AsyncConnection | AsyncSession, done: Sequence[Mark], refused: Mapping[tuple[str, str], str]
) -> None:
    """Notes that the index shows these aggregates now, or why it refused one; what was marked again still waits.

    What was refused is tried again when it changes, and by a rebuild.
    """
    await connection.execute(
        _CLEAR,
        {"types": [m.type for m in done], "keys": [m.key for m in done], "marks": [m.mark for m in done],
         "reasons": [refused.get((m.type, m.key)) for m in done]},
    )  # fmt: skip


async def indexed_at(session: AsyncSession, topic: str, key: str) -> datetime | None:
    """When the index took up the present state of an aggregate; `None` while it waits, or is no document."""
    found: datetime | None = await session.scalar(_INDEXED_AT, {"type": TYPES.get(topic, ""), "key": key})
    return found


async def not_indexed(session: AsyncSession, events: set[Awaited]) -> set[Awaited]:
    """Those of these events whose aggregates are still marked."""
    rows = await session.execute(_MARKED, {"keys": [event.key for event in events]})
    marked = {(row.type, row.key) for row in rows}
    return {event for event in events if (TYPES.get(event.type), event.key) in marked}


_ADD = text("""
INSERT INTO index_marks (type, key) SELECT :type, key FROM unnest(CAST(:keys AS text[])) AS changed (key)
ON CONFLICT (type, key) DO UPDATE SET mark = nextval('index_mark'), marked_at = clock_timestamp(), indexed_at = NULL,
    refused = NULL
""")
_MARKED = text("SELECT type, key FROM index_marks WHERE key = ANY (CAST(:keys AS text[])) AND indexed_at IS NULL")
_PENDING = text(
    "SELECT type, key, mark FROM index_marks WHERE indexed_at IS NULL AND refused IS NULL ORDER BY mark LIMIT :limit"
)
_CLEAR = text("""
UPDATE index_marks i SET refused = reason, indexed_at = CASE WHEN reason IS NULL THEN clock_timestamp() END
FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]), CAST(:marks AS bigint[]), CAST(:reasons AS text[]))
    AS done (type, key, mark, reason)
WHERE i.type = done.type AND i.key = done.key AND i.mark = done.mark
""")
_INDEXED_AT = text("SELECT indexed_at FROM index_marks WHERE type = :type AND key = :key")
