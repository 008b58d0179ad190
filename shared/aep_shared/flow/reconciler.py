"""The reconciler: reads a service's own topics back from the log and republishes what they have wrongly.

A late batch of a deposed relay may leave an older state last on a compacted topic, and after a restore the
log and the tables know different things. The last record of each key counts: it is all that compaction keeps.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.access.seals import Believes
from aep_shared.contracts.topic import StoredState
from aep_shared.database import Database, waiting_helps
from aep_shared.errors import InvalidInput
from aep_shared.eventlog.port import EventLog, EventLogError, LogUnavailable, StoredRecord, TopicPartition
from aep_shared.flow.outbox import Aggregate, encode, publish_ids, publish_tombstones

log = structlog.get_logger()

BATCH = 200
"""How many aggregates one transaction republishes."""
_SILENT_READS = 20
_REFUSED = b"refused"
_MOST_ERRORS = 100


class RelayBehind(Exception):
    """The relay did not publish what is in the outbox, so nothing can be said about the log."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last record of a key: its version and a digest of its body, `None` for a tombstone."""

    version: int
    digest: bytes | None
    newest: int
    """The highest version of the key on the log, above that of the last record where an older came last."""


class Root(NamedTuple):
    """A root row: its id and event version."""

    id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class _Held:
    """What the table says of a key."""

    version: int
    digest: bytes | None

    def agrees(self, seen: Seen | None) -> bool:
        """Whether the log says the same; what is not public may be lacking there."""
        if self.digest is None and (seen is None or seen.digest is None):
            return seen is None or seen.newest <= self.version
        return seen is not None and seen.digest == self.digest and seen.version == seen.newest == self.version


@dataclass(slots=True)
class Findings:
    """How many records of each topic were published, and what could not be."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[dict[str, str | None]] = field(default_factory=list)

    def failed(self, topic: str, key: object | None, problem: BaseException) -> None:
        """One record, or a whole topic, that could not be looked at; the others are."""
        log.error("cannot be examined", topic=topic, key=str(key), problem=repr(problem))
        if len(self.errors) < _MOST_ERRORS:
            reason = f"{type(problem).__name__}: {problem}"[:500]
            self.errors.append({"topic": topic, "key": None if key is None else str(key), "problem": reason})


async def reconcile(
    database: Database, event_log: EventLog, aggregates: Sequence[Aggregate], wait: float = 30.0
) -> Findings:
    """Republishes what the log has in an older state, not at all, or without its owner.

    Waits for the relay up to `wait` seconds, once: a topic that it holds up is among the errors after that.
    """
    findings = Findings()
    for aggregate in aggregates:
        topic = _Topic(database, event_log, aggregate, findings)
        try:
            await topic.reconcile(wait)
        except (EventLogError, RelayBehind) as problem:
            findings.failed(aggregate.topic.name, None, problem)
            wait = 0.0 if isinstance(problem, RelayBehind) else wait
    return findings


async def republish(database: Database, event_log: EventLog, aggregates: Sequence[Aggregate]) -> Findings:
    """Publishes every aggregate as it is, and tombstones for keys that its owner lacks."""
    findings = Findings()
    for aggregate in aggregates:
        try:
            await _Topic(database, event_log, aggregate, findings).republish()
        except EventLogError as problem:
            findings.failed(aggregate.topic.name, None, problem)
    return findings


class _Topic:
    """One topic, compared as a whole: the memory it takes is that of its keys."""

    def __init__(self, database: Database, event_log: EventLog, aggregate: Aggregate, findings: Findings) -> None:
        self._database = database
        self._aggregate = aggregate
        self._findings = findings
        self._name = aggregate.topic.name
        self._tail = _Tail(event_log, aggregate.topic.name, aggregate.believes)

    async def reconcile(self, wait: float) -> None:
        self._findings.counts.setdefault(self._name, 0)
        try:
            await self._tail.read_on()
            rootless = dict(self._tail.last)
            suspects: dict[UUID, tuple[int, Seen | None]] = {}
            async for page in self._pages():
                before = {row.id: rootless.pop(str(row.id), None) for row in page}
                for key, held in (await self._held(page)).items():
                    if not held.agrees(before[key]):
                        suspects[key] = (held.version, before[key])
            await self._bury(rootless)
            if suspects:
                # What was committed and not yet published only looks as if the log were behind.
                await _relay_caught_up(self._database, wait)
                await self._tail.read_on()
            await self._publish([key for key, (version, seen) in suspects.items() if self._wrong(key, version, seen)])
        finally:
            await self._tail.close()
        if self._findings.counts[self._name]:
            log.warning("republished what the log had wrongly", topic=self._name, findings=self._findings.counts)

    async def republish(self) -> None:
        self._findings.counts.setdefault(self._name, 0)
        try:
            await self._tail.read_on()
            rootless = dict(self._tail.last)
            async for page in self._pages():
                for row in page:
                    rootless.pop(str(row.id), None)
                await self._publish([row.id for row in page])
            await self._bury(rootless)
        finally:
            await self._tail.close()

    def _wrong(self, key: UUID, version: int, before: Seen | None) -> bool:
        now = self._tail.last.get(str(key))
        return now == before or now is None or now.version < version

    async def _pages(self) -> AsyncIterator[list[Root]]:
        """The roots in pages, those that were never published included."""
        root = self._aggregate.root
        statement = select(root.c.id, root.c.event_version).order_by(root.c.id).limit(BATCH)
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                rows = (await session.execute(statement.where(root.c.id > after))).all()
            if not rows:
                return
            after = rows[-1].id
            yield [Root(*row) for row in rows]

    async def _held(self, page: Sequence[Root]) -> dict[UUID, _Held]:
        """What the tables say of a page; without those whose state cannot be read or does not fit its contract."""
        states: dict[UUID, StoredState] = {}
        readable = await self._each([row.id for row in page], partial(self._read, states))
        found = {}
        for row in page:
            try:
                if row.id in readable:
                    state = states.get(row.id)
                    body = None if state is None else encode(self._aggregate.topic.model, state).encode()
                    found[row.id] = _Held(row.version, _digest(body))
            except (ValueError, InvalidInput) as problem:
                self._findings.failed(self._name, row.id, problem)
        return found

    async def _read(self, states: dict[UUID, StoredState], keys: Sequence[UUID]) -> None:
        async with self._database.connection(wakes=False) as connection:
            states |= await self._aggregate.read(connection, keys)

    async def _publish(self, keys: Sequence[UUID]) -> None:
        for start in range(0, len(keys), BATCH):
            await self._each(keys[start : start + BATCH], self._publish_batch)

    async def _publish_batch(self, keys: Sequence[UUID]) -> None:
        above = {key: self._tail.last[str(key)].newest for key in keys if str(key) in self._tail.last}
        async with self._database.connection() as connection:
            published = len(await publish_ids(connection, self._aggregate, keys, above))
        self._findings.counts[self._name] += published

    async def _each(self, keys: Sequence[UUID], step: Callable[[Sequence[UUID]], Awaitable[None]]) -> set[UUID]:
        """Does `step` with all keys; where that fails, one by one, so that one bad record holds up no other."""
        try:
            await step(keys)
            return set(keys)
        except Exception as problem:
            if waiting_helps(problem):
                raise
        done = set()
        for key in keys:
            try:
                await step([key])
                done.add(key)
            except Exception as problem:
                if waiting_helps(problem):
                    raise
                self._findings.failed(self._name, key, problem)
        return done

    async def _bury(self, rootless: Mapping[str, Seen]) -> None:
        """Publishes tombstones for keys that are on the log and have no root row."""
        known = self._aggregate.rootless
        keys = [key for key, seen in rootless.items() if seen.digest is not None and key not in known]
        for start in range(0, len(keys), BATCH):
            async with self._database.connection() as connection:
                lacking = await _lacking(connection, self._aggregate, keys[start : start + BATCH])
                versions = {key: rootless[key].newest for key in lacking}
                await publish_tombstones(connection, self._aggregate.topic, versions)
            self._findings.counts[self._name] += len(versions)


class _Tail:
    """The last record of each key of a topic."""

    def __init__(self, event_log: EventLog, topic: str, believes: Believes) -> None:
        self._believes = believes
        self._log = event_log
        self._reader = event_log.reader()
        self._topic = topic
        self._assigned = False
        self.last: dict[str, Seen] = {}

    async def read_on(self) -> None:
        """Reads to the present end, from where it stopped before."""
        bounds = {TopicPartition(self._topic, n): bound for n, bound in (await self._log.bounds(self._topic)).items()}
        if not self._assigned:
            await self._reader.assign({place: bound.first for place, bound in bounds.items()})
            self._assigned = True
        silent = 0
        while any(self._reader.position(place) < bound.next for place, bound in bounds.items()):
            found = await self._reader.read(1000, wait=1.0)
            for record in itertools.chain.from_iterable(found.values()):
                await self._note(record)
            silent = 0 if found else silent + 1
            if silent > _SILENT_READS:
                raise LogUnavailable(f"{self._topic} does not end yet, but nothing is read there")

    async def close(self) -> None:
        await self._reader.close()

    async def _note(self, record: StoredRecord) -> None:
        before = self.last.get(record.key)
        if not await self._believes(record):
            # It hides what the owner says, so it is wrong; its version means nothing and is not gone beyond.
            self.last[record.key] = Seen(-1, _REFUSED, before.newest if before else 0)
            return
        header = record.headers.get("ce_aggregateversion", b"")
        version = int(header) if header.isdigit() else 0
        newest = version if before is None else max(version, before.newest)
        self.last[record.key] = Seen(version, _digest(record.value), newest)


def _digest(body: bytes | None) -> bytes | None:
    return None if body is None else hashlib.blake2b(body, digest_size=12).digest()


async def _lacking(connection: AsyncConnection, aggregate: Aggregate, keys: Sequence[str]) -> list[str]:
    """Which of the keys have no root row; one that is not even an id has none."""
    ids = {key: _id(key) for key in keys}
    root = aggregate.root
    found = await connection.execute(select(root.c.id).where(root.c.id.in_([i for i in ids.values() if i])))
    present = {row.id for row in found}
    return [key for key in keys if ids[key] not in present]


def _id(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


async def _relay_caught_up(database: Database, wait: float) -> None:
    """Waits until the relay has published what is in the outbox now."""
    async with database.reading() as session:
        upto = await session.scalar(text("SELECT coalesce(max(id), 0) FROM outbox"))
        end = asyncio.get_running_loop().time() + wait
        while True:
            published = await session.scalar(text("SELECT published_to FROM relay_cursor"))
            if published >= upto:
                return
            if asyncio.get_running_loop().time() > end:
                raise RelayBehind(f"the relay is at {published}, the outbox at {upto}")
            await asyncio.sleep(0.1)
