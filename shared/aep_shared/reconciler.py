"""The reconciler: reads a service's own topics back from the log and republishes what they have wrongly.

A late batch of a deposed relay may leave an older state last on a compacted topic, and after a restore the
log and the tables know different things. The last record of each key counts: it is all that compaction keeps.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.db import Database
from aep_shared.eventlog.port import EventLog, LogUnavailable, StoredRecord, TopicPartition
from aep_shared.outbox import Aggregate, encode, publish_ids, publish_tombstones

log = structlog.get_logger()

BATCH = 200
"""How many aggregates one transaction republishes."""
_SILENT_READS = 20


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


async def reconcile(
    database: Database, event_log: EventLog, aggregates: Sequence[Aggregate], *, wait: float = 30.0
) -> dict[str, int]:
    """Republishes what the log has in an older state, not at all, or without its owner; how many by topic.

    Waits for the relay up to `wait` seconds; raises `RelayBehind` after that.
    """
    counts: dict[str, int] = {}
    for aggregate in aggregates:
        for partition in range(aggregate.topic.partitions):
            count = await _Partition(database, event_log, aggregate, partition).reconcile(wait)
            counts[aggregate.topic.name] = counts.get(aggregate.topic.name, 0) + count
    return counts


async def republish(database: Database, event_log: EventLog, aggregates: Sequence[Aggregate]) -> dict[str, int]:
    """Publishes every aggregate as it is, and tombstones for keys that its owner lacks; how many by topic."""
    counts: dict[str, int] = {}
    for aggregate in aggregates:
        for partition in range(aggregate.topic.partitions):
            count = await _Partition(database, event_log, aggregate, partition).republish()
            counts[aggregate.topic.name] = counts.get(aggregate.topic.name, 0) + count
    return counts


class _Partition:
    """One partition of one topic, compared as a whole: the memory it takes is that of its keys."""

    def __init__(self, database: Database, event_log: EventLog, aggregate: Aggregate, partition: int) -> None:
        self._database = database
        self._aggregate = aggregate
        self._partition = partition
        self._tail = _Tail(event_log, TopicPartition(aggregate.topic.name, partition))

    async def reconcile(self, wait: float) -> int:
        try:
            await self._tail.read_on()
            rootless = dict(self._tail.last)
            suspects: dict[UUID, tuple[int, Seen | None]] = {}
            async for page in self._pages():
                for key, held in (await self._held(page)).items():
                    seen = rootless.pop(str(key), None)
                    if not held.agrees(seen):
                        suspects[key] = (held.version, seen)
            if suspects:
                # What was committed and not yet published only looks as if the log were behind.
                await _relay_caught_up(self._database, wait)
                await self._tail.read_on()
            wrong = [key for key, (version, seen) in suspects.items() if self._wrong(key, version, seen)]
            count = await self._publish(wrong) + await self._bury(rootless)
        finally:
            await self._tail.close()
        if count:
            log.warning("republished what the log had wrongly", topic=self._aggregate.topic.name, count=count)
        return count

    async def republish(self) -> int:
        try:
            await self._tail.read_on()
            rootless, count = dict(self._tail.last), 0
            async for page in self._pages():
                for row in page:
                    rootless.pop(str(row.id), None)
                count += await self._publish([row.id for row in page])
            return count + await self._bury(rootless)
        finally:
            await self._tail.close()

    def _wrong(self, key: UUID, version: int, before: Seen | None) -> bool:
        now = self._tail.last.get(str(key))
        return now == before or now is None or now.version < version

    async def _pages(self) -> AsyncIterator[list[Root]]:
        """The roots of this partition in pages, those that were never published included."""
        root, topic = self._aggregate.root, self._aggregate.topic
        statement = select(root.c.id, root.c.event_version).order_by(root.c.id).limit(BATCH)
        if self._aggregate.only is not None:
            statement = statement.where(self._aggregate.only)
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                rows = (await session.execute(statement.where(root.c.id > after))).all()
            if not rows:
                return
            after = rows[-1].id
            yield [Root(*row) for row in rows if topic.partition_of(str(row.id)) == self._partition]

    async def _held(self, page: Sequence[Root]) -> dict[UUID, _Held]:
        aggregate = self._aggregate
        async with self._database.connection() as connection:
            states = await aggregate.read(connection, [row.id for row in page])
        bodies = {key: encode(aggregate.topic.model, state).encode() for key, state in states.items()}
        return {row.id: _Held(row.version, _digest(bodies.get(row.id))) for row in page}

    async def _publish(self, keys: Sequence[UUID]) -> int:
        count = 0
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            above = {key: self._tail.last[str(key)].newest for key in batch if str(key) in self._tail.last}
            async with self._database.connection() as connection:
                count += len(await publish_ids(connection, self._aggregate, batch, above))
        return count

    async def _bury(self, rootless: Mapping[str, Seen]) -> int:
        """Publishes tombstones for keys that are on the log and have no root row."""
        known = self._aggregate.rootless
        keys = [key for key, seen in rootless.items() if seen.digest is not None and key not in known]
        for start in range(0, len(keys), BATCH):
            async with self._database.connection() as connection:
                lacking = await _lacking(connection, self._aggregate, keys[start : start + BATCH])
                versions = {key: rootless[key].newest for key in lacking}
                await publish_tombstones(connection, self._aggregate.topic, versions)
        return len(keys)


class _Tail:
    """The last record of each key of a partition."""

    def __init__(self, event_log: EventLog, place: TopicPartition) -> None:
        self._log = event_log
        self._reader = event_log.reader()
        self._place = place
        self._assigned = False
        self.last: dict[str, Seen] = {}

    async def read_on(self) -> None:
        """Reads to the present end, from where it stopped before."""
        bounds = (await self._log.bounds(self._place.topic))[self._place.partition]
        if not self._assigned:
            await self._reader.assign({self._place: bounds.first})
            self._assigned = True
        silent = 0
        while self._reader.position(self._place) < bounds.next:
            found = await self._reader.read(1000, wait=1.0)
            for record in found.get(self._place, ()):
                self._note(record)
            silent = 0 if found else silent + 1
            if silent > _SILENT_READS:
                raise LogUnavailable(f"{self._place} ends at {bounds.next}, but nothing is read there")

    async def close(self) -> None:
        await self._reader.close()

    def _note(self, record: StoredRecord) -> None:
        header = record.headers.get("ce_aggregateversion", b"")
        version = int(header) if header.isdigit() else 0
        before = self.last.get(record.key)
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
