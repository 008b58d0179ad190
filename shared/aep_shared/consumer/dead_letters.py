"""The dead-letter store: events that fail by themselves, kept whole so that an operator can replay them.

All topics carry state, so a later version of the same key settles a dead letter and nothing has to wait behind it.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.eventlog.port import StoredRecord


async def store(
    connection: AsyncConnection, group: str, record: StoredRecord, problem: BaseException, attempts: int
) -> None:
    """Keeps a record that could not be applied, with its origin and the reason."""
    version = record.headers.get("ce_aggregateversion", b"")
    await connection.execute(
        _STORE,
        {
            "group": group,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "version": int(version) if version.isdigit() else None,
            "headers": orjson.dumps({k: v.decode(errors="replace") for k, v in record.headers.items()}).decode(),
            "value": record.value,
            "error": f"{type(problem).__name__}: {problem}"[:2000],
            "stack": "".join(traceback.format_exception(problem))[-8000:],
            "attempts": attempts,
        },
    )


async def settle(connection: AsyncConnection, group: str, topic: str, keys: Sequence[str]) -> None:
    """Closes the dead letters of keys that a later event was just applied for."""
    await connection.execute(_SETTLE, {"group": group, "topic": topic, "keys": list(keys)})


_STORE = text("""
INSERT INTO dead_letters
    (consumer_group, topic, partition, "offset", key, version, headers, value, error, stack, attempts)
VALUES (:group, :topic, :partition, :offset, :key, :version, CAST(:headers AS jsonb), :value, :error, :stack, :attempts)
""")

_SETTLE = text("""
UPDATE dead_letters SET state = 'settled', closed_at = clock_timestamp()
WHERE consumer_group = :group AND topic = :topic AND key = ANY (CAST(:keys AS text[])) AND state = 'open'
""")
