"""Appending to the log's tables, their bounds, and the notifications that wake readers."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import asyncpg
import orjson

from aep_shared.database import AWAY
from aep_shared.database.connections import SERVER_NOTICES, end_when_unanswered, require_direct
from aep_shared.eventlog.port import (
    Bounds,
    EventLogError,
    LogUnavailable,
    Range,
    Record,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
    Writer,
    WriterDeposed,
    check_records,
)
from aep_shared.eventlog.postgres import compaction
from aep_shared.eventlog.postgres.reader import PostgresReader

CHANNEL = "aep_log"
_RECONNECT_SECONDS = 1.0


class PostgresEventLog:
    """Records in tables; an offset is drawn under the lock of its partition's row, held until commit."""

    fences_writers = True

    def __init__(self, dsn: str, *, timeout: float = 5.0, silence: float = 15.0, pool_size: int = 8) -> None:
        """`timeout` are the seconds of one call, `silence` those after which one that hangs in it is ended."""
        self.dsn = dsn
        self._silence = silence
        self._timeout = timeout
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None
        self._listener: asyncio.Task[None] | None = None
        self._wakes: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def open(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                self._pool = await asyncpg.create_pool(
                    self.dsn,
                    min_size=0,
                    max_size=self._pool_size,
                    command_timeout=self._timeout,
                    server_settings=self._server_settings(),
                    init=_prepare,
                    reset=_nothing,
                )
        except AWAY as problem:
            raise LogUnavailable(f"{_shown(self.dsn)} does not answer: {problem}") from problem
        async with self._connection() as connection, connection.transaction():
            await require_direct(connection)
            # Several services may start at once; one of them creates the tables.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('aep_log'))")
            await connection.execute(files(__package__).joinpath("postgres.sql").read_text())
        self._listener = asyncio.create_task(self._listen(), name="event-log-listener")

    def _server_settings(self) -> dict[str, str]:
        return {
            # What was acknowledged must outlive a crash, whatever the server is set to.
            "synchronous_commit": "on",
            "application_name": "aep-log",
            # A writer that hangs between its statements holds the rows that its successor waits for.
            "idle_in_transaction_session_timeout": f"{int(self._silence * 1000)}ms",
            "lock_timeout": f"{int(self._timeout * 800)}ms",
            **SERVER_NOTICES,
        }

    async def close(self) -> None:
        if self._listener:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if self._pool:
            with contextlib.suppress(*AWAY):
                async with asyncio.timeout(self._timeout):
                    await self._pool.close()
            self._pool.terminate()

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        async with self._connection() as connection, connection.transaction():
            for topic in sorted(topics, key=lambda t: t.name):
                await connection.execute(
                    "INSERT INTO log_topics (name, partitions, tombstone_days) VALUES ($1, $2, $3)"
                    " ON CONFLICT (name) DO UPDATE SET tombstone_days = excluded.tombstone_days",
                    topic.name,
                    topic.partitions,
                    topic.tombstone_days,
                )
                found = await connection.fetchval("SELECT partitions FROM log_topics WHERE name = $1", topic.name)
                if found != topic.partitions:
                    raise EventLogError(f"topic {topic.name} has {found} partitions, declared are {topic.partitions}")
                await connection.execute(
                    "INSERT INTO log_partitions (topic, partition) SELECT $1, generate_series(0, $2 - 1)"
                    " ON CONFLICT DO NOTHING",
                    topic.name,
                    topic.partitions,
                )

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> dict[TopicPartition, Range]:
        check_records(records)
        groups: dict[TopicPartition, list[Record]] = defaultdict(list)
        for record in records:
            groups[TopicPartition(record.topic, record.partition)].append(record)
        async with self._connection() as connection, connection.transaction():
            if writer:
                await _claim(connection, writer)
            # Locked in one order by every writer, so that two batches cannot wait for each other.
            appended = {place: await _append_to(connection, place, groups[place]) for place in sorted(groups)}
            topics = sorted({place.topic for place in groups})
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, ",".join(topics)[:7900])
        return appended

    async def bounds(self, topic: str) -> Mapping[int, Bounds]:
        async with self._connection() as connection:
            rows = await connection.fetch(
                "SELECT partition, next_offset FROM log_partitions WHERE topic = $1 ORDER BY partition", topic
            )
        if not rows:
            raise UnknownTopic(topic)
        return {row["partition"]: Bounds(0, row["next_offset"]) for row in rows}

    async def identity(self, topic: str) -> str:
        async with self._connection() as connection:
            found = await connection.fetchval("SELECT identity FROM log_topics WHERE name = $1", topic)
        if found is None:
            raise UnknownTopic(topic)
        return str(found)

    def reader(self) -> PostgresReader:
        return PostgresReader(self._connection, self._wakes)

    async def maintain(self) -> None:
        await self.compact()

    async def compact(self) -> int:
        """Removes what a later record of its key supersedes, and tombstones past their days; the count."""
        async with self._connection() as connection:
            return await compaction.compact(connection)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy]:
        if self._pool is None:
            raise LogUnavailable("the event log is not open")
        try:
            async with self._pool.acquire(timeout=self._timeout) as connection:
                yield connection
        except AWAY as problem:
            raise LogUnavailable(f"{_shown(self.dsn)} does not answer: {problem!r}") from problem
        except asyncpg.PostgresError as problem:
            raise EventLogError(f"{_shown(self.dsn)} refuses: {problem!r}") from problem

    async def _listen(self) -> None:
        while True:
            # Whatever the server says, such as that the database is being restored: the listener must outlive it.
            with contextlib.suppress(*AWAY, asyncpg.PostgresError):
                connection = await asyncpg.connect(self.dsn, timeout=self._timeout, command_timeout=self._timeout)
                end_when_unanswered(connection)
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                try:
                    await connection.add_listener(CHANNEL, self._notified)
                    # What was said before this connection listened, nobody heard.
                    self._notified(connection, 0, CHANNEL, ",".join(self._wakes))
                    await lost.wait()
                finally:
                    connection.terminate()
            await asyncio.sleep(_RECONNECT_SECONDS)

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        for topic in str(payload).split(","):
            for wake in list(self._wakes.get(topic, ())):
                wake.set()


async def _prepare(connection: asyncpg.Connection) -> None:
    end_when_unanswered(connection)


async def _nothing(_connection: asyncpg.Connection) -> None:
    """No statement here leaves state behind in its session that the pool would have to clear."""


async def _claim(connection: asyncpg.pool.PoolConnectionProxy, writer: Writer) -> None:
    claimed = await connection.execute(
        "INSERT INTO log_writers (name, epoch) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE"
        " SET epoch = excluded.epoch WHERE log_writers.epoch <= excluded.epoch",
        writer.name,
        writer.epoch,
    )
    if claimed.endswith(" 0"):
        known = await connection.fetchval("SELECT epoch FROM log_writers WHERE name = $1", writer.name)
        raise WriterDeposed(f"{writer.name} epoch {writer.epoch}: epoch {known} has appended", known)


async def _append_to(
    connection: asyncpg.pool.PoolConnectionProxy, place: TopicPartition, records: Sequence[Record]
) -> Range:
    first = await connection.fetchval(
        "UPDATE log_partitions SET next_offset = next_offset + $3 WHERE topic = $1 AND partition = $2"
        " RETURNING next_offset - $3",
        place.topic,
        place.partition,
        len(records),
    )
    if first is None:
        raise UnknownTopic(f"{place.topic} partition {place.partition}")
    rows = [
        (
            r.topic,
            r.partition,
            first + i,
            r.key,
            r.value,
            orjson.dumps({name: value.decode() for name, value in r.headers.items()}).decode(),
        )
        for i, r in enumerate(records)
    ]
    await connection.copy_records_to_table(
        "log_records", records=rows, columns=["topic", "partition", "offset", "key", "value", "headers"]
    )
    return Range(first, first + len(records))


def _shown(dsn: str) -> str:
    """The log's address without its password, for messages: also the query may hold one."""
    return "the event log at " + re.sub(r"(?<=[?&]password=)[^&]*", "***", dsn.rpartition("@")[2])
