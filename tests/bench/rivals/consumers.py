"""Consumers written by hand on bare aiokafka and asyncpg, into the same tables as the platform's consumer group.

They validate the bytes with the contract's model and store the text as it came, which is the least that keeps the same
replicas. They know no other workers, no rebuild and no dead letters.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from aep_shared.contracts.topics import Topic

GROUP = "rival"
_APPLY = """
INSERT INTO replicas AS known (topic, key, partition, version, deleted, data)
SELECT $1, fresh.key, fresh.partition, fresh.version, fresh.data IS NULL, fresh.data::jsonb
FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::text[]) AS fresh (key, partition, version, data)
ON CONFLICT (topic, key) DO UPDATE SET
    version = excluded.version, deleted = excluded.deleted, data = excluded.data, stored_at = clock_timestamp()
WHERE excluded.version > known.version
"""
_MOVE = """
INSERT INTO positions (consumer_group, topic, partition, position, log_identity) VALUES ($1, $2, $3, $4, '')
ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET position = excluded.position
"""


@asynccontextmanager
async def consumer(bootstrap: Sequence[str], topic: Topic) -> AsyncIterator[AIOKafkaConsumer]:
    """At the start of every partition, with the fetch settings of the platform's reader."""
    made = AIOKafkaConsumer(
        bootstrap_servers=list(bootstrap),
        group_id=None,
        auto_offset_reset="none",
        enable_auto_commit=False,
        fetch_max_wait_ms=500,
        request_timeout_ms=5000,
    )
    await made.start()
    try:
        made.assign([TopicPartition(topic.name, number) for number in range(topic.partitions)])
        await rewind(made)
        yield made
    finally:
        await made.stop()


async def rewind(made: AIOKafkaConsumer) -> None:
    for place in made.assignment():
        made.seek(place, 0)


async def consume_batches(made: AIOKafkaConsumer, connection: asyncpg.Connection, topic: Topic, batch: int) -> None:
    """One transaction for each batch of `getmany`, until cancelled."""
    while True:
        found = await made.getmany(timeout_ms=500, max_records=batch)
        if found:
            async with connection.transaction():
                for place, records in found.items():
                    await connection.execute(_MOVE, GROUP, topic.name, place.partition, records[-1].offset + 1)
                await _apply(connection, topic, [record for records in found.values() for record in records])


async def consume_singly(made: AIOKafkaConsumer, connection: asyncpg.Connection, topic: Topic, batch: int) -> None:
    """Fetches as many at once, and handles and commits each message by itself, until cancelled."""
    while True:
        found = await made.getmany(timeout_ms=500, max_records=batch)
        for record in (record for records in found.values() for record in records):
            async with connection.transaction():
                await connection.execute(_MOVE, GROUP, topic.name, record.partition, record.offset + 1)
                await _apply(connection, topic, [record])


async def _apply(connection: asyncpg.Connection, topic: Topic, records: Sequence[Any]) -> None:
    newest: dict[str, tuple[str, int, int, str | None]] = {}
    for record in records:
        key, version, text = _read(topic, record)
        if key not in newest or newest[key][2] < version:
            newest[key] = (key, record.partition, version, text)
    columns = zip(*(newest[key] for key in sorted(newest)), strict=True)
    await connection.execute(_APPLY, topic.name, *map(list, columns))


def _read(topic: Topic, record: ConsumerRecord) -> tuple[str, int, str | None]:
    """Key, version and text of an event; raises where the record is none of this topic."""
    headers = dict(record.headers)
    key = record.key.decode()
    if headers["ce_type"].decode() != topic.name or headers["ce_subject"].decode() != key:
        raise ValueError(f"not an event of {topic.name}")
    if record.value is not None:
        topic.model.model_validate_json(record.value, extra="ignore")
    text = None if record.value is None else record.value.decode()
    return key, int(headers["ce_aggregateversion"]), text
