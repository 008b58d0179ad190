"""What both adapters promise about readers: positions, fairness, waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from aep_shared.eventlog.port import (
    READ_BYTES,
    EventLog,
    PositionOutOfRange,
    Record,
    TopicPartition,
)
from tests.shared.eventlog.conftest import NewTopic
from tests.shared.eventlog.sides import Side, drain, numbered, read_all


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
        *((second, 0, offset) for offset in (2, 3, 4)),
        *((second, 1, offset) for offset in (1, 2, 3, 4)),
    ]
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


async def test_each_batch_begins_where_the_one_before_it_ended(side: Side, log: EventLog, new_topic: NewTopic) -> None:
    """Also across offsets that compaction has emptied: whoever applies batches one after another skips nothing."""
    topic = await new_topic(2)
    for number in range(12):
        await log.append([Record(topic, partition, f"k{number % 3}", b"x") for partition in (0, 1)])

    async def compacted() -> bool:
        return len([record for record in await read_all(log, topic) if record.partition == 0]) < 10

    await side.compact(log, topic, compacted)
    await log.append(numbered(topic, 5) + numbered(topic, 5, 1))
    reader = log.reader()
    held = {TopicPartition(topic, 0): 2, TopicPartition(topic, 1): 0}
    await reader.assign(held)
    ends = {TopicPartition(topic, number): bound.next for number, bound in (await log.bounds(topic)).items()}
    async with asyncio.timeout(30):
        while any(reader.position(place) < end for place, end in ends.items()):
            for place, batch in (await reader.read(3, wait=0.5)).items():
                assert batch.before == held[place]
                assert batch.after == batch[-1].offset + 1
                held[place] = batch.after
    await reader.assign({TopicPartition(topic, 1): 0})
    assert (await reader.read(3, wait=5))[TopicPartition(topic, 1)].before == 0
    await reader.close()


async def test_one_read_returns_only_so_many_bytes(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    body = b"x" * 800_000
    for _ in range(3):
        await log.append([Record(topic, 0, f"k{number}", body) for number in range(10)])
    reader, place = log.reader(), TopicPartition(topic, 0)
    await reader.assign({place: 0})
    offsets: list[int] = []
    async with asyncio.timeout(60):
        while len(offsets) < 30:
            batch = (await reader.read(500, wait=5)).get(place, [])
            assert sum(len(record.value or b"") for record in batch) <= READ_BYTES + len(body)
            offsets += [record.offset for record in batch]
    assert offsets == list(range(30))
    await reader.close()
