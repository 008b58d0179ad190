"""The two servers behind the port, and what a test may do to each: kill, freeze, delete a topic, compact."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection

from aep_engines import Kafka
from aep_shared.eventlog.kafka import KafkaEventLog
from aep_shared.eventlog.port import EventLog, Reader, Record, StoredRecord, TopicPartition
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_standalone.postgres import EmbeddedPostgres

TIMEOUT = 2.0
"""The deadline of every log in these tests, in seconds."""


class Side(Protocol):
    """One adapter with its server."""

    def log(self) -> EventLog:
        """Another log on the same server, not opened yet."""

    def log_at(self, host: str, port: int) -> EventLog:
        """A log that is told to look at this address."""

    async def delete(self, topic: str) -> None: ...

    async def compact(self, log: Any, topic: str, done: Callable[[], Any]) -> None:
        """Makes the server compact the topic and waits until `done` says that it has."""

    def kill(self) -> None: ...

    async def start(self) -> None: ...

    def processes(self) -> list[psutil.Process]: ...

    def count_requests(self, patch: pytest.MonkeyPatch) -> Callable[[], int]:
        """Counts from now on how often this process asks the server."""

    def look_only_when_woken(self, patch: pytest.MonkeyPatch) -> None:
        """Switches off what a reader does in case that it missed a notification."""


class PostgresSide:
    def __init__(self, server: EmbeddedPostgres, database: str) -> None:
        self._server = server
        self._database = database

    def log(self) -> PostgresEventLog:
        return PostgresEventLog(self._server.dsn(self._database), timeout=TIMEOUT)

    def log_at(self, host: str, port: int) -> PostgresEventLog:
        return PostgresEventLog(f"postgresql://aep:sesame@{host}:{port}/log", timeout=TIMEOUT)

    async def delete(self, topic: str) -> None:
        connection = await asyncpg.connect(self._server.dsn(self._database))
        await connection.execute("DELETE FROM log_records WHERE topic = $1", topic)
        await connection.execute("DELETE FROM log_topics WHERE name = $1", topic)
        await connection.close()

    async def compact(self, log: Any, topic: str, done: Callable[[], Any]) -> None:
        await log.compact()
        assert await done()

    def kill(self) -> None:
        processes = self.processes()
        processes[0].kill()
        # Without their parent the others end by themselves, only not at once.
        for process in processes[1:]:
            process.kill()

    async def start(self) -> None:
        await self._server.start()

    def processes(self) -> list[psutil.Process]:
        assert self._server._server is not None
        parent = psutil.Process(self._server._server.pid)
        return [parent, *parent.children(recursive=True)]

    def count_requests(self, patch: pytest.MonkeyPatch) -> Callable[[], int]:
        return _count(patch, asyncpg.Connection, "fetch")

    def look_only_when_woken(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr("aep_shared.eventlog.postgres.reader._FALLBACK_POLL_SECONDS", 60.0)


class KafkaSide:
    def __init__(self, broker: Kafka) -> None:
        self._broker = broker

    def log(self) -> KafkaEventLog:
        return KafkaEventLog.from_url(f"kafka://{self._broker.bootstrap_servers}?timeout={TIMEOUT}")

    def log_at(self, host: str, port: int) -> KafkaEventLog:
        return KafkaEventLog.from_url(f"kafka://aep:sesame@{host}:{port}?sasl=scram-sha-256&timeout={TIMEOUT}")

    async def delete(self, topic: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._broker.bootstrap_servers)
        await admin.start()
        await admin.delete_topics([topic])
        await admin.close()

    async def compact(self, log: Any, topic: str, done: Callable[[], Any]) -> None:
        # The segment that is written to is never cleaned: it ends after a moment, with the next record.
        await log.cluster.change(
            topic, {"segment.ms": "50", "min.cleanable.dirty.ratio": "0.001", "min.compaction.lag.ms": "0"}
        )
        for _ in range(2):
            await asyncio.sleep(0.2)
            await log.append([Record(topic, 0, "roll", b"{}")])
        await until(done, 30)

    def kill(self) -> None:
        self._broker.kill()

    async def start(self) -> None:
        await asyncio.to_thread(self._broker.start)

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(self._broker.pid)]

    def count_requests(self, patch: pytest.MonkeyPatch) -> Callable[[], int]:
        return _count(patch, AIOKafkaConnection, "send")

    def look_only_when_woken(self, patch: pytest.MonkeyPatch) -> None:
        """The broker itself answers the waiting request."""


def _count(patch: pytest.MonkeyPatch, kind: type, method: str) -> Callable[[], int]:
    calls = 0
    original = getattr(kind, method)

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        return original(*arguments, **named)

    patch.setattr(kind, method, counted)
    return lambda: calls


@asynccontextmanager
async def frozen(side: Side) -> AsyncIterator[None]:
    """The server answers nothing, though its connections stay open."""
    processes = side.processes()
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def opened(log: Any) -> AsyncIterator[Any]:
    await log.open()
    try:
        yield log
    finally:
        await log.close()


def numbered(topic: str, count: int, partition: int = 0, key: str = "k") -> list[Record]:
    """Records of one key, their bodies counting up from zero."""
    return [Record(topic, partition, key, str(number).encode()) for number in range(count)]


async def until(condition: Callable[[], Any], seconds: float) -> None:
    """Waits for an asynchronous condition, failing after a deadline."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "not within the deadline"
        await asyncio.sleep(0.1)


async def drain(reader: Reader, ends: Mapping[TopicPartition, int], limit: int = 100) -> list[StoredRecord]:
    """Everything from the reader's positions up to `ends`."""
    records: list[StoredRecord] = []
    deadline = time.monotonic() + 30
    while any(reader.position(place) < end for place, end in ends.items()):
        assert time.monotonic() < deadline, "the end was not reached"
        for batch in (await reader.read(limit, wait=0.5)).values():
            records.extend(batch)
    return records


async def read_all(log: EventLog, topic: str) -> list[StoredRecord]:
    """The whole topic as a new reader finds it, each partition in its order."""
    bounds = await log.bounds(topic)
    reader = log.reader()
    await reader.assign({TopicPartition(topic, number): bound.first for number, bound in bounds.items()})
    try:
        return await drain(reader, {TopicPartition(topic, number): bound.next for number, bound in bounds.items()})
    finally:
        await reader.close()
