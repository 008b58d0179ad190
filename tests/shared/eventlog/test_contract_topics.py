"""What both adapters promise about topics: declared once, known by name and identity."""

from __future__ import annotations

import asyncio
import random

import pytest

from aep_shared.eventlog.port import (
    Bounds,
    EventLog,
    EventLogError,
    PositionOutOfRange,
    Record,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
)
from tests.shared.eventlog.conftest import NewTopic
from tests.shared.eventlog.sides import Side, drain, numbered, opened, read_all, until


async def test_an_unknown_topic_or_partition_is_named(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    reader = log.reader()
    for name, partition in (("aep.test.nowhere.v1", 0), (topic, 1)):
        with pytest.raises(UnknownTopic, match=name):
            await log.append([Record(topic, 0, "k", b"1"), Record(name, partition, "k", b"1")])
        await reader.assign({TopicPartition(name, partition): 0})
        with pytest.raises(UnknownTopic, match=name):
            await reader.read(10, wait=0.1)
    for ask in (log.bounds, log.identity):
        with pytest.raises(UnknownTopic, match=r"aep\.test\.nowhere\.v1"):
            await ask("aep.test.nowhere.v1")
    assert (await log.bounds(topic))[0].next == 0
    await reader.close()


async def test_topics_may_be_declared_again_but_not_cut_anew(side: Side, log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic(2)
    before = await log.identity(topic)
    async with opened(side.log()) as other:
        await asyncio.gather(*(some.create_topics([TopicSpec(topic, 2, 40)]) for some in (log, other)))
        assert await other.identity(topic) == before
    with pytest.raises(EventLogError, match="2 partitions"):
        await log.create_topics([TopicSpec(topic, 3)])
    assert set(await log.bounds(topic)) == {0, 1}


async def test_services_that_start_at_once_create_a_topic_once(side: Side, log: EventLog) -> None:
    name = f"aep.test.{random.randbytes(6).hex()}.v1"
    async with opened(side.log()) as other:
        await asyncio.gather(*(some.create_topics([TopicSpec(name, 2)]) for some in (log, other)))
        assert await log.identity(name) == await other.identity(name)
    assert await log.bounds(name) == {0: Bounds(0, 0), 1: Bounds(0, 0)}


async def test_a_topic_created_anew_has_another_identity_and_old_positions_are_out_of_range(
    side: Side, log: EventLog, new_topic: NewTopic
) -> None:
    topic = await new_topic()
    await log.append(numbered(topic, 10))
    before = await log.identity(topic)
    assert await log.identity(topic) == before
    reader = log.reader()
    await reader.assign({TopicPartition(topic, 0): 0})
    await drain(reader, {TopicPartition(topic, 0): 10})
    await side.delete(topic)

    async def gone() -> bool:
        try:
            await log.identity(topic)
        except UnknownTopic:
            return True
        return False

    await until(gone, 10)
    with pytest.raises(UnknownTopic):
        await log.append(numbered(topic, 1))
    await log.create_topics([TopicSpec(topic, 1)])
    assert await log.identity(topic) != before
    with pytest.raises(PositionOutOfRange):
        await drain(reader, {TopicPartition(topic, 0): 11})
    await log.append(numbered(topic, 1))
    assert [r.offset for r in await read_all(log, topic)] == [0]
    await reader.close()
