"""The event log as PostgreSQL tables: the adapter of the embedded profile."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import asyncpg
import orjson

from aep_shared.db import AWAY
from aep_shared.eventlog.port import (
    Bounds,
    EventLogError,
    LogUnavailable,
    PositionOutOfRange,
    Record,
    StoredRecord,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
    Writer,
    WriterDeposed,
    check_records,
)

CHANNEL = "aep_log"
_FALLBACK_POLL_SECONDS = 5.0
_RECONNECT_SECONDS = 1.0


class PostgresEventLog:
    """Records in tables; an offset is drawn under the lock of its partition's row, held until commit."""

    fences_writers = True

    def __init__(self, dsn: str, *, timeout: float = 5.0, pool_size: int = 8) -> None:
        self.dsn = dsn
        self._timeout = timeout
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None
        self._listener: asyncio.Task[None] | None = None
        self._wakes: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def open(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                # What was acknowledged must outlive a crash, whatever the server is set to.
                self._pool = await asyncpg.create_pool(
                    self.dsn, min_size=0, max_size=self._pool_size, command_timeout=self._timeout,
                    server_settings={"synchronous_commit": "on", "application_name": "aep-log"}, reset=_nothing,
                )  # fmt: skip
        except AWAY as problem:
            raise LogUnavailable(f"{_shown(self.dsn)} does not answer: {problem}") from problem
        async with self._connection() as connection, connection.transaction():
            # Several services may start at once; one of them creates the tables.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('aep_log'))")
            await connection.execute(files(__package__).joinpath("postgres.sql").read_text())
        self._listener = asyncio.create_task(self._listen(), name="event-log-listener")

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
                    topic.name, topic.partitions, topic.tombstone_days,
                )  # fmt: skip
                found = await connection.fetchval("SELECT partitions FROM log_topics WHERE name = $1", topic.name)
                if found != topic.partitions:
                    raise EventLogError(f"topic {topic.name} has {found} partitions, declared are {topic.partitions}")
                await connection.execute(
                    "INSERT INTO log_partitions (topic, partition) SELECT $1, generate_series(0, $2 - 1)"
                    " ON CONFLICT DO NOTHING",
                    topic.name, topic.partitions,
                )  # fmt: skip

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> None:
        check_records(records)
        groups: dict[TopicPartition, list[Record]] = defaultdict(list)
        for record in records:
            groups[TopicPartition(record.topic, record.partition)].append(record)
        async with self._connection() as connection, connection.transaction():
            if writer:
                await _claim(connection, writer)
            # Locked in one order by every writer, so that two batches cannot wait for each other.
            for place in sorted(groups):
                await _append_to(connection, place, groups[place])
            topics = sorted({place.topic for place in groups})
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, ",".join(topics)[:7900])

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
        return PostgresReader(self)

    async def maintain(self) -> None:
        await self.compact()

    async def compact(self) -> int:
        """Removes what a later record of its key supersedes, and tombstones past their days; the count.

        Deleting is safe for readers at any moment: they see either version, and offsets may have gaps.
        """
        removed: int = 0
        async with self._connection() as connection:
            partitions = await connection.fetch(
                "SELECT topic, partition, next_offset FROM log_partitions WHERE compacted_to < next_offset"
            )
            for topic, partition, end in partitions:
                async with connection.transaction():
                    removed += int(await connection.fetchval(_COMPACT, topic, partition, end))
            removed += int(await connection.fetchval(_EXPIRE))
        return removed

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
                connection = await asyncpg.connect(self.dsn, timeout=self._timeout)
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


class PostgresReader:
    """Reads with one statement for all partitions; sleeps until a notification names one of its topics."""

    def __init__(self, log: PostgresEventLog) -> None:
        self._log = log
        self._positions: dict[TopicPartition, int] = {}
        self._wake = asyncio.Event()
        self._idle_until = 0.0

    async def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._forget()
        self._positions = dict(positions)
        for place in positions:
            self._log._wakes[place.topic].add(self._wake)
        self._wake.set()

    async def read(self, limit: int, wait: float) -> Mapping[TopicPartition, Sequence[StoredRecord]]:
        now = asyncio.get_running_loop().time
        deadline = now() + wait
        while True:
            if self._wake.is_set() or now() >= self._idle_until:
                self._wake.clear()
                # Until a look finds nothing: also one that fails is repeated at once.
                self._idle_until = 0.0
                if found := await self._fetch(limit):
                    return found
                self._idle_until = now() + _FALLBACK_POLL_SECONDS
            left = min(deadline, self._idle_until) - now()
            if left <= 0:
                return {}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wake.wait()

    def position(self, place: TopicPartition) -> int:
        return self._positions[place]

    async def close(self) -> None:
        self._forget()

    def _forget(self) -> None:
        for place in self._positions:
            self._log._wakes[place.topic].discard(self._wake)
        self._positions = {}

    async def _fetch(self, limit: int) -> dict[TopicPartition, list[StoredRecord]]:
        if not self._positions:
            return {}
        # The limit cuts the list off, so no partition may always stand at its end.
        places = random.sample(list(self._positions), len(self._positions))
        arguments = (
            [p.topic for p in places],
            [p.partition for p in places],
            [self._positions[p] for p in places],
        )
        async with self._log._connection() as connection:
            rows = await connection.fetch(_READ, *arguments, limit)
            ends = {} if rows else {(r[0], r[1]): r[2] for r in await connection.fetch(_ENDS, *arguments[:2])}
        found: dict[TopicPartition, list[StoredRecord]] = defaultdict(list)
        for topic, partition, offset, key, value, headers in rows[:limit]:
            encoded = {name: text.encode() for name, text in orjson.loads(headers).items()}
            place = TopicPartition(topic, partition)
            found[place].append(StoredRecord(topic, partition, key, value, encoded, offset))
            self._positions[place] = offset + 1
        if not rows:
            self._check(ends)
        return found

    def _check(self, ends: Mapping[tuple[str, int], int]) -> None:
        for place, position in self._positions.items():
            end = ends.get(place)
            if end is None:
                raise UnknownTopic(f"{place.topic} partition {place.partition}")
            if position > end:
                raise PositionOutOfRange(f"{place.topic} partition {place.partition} ends at {end}, not {position}")


async def _nothing(_connection: asyncpg.Connection) -> None:
    """No statement here leaves state behind in its session that the pool would have to clear."""


async def _claim(connection: asyncpg.pool.PoolConnectionProxy, writer: Writer) -> None:
    claimed = await connection.execute(
        "INSERT INTO log_writers (name, epoch) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE"
        " SET epoch = excluded.epoch WHERE log_writers.epoch <= excluded.epoch",
        writer.name, writer.epoch,
    )  # fmt: skip
    if claimed.endswith(" 0"):
        raise WriterDeposed(f"{writer.name} epoch {writer.epoch}")


async def _append_to(
    connection: asyncpg.pool.PoolConnectionProxy, place: TopicPartition, records: Sequence[Record]
) -> None:
    first = await connection.fetchval(
        "UPDATE log_partitions SET next_offset = next_offset + $3 WHERE topic = $1 AND partition = $2"
        " RETURNING next_offset - $3",
        place.topic, place.partition, len(records),
    )  # fmt: skip
    if first is None:
        raise UnknownTopic(f"{place.topic} partition {place.partition}")
    rows = [
        (r.topic, r.partition, first + i, r.key, r.value,
         orjson.dumps({name: value.decode() for name, value in r.headers.items()}).decode())
        for i, r in enumerate(records)
    ]  # fmt: skip
    await connection.copy_records_to_table(
        "log_records", records=rows, columns=["topic", "partition", "offset", "key", "value", "headers"]
    )


def _shown(dsn: str) -> str:
    """The log's address without its password, for messages: also the query may hold one."""
    return "the event log at " + re.sub(r"(?<=[?&]password=)[^&]*", "***", dsn.rpartition("@")[2])


_READ = """
SELECT r.topic, r.partition, r."offset", r.key, r.value, r.headers
FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS place (topic, partition, position)
CROSS JOIN LATERAL (
    SELECT * FROM log_records l
    WHERE l.topic = place.topic AND l.partition = place.partition AND l."offset" >= place.position
    ORDER BY l."offset" LIMIT $4
) r
LIMIT $4
"""

_ENDS = """
SELECT p.topic, p.partition, p.next_offset FROM unnest($1::text[], $2::integer[]) AS place (topic, partition)
JOIN log_partitions p USING (topic, partition)
"""

_COMPACT = """
WITH fresh AS (
    SELECT key, max("offset") AS latest FROM log_records
    WHERE topic = $1 AND partition = $2
      AND "offset" >= (SELECT compacted_to FROM log_partitions WHERE topic = $1 AND partition = $2)
      AND "offset" < $3
    GROUP BY key
), removed AS (
    DELETE FROM log_records old USING fresh
    WHERE old.topic = $1 AND old.partition = $2 AND old.key = fresh.key AND old."offset" < fresh.latest
    RETURNING 1
), moved AS (
    UPDATE log_partitions SET compacted_to = $3 WHERE topic = $1 AND partition = $2
)
SELECT count(*) FROM removed
"""

# The last record of a partition always stays, so that a reader at the end knows that it is there.
_EXPIRE = """
WITH removed AS (
    DELETE FROM log_records r USING log_topics t, log_partitions p
    WHERE r.topic = t.name AND p.topic = r.topic AND p.partition = r.partition AND r.value IS NULL
      AND r."offset" < p.next_offset - 1
      AND r.appended_at < clock_timestamp() - t.tombstone_days * interval '1 day'
    RETURNING 1
)
SELECT count(*) FROM removed
"""
