"""Helpers of the event flow's tests: rows for the outbox, events for the log, polls with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.topics import GROUP, Topic
from aep_shared.database import Database
from aep_shared.eventlog.port import EventLog, Record, StoredRecord, TopicPartition, Writer
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.envelope import Event, to_record
from aep_shared.flow.outbox import Aggregate, note, publish
from aep_shared.flow.relay import Relay
from aep_shared.ids import new_id
from tests.shared.tables import record
from tests.shared.timing import PATIENT

Condition = Callable[[], Any]


async def until(condition: Condition, seconds: float = 15.0) -> Any:
    """Polls until `condition` (plain or awaitable) answers something true; fails after the deadline."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = condition()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        assert asyncio.get_running_loop().time() < end, f"did not happen within {seconds} s"
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running(*tasks: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Runs tasks during the block and cancels them at its end."""
    started = [asyncio.ensure_future(task()) for task in tasks]
    try:
        yield started
    finally:
        for task in started:
            task.cancel()
        await asyncio.gather(*started, return_exceptions=True)


@contextlib.asynccontextmanager
async def connected(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection, for statements whose order a test decides."""
    connection = await asyncpg.connect(database.dsn)
    try:
        yield connection
    finally:
        connection.terminate()


# The outbox.


async def insert_row(connection: asyncpg.Connection, key: str, version: int = 1, topic: Topic = GROUP) -> int:
    """A row as the outbox writes it, with a tombstone as its value; its id."""
    return int(
        await connection.fetchval(
            "INSERT INTO outbox (topic, key, version) VALUES ($1, $2, $3) RETURNING id",
            topic.name,
            key,
            version,
        )
    )


async def add(session: AsyncSession, aggregate: Aggregate, title: str = "A title", *, draft: bool = False) -> UUID:
    """A new record, noted as changed; a draft counts as deleted, so it has no public state."""
    record_id = new_id()
    public = record(aggregate.topic, f"r-{record_id}", title)
    removed = datetime.now(UTC) if draft else None
    await session.execute(insert(aggregate.root).values(id=record_id, public=public, deleted_at=removed))
    note(session, aggregate, record_id)
    return record_id


async def change(session: AsyncSession, aggregate: Aggregate, record_id: UUID, title: str, **values: Any) -> None:
    """Changes the title of a record, or hides it with `deleted_at`."""
    root = aggregate.root
    public = record(aggregate.topic, f"r-{record_id}", title)
    await session.execute(update(root).where(root.c.id == record_id).values(public=public, **values))
    note(session, aggregate, record_id)


async def created(database: Database, aggregate: Aggregate, title: str = "A title", *, draft: bool = False) -> UUID:
    """Adds a record in a transaction of its own, published at its end."""
    async with database.transaction() as session:
        record_id = await add(session, aggregate, title, draft=draft)
        await publish(session)
    return record_id


async def changed(database: Database, aggregate: Aggregate, record_id: UUID, title: str, **values: Any) -> None:
    async with database.transaction() as session:
        await change(session, aggregate, record_id, title, **values)
        await publish(session)


async def outbox_rows(database: Database) -> Sequence[Any]:
    """What was committed to the outbox, in the order of the ids."""
    async with database.reading() as session:
        return (await session.execute(text("SELECT * FROM outbox ORDER BY id"))).all()


# The relay.


@contextlib.asynccontextmanager
async def leading(database: Database, log: EventLog, **options: Any) -> AsyncIterator[Steps]:
    """A relay that leads and that the test drives by hand."""
    relay = Relay(database, log, "registry", timing=PATIENT, **options)
    connection = await relay.start()
    try:
        yield Steps(relay, connection)
    finally:
        relay.stop()


class Steps:
    """Drives one relay."""

    def __init__(self, relay: Relay, connection: asyncpg.Connection) -> None:
        self.relay = relay
        self._connection: Any = connection

    async def step(self) -> int:
        return await self.relay.step(self._connection)

    def before_fetch(self, number: int, moment: Callable[[], Awaitable[None]]) -> None:
        """Lets something happen before the relay's next statement with that number that reads rows."""
        self._connection = _Watched(self._connection, number, moment)

    async def truncate(self) -> None:
        await self.relay.truncate(self._connection)

    async def drain(self) -> int:
        """Steps until neither a record nor a gap moves: three idle steps settle every gap that can be."""
        total, idle = 0, 0
        while idle < 3:
            published = await self.step()
            total, idle = total + published, 0 if published else idle + 1
        return total


class _Watched:
    """A real connection with a moment before one of its fetches."""

    def __init__(self, connection: Any, number: int, moment: Callable[[], Awaitable[None]]) -> None:
        self._connection = connection
        self._left = number
        self._moment = moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetch(self, *arguments: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            await self._moment()
        return await self._connection.fetch(*arguments)


# The log.


async def records_of(log: EventLog, topic: Topic = GROUP) -> list[StoredRecord]:
    """Every record of a topic, partition by partition."""
    found: list[StoredRecord] = []
    for partition, bounds in sorted((await log.bounds(topic.name)).items()):
        reader, place = log.reader(), TopicPartition(topic.name, partition)
        await reader.assign({place: bounds.first})
        while reader.position(place) < bounds.next:
            for records in (await reader.read(1000, wait=0)).values():
                found += records
        await reader.close()
    return found


async def keys_of(log: EventLog, topic: Topic = GROUP) -> list[str]:
    return [record.key for record in await records_of(log, topic)]


def version_of(record: StoredRecord) -> int:
    return int(record.headers["ce_aggregateversion"])


def event(topic: Topic, key: str, version: int, body: bytes | None = b"") -> Record:
    """A record of a valid event; `None` is a tombstone, other bytes are put in as they are."""
    if body == b"":
        state = {**dict(record(topic, f"r-{key}", f"version {version}")), "id": key}
        body = topic.model.model_validate(state).model_dump_json().encode()
    envelope = Event(new_id(), topic.name, key, version, datetime.now(UTC), body)
    return to_record(envelope, topic.partition_of(key))


def keys_in(topic: Topic, partition: int, count: int) -> list[str]:
    """Keys that belong to one partition."""
    found: list[str] = []
    while len(found) < count:
        key = str(new_id())
        if topic.partition_of(key) == partition:
            found.append(key)
    return found


# Other processes.


class OtherProcess:
    """A process of `tests.shared.other_process` and what it says."""

    def __init__(self, output: asyncio.StreamReader, pid: int) -> None:
        self._output = output
        self._pid = pid
        self.said: list[str] = []

    async def hears(self, word: str, seconds: float = 20.0) -> None:
        """Waits until the process says a word."""
        async with asyncio.timeout(seconds):
            while word not in self.said:
                line = await self._output.readline()
                assert line, f"the process ended: {self.said}"
                self.said.append(line.decode().strip())

    def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


@contextlib.asynccontextmanager
async def other_process(
    forker: asyncio.subprocess.Process, part: str, database: Database, log: PostgresEventLog
) -> AsyncIterator[OtherProcess]:
    """Runs a relay or consumer in a process of its own, and kills it at the end of the block."""
    assert forker.stdin
    assert forker.stdout
    forker.stdin.write(f"{part} {database.dsn} {log.dsn}\n".encode())
    line = b""
    while not line.startswith(b"pid "):
        line = await asyncio.wait_for(forker.stdout.readline(), 60)
    pid = int(line.split()[1])
    try:
        yield OtherProcess(forker.stdout, pid)
    finally:
        os.kill(pid, signal.SIGKILL)


class WrappedLog:
    """A real log with a moment before each append in which a test may do something or raise."""

    def __init__(self, log: Any, before_append: Callable[[Sequence[Record]], Awaitable[None]]) -> None:
        self._log = log
        self._before_append = before_append

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> Any:
        await self._before_append(records)
        return await self._log.append(records, writer)
