"""What both adapters of the event log promise about records while their server is well."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import pytest

from aep_shared.eventlog.port import (
    MAX_HEADERS_BYTES,
    MAX_KEY_BYTES,
    MAX_RECORD_BYTES,
    EventLog,
    EventLogError,
    Record,
    RecordTooLarge,
    StoredRecord,
    TopicPartition,
    Writer,
    WriterDeposed,
)
from tests.shared.eventlog.conftest import NewTopic
from tests.shared.eventlog.sides import Side, drain, numbered, opened, read_all


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
        StoredRecord(r.topic, r.partition, r.key, r.value, dict(r.headers), offset) for offset, r in enumerate(records)
    ]


async def test_an_append_says_which_offsets_it_filled(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic(2)
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    assert await log.append(numbered(topic, 3)) == {first: (0, 3)}
    assert await log.append(numbered(topic, 2) + numbered(topic, 1, 1)) == {first: (3, 5), second: (0, 1)}
    large = [Record(topic, 1, f"k{number}", b"x" * 400_000) for number in range(5)]
    assert await log.append(large) == {second: (1, 6)}
    assert [(await log.bounds(topic))[number].next for number in (0, 1)] == [5, 6]


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
    key = lambda r: (r.partition, r.offset)  # noqa: E731
    assert sorted(delivered, key=key) == sorted(await read_all(log, topic), key=key)


async def test_appends_of_one_log_may_run_side_by_side(log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic(2)
    await asyncio.gather(*(log.append(numbered(topic, 20, n % 2, f"k{n}")) for n in range(20)))
    found = await read_all(log, topic)
    for n in range(20):
        assert [int(r.value or b"") for r in found if r.key == f"k{n}"] == list(range(20))


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
