"""What both adapters of the event log promise while their server is well."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict

import pytest
from aep_shared.eventlog.port import (
    MAX_HEADERS_BYTES,
    MAX_KEY_BYTES,
    MAX_RECORD_BYTES,
    Bounds,
    EventLog,
    EventLogError,
    PositionOutOfRange,
    Record,
    RecordTooLarge,
    StoredRecord,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
    Writer,
    WriterDeposed,
)

from tests.shared.eventlog.conftest import NewTopic
from tests.shared.eventlog.sides import Side, drain, opened, read_all, until


def numbered(topic: str, count: int, partition: int = 0, key: str = "k") -> list[Record]:
    return [Record(topic, partition, key, str(number).encode()) for number in range(count)]


async def test_a_batch_is_read_as_it_was_appended(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    records = [
        Record(topic, 0, "first", b'{"a": 1}', {"ce_id": b"1", "ce_subject": "Universität Lüneburg ✓".encode()}),
        Record(topic, 0, "ключ", b"\x00\xff", {}),
        Record(topic, 0, "first", None, {"ce_aggregateversion": b"2"}),
    ]
    await log.append(records)
    found = await read_all(log, topic)
    assert found == [
        StoredRecord(r.topic, r.partition, r.key, r.value, dict(r.headers), offset)
        for offset, r in enumerate(records)
    ]


async def test_a_batch_of_several_megabytes_keeps_its_order(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic(2)
    bodies = [bytes([number]) * 400_000 for number in range(12)]
    await log.append([Record(topic, number % 2, f"k{number}", body) for number, body in enumerate(bodies)])
    found = await read_all(log, topic)
    for partition in (0, 1):
        mine = [r.value for r in found if r.partition == partition]
        assert mine == bodies[partition::2]


async def test_nothing_appears_below_a_delivered_offset(
    side: Side, log: EventLog, new_topic: NewTopic, seed: random.Random
) -> None:
    topic = await new_topic(3)
    places = [TopicPartition(topic, number) for number in range(3)]
    delivered: list[StoredRecord] = []
    writing = True

    async def write(name: str, chance: random.Random) -> None:
        async with opened(side.log()) as own:
            number = 0
            for _ in range(25):
                batch = []
                for _ in range(chance.randint(1, 30)):
                    key = f"{name}-{chance.randint(0, 4)}"
                    batch.append(Record(topic, chance.randint(0, 2), key, f"{name} {number}".encode()))
                    number += 1
                await own.append(batch)
                await asyncio.sleep(chance.random() * 0.01)

    async def read() -> None:
        reader = log.reader()
        await reader.assign(dict.fromkeys(places, 0))
        while writing:
            for batch in (await reader.read(seed.randint(1, 60), wait=0.05)).values():
                delivered.extend(batch)
        ends = {TopicPartition(topic, number): bound.next for number, bound in (await log.bounds(topic)).items()}
        delivered.extend(await drain(reader, ends))
        await reader.close()

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(f"w{number}", random.Random(seed.random())) for number in range(4)))
    writing = False
    await reading
    for place in places:
        offsets = [r.offset for r in delivered if r.partition == place.partition]
        assert offsets == sorted(set(offsets))
        by_writer = defaultdict(list)
        for record in delivered:
            if record.partition == place.partition and record.value:
                writer, _, number = record.value.decode().partition(" ")
                by_writer[writer].append(int(number))
        assert all(numbers == sorted(numbers) for numbers in by_writer.values())
    key = (lambda r: (r.partition, r.offset))  # noqa: E731
    assert sorted(delivered, key=key) == sorted(await read_all(log, topic), key=key)


async def test_appends_of_one_log_may_run_side_by_side(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic(2)
    await asyncio.gather(*(log.append(numbered(topic, 20, n % 2, f"k{n}")) for n in range(20)))
    found = await read_all(log, topic)
    for n in range(20):
        assert [int(r.value or b"") for r in found if r.key == f"k{n}"] == list(range(20))


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


async def test_compaction_keeps_the_latest_state_the_tombstone_and_the_offsets(
    side: Side, log: EventLog, new_topic: NewTopic
) -> None:
    topic = await new_topic()
    await log.append([Record(topic, 0, key, f"{n}".encode()) for n in range(10) for key in ("kept", "gone")])
    await log.append([Record(topic, 0, "gone", None, {"ce_aggregateversion": b"11"})])

    async def compacted() -> bool:
        return sum(r.key == "kept" for r in await read_all(log, topic)) == 1

    await side.compact(log, topic, compacted)
    found = {r.key: r for r in await read_all(log, topic)}
    assert (found["kept"].value, found["kept"].offset) == (b"9", 18)
    assert (found["gone"].value, found["gone"].offset) == (None, 20)
    assert found["gone"].headers == {"ce_aggregateversion": b"11"}
    reader = log.reader()
    await reader.assign({TopicPartition(topic, 0): 3})
    assert [r.offset for r in await drain(reader, {TopicPartition(topic, 0): 21})][:2] == [18, 20]
    await reader.close()


async def test_what_is_too_large_is_refused_before_anything_is_appended(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    fitting = Record(topic, 0, "k" * MAX_KEY_BYTES, b"x" * MAX_RECORD_BYTES, {"h": b"v" * (MAX_HEADERS_BYTES - 1)})
    for wrong in (
        Record(topic, 0, "k", b"x" * (MAX_RECORD_BYTES + 1)),
        Record(topic, 0, "k" * (MAX_KEY_BYTES + 1), b"x"),
        Record(topic, 0, "k", b"x", {"h": b"v" * MAX_HEADERS_BYTES}),
    ):
        with pytest.raises(RecordTooLarge):
            await log.append([fitting, wrong])
    assert (await log.bounds(topic))[0].next == 0
    await log.append([fitting])
    assert (await read_all(log, topic))[0].value == fitting.value


@pytest.mark.parametrize("record", [("a\0b", {}), ("k", {"h": b"\xff"}), ("k", {"h": b"\0"})])
async def test_a_key_or_header_that_is_not_text_is_refused(
    log: EventLog, new_topic: NewTopic, record: tuple[str, dict[str, bytes]]
) -> None:
    topic = await new_topic()
    with pytest.raises(EventLogError):
        await log.append([Record(topic, 0, "k", b"1"), Record(topic, 0, record[0], b"2", record[1])])
    assert (await log.bounds(topic))[0].next == 0


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
    assert 2.3 < time.monotonic() - started < 3.5
    assert asked() <= 10
    waiting = asyncio.create_task(reader.read(10, wait=10))
    await asyncio.sleep(0.3)
    await log.append(numbered(topic, 1))
    appended = time.monotonic()
    assert len(await waiting) == 1
    # Well below what a reader would need that only looks once in a while.
    assert time.monotonic() - appended < 0.4
    await reader.close()


async def test_a_deposed_writer_is_refused_where_the_log_can_tell(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    await log.append(numbered(topic, 1), Writer("relay:test", 2))
    if log.fences_writers:
        with pytest.raises(WriterDeposed):
            await log.append(numbered(topic, 1), Writer("relay:test", 1))
        assert (await log.bounds(topic))[0].next == 1
    await log.append(numbered(topic, 1), Writer("relay:other", 1))
    await log.append(numbered(topic, 1), Writer("relay:test", 2))
    assert (await log.bounds(topic))[0].next == 3


async def test_an_empty_batch_is_nothing_and_closing_twice_is_once(side: Side, new_topic: NewTopic) -> None:
    topic = await new_topic()
    log = side.log()
    await log.open()
    await log.append([])
    await log.create_topics([])
    await log.append(numbered(topic, 1))
    reader = log.reader()
    await reader.assign({TopicPartition(topic, 0): 0})
    await drain(reader, {TopicPartition(topic, 0): 1})
    await reader.close()
    await reader.close()
    await log.close()
    await log.close()
