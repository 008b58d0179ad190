"""How fast a consumer follows a full log: our group against loops written by hand on bare aiokafka.

All read, decode, validate, apply replicas and move positions in the same tables; they begin with empty ones. What
counts is what the table of positions says was committed. After each window there must be as many replicas as were
counted, each with the body that was published.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg

from aep_shared.database import Database
from aep_shared.eventlog.kafka import KafkaEventLog
from aep_shared.flow.consumer import ConsumerGroup
from aep_shared.flow.envelope import Event, to_record
from aep_shared.ids import new_id
from tests.bench import documents, engines
from tests.bench.engines import TOPIC
from tests.bench.harness import Arm, Measure, Protocol, Row, compare
from tests.bench.ratios import Goal
from tests.bench.rivals import consumers
from tests.shared.flowing import running

LOOP_GOAL, SINGLY_GOAL = Goal(0.80), Goal(10.0)
BATCH = 500
RECORDS = 100_000
APPENDED_AT_ONCE = 2_000
RETENTION_BYTES = 10_000_000_000
"""Everything is kept: each window reads from the start."""
PATIENCE = 30.0

Consume = Callable[[], Awaitable[None]]


async def run(protocol: Protocol) -> list[Row]:
    async with (
        engines.postgres() as database,
        engines.kafka(RETENTION_BYTES) as log,
        engines.connected(database) as control,
    ):
        await fill(log)

        def loop(consume: Callable[..., Awaitable[None]]) -> Measure:
            async def once() -> None:
                # A connection of its own: one whose BEGIN was cancelled would commit nothing in the next window.
                async with (
                    consumers.consumer(bootstrap(log), TOPIC) as consumer,
                    engines.connected(database) as connection,
                ):
                    await consume(consumer, connection, TOPIC, BATCH)

            return _following(control, once)

        return await compare(
            "consumer loop",
            "records/s",
            Arm("consumer group", _following(control, _group(database, log))),
            [
                (Arm("a batch a transaction", loop(consumers.consume_batches)), LOOP_GOAL),
                (Arm("a message a transaction", loop(consumers.consume_singly)), SINGLY_GOAL),
            ],
            protocol,
        )


def bootstrap(log: KafkaEventLog) -> Any:
    return log._settings.connection["bootstrap_servers"]


async def fill(log: KafkaEventLog) -> None:
    now = datetime.now(UTC)
    for _ in range(RECORDS // APPENDED_AT_ONCE):
        keys = [str(new_id()) for _ in range(APPENDED_AT_ONCE)]
        await log.append(
            [
                to_record(
                    Event(new_id(), TOPIC.name, key, 1, now, documents.body(key).encode()), TOPIC.partition_of(key)
                )
                for key in keys
            ]
        )
    assert await engines.written(log) == RECORDS


def _group(database: Database, log: KafkaEventLog) -> Consume:
    async def once() -> None:
        await ConsumerGroup(database, log, "bench", [TOPIC], batch=BATCH).run()

    return once


def _following(control: asyncpg.Connection, consume: Consume) -> Measure:
    async def measure(seconds: float) -> float:
        await control.execute("TRUNCATE replicas, positions, workers, dead_letters")
        async with running(consume) as (task,):
            began, first = await _committed_above(control, 0, task, PATIENCE)
            ended, last = await _committed_above(control, RECORDS - 1, task, seconds)
        await _check(control)
        assert last > first, f"only {last} records in {seconds} s"
        return (last - first) / (ended - began)

    return measure


async def _committed_above(
    control: asyncpg.Connection, count: int, task: asyncio.Task[None], seconds: float
) -> tuple[float, int]:
    """When the positions together exceeded `count`, at the latest after `seconds`, and what they were then."""
    until = time.perf_counter() + seconds
    while True:
        committed = int(await control.fetchval("SELECT coalesce(sum(position), 0) FROM positions"))
        now = time.perf_counter()
        if committed > count or now >= until:
            return now, committed
        if task.done():
            task.result()
        await asyncio.sleep(0.05)


async def _check(control: asyncpg.Connection) -> None:
    """Every record up to the positions is a replica with the body that was published, and nothing failed."""
    found = await control.fetchrow(
        "SELECT (SELECT sum(position) FROM positions),"
        " (SELECT count(*) FROM replicas WHERE topic = $1 AND NOT deleted AND version = 1"
        " AND data = replace($2, 'the-key', key)::jsonb),"
        " (SELECT count(*) FROM dead_letters)",
        TOPIC.name,
        documents.body("the-key"),
    )
    assert found
    committed, right, failed = found
    assert committed == right, f"positions say {committed} records, {right} replicas are as published"
    assert not failed, f"{failed} events failed"
