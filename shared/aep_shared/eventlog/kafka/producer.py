"""Sends batches through one idempotent producer, and makes sure that a batch given up is never sent later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from aep_shared.eventlog.kafka.settings import KafkaSettings
from aep_shared.eventlog.port import Range, Record, TopicPartition, UnknownTopic

BATCH_BYTES = 1_000_000
"""The largest batch of a partition: below a broker's default limit of 1,048,588 bytes."""


def new_producer(settings: KafkaSettings) -> Any:
    return AIOKafkaProducer(
        **settings.connection,
        enable_idempotence=True,
        acks="all",
        compression_type=settings.compression,
        max_batch_size=BATCH_BYTES,
        max_request_size=BATCH_BYTES,
        retry_backoff_ms=50,
    )


async def send(producer: Any, groups: Mapping[TopicPartition, Sequence[Record]]) -> dict[TopicPartition, Range]:
    """Returns when the brokers have acknowledged every record; the partitions go out side by side."""
    parts = [asyncio.ensure_future(_send_to(producer, place, records)) for place, records in groups.items()]
    try:
        ranges = await asyncio.gather(*parts)
        return {place: filled for place, filled in zip(groups, ranges, strict=True) if filled is not None}
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


async def _send_to(producer: Any, place: TopicPartition, records: Sequence[Record]) -> Range | None:
    if place.partition not in await producer.partitions_for(place.topic):
        raise UnknownTopic(f"{place.topic} partition {place.partition}")
    acknowledgements = []
    batches = _batches(producer, records)
    for batch in batches:
        # Waits until the batch before it is on its way, so that the order is kept.
        acknowledgements.append(await producer.send_batch(batch, place.topic, partition=place.partition))
    offsets = [metadata.offset for metadata in await asyncio.gather(*acknowledgements)]
    # A batch that the broker had already, because its answer was lost, is acknowledged without an offset.
    return None if min(offsets) < 0 else Range(offsets[0], offsets[-1] + batches[-1].record_count())


def _batches(producer: Any, records: Sequence[Record]) -> list[Any]:
    """As few batches as the limit allows; each takes at least one record."""
    batches = [producer.create_batch()]
    for record in records:
        if not _put(batches[-1], record):
            batches.append(producer.create_batch())
            _put(batches[-1], record)
    for batch in batches:
        batch.close()
    return batches


def _put(batch: Any, record: Record) -> bool:
    headers = list(record.headers.items())
    return batch.append(key=record.key.encode(), value=record.value, timestamp=None, headers=headers) is not None


def silence(producer: Any) -> None:
    """Takes everything away from a producer that it could still send.

    Its own `stop` sends what is left, and without an end: an idempotent producer repeats until it succeeds. A
    batch whose caller was told that it failed would then arrive after what the caller sent since, an old
    state last. What has left this process already can only be found by the owner's reconciler.
    """
    producer._message_accumulator.fail_all(KafkaConnectionError("given up"))
    if producer._sender.sender_task is not None:
        producer._sender.sender_task.cancel()
    for connection in list(producer.client._conns.values()):
        if connection._writer is not None:
            connection._writer.transport.abort()
        connection.close()


async def stop(producer: Any) -> None:
    silence(producer)
    with contextlib.suppress(asyncio.CancelledError):
        await producer.stop()
