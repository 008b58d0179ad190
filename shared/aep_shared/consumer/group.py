"""A consumer group: reads the partitions it owns and applies each batch in one transaction with its position."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.consumer import dead_letters, positions, replicas
from aep_shared.consumer.ownership import Ownership, OwnershipLost
from aep_shared.consumer.positions import Fenced, Position
from aep_shared.consumer.replicas import Change, Hook
from aep_shared.contracts.envelope import Event, MalformedEvent, from_record
from aep_shared.contracts.topics import TOPICS, Topic
from aep_shared.db import Database, is_away, waiting_helps
from aep_shared.eventlog.port import (
    EventLog,
    LogUnavailable,
    PositionOutOfRange,
    Reader,
    StoredRecord,
    TopicPartition,
)
from aep_shared.leadership import Timing

log = structlog.get_logger()

ATTEMPTS = 3
_END_NOTED_EVERY_SECONDS = 60.0
_IDENTITY_CHECKED_EVERY_SECONDS = 30.0
_LIMIT_IDLE = text("SELECT set_config('idle_in_transaction_session_timeout', :silence, true)")


class DependencyAway(Exception):
    """A hook's dependency does not answer: the partition waits, which is not the event's fault."""


async def nothing(_connection: AsyncConnection, _changes: Sequence[Change]) -> None:
    """The hook of a group that only keeps replicas."""


@dataclass(slots=True)
class _Pause:
    until: float
    seconds: float


class ConsumerGroup:
    """Keeps the replicas of `topics` in the database of one service.

    A strict group never sets an event aside: a partition with an event that cannot be applied stands still.
    """

    def __init__(
        self,
        database: Database,
        event_log: EventLog,
        name: str,
        topics: Sequence[Topic],
        *,
        hook: Hook = nothing,
        strict: bool = False,
        timing: Timing | None = None,
        batch: int = 500,
    ) -> None:
        places = [TopicPartition(t.name, i) for t in topics for i in range(t.partitions)]
        self.name = name
        self.topics = [t.name for t in topics]
        self._places = places
        self._database = database
        self._log = event_log
        self._hook = hook
        self._strict = strict
        self._timing = timing or Timing()
        self._batch = batch
        self._ownership = Ownership(database, name, places, self._timing)
        self._positions: dict[TopicPartition, Position] = {}
        self._paused: dict[TopicPartition, _Pause] = {}
        self._ends_noted: dict[TopicPartition, float] = {}
        self._ends_looked = 0.0
        self._stale = True
        self._opened = 0.0
        self.failure: str | None = None
        self.progress = time.monotonic()
        self.newest_applied: float | None = None
        """Unix time of the newest event applied while more are waiting; `None` at the end of the log."""

    async def run(self) -> None:
        """Consumes until cancelled; a batch in progress is finished or rolled back, never half done."""
        reader = self._log.reader()
        try:
            while True:
                # A database that is away is not a loop that hangs.
                self.progress = time.monotonic()
                try:
                    await self._ownership.join()
                    await self._consume(reader)
                except (OwnershipLost, Fenced, LogUnavailable, OSError) as problem:
                    log.warning("consumer starts over", group=self.name, problem=repr(problem))
                except Exception as problem:
                    if not is_away(problem):
                        log.exception("consumer starts over", group=self.name)
                await self._ownership.leave()
                self._positions.clear()
                await asyncio.sleep(0.5)
        finally:
            await reader.close()
            await self._ownership.leave()

    async def caught_up(self) -> bool:
        """Whether every partition of the group has reached the end of its log at some time, whoever owns it."""
        async with self._database.reading() as session:
            row = await session.execute(
                text(
                    "SELECT count(*) FILTER (WHERE end_reached_at IS NOT NULL) FROM positions"
                    " WHERE consumer_group = :group"
                ),
                {"group": self.name},
            )
            return bool(row.scalar_one() >= len(self._places))

    async def apply_one(self, connection: AsyncConnection, record: StoredRecord) -> None:
        """Applies a single record outside the order of its partition: the replay of a dead letter."""
        event = _decode(record)
        place = TopicPartition(record.topic, record.partition)
        await self._hook_changes(connection, await replicas.apply(connection, place, [event], None))

    async def _consume(self, reader: Reader) -> None:
        self._stale = True
        while True:
            changed = await self._ownership.review()
            now = time.monotonic()
            self.progress = now
            closed = self._ownership.owned - self._positions.keys()
            woken = [p for p in closed & self._paused.keys() if self._paused[p].until <= now]
            if changed or woken or self._stale or now - self._opened > _IDENTITY_CHECKED_EVERY_SECONDS:
                await self._open(reader, now)
            await self._read(reader)

    async def _open(self, reader: Reader, now: float) -> None:
        """Opens the positions of all owned partitions and points the reader at those that are not paused."""
        waiting = {p for p, pause in self._paused.items() if pause.until > now}
        places = sorted(self._ownership.owned - waiting)
        topics = {place.topic for place in places}
        # Before the bounds: a last owner that goes on may move a position beyond ends that were read earlier.
        async with self._database.connection(wakes=False) as connection:
            seen = await positions.stored(connection, self.name)
        identities = {topic: await self._log.identity(topic) for topic in topics}
        bounds = {topic: await self._log.bounds(topic) for topic in topics}
        logs = {p: positions.Log(identities[p.topic], bounds[p.topic][p.partition]) for p in places}
        async with self._database.connection(wakes=False) as connection:
            self._positions = await positions.open_positions(connection, self.name, logs, seen)
        for place in logs.keys() - self._positions.keys():
            self._pause(place, "the log is empty where it was not before")
        await reader.assign({place: position.position for place, position in self._positions.items()})
        self._stale, self._opened = False, now

    async def _read(self, reader: Reader) -> None:
        if not self._positions:
            await asyncio.sleep(0.1)
            return
        try:
            # No longer than until the next review, so that an idle worker does not fall silent.
            batches = await reader.read(self._batch, wait=self._timing.review)
        except PositionOutOfRange as problem:
            log.warning("position outside the log", group=self.name, problem=str(problem))
            self._stale = True
            return
        started = time.monotonic()
        for place, records in batches.items():
            if time.monotonic() - started > self._timing.deadline:
                # Failing events of several partitions take longer than a worker may be silent: read again.
                self._stale = True
                break
            await self._apply(place, records)
        idle = [p for p in self._positions if p not in batches]
        if not batches or time.monotonic() - self._ends_looked > self._timing.review:
            # While others are busy, an idle partition is looked at from time to time: looking asks the log.
            self._ends_looked = time.monotonic()
            await self._note_ends(reader, idle)
        self.newest_applied = _newest(batches) if batches else None

    async def _apply(self, place: TopicPartition, records: Sequence[StoredRecord]) -> None:
        """Applies a batch; where that fails, event by event."""
        if place not in self._positions or await self._attempt(place, records) is None:
            return
        started = time.monotonic()
        for record in records:
            problem = await self._try_alone(place, record)
            if place not in self._positions:
                return
            if problem is not None and not await self._set_aside(place, record, problem):
                return
            if time.monotonic() - started > self._timing.deadline:
                # Many failing events take longer than a worker may be silent: the rest is read again.
                self._stale = True
                return

    async def _try_alone(self, place: TopicPartition, record: StoredRecord) -> BaseException | None:
        """Applies one event, several times where it fails; the reason where it did to the last."""
        problem: BaseException | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(0.05 * 4**attempt)
            problem = await self._attempt(place, [record])
            if problem is None or place not in self._positions:
                return None
        return problem

    async def _attempt(self, place: TopicPartition, records: Sequence[StoredRecord]) -> BaseException | None:
        """Applies records in one transaction; the reason where that failed and it is the events' fault.

        Drops the partition where another owns it now, and pauses it where a dependency is away.
        """
        position = self._positions[place]
        try:
            async with self._transaction() as connection:
                moved = await positions.move(connection, position, records[-1].offset + 1)
                events = [_decode(record) for record in records]
                changes = await replicas.apply(connection, place, events, position.rebuild)
                await self._hook_changes(connection, changes)
                await dead_letters.settle(connection, self.name, place.topic, events)
        except Fenced as problem:
            self._lost(place, problem)
        except Exception as problem:
            if isinstance(problem, DependencyAway) or waiting_helps(problem):
                self._pause(place, repr(problem))
            else:
                return problem
        else:
            self._positions[place] = moved
            self._paused.pop(place, None)
        return None

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that the server ends when this process hangs in it: a successor waits for it.

        Replicas alone leave no work for other loops of this process; a hook may.
        """
        async with self._database.connection(wakes=self._hook is not nothing) as connection:
            await connection.execute(_LIMIT_IDLE, {"silence": f"{self._timing.silence}s"})
            yield connection

    async def _set_aside(self, place: TopicPartition, record: StoredRecord, problem: BaseException) -> bool:
        """Moves a failing event to the dead-letter store; whether the partition goes on."""
        self.failure = f"{record.topic} {record.partition}@{record.offset}: {problem!r}"
        log.error(
            "event cannot be applied",
            group=self.name,
            place=str(place),
            offset=record.offset,
            problem=repr(problem),
        )
        if self._strict:
            self._pause(place, self.failure)
            return False
        async with self._transaction() as connection:
            moved = await positions.move(connection, self._positions[place], record.offset + 1)
            await dead_letters.store(connection, self.name, record, problem, ATTEMPTS)
        self._positions[place] = moved
        return True

    async def _note_ends(self, reader: Reader, idle: Sequence[TopicPartition]) -> None:
        """Where the end of the log is reached: notes the moment from time to time, and ends a rebuild."""
        now = time.monotonic()
        if not any(now >= self._ends_noted.get(p, -1e9) + self._note_end_every(self._positions[p]) for p in idle):
            return
        # All that are idle, not only those whose turn it is: so they have the same turn from then on.
        bounds = {topic: await self._log.bounds(topic) for topic in {place.topic for place in idle}}
        held = [self._positions[p] for p in idle if reader.position(p) >= bounds[p.topic][p.partition].next]
        if not held:
            return
        async with self._transaction() as connection:
            noted = await positions.ends_reached(connection, held, self._timing.sweep_after)
        self._ends_noted |= dict.fromkeys(noted, now)
        for position in held:
            if position.place not in noted:
                self._lost(position.place, "moved by another owner")
        for position in held:
            if noted.get(position.place):
                await self._end_rebuild(position)

    def _note_end_every(self, position: Position) -> float:
        return _END_NOTED_EVERY_SECONDS if position.rebuild is None else min(10.0, self._timing.sweep_after)

    async def _end_rebuild(self, position: Position) -> None:
        """Sweeps one partition; where that fails, this partition waits and no other."""
        try:
            async with self._transaction() as connection:
                await positions.move(connection, position, position.position)
                await self._hook_changes(connection, await replicas.sweep(connection, position))
                self._positions[position.place] = await positions.end_rebuild(connection, position)
        except Fenced as problem:
            self._lost(position.place, problem)
        except Exception as problem:
            self.failure = f"{position.place}: {problem!r}"
            self._pause(position.place, repr(problem))

    async def _hook_changes(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        if changes:
            await self._hook(connection, changes)

    def _lost(self, place: TopicPartition, problem: Fenced | str) -> None:
        log.warning("fenced", group=self.name, place=str(place), problem=str(problem))
        self._drop(place)

    def _drop(self, place: TopicPartition) -> None:
        self._positions.pop(place, None)
        self._stale = True

    def _pause(self, place: TopicPartition, reason: str) -> None:
        """Leaves a partition alone for a while, longer each time, up to half a minute."""
        last = self._paused.get(place)
        seconds = min(last.seconds * 2, 30.0) if last else 0.25
        self._paused[place] = _Pause(time.monotonic() + seconds, seconds)
        self._drop(place)
        log.warning("partition paused", group=self.name, place=str(place), seconds=seconds, reason=reason)


def _newest(batches: Mapping[TopicPartition, Sequence[StoredRecord]]) -> float | None:
    """Unix time of the newest event of these batches; `None` where none says a time."""
    times = []
    for records in batches.values():
        with contextlib.suppress(KeyError, ValueError):
            times.append(datetime.fromisoformat(records[-1].headers["ce_time"].decode()).timestamp())
    return max(times, default=None)


def _decode(record: StoredRecord) -> Event:
    """The event of a record, checked against its contract.

    Raises `MalformedEvent`.
    """
    event = from_record(record)
    if event.body is not None:
        try:
            TOPICS[record.topic].model.model_validate_json(event.body, extra="ignore")
        except ValueError as problem:
            raise MalformedEvent(f"not a valid {record.topic}: {problem}") from problem
    return event
