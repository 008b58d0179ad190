"""What both adapters promise about readers: positions, fairness, waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from aep_shared.eventlog.port import (
    EventLog,
    PositionOutOfRange,
    TopicPartition,
)
from tests.shared.eventlog.conftest import NewTopic
from tests.shared.eventlog.sides import Side, drain, numbered


async def test_a_reader_can_be_rewound(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    place = TopicPartition(topic, 0)
    await log.append(numbered(topic, 50))
    reader = log.reader()
    await reader.assign({place: 0})
    assert len(await drain(reader, {place: 50})) == 50
    await reader.assign({place: 20})
    assert reader.position(place) == 20
    assert [r.offset for r in await drain(reader, {place: 50}, limit=7)] == list(range(20, 50))
    await reader.close()


async def test_a_reader_reads_only_what_it_was_last_assigned(log: EventLog, new_topic: NewTopic) -> None:
    first, second = await new_topic(), await new_topic(2)
    await log.append(numbered(first, 5) + numbered(second, 5) + numbered(second, 5, 1))
    reader = log.reader()
    await reader.assign({TopicPartition(first, 0): 0, TopicPartition(second, 0): 0})
    await drain(reader, {TopicPartition(first, 0): 5, TopicPartition(second, 0): 5})
    await reader.assign({TopicPartition(second, 0): 2, TopicPartition(second, 1): 1})
    ends = {TopicPartition(second, 0): 5, TopicPartition(second, 1): 5}
    found = await drain(reader, ends)
    assert sorted((r.topic, r.partition, r.offset) for r in found) == [
        *((second, 0, offset) for offset in (2, 3, 4)), *((second, 1, offset) for offset in (1, 2, 3, 4)),
    ]  # fmt: skip
    await reader.assign({})
    assert await reader.read(10, wait=0.05) == {}
    await reader.close()


async def test_a_small_limit_starves_no_partition(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic(4)
    for partition in range(4):
        await log.append(numbered(topic, 300, partition))
    reader = log.reader()
    await reader.assign({TopicPartition(topic, number): 0 for number in range(4)})
    seen = set()
    for _ in range(60):
        batches = await reader.read(5, wait=1)
        assert sum(len(batch) for batch in batches.values()) <= 5
        seen |= set(batches)
    await reader.close()
    assert len(seen) == 4


async def test_a_position_behind_the_end_is_out_of_range_until_another_is_assigned(
    log: EventLog, new_topic: NewTopic
) -> None:
    topic = await new_topic()
    place = TopicPartition(topic, 0)
    await log.append(numbered(topic, 3))
    reader = log.reader()
    await reader.assign({place: 5})
    for _ in range(2):
        with pytest.raises(PositionOutOfRange, match=topic):
            await drain(reader, {place: 6})
    await reader.assign({place: 3})
    assert await reader.read(10, wait=0.1) == {}
    await log.append(numbered(topic, 1))
    assert [r.offset for r in await drain(reader, {place: 4})] == [3]
    await reader.close()


async def test_an_idle_reader_returns_in_time_asks_seldom_and_wakes_at_once(
    side: Side, log: EventLog, new_topic: NewTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await new_topic()
    reader = log.reader()
    await reader.assign({TopicPartition(topic, 0): 0})
    assert await reader.read(10, wait=0.1) == {}
    asked = side.count_requests(monkeypatch)
    started = time.monotonic()
    assert await reader.read(10, wait=2.5) == {}
    assert 2.3 < time.monotonic() - started < 10
    assert asked() <= 10
    side.look_only_when_woken(monkeypatch)
    waiting = asyncio.create_task(reader.read(10, wait=60))
    await asyncio.sleep(0.3)
    await log.append(numbered(topic, 1))
    async with asyncio.timeout(10):
        assert len(await waiting) == 1
    await reader.close()
