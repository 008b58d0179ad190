"""The log itself: what the port asks for, put together from the cluster, the producer and the readers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from aep_shared.eventlog.kafka.cluster import Cluster
from aep_shared.eventlog.kafka.failures import FAILURES, port_error
from aep_shared.eventlog.kafka.keeper import Keeper
from aep_shared.eventlog.kafka.producer import new_producer, send, silence, stop
from aep_shared.eventlog.kafka.reader import KafkaReader
from aep_shared.eventlog.kafka.settings import KafkaSettings, settings_of
from aep_shared.eventlog.port import (
    Bounds,
    EventLogError,
    Range,
    Record,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
    Writer,
    check_records,
)


class KafkaEventLog:
    """Records in compacted topics of a Kafka cluster (2.8 or newer)."""

    fences_writers = False

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self.cluster = Cluster(settings)
        self._producer: Keeper[Any] = Keeper(settings, lambda: new_producer(settings), lambda p: p.start(), stop)
        self._known: set[TopicPartition] = set()

    @classmethod
    def from_url(cls, url: str) -> KafkaEventLog:
        """The log at a `kafka://` or `kafka+ssl://` address.

        Raises `ValueError` naming a parameter that is unknown, wrong or missing.
        """
        return cls(settings_of(url))

    async def open(self) -> None:
        await self.cluster.open()

    async def close(self) -> None:
        await self._producer.close()
        await self.cluster.close()

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        await self.cluster.create(topics)

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> dict[TopicPartition, Range]:
        check_records(records)
        if not records:
            return {}
        groups: dict[TopicPartition, list[Record]] = defaultdict(list)
        for record in records:
            groups[TopicPartition(record.topic, record.partition)].append(record)
        producer = None
        try:
            async with asyncio.timeout(self._settings.timeout):
                producer = await self._producer_for(groups)
                return await send(producer, groups)
        except BaseException as problem:
            if producer is not None:
                # Cancelled counts too: a batch that its caller has given up must not be sent afterwards.
                silence(producer)
                self._producer.drop(producer)
                self._known.clear()
            if isinstance(problem, FAILURES):
                raise self._explained(problem, producer, groups) from problem
            raise

    async def _producer_for(self, groups: Mapping[TopicPartition, Sequence[Record]]) -> Any:
        if not groups.keys() <= self._known:
            # The producer itself would wait long for an unknown topic, or make the broker create it.
            await self.cluster.require(groups)
            self._known |= groups.keys()
        return await self._producer.get()

    def _explained(
        self, problem: BaseException, producer: Any, groups: Mapping[TopicPartition, Sequence[Record]]
    ) -> EventLogError:
        if producer is not None and isinstance(problem, TimeoutError):
            # A producer waits for a topic that was deleted, and says only that it waited.
            known = producer.client.cluster
            gone = [place.topic for place in groups if known.partitions_for_topic(place.topic) is None]
            if gone:
                return UnknownTopic(gone[0])
        return port_error(problem, self._settings)

    async def bounds(self, topic: str) -> Mapping[int, Bounds]:
        return await self.cluster.bounds(topic)

    async def identity(self, topic: str) -> str:
        found = await self.cluster.topics([topic])
        if topic not in found:
            raise UnknownTopic(topic)
        return found[topic].identity

    async def maintain(self) -> None:
        """Nothing to do: the broker compacts."""

    def reader(self) -> KafkaReader:
        return KafkaReader(self._settings, self.cluster)
