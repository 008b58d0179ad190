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
from aep_shared.flow.envelope import Event


async def store(
    connection: AsyncConnection, group: str, record: StoredRecord, problem: BaseException, attempts: int
) -> None:
    """Keeps a record that could not be applied, with its origin and the reason."""
    version = record.headers.get("ce_aggregateversion", b"")
    # Nothing in here may fail as the event did: not by a large number, nor by a character that text lacks.
    storable = version.isdigit() and len(version) < 19
    headers = {k: v.decode(errors="replace").replace("\0", "\ufffd") for k, v in record.headers.items()}
    await connection.execute(
        _STORE,
        {
            "group": group,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key.replace("\0", "\ufffd"),
            "version": int(version) if storable else None,
            "headers": orjson.dumps(headers).decode(),
            "value": record.value,
            "error": f"{type(problem).__name__}: {problem}"[:2000].replace("\0", "\ufffd"),
            "stack": "".join(traceback.format_exception(problem))[-8000:].replace("\0", "\ufffd"),
            "attempts": attempts,
        },
    )


async def settle(connection: AsyncConnection, group: str, topic: str, events: Sequence[Event]) -> None:
    """Closes the dead letters of keys that an event was just applied for, except those of a newer version."""
    await connection.execute(
        _SETTLE,
        {"group": group, "topic": topic, "keys": [e.key for e in events], "versions": [e.version for e in events]},
    )


_STORE = text("""
INSERT INTO dead_letters
    (consumer_group, topic, partition, "offset", key, version, headers, value, error, stack, attempts)
VALUES (:group, :topic, :partition, :offset, :key, :version, CAST(:headers AS jsonb), :value, :error, :stack, :attempts)
""")

_SETTLE = text("""
UPDATE dead_letters d SET state = 'settled', closed_at = clock_timestamp()
FROM unnest(CAST(:keys AS text[]), CAST(:versions AS bigint[])) AS applied (key, version)
WHERE consumer_group = :group AND topic = :topic AND d.key = applied.key AND state = 'open'
  AND coalesce(d.version <= applied.version, true)
""")
