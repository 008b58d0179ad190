"""How fast a full outbox reaches Kafka: our relay against pollers that lock rows past each other.

The relay steps as in operation, truncation on the clock. The pollers have a table of their own with the same rows.
A body has about 400 bytes; the outbox is filled off the clock. After each window the topic must have grown by exactly
the rows that were counted, and its last records must be events of this platform.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from aep_shared.database import Database
from aep_shared.eventlog.kafka import KafkaEventLog
from aep_shared.eventlog.kafka.producer import new_producer
from aep_shared.eventlog.port import TopicPartition
from aep_shared.flow.envelope import from_record
from tests.bench import documents, engines
from tests.bench.engines import TOPIC
from tests.bench.harness import Arm, Measure, Protocol, Row, compare
from tests.bench.ratios import Goal
from tests.bench.rivals import pollers
from tests.shared.flowing import leading

RELAY_GOAL = Goal(10.0)
ROWS = 20_000
RETENTION_BYTES = 200_000_000

Step = Callable[[], Awaitable[int]]


async def run(protocol: Protocol) -> list[Row]:
    async with (
        engines.postgres() as database,
        engines.kafka(RETENTION_BYTES) as log,
        engines.connected(database) as connection,
        _producer(log) as producer,
    ):
        await connection.execute(pollers.TABLE)
        # The benchmark's relay is the only one: it need not wait until a predecessor has surely stopped.
        log.fences_writers = True
        polled = _Outbox(connection, "polled_outbox")

        def rival(name: str, poll: Callable[..., Awaitable[int]]) -> Arm:
            return Arm(name, _polling(log, polled, lambda: poll(connection, producer, TOPIC.partitions)))

        return await compare(
            "relay",
            "records/s",
            Arm("relay", _relaying(database, log, _Outbox(connection, "outbox"))),
            [
                (rival("poller, a row at a time", pollers.poll_one), RELAY_GOAL),
                (rival("poller, 500 rows", pollers.poll_batch), None),
            ],
            protocol,
        )


@asynccontextmanager
async def _producer(log: KafkaEventLog) -> AsyncIterator[Any]:
    producer = new_producer(log._settings)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@dataclass(frozen=True, slots=True)
class _Outbox:
    """A table that one side empties."""

    connection: asyncpg.Connection
    table: str

    async def fill(self) -> None:
        await self.connection.execute(
            f"INSERT INTO {self.table} (topic, key, version, value)"
            " SELECT $1, key, 1, replace($2, 'the-key', key)"
            " FROM (SELECT uuidv7()::text AS key FROM generate_series(1, $3::integer)) AS fresh",
            TOPIC.name,
            documents.body("the-key"),
            ROWS,
        )

    async def clear(self) -> None:
        """Empties the table, and passes what the relay has not published."""
        await self.connection.execute(f"TRUNCATE {self.table}")
        await self.connection.execute(
            "UPDATE relay_cursor SET published_to = (SELECT last_value - 1 + is_called::int FROM outbox_id)"
        )

    async def left(self) -> int:
        after = "(SELECT published_to FROM relay_cursor)" if self.table == "outbox" else "0"
        return int(await self.connection.fetchval(f"SELECT count(*) FROM {self.table} WHERE id > {after}"))


def _relaying(database: Database, log: KafkaEventLog, outbox: _Outbox) -> Measure:
    async def measure(seconds: float) -> float:
        await outbox.clear()
        async with leading(database, log) as relay:
            return await _checked(log, outbox, relay.step, relay.truncate, seconds)

    return measure


def _polling(log: KafkaEventLog, outbox: _Outbox, poll: Step) -> Measure:
    async def nothing() -> None: ...

    async def measure(seconds: float) -> float:
        await outbox.clear()
        return await _checked(log, outbox, poll, nothing, seconds)

    return measure


async def _checked(
    log: KafkaEventLog, outbox: _Outbox, step: Step, tidy: Callable[[], Awaitable[None]], seconds: float
) -> float:
    before = await engines.written(log)
    done, filled, busy = await _drain(outbox, step, tidy, seconds)
    arrived = await engines.written(log) - before
    assert arrived == done == filled - await outbox.left(), f"{done} counted, {arrived} arrived of {filled}"
    await _check_last(log)
    return done / busy


async def _drain(
    outbox: _Outbox, step: Step, tidy: Callable[[], Awaitable[None]], seconds: float
) -> tuple[int, int, float]:
    """Steps for so many seconds; rows done, rows filled in, and seconds that the steps took."""
    done, filled, busy = 0, 0, 0.0
    while busy < seconds:
        await outbox.fill()
        filled += ROWS
        started = time.perf_counter()
        while done < filled and busy + time.perf_counter() - started < seconds:
            done += await step()
        await tidy()
        busy += time.perf_counter() - started
    return done, filled, busy


async def _check_last(log: KafkaEventLog) -> None:
    """The newest record of each partition must be readable as an event."""
    bounds = await log.bounds(TOPIC.name)
    reader = log.reader()
    for partition, (first, following) in bounds.items():
        if following > first:
            place = TopicPartition(TOPIC.name, partition)
            await reader.assign({place: following - 1})
            (record,) = (await reader.read(1, wait=5))[place]
            from_record(record)
    await reader.close()
