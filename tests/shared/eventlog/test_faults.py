"""What both adapters promise while their server dies, hangs or was never there."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aep_shared.eventlog.port import EventLog, EventLogError, LogUnavailable, Record, TopicPartition
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_standalone.postgres import EmbeddedPostgres
from tests.shared.eventlog.conftest import NewTopic
from tests.shared.eventlog.sides import TIMEOUT, Side, frozen, opened, read_all, until

LATE = 4 * TIMEOUT
"""A call may have to find out about a lost connection first, and then wait for a new one."""


async def within_deadline(call: Callable[[], Awaitable[Any]]) -> LogUnavailable:
    """The error that `call` raises, soon enough."""
    with pytest.raises(LogUnavailable) as raised:
        async with asyncio.timeout(LATE):
            await call()
    return raised.value


async def test_an_address_where_nobody_listens_is_named_without_the_password(side: Side) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = side.log_at("127.0.0.1", port)
    problem = await within_deadline(log.open)
    assert f"127.0.0.1:{port}" in str(problem)
    assert "sesame" not in f"{problem!r} {problem.__cause__!r} {log!r}"
    await log.close()


async def test_a_name_that_does_not_exist_is_named(side: Side) -> None:
    log = side.log_at("log.invalid", 9)
    assert "log.invalid:9" in str(await within_deadline(log.open))
    await log.close()


async def test_a_password_in_the_query_is_not_shown() -> None:
    log = PostgresEventLog("postgresql://127.0.0.1:9/log?user=aep&password=sesame&application_name=x", timeout=TIMEOUT)
    problem = str(await within_deadline(log.open))
    assert "127.0.0.1:9/log" in problem
    assert "sesame" not in problem
    await log.close()


async def test_a_wrong_password_is_a_typed_error(log_server: EmbeddedPostgres) -> None:
    right = log_server.dsn("postgres")
    log = PostgresEventLog(re.sub(r":[^:@/]+@", ":sesame@", right), timeout=TIMEOUT)
    with pytest.raises(EventLogError, match="password"):
        await log.open()
    await log.close()


async def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time(side: Side) -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    log = side.log_at("127.0.0.1", server.sockets[0].getsockname()[1])
    await within_deadline(log.open)
    await log.close()
    server.close()


async def test_a_log_that_is_not_open_says_so(side: Side) -> None:
    log = side.log_at("127.0.0.1", 1)
    await within_deadline(lambda: log.bounds("aep.test.any.v1"))
    await log.close()


async def test_a_server_that_hangs_is_given_up_in_time_and_found_again(
    side: Side, log: EventLog, new_topic: NewTopic
) -> None:
    topic = await new_topic()
    await log.append([Record(topic, 0, "k", b"before")])
    reader = log.reader()
    await reader.assign({TopicPartition(topic, 0): 1})
    assert await reader.read(10, wait=0.1) == {}

    async def read_on() -> None:
        while True:
            assert await reader.read(10, wait=0.2) == {}

    async with frozen(side):
        await asyncio.gather(
            within_deadline(lambda: log.append([Record(topic, 0, "k", b"hanging")])),
            within_deadline(lambda: log.bounds(topic)),
            within_deadline(lambda: log.identity(topic)),
            within_deadline(read_on),
        )
    await until(lambda: _appended(log, Record(topic, 0, "k", b"after")), 20)
    assert (await read_all(log, topic))[-1].value == b"after"
    await until(lambda: _read_something(reader), 20)
    await reader.close()


async def test_closing_does_not_wait_for_a_server_that_hangs(side: Side, new_topic: NewTopic) -> None:
    topic = await new_topic()
    log = side.log()
    await log.open()
    await log.append([Record(topic, 0, "k", b"1")])
    reader = log.reader()
    await reader.assign({TopicPartition(topic, 0): 0})
    assert await reader.read(10, wait=5)
    async with frozen(side):
        started = time.monotonic()
        reading = asyncio.create_task(reader.read(10, wait=30))
        appending = asyncio.create_task(log.append([Record(topic, 0, "k", b"2")]))
        await asyncio.sleep(0.2)
        reading.cancel()
        appending.cancel()
        await asyncio.gather(reading, appending, return_exceptions=True)
        await reader.close()
        await log.close()
        assert time.monotonic() - started < 3 * TIMEOUT


async def test_a_batch_that_was_given_up_never_arrives(side: Side, log: EventLog, new_topic: NewTopic) -> None:
    topic = await new_topic()
    await log.append([Record(topic, 0, "k", b"1")])
    side.kill()
    try:
        await within_deadline(lambda: log.append([Record(topic, 0, "k", b"given up")]))
        given_up = asyncio.create_task(log.append([Record(topic, 0, "k", b"cancelled")]))
        await asyncio.sleep(0.05)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
    finally:
        await side.start()
    await until(lambda: _appended(log, Record(topic, 0, "k", b"2")), 30)
    # Longer than any client would wait between two tries.
    await asyncio.sleep(1.5)
    assert [r.value for r in await read_all(log, topic)] == [b"1", b"2"]


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed_under_load(
    side: Side, log: EventLog, new_topic: NewTopic
) -> None:
    topic = await new_topic(2)
    acknowledged: set[bytes] = set()
    delivered: dict[int, list[tuple[int, bytes | None]]] = {0: [], 1: []}
    writing = True

    async def write(partition: int) -> None:
        number = 0
        async with opened(side.log()) as own:
            while writing:
                batch = [Record(topic, partition, f"k{n}", f"{partition}/{number + n}".encode()) for n in range(20)]
                try:
                    await own.append(batch)
                except EventLogError:
                    await asyncio.sleep(0.1)
                    continue
                number += 20
                acknowledged.update(record.value or b"" for record in batch)

    async def read() -> None:
        reader = log.reader()
        await reader.assign({TopicPartition(topic, partition): 0 for partition in (0, 1)})
        deadline = time.monotonic() + 60
        while writing or not acknowledged <= {value for found in delivered.values() for _, value in found}:
            assert time.monotonic() < deadline, "what was acknowledged is not delivered"
            try:
                batches = await reader.read(500, wait=0.5)
            except LogUnavailable:
                await asyncio.sleep(0.1)
                continue
            for place, records in batches.items():
                delivered[place.partition].extend((r.offset, r.value) for r in records)
        await reader.close()

    tasks = [asyncio.create_task(job) for job in (write(0), write(1), read())]

    async def writes() -> bool:
        return len(acknowledged) > 200

    await until(writes, 20)
    side.kill()
    await asyncio.sleep(0.5)
    await side.start()
    at_start = len(acknowledged)

    async def writes_again() -> bool:
        return len(acknowledged) > at_start + 200

    await until(writes_again, 40)
    writing = False
    await asyncio.gather(*tasks)
    for found in delivered.values():
        offsets = [offset for offset, _ in found]
        assert offsets == sorted(set(offsets))


async def _appended(log: EventLog, record: Record) -> bool:
    try:
        await log.append([record])
    except LogUnavailable:
        return False
    return True


async def _read_something(reader: Any) -> bool:
    try:
        return bool(await reader.read(10, wait=0.2))
    except LogUnavailable:
        return False
