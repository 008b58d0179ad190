"""Who reads which partition, decided in the consumer's own database, for both adapters of the event log.

Partition i of the group's sorted list belongs to live worker i mod n. The owner holds an advisory lock for each of its
partitions on one lock connection; the lock decides, the arithmetic only spreads the load.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import structlog

from aep_shared.database import CONNECTION_FAILED, Database
from aep_shared.database.leadership import Silences
from aep_shared.eventlog.port import TopicPartition
from aep_shared.ids import new_id
from aep_shared.timing import Timing

log = structlog.get_logger()


class OwnershipLost(Exception):
    """The lock connection is gone: every partition must be dropped before it is opened anew."""


class Ownership:
    """The share of one worker in the partitions of a group."""

    def __init__(self, database: Database, group: str, places: Sequence[TopicPartition], timing: Timing) -> None:
        self._database = database
        self._group = group
        self._places = sorted(places)
        self._timing = timing
        self._id: UUID = new_id()
        self._connection: asyncpg.Connection | None = None
        self._live: tuple[UUID, ...] = ()
        self._live_since = 0.0
        self._reviewed = 0.0
        self._silences: Silences[UUID] = Silences(timing.silence)
        self.owned: set[TopicPartition] = set()

    async def join(self) -> None:
        """Opens the lock connection and becomes a worker of the group."""
        self._connection = await self._database.raw()
        self._id, self._live, self._reviewed = new_id(), (), 0.0
        await self._connection.execute(_JOIN, self._group, self._id)

    async def leave(self) -> None:
        """Gives every partition up; safe to call at any time."""
        connection, self._connection = self._connection, None
        self.owned.clear()
        if connection is None:
            return
        try:
            if not connection.is_closed():
                await connection.execute(_LEAVE, self._group, self._id, timeout=2)
        except CONNECTION_FAILED:
            pass  # The row ages and is removed by the others; the lock ends with the connection.
        finally:
            connection.terminate()

    async def review(self) -> bool:
        """Renews this worker and moves partitions where the live workers changed; whether `owned` changed.

        Called from the consuming loop between batches, so that a loop that hangs falls silent and no partition is
        given up in the middle of a batch. Raises `OwnershipLost`.
        """
        now = time.monotonic()
        if now - self._reviewed < self._timing.review:
            return False
        if self._connection is None:
            raise OwnershipLost(self._group)
        try:
            changed = await self._review(self._connection, now)
        except CONNECTION_FAILED as problem:
            raise OwnershipLost(f"{self._group}: {problem!r}") from problem
        self._reviewed = now
        return changed

    async def _review(self, connection: asyncpg.Connection, now: float) -> bool:
        workers = await connection.fetch(_REVIEW, self._group, self._id)
        signs = {worker["id"]: worker["seen_at"] for worker in workers}
        if self._id not in signs:
            raise OwnershipLost(f"{self._group}: another worker counted this one as hanging")
        gone = [worker["id"] for worker in workers if not worker["connected"]]
        if ended := sorted({*gone, *self._silences.of(signs)} - {self._id}):
            await connection.execute(_END, self._group, ended, [signs[worker] for worker in ended])
        live = tuple(worker for worker in signs if worker not in ended)
        if live != self._live:
            self._live, self._live_since = live, now
        if live != (self._id,) and now - self._live_since < self._timing.settle:
            return False
        return await self._move(connection, live)

    async def _move(self, connection: asyncpg.Connection, live: Sequence[UUID]) -> bool:
        wanted = {p for i, p in enumerate(self._places) if live[i % len(live)] == self._id}
        released = self.owned - wanted
        if released:
            await connection.fetch(_UNLOCK, self._names(released))
            self.owned -= released
        missing = sorted(wanted - self.owned)
        taken = await connection.fetch(_TRY_LOCK, self._names(missing)) if missing else []
        gained = {place for place, row in zip(missing, taken, strict=True) if row["locked"]}
        self.owned |= gained
        return bool(released or gained)

    def _names(self, places: Sequence[TopicPartition] | set[TopicPartition]) -> list[str]:
        return [f"consumer:{self._group}:{p.topic}:{p.partition}" for p in sorted(places)]


_JOIN = """
INSERT INTO workers (consumer_group, id, backend_pid, backend_start)
SELECT $1, $2, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""

_LEAVE = "DELETE FROM workers WHERE consumer_group = $1 AND id = $2"

# Renews this worker and lists all, the others as before the renewal. Who has no backend any more does not live; its
# start is compared too, because process ids are used again.
_REVIEW = """
WITH renewed AS (
    UPDATE workers SET seen_at = clock_timestamp() WHERE consumer_group = $1 AND id = $2 RETURNING id, seen_at
)
SELECT id, seen_at, true AS connected FROM renewed
UNION ALL
SELECT w.id, w.seen_at, a.pid IS NOT NULL FROM workers w
LEFT JOIN pg_stat_activity a ON a.pid = w.backend_pid AND a.backend_start = w.backend_start
WHERE w.consumer_group = $1 AND w.id <> $2
ORDER BY id
"""

# Forgets workers that are gone or silent, and ends their lock connections. Who has shown itself meanwhile is spared.
_END = """
WITH ended AS (
    DELETE FROM workers w USING unnest($2::uuid[], $3::timestamptz[]) AS silent (id, seen_at)
    WHERE w.consumer_group = $1 AND w.id = silent.id AND w.seen_at = silent.seen_at
    RETURNING backend_pid, backend_start
)
SELECT pg_terminate_backend(a.pid) FROM ended e
JOIN pg_stat_activity a ON a.pid = e.backend_pid AND a.backend_start = e.backend_start
"""

_TRY_LOCK = """
SELECT pg_try_advisory_lock(hashtextextended(name, 0)) AS locked
FROM unnest($1::text[]) WITH ORDINALITY AS place (name, number) ORDER BY number
"""

_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS place (name)"
