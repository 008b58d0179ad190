"""How fast a full log is read, without doing anything about it: our reader against bare `getmany` of aiokafka.

At the end of the log both begin again; finding the start again is not on the clock.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from aep_shared.eventlog.kafka import KafkaEventLog
from aep_shared.eventlog.port import TopicPartition
from tests.bench import engines
from tests.bench.consumer import BATCH, RECORDS, RETENTION_BYTES, bootstrap, fill
from tests.bench.engines import TOPIC
from tests.bench.harness import Arm, Measure, Protocol, Row, compare
from tests.bench.rivals import consumers


async def run(protocol: Protocol) -> list[Row]:
    async with engines.kafka(RETENTION_BYTES) as log:
        await fill(log)
        return await compare(
            "reader", "records/s", Arm("reader", _reading(log)), [(Arm("getmany", _getmany(log)), None)], protocol
        )


def _reading(log: KafkaEventLog) -> Measure:
    places = {TopicPartition(TOPIC.name, number): 0 for number in range(TOPIC.partitions)}

    async def measure(seconds: float) -> float:
        reader = log.reader()
        await reader.assign(places)

        async def read() -> int:
            return sum(len(records) for records in (await reader.read(BATCH, wait=0.5)).values())

        try:
            return await _rounds(read, lambda: reader.assign(places), seconds)
        finally:
            await reader.close()

    return measure


def _getmany(log: KafkaEventLog) -> Measure:
    async def measure(seconds: float) -> float:
        async with consumers.consumer(bootstrap(log), TOPIC) as consumer:

            async def read() -> int:
                found = await consumer.getmany(timeout_ms=500, max_records=BATCH)
                return sum(len(records) for records in found.values())

            return await _rounds(read, lambda: consumers.rewind(consumer), seconds)

    return measure


async def _rounds(read: Callable[[], Awaitable[int]], rewind: Callable[[], Awaitable[None]], seconds: float) -> float:
    """Reads everything again and again; connecting and finding the start again is not on the clock."""
    total, busy = 0, 0.0
    while busy < seconds:
        await rewind()
        got = await read()
        started, counted = time.perf_counter(), got
        while got < RECORDS and busy + time.perf_counter() - started < seconds:
            got += await read()
        busy += time.perf_counter() - started
        assert got <= RECORDS, f"{got} records of {RECORDS}: some came twice"
        total += got - counted
    return total / busy
