"""The relay: publishes a service's outbox to the event log, in id order, and loses nothing.

A missing id below a present one is either rolled back or still being written by a transaction that holds a
RowExclusiveLock on the outbox. The relay notes who holds that lock after it saw the gap, and passes the gap when none
of them does any more and a later statement still lacks the row. It waits for no one else: neither for other
transactions of the server nor for writers that came later.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

import asyncpg
import structlog
from sqlalchemy import text

from aep_shared.access.seals import Seal
from aep_shared.contracts.topics import TOPICS
from aep_shared.database import CONNECTION_FAILED, Database
from aep_shared.database.leadership import Leadership, LeadershipLost
from aep_shared.eventlog.port import (
    EventLog,
    EventLogError,
    Range,
    Record,
    TopicPartition,
    UnknownTopic,
    Writer,
    WriterDeposed,
)
from aep_shared.flow.envelope import Event, to_record
from aep_shared.timing import Timing

log = structlog.get_logger()

BATCH_BYTES = 8_000_000
"""A batch that is larger than this ends before: a larger one might never be acknowledged in time."""
PARTITIONS = 3
PARTITION_IDS = 65_536
"""How many ids in a row fill one partition, as the outbox is created."""
_SHORTEST_PAUSE = 0.02
_GAP_PAUSE = 0.2
_LOCK_AGAIN_SECONDS = 5.0
_START_AGAIN_SECONDS = 0.5
_LONGEST_PAUSE = 30.0


class CursorNotMoved(Exception):
    """A batch is in the log and the cursor does not say so: the batch will be sent again."""


def end_process() -> NoReturn:
    """Ends this process at once: a batch that is still in a client's buffers must not be sent any more."""
    os._exit(70)


class Relay:
    """The relay of one service; run it in each process that may lead, one of them does."""

    def __init__(
        self,
        database: Database,
        event_log: EventLog,
        service: str,
        *,
        timing: Timing | None = None,
        batch: int = 500,
        poll: float = 0.2,
        on_deposed: Callable[[], NoReturn] = end_process,
        seal: Seal | None = None,
    ) -> None:
        """`seal` signs the events of topics that carry seals; only the registry publishes to them."""
        self._timing = timing or Timing()
        self.leadership = Leadership(database, "relay", self._timing)
        self._log = event_log
        self._service = service
        self._batch = batch
        self._on_deposed = on_deposed
        self._seal = seal
        self._poll = poll
        self._waker = database.waker()
        self._cursor = 0
        self._settled = 0
        self._watched: tuple[int, frozenset[str]] | None = None
        self._pause = _START_AGAIN_SECONDS
        self._started = False
        self._database = database
        self._ends: dict[TopicPartition, int] = {}
        self.sending = False
        """Whether a batch is on its way and the cursor not yet behind it."""
        self.disturbed = False
        """Whether a batch did not follow the one before it: records were lost, or somebody else appended."""
        self.failure: str | None = None
        """Why the relay stands still, for the alert; `None` while it works."""

    async def run(self) -> None:
        """Leads or waits to lead, until cancelled."""
        while True:
            try:
                await self._lead()
            except CursorNotMoved as problem:
                # As on a full disk: each attempt leaves a copy in the log, so they become fewer.
                self._stands_still(problem)
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            except (LeadershipLost, *CONNECTION_FAILED) as problem:
                log.warning("relay lost its leadership", service=self._service, problem=repr(problem))
            finally:
                self.stop()
            await asyncio.sleep(self._pause)

    async def start(self) -> asyncpg.Connection:
        """Waits until this relay leads and knows where to go on; the connection for `step` and `truncate`."""
        connection = await self.leadership.acquire()
        if not self._log.fences_writers:
            # A predecessor that hangs has stopped sending by then: its own deadline and its call's time-out are over.
            await self._wait_leading(self._timing.deadline + self._timing.request_timeout)
        self._settled, self._watched = 0, None
        self._cursor = await connection.fetchval("SELECT published_to FROM relay_cursor")
        rows = await connection.fetch("SELECT topic, partition, next_offset FROM relay_ends")
        self._ends = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        self._started = True
        return connection

    @property
    def leads(self) -> bool:
        """Whether this relay is the one that publishes."""
        return self._started

    @property
    def ends(self) -> dict[TopicPartition, int]:
        """Where it left each partition of the log that it appended to."""
        return dict(self._ends)

    async def take_end(self, place: TopicPartition, next_offset: int) -> None:
        """Accepts that a partition ends elsewhere, once somebody has seen to it."""
        self._ends[place] = next_offset
        async with self._database.connection(wakes=False) as connection:
            await connection.execute(_TAKE_END, {**place._asdict(), "next": next_offset})

    def stop(self) -> None:
        """Gives the leadership up."""
        self._started = False
        self.leadership.release()

    async def _lead(self) -> None:
        connection = await self.start()
        pause, emptied, again = _SHORTEST_PAUSE, -1, 0.0
        while True:
            await self.leadership.renew()
            published = await self._try_step(connection)
            # Each time the cursor enters another partition, which also a relay that is never idle does.
            filling = self._filling()
            if filling != emptied and time.monotonic() >= again:
                if await self.truncate(connection):
                    emptied = filling
                else:
                    again = time.monotonic() + _LOCK_AGAIN_SECONDS
            if published:
                pause = _SHORTEST_PAUSE
            else:
                # A writer that rolls back wakes nobody: while a gap is watched, look often.
                await self._waker.sleep(min(pause, _GAP_PAUSE) if self._watched else pause)
                pause = min(pause * 1.3, self._poll)

    async def _wait_leading(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await self.leadership.renew()
            await asyncio.sleep(self._timing.deadline / 6)

    async def _try_step(self, connection: asyncpg.Connection) -> int:
        try:
            published = await self.step(connection)
        except WriterDeposed as problem:
            # Either this relay is deposed, or the service's database was restored and knows an older epoch.
            self._stands_still(problem)
            await self.leadership.overtake(problem.epoch)
            return 0
        except EventLogError as problem:
            # The whole batch is sent again, in order, for as long as it takes: a record is never skipped.
            self._stands_still(problem)
            await self._wait_leading(0.5)
            return 0
        if published or self._pause == _START_AGAIN_SECONDS:
            # After a cursor that could not be moved, only one that was moved shows that all is well.
            self.failure, self._pause = None, _START_AGAIN_SECONDS
        return published

    def _stands_still(self, problem: Exception) -> None:
        self.failure = f"{type(problem).__name__}: {problem}"
        log.error("relay stands still", service=self._service, problem=self.failure)

    async def step(self, connection: asyncpg.Connection) -> int:
        """Publishes the next batch and moves the cursor; how many records that were."""
        rows = await connection.fetch(_READ, self._cursor, self._batch, BATCH_BYTES)
        ready = self._ready(rows)
        if not ready:
            if rows:
                await self._settle(connection, rows[-1]["id"])
            return 0
        self.sending = True
        try:
            appended = await self._send([self._sealed(_record(row)) for row in ready])
            await self._move(connection, ready[-1]["id"], appended)
        finally:
            self.sending = False
        self._cursor = ready[-1]["id"]
        return len(ready)

    def _sealed(self, record: Record) -> Record:
        return self._seal(record) if self._seal and TOPICS[record.topic].sealed else record

    async def _move(
        self, connection: asyncpg.Connection, published_to: int, appended: Mapping[TopicPartition, Range]
    ) -> None:
        """Moves the cursor behind a batch, and notes where the log ends now."""
        ends = [(place.topic, place.partition, filled.next) for place, filled in appended.items()]
        columns = [list(column) for column in zip(*ends, strict=True)] or [[], [], []]
        try:
            moved = await connection.fetchval(_MOVE, self._cursor, published_to, *columns)
        except CONNECTION_FAILED as problem:
            raise CursorNotMoved(f"the cursor stays at {self._cursor}: {problem!r}") from problem
        if not moved:
            raise LeadershipLost("the cursor was moved by another relay")
        self.disturbed |= any(self._ends.get(place, filled.first) != filled.first for place, filled in appended.items())
        self._ends |= {place: filled.next for place, filled in appended.items()}

    def _ready(self, rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
        """The rows up to the first gap that is not yet known to be a rolled-back id."""
        expected = self._cursor + 1
        for index, row in enumerate(rows):
            if row["id"] != expected and row["id"] > self._settled:
                return rows[:index]
            expected = row["id"] + 1
        # No gap is left, so there is none to watch: it was filled.
        self._watched = None
        return rows

    async def _settle(self, connection: asyncpg.Connection, seen_to: int) -> None:
        """Declares the gaps up to `seen_to` passed once nobody who could still fill them is left.

        The caller reads again in a later statement, so a row that was committed meanwhile is seen.
        """
        holders = frozenset(row[0] for row in await connection.fetch(_HOLDERS))
        if self._watched is None:
            self._watched = (seen_to, holders)
        watched_to, watched = self._watched
        remaining = watched & holders
        self._watched = (watched_to, remaining)
        if not remaining:
            self._settled, self._watched = watched_to, None
            self._waker.wake()

    async def _send(self, records: list[Record]) -> Mapping[TopicPartition, Range]:
        writer = Writer(f"relay:{self._service}", self.leadership.epoch)
        try:
            # No look after it: the batch was sent in time, and the cursor moves on the lock connection only.
            self.leadership.check()
            async with asyncio.timeout(self._timing.request_timeout):
                return await self._log.append(records, writer)
        except LeadershipLost:
            if not self._log.fences_writers:
                self._on_deposed()
            raise
        except TimeoutError as problem:
            raise EventLogError(f"no acknowledgement within {self._timing.request_timeout} s") from problem

    def _filling(self) -> int:
        """The partition that the next id belongs to."""
        return (self._cursor + 1) // PARTITION_IDS % PARTITIONS

    async def truncate(self, connection: asyncpg.Connection) -> bool:
        """Empties partitions that hold only published rows, except the one that is being filled.

        False where a lock was not to be had, as while a dump runs: that is tried again.
        """
        done = True
        for number in range(PARTITIONS):
            # Whoever waits for the lock below makes all writers wait, so it is not asked for in vain.
            if number != self._filling() and await connection.fetchval(_MAY_EMPTY.format(number), self._cursor):
                try:
                    await self._empty(connection, f"outbox_{number}")
                except asyncpg.LockNotAvailableError:
                    done = False
        return done

    async def _empty(self, connection: asyncpg.Connection, name: str) -> None:
        """Empties a partition; the check counts only under the lock: a row may be on its way before that."""
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '100ms'")
            await connection.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            unpublished = f"SELECT EXISTS (SELECT 1 FROM {name} WHERE id > $1)"
            if not await connection.fetchval(unpublished, self._cursor):
                await connection.execute(f"TRUNCATE {name}")


def _record(row: asyncpg.Record) -> Record:
    topic = TOPICS.get(row["topic"])
    if topic is None:
        raise UnknownTopic(f"{row['topic']} is not declared")
    body = None if row["value"] is None else row["value"].encode()
    event = Event(row["event_id"], topic.name, row["key"], row["version"], row["created_at"], body, row["traceparent"])
    return to_record(event, topic.partition_of(row["key"]))


# One row always fits, however large it is.
_READ = """
SELECT * FROM (
    SELECT *, sum(coalesce(octet_length(value), 0)) OVER (ORDER BY id) AS bytes_to_here
    FROM (SELECT * FROM outbox WHERE id > $1 ORDER BY id LIMIT $2) AS next
) AS sized
WHERE bytes_to_here - coalesce(octet_length(value), 0) <= $3
ORDER BY id
"""

_MAY_EMPTY = """
SELECT EXISTS (SELECT 1 FROM outbox_{0}) AND NOT EXISTS (SELECT 1 FROM outbox_{0} WHERE id > $1)
"""

_MOVE = """
WITH moved AS (UPDATE relay_cursor SET published_to = $2 WHERE published_to = $1 RETURNING 1), noted AS (
    INSERT INTO relay_ends (topic, partition, next_offset)
    SELECT ends.* FROM unnest($3::text[], $4::integer[], $5::bigint[]) AS ends (topic, partition, next_offset), moved
    ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
)
SELECT count(*) FROM moved
"""

_TAKE_END = text("""
INSERT INTO relay_ends (topic, partition, next_offset) VALUES (:topic, :partition, :next)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
""")

# Prepared transactions hold their locks too, under a virtual transaction of their own.
_HOLDERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
  AND relation = 'outbox'::regclass
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
