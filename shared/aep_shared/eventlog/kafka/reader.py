"""Reads assigned partitions from given positions with a consumer of aiokafka that belongs to no group."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Assigned
from aiokafka.errors import OffsetOutOfRangeError

from aep_shared.eventlog.kafka.cluster import Cluster
from aep_shared.eventlog.kafka.failures import FAILURES, port_error
from aep_shared.eventlog.kafka.keeper import Keeper
from aep_shared.eventlog.kafka.settings import KafkaSettings
from aep_shared.eventlog.port import READ_BYTES, Batch, LogUnavailable, StoredRecord, TopicPartition

_LONG_POLL_SECONDS = 0.5
_SUSPECT_AFTER = 3 * _LONG_POLL_SECONDS

Found = Mapping[TopicPartition, Batch]


class KafkaReader:
    """The broker answers each request when there is something to read, at the latest after half a second.

    The consumer itself never says that a broker is away or a topic gone, it only stays silent. So a partition
    that was not answered for a while is asked for, and the consumer made anew after an error; positions are
    kept here.
    """

    def __init__(self, settings: KafkaSettings, cluster: Cluster) -> None:
        self._settings = settings
        self._cluster = cluster
        self._positions: dict[TopicPartition, int] = {}
        self._delivered: dict[TopicPartition, int] = {}
        self._heard: dict[TopicPartition, float] = {}
        self._answered: dict[TopicPartition, int] = {}
        self._verified = False
        self._consumer: Keeper[Any] = Keeper(settings, self._new_consumer, self._start, lambda c: c.stop())

    async def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        before, self._positions = self._positions, dict(positions)
        self._delivered = dict(positions)
        consumer = self._consumer.current
        if positions.keys() != before.keys():
            self._verified = False
            if consumer is not None:
                self._point(consumer)
        elif consumer is not None:
            # What was fetched ahead for the other partitions stays.
            for place, position in positions.items():
                if before[place] != position:
                    consumer.seek(Assigned(*place), position)

    async def read(self, limit: int, wait: float) -> Found:
        if not self._positions:
            await asyncio.sleep(wait)
            return {}
        consumer = None
        try:
            consumer = await self._ready()
            found = await self._take(consumer, limit) or await self._await(consumer, limit, wait)
            if not found:
                await self._check_silence(consumer)
            return found
        except OffsetOutOfRangeError as problem:
            raise port_error(problem, self._settings) from problem
        except FAILURES as problem:
            self._drop(consumer)
            raise port_error(problem, self._settings) from problem
        except Exception:
            self._drop(consumer)
            raise

    def position(self, place: TopicPartition) -> int:
        return self._positions[place]

    async def close(self) -> None:
        self._positions = {}
        await self._consumer.close()

    def _new_consumer(self) -> Any:
        return AIOKafkaConsumer(
            **self._settings.connection,
            group_id=None,
            auto_offset_reset="none",
            enable_auto_commit=False,
            fetch_max_bytes=READ_BYTES,
            fetch_max_wait_ms=int(min(_LONG_POLL_SECONDS, self._settings.timeout / 3) * 1000),
        )

    async def _start(self, consumer: Any) -> None:
        await consumer.start()
        self._point(consumer)

    def _point(self, consumer: Any) -> None:
        if not self._positions:
            consumer.unsubscribe()
            return
        consumer.assign([Assigned(*place) for place in self._positions])
        for place, position in self._positions.items():
            consumer.seek(Assigned(*place), position)
        self._heard = dict.fromkeys(self._positions, time.monotonic())
        self._answered = {}

    async def _ready(self) -> Any:
        if not self._verified:
            await self._cluster.require(self._positions)
            self._verified = True
        return await self._consumer.get()

    async def _take(self, consumer: Any, limit: int) -> Found:
        """What was fetched already, with another partition first each time: the limit cuts the others off."""
        found: dict[TopicPartition, list[StoredRecord]] = {}
        left = limit
        for place in random.sample(list(self._positions), len(self._positions)):
            try:
                batches = await consumer.getmany(Assigned(*place), timeout_ms=0, max_records=left)
            except FAILURES:
                # What was taken before must be delivered; the next request meets the same error.
                if found:
                    break
                raise
            for records in batches.values():
                found[place] = [_stored(record) for record in records]
                left -= len(records)
            if left <= 0:
                break
        return await self._moved(consumer, found)

    async def _await(self, consumer: Any, limit: int, wait: float) -> Found:
        if wait <= 0:
            return {}
        batches = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=limit)
        found = {TopicPartition(*place): [_stored(record) for record in records] for place, records in batches.items()}
        return await self._moved(consumer, found)

    async def _moved(self, consumer: Any, found: dict[TopicPartition, list[StoredRecord]]) -> Found:
        for place in self._positions:
            # Past the last record of a batch, also where compaction has emptied what follows.
            self._positions[place] = await consumer.position(Assigned(*place))
        batches = {place: Batch(self._delivered[place], records) for place, records in found.items()}
        self._delivered |= {place: batch.after for place, batch in batches.items()}
        self._heard |= dict.fromkeys(batches, time.monotonic())
        return batches

    async def _check_silence(self, consumer: Any) -> None:
        now = time.monotonic()
        silent = {place: now - self._last_heard(consumer, place) for place in self._positions}
        suspects = [
            place
            for place, seconds in silent.items()
            if seconds > _SUSPECT_AFTER or consumer.partitions_for_topic(place.topic) is None
        ]
        if not suspects:
            return
        await self._cluster.require(suspects)
        place = max(suspects, key=lambda suspect: silent[suspect])
        if silent[place] > self._settings.timeout:
            raise LogUnavailable(
                f"the event log at {self._settings.where} has not answered for {place.topic} partition"
                f" {place.partition} since {silent[place]:.1f} s"
            )

    def _last_heard(self, consumer: Any, place: TopicPartition) -> float:
        """By a clock that nobody sets; the library notes the time of its last answer by one that may be set."""
        answered: int = consumer.last_poll_timestamp(Assigned(*place)) or 0
        if answered != self._answered.get(place, 0):
            self._answered[place], self._heard[place] = answered, time.monotonic()
        return self._heard[place]

    def _drop(self, consumer: Any) -> None:
        self._verified = False
        if consumer is not None:
            self._consumer.drop(consumer)


def _stored(record: Any) -> StoredRecord:
    # A foreign record must not stop the reader: whether it is an event is for the consumer to judge.
    key = "" if record.key is None else record.key.decode(errors="replace")
    return StoredRecord(record.topic, record.partition, key, record.value, dict(record.headers), record.offset)
