"""Questions and orders to a Kafka cluster that are not records: topics, their ids, settings and bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import errors
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateTopicsRequest, DescribeConfigsRequest
from aiokafka.protocol.offset import OffsetRequest

from aep_shared.eventlog.kafka.failures import FAILURES, port_error, raise_for
from aep_shared.eventlog.kafka.keeper import Keeper
from aep_shared.eventlog.kafka.protocol import TOPIC, ChangeTopicRequest, TopicsRequest
from aep_shared.eventlog.kafka.settings import KafkaSettings
from aep_shared.eventlog.port import Bounds, EventLogError, TopicPartition, TopicSpec, UnknownTopic

MIN_COMPACTION_LAG_MS = 60_000
"""A reader that follows closely sees each state of a key; one that lags sees at least the newest."""
_DAY_MS = 86_400_000
_FIRST, _NEXT = -2, -1
_ALL_RECORDS = 0
_EXISTS = 36
_RETRY_SECONDS = 0.05
# The answer depends on something that the cluster is just deciding, or that this client has not heard of yet.
_SETTLING = (
    errors.LeaderNotAvailableError,
    errors.NotLeaderForPartitionError,
    errors.NotControllerError,
    errors.StaleMetadata,
    errors.UnknownTopicOrPartitionError,
)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the cluster has it; `leaders` maps each partition to the broker that serves it, or -1."""

    identity: str
    leaders: Mapping[int, int]


class Cluster:
    """One connection for questions, apart from those that wait for records."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client: Keeper[Any] = Keeper(
            settings,
            lambda: AIOKafkaClient(**settings.connection),
            lambda c: c.bootstrap(),
            lambda c: c.close(),
        )

    async def open(self) -> None:
        await self._client.get()

    async def close(self) -> None:
        await self._client.close()

    async def topics(self, names: Iterable[str]) -> dict[str, TopicState]:
        """Those of the named topics that exist."""
        return await self._ask(lambda client: self._topics(client, sorted(set(names))))

    async def require(self, places: Iterable[TopicPartition]) -> None:
        """Raises `UnknownTopic` for a topic or partition that does not exist."""
        wanted = sorted(places)
        found = await self.topics(place.topic for place in wanted)
        for place in wanted:
            if place.topic not in found or place.partition not in found[place.topic].leaders:
                raise UnknownTopic(f"{place.topic} partition {place.partition}")

    async def bounds(self, topic: str) -> dict[int, Bounds]:
        return await self._ask(lambda client: self._bounds(client, topic))

    async def create(self, specs: Sequence[TopicSpec]) -> None:
        """Creates what is missing, sets what exists as declared, and waits until all is served."""
        known = await self.topics(spec.name for spec in specs)
        missing = [spec for spec in specs if spec.name not in known]
        if missing:
            await self._ask(lambda client: self._create(client, missing))
        await self._ask(lambda client: self._led(client, specs))
        for spec in specs:
            if spec.name in known:
                await self._ask(lambda client, spec=spec: self._adjust(client, spec))  # type: ignore[misc]

    async def change(self, topic: str, values: dict[str, str]) -> None:
        """Sets single settings of a topic."""
        await self._ask(lambda client: self._change(client, topic, values))

    async def _ask(self, question: Callable[[Any], Awaitable[Answer]]) -> Answer:
        """The answer within the deadline; asks again while the cluster is about to settle it."""
        client = await self._client.get()
        try:
            async with asyncio.timeout(self._settings.timeout):
                while True:
                    try:
                        return await question(client)
                    except _SETTLING:
                        await asyncio.sleep(_RETRY_SECONDS)
        except FAILURES as problem:
            self._client.drop(client)
            raise port_error(problem, self._settings) from problem
        except NotImplementedError as problem:
            raise EventLogError(f"Kafka at {self._settings.where} is too old: {problem}") from problem

    async def _topics(self, client: Any, names: list[str]) -> dict[str, TopicState]:
        answer = await client.send(client.get_random_node(), TopicsRequest(names))
        found = {}
        for code, name, identity, _, partitions, *_ in answer.topics:
            if code == errors.UnknownTopicOrPartitionError.errno:
                continue
            raise_for(code, name)
            found[name] = TopicState(str(identity), {number: leader for _, number, leader, *_ in partitions})
        return found

    async def _led(self, client: Any, specs: Sequence[TopicSpec]) -> None:
        found = await self._topics(client, [spec.name for spec in specs])
        for spec in specs:
            state = found.get(spec.name)
            if state is None or -1 in state.leaders.values():
                raise errors.LeaderNotAvailableError(spec.name)
            if len(state.leaders) != spec.partitions:
                raise EventLogError(
                    f"topic {spec.name} has {len(state.leaders)} partitions, declared are {spec.partitions}"
                )

    async def _bounds(self, client: Any, topic: str) -> dict[int, Bounds]:
        found = await self._topics(client, [topic])
        if topic not in found:
            raise UnknownTopic(topic)
        by_leader: dict[int, list[int]] = {}
        for number, leader in found[topic].leaders.items():
            by_leader.setdefault(leader, []).append(number)
        if -1 in by_leader:
            raise errors.LeaderNotAvailableError(topic)
        if any(client.cluster.broker_metadata(leader) is None for leader in by_leader):
            await client.force_metadata_update()
        bounds: dict[int, Bounds] = {}
        for leader, numbers in by_leader.items():
            first = await self._offsets(client, leader, topic, numbers, _FIRST)
            following = await self._offsets(client, leader, topic, numbers, _NEXT)
            bounds |= {number: Bounds(first[number], following[number]) for number in numbers}
        return dict(sorted(bounds.items()))

    async def _offsets(self, client: Any, leader: int, topic: str, numbers: list[int], which: int) -> dict[int, int]:
        wanted = [(topic, [(number, which) for number in numbers])]
        answer = await client.send(leader, OffsetRequest(-1, _ALL_RECORDS, wanted))
        found = {}
        for name, partitions in answer.topics:
            for number, code, _, offset, *_ in partitions:
                raise_for(code, f"{name} partition {number}")
                found[number] = offset
        return found

    async def _create(self, client: Any, specs: Sequence[TopicSpec]) -> None:
        replicas: list[int] = []
        topics = [
            (spec.name, spec.partitions, self._settings.replication, replicas, list(_declared(spec).items()))
            for spec in specs
        ]
        milliseconds = int(self._settings.timeout * 1000)
        answer = await client.send(client.get_random_node(), CreateTopicsRequest(topics, milliseconds, False))
        for name, code, message, *_ in answer.topic_errors:
            # Several services may start at once; one of them creates the topic.
            if code != _EXISTS:
                raise_for(code, f"{name}: {message}")

    async def _adjust(self, client: Any, spec: TopicSpec) -> None:
        declared = {name: value for name, value in _declared(spec).items() if name != "min.compaction.lag.ms"}
        request = DescribeConfigsRequest([(TOPIC, spec.name, list(declared))])
        answer = await client.send(client.get_random_node(), request)
        for code, message, _, name, entries in answer.resources:
            raise_for(code, f"{name}: {message}")
            present = {entry[0]: entry[1] for entry in entries}
            wrong = {key: value for key, value in declared.items() if present.get(key) != value}
            if wrong:
                await self._change(client, spec.name, wrong)

    async def _change(self, client: Any, topic: str, values: dict[str, str]) -> None:
        answer = await client.send(client.get_random_node(), ChangeTopicRequest(topic, values))
        for code, message, _, name in answer.resources:
            raise_for(code, f"{name}: {message}")


def _declared(spec: TopicSpec) -> dict[str, str]:
    return {
        "cleanup.policy": "compact",
        "delete.retention.ms": str(spec.tombstone_days * _DAY_MS),
        "min.compaction.lag.ms": str(MIN_COMPACTION_LAG_MS),
    }
