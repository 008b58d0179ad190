"""Outbox pollers as they are usually written: rows are locked past each other, sent, and deleted.

They get what helps them most: a plain table with a primary key, one statement that locks and deletes, prepared
statements, and an idempotent producer with the settings of the platform's own.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any
from zlib import crc32

import asyncpg

TABLE = """
CREATE TABLE polled_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    event_id uuid NOT NULL DEFAULT uuidv7(),
    value text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
_TAKE = """
DELETE FROM polled_outbox WHERE id = ANY (ARRAY(
    SELECT id FROM polled_outbox ORDER BY id LIMIT {} FOR UPDATE SKIP LOCKED
)) RETURNING *
"""
_TAKE_ONE, _TAKE_BATCH = _TAKE.format(1), _TAKE.format(500)


async def poll_one(connection: asyncpg.Connection, producer: Any, partitions: int) -> int:
    """One row, one acknowledged send, one commit; how many rows that were."""
    async with connection.transaction():
        row = await connection.fetchrow(_TAKE_ONE)
        if row is None:
            return 0
        key, headers = row["key"].encode(), _headers(row)
        await producer.send_and_wait(row["topic"], row["value"].encode(), key, crc32(key) % partitions, None, headers)
    return 1


async def poll_batch(connection: asyncpg.Connection, producer: Any, partitions: int) -> int:
    """Up to 500 rows, a batch for each partition, one commit; how many rows that were."""
    async with connection.transaction():
        rows = await connection.fetch(_TAKE_BATCH)
        groups: dict[tuple[str, int], list[asyncpg.Record]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row["id"]):
            groups[row["topic"], crc32(row["key"].encode()) % partitions].append(row)
        await asyncio.gather(*(_send(producer, topic, part, group) for (topic, part), group in groups.items()))
    return len(rows)


async def _send(producer: Any, topic: str, partition: int, rows: list[asyncpg.Record]) -> None:
    acknowledgements = []
    batch = producer.create_batch()
    for row in rows:
        message = {"key": row["key"].encode(), "value": row["value"].encode(), "headers": _headers(row)}
        if batch.append(timestamp=None, **message) is None:
            acknowledgements.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(timestamp=None, **message)
    acknowledgements.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*acknowledgements)


def _headers(row: asyncpg.Record) -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(row["event_id"]).encode()),
        ("ce_type", row["topic"].encode()),
        ("ce_source", b"/" + row["topic"].split(".")[1].encode()),
        ("ce_subject", row["key"].encode()),
        ("ce_time", row["created_at"].isoformat().encode()),
        ("ce_aggregateversion", str(row["version"]).encode()),
        ("content-type", b"application/json"),
    ]
