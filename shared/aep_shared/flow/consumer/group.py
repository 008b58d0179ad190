"""A consumer group: reads the partitions it owns and applies each batch in one transaction with its position."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.access.seals import Believes, everything
from aep_shared.contracts.topics import TOPICS, Topic
from aep_shared.database import Database, is_away, waiting_helps
from aep_shared.errors import Retryable
from aep_shared.eventlog.port import (
    Batch,
    EventLog,
    LogUnavailable,
    PositionOutOfRange,
    Reader,
    StoredRecord,
    TopicPartition,
)
from aep_shared.flow.consumer import dead_letters, positions, replicas
from aep_shared.flow.consumer.ends import NOTED_EVERY_SECONDS, Ends
from aep_shared.flow.consumer.ownership import Ownership, OwnershipLost
from aep_shared.flow.consumer.positions import Fenced, Position
from aep_shared.flow.consumer.replicas import Change, Hook
from aep_shared.flow.envelope import Event, MalformedEvent, from_record
from aep_shared.timing import Timing

log = structlog.get_logger()

ATTEMPTS = 3
_BEHIND_SECONDS = 2 * NOTED_EVERY_SECONDS + 30.0
"""An end that was last reached longer ago than that: nobody follows, or not fast enough."""
_GRACE_SECONDS = 5.0
"""Short pauses, as after a deadlock, are no standing still."""
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
    reason: str


class ConsumerGroup:
    """Keeps the replicas of `topics` in the database of one service.

    A strict group never sets an event aside: a partition with an event that cannot be applied stands still.
    What it does not believe is no event: it is passed over.
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
        believes: Believes = everything,
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
        self._believes = believes
        self._timing = timing or Timing()
        self._batch = batch
        self._ownership = Ownership(database, name, places, self._timing)
        self._positions: dict[TopicPartition, Position] = {}
        self._paused: dict[TopicPartition, _Pause] = {}
        self._ends = Ends(event_log, self._timing.sweep_after)
        self._ends_looked = 0.0
        self._stale = True
        self._opened = 0.0
        self._problem: str | None = None
        self._waiting: dict[TopicPartition, float] = {}
        self.progress = time.monotonic()
        """When the loop last did its work, or could not because something that it needs is away."""

    @property
    def failure(self) -> str | None:
        """Why this worker, or a partition that it owns, stands still; `None` while all goes on."""
        paused = [f"{place}: {self._paused[place].reason}" for place in sorted(self._own(self._paused))]
        return self._problem or next(iter(paused), None)

    @property
    def oldest_waiting(self) -> float | None:
        """Unix time of the oldest event that this worker was given and has not applied; `None` at the end."""
        return min((self._waiting[place] for place in self._own(self._waiting)), default=None)

    def _own(self, places: Iterable[TopicPartition]) -> list[TopicPartition]:
        return [place for place in places if place in self._ownership.owned]

    async def run(self) -> None:
        """Consumes until cancelled; a batch in progress is finished or rolled back, never half done."""
        reader = self._log.reader()
        try:
            while True:
                try:
                    await self._ownership.join()
                    await self._consume(reader)
                except Exception as problem:
                    self._start_over(problem)
                await self._ownership.leave()
                self._positions.clear()
                await asyncio.sleep(0.5)
        finally:
            await reader.close()
            await self._ownership.leave()

    def _start_over(self, problem: Exception) -> None:
        self._problem = f"{type(problem).__name__}: {problem}"
        if isinstance(problem, (OwnershipLost, Fenced, LogUnavailable, OSError)) or is_away(problem):
            # What is away is not a loop that hangs.
            self.progress = time.monotonic()
            log.warning("consumer starts over", group=self.name, problem=repr(problem))
        else:
            log.error("consumer starts over", group=self.name, exc_info=problem)

    async def caught_up(self) -> bool:
        """Whether every partition of the group has reached the end of its log at some time, whoever owns it."""
        async with self._database.reading() as session:
            return bool((await positions.standing(session, self.name, self.topics)).reached >= len(self._places))

    async def state(self) -> str:
        """'ok', or how the group stands, whoever owns its partitions; says nothing of what an event holds."""
        async with self._database.reading() as session:
            found = await positions.standing(session, self.name, self.topics)
        if found.still is not None and found.still > _GRACE_SECONDS:
            return f"standing still at {found.place} for {found.still:.0f} s"
        if found.reached < len(self._places):
            return "catching up"
        if found.behind > _BEHIND_SECONDS:
            return f"behind: an end was last reached {found.behind:.0f} s ago"
        return "ok"

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
            closed = self._ownership.owned - self._positions.keys()
            woken = [p for p in closed & self._paused.keys() if self._paused[p].until <= now]
            if changed or woken or self._stale or now - self._opened > _IDENTITY_CHECKED_EVERY_SECONDS:
                await self._open(reader, now)
            await self._read(reader)
            self.progress, self._problem = time.monotonic(), None

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
            await self._pause(place, "the log is empty where it was not before")
        self._ends.forget()
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
        self._waiting |= {place: when for place, batch in batches.items() if (when := _time_of(batch[0]))}
        started = time.monotonic()
        for place, batch in batches.items():
            if time.monotonic() - started > self._timing.deadline:
                # Failing events of several partitions take longer than a worker may be silent.
                break
            await self._apply(place, batch)
        # What was read and not applied is read again.
        self._stale |= any(self._at(place) not in (None, batch.after) for place, batch in batches.items())
        if sum(map(len, batches.values())) < self._batch:
            # The read was not cut off by its limit, so what is open waits for nothing any more.
            self._waiting = {place: when for place, when in self._waiting.items() if place not in self._positions}
        if self._stale or (batches and time.monotonic() - self._ends_looked < self._timing.review):
            return
        self._ends_looked = time.monotonic()
        await self._note_ends(reader)

    def _at(self, place: TopicPartition) -> int | None:
        position = self._positions.get(place)
        return None if position is None else position.position

    async def _apply(self, place: TopicPartition, batch: Batch) -> None:
        """Applies a batch that begins at the held position; where that fails, event by event."""
        if self._at(place) != batch.before or await self._attempt(place, batch) is None:
            return
        started = time.monotonic()
        for record in batch:
            problem = await self._try_alone(place, record)
            if place not in self._positions:
                return
            if problem is not None and not await self._set_aside(place, record, problem):
                return
            if time.monotonic() - started > self._timing.deadline:
                # Many failing events take longer than a worker may be silent.
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
            believed = [record for record in records if await self._believes(record)]
            async with self._transaction() as connection:
                moved = await positions.move(connection, position, records[-1].offset + 1)
                events = [_decode(record) for record in believed]
                changes = await replicas.apply(connection, place, events, position.rebuild)
                await self._hook_changes(connection, changes)
                await dead_letters.settle(connection, self.name, place.topic, events)
        except Fenced as problem:
            self._lost(place, problem)
        except Exception as problem:
            if isinstance(problem, (DependencyAway, Retryable)) or waiting_helps(problem):
                await self._pause(place, repr(problem))
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
        log.error(
            "event cannot be applied",
            group=self.name,
            place=str(place),
            offset=record.offset,
            problem=repr(problem),
        )
        if self._strict:
            await self._pause(place, f"offset {record.offset}: {problem!r}")
            return False
        async with self._transaction() as connection:
            moved = await positions.move(connection, self._positions[place], record.offset + 1)
            await dead_letters.store(connection, self.name, record, problem, ATTEMPTS)
        self._positions[place] = moved
        return True

    async def _note_ends(self, reader: Reader) -> None:
        """Where an end is reached: notes the moment from time to time, and ends a rebuild."""
        await self._ends.look(self._positions)
        reached = self._ends.reached(self._positions, reader)
        held = {self._positions[place]: seconds for place, seconds in reached.items()}
        if not held:
            return
        async with self._transaction() as connection:
            noted = await positions.ends_reached(connection, held, self._timing.sweep_after)
        for position in held:
            if position.place not in noted:
                self._lost(position.place, "moved by another owner")
                continue
            self._ends.noted(position.place)
            if noted[position.place]:
                await self._end_rebuild(position)

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
            await self._pause(position.place, repr(problem))

    async def _hook_changes(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        if changes:
            await self._hook(connection, changes)

    def _lost(self, place: TopicPartition, problem: Fenced | str) -> None:
        log.warning("fenced", group=self.name, place=str(place), problem=str(problem))
        self._drop(place)

    def _drop(self, place: TopicPartition) -> None:
        self._positions.pop(place, None)
        self._stale = True

    async def _pause(self, place: TopicPartition, reason: str) -> None:
        """Leaves a partition alone for a while, longer each time, up to half a minute, and says so to all."""
        last = self._paused.get(place)
        seconds = min(last.seconds * 2, 30.0) if last else 0.25
        self._paused[place] = _Pause(time.monotonic() + seconds, seconds, reason)
        self._drop(place)
        log.warning("partition paused", group=self.name, place=str(place), seconds=seconds, reason=reason)
        try:
            async with self._database.connection(wakes=False) as connection:
                await positions.failing(connection, self.name, place, reason)
        except Exception as problem:
            # Whoever looks for the reason meets the same: the database itself is away.
            if not waiting_helps(problem):
                raise


def _time_of(record: StoredRecord) -> float | None:
    """Unix time of an event; `None` where it says none that can be read."""
    with contextlib.suppress(KeyError, ValueError):
        return datetime.fromisoformat(record.headers["ce_time"].decode()).timestamp()
    return None


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
