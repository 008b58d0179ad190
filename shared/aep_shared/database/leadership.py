"""Leadership of a task: one process at a time does it, and one that hangs is replaced.

The leader holds an advisory lock on a connection of its own and renews `seen_at` from its working loop. An advisory
lock outlives a stopped process, so a candidate that sees no renewal for a while ends the silent one's connection and
takes the lock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

import asyncpg
import structlog

from aep_shared.database import CONNECTION_FAILED, Database
from aep_shared.timing import Timing

log = structlog.get_logger()


Who = TypeVar("Who")


class Silences(Generic[Who]):
    """Who shows no sign of life: `seen_at` did not change for `seconds`, by the clock of this process.

    What `seen_at` says is not compared with any clock: a clock that is set would make the living silent, or let one
    that hangs live on.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[Who, tuple[datetime, float]] = {}

    def of(self, signs: Mapping[Who, datetime]) -> list[Who]:
        """Takes the signs of all that there are now; those of them that are silent."""
        now, before = time.monotonic(), self._seen
        self._seen = {
            who: before[who] if who in before and before[who][0] == seen_at else (seen_at, now)
            for who, seen_at in signs.items()
        }
        return [who for who, (_, since) in self._seen.items() if now - since > self._seconds]


class LeadershipLost(Exception):
    """This process no longer leads; it must drop everything before it tries again."""


class Leadership:
    """The leadership called `name` in the database of a service."""

    def __init__(self, database: Database, name: str, timing: Timing) -> None:
        self._database = database
        self._name = name
        self._timing = timing
        self._renewed = 0.0
        self.progress = time.monotonic()
        """When the loop of this candidate last came by; liveness is judged by it."""
        self.epoch = 0
        self.connection: asyncpg.Connection | None = None
        self._silences: Silences[int] = Silences(timing.silence)

    async def acquire(self) -> asyncpg.Connection:
        """Waits until this process leads; the connection that holds the lock, for the leader's own statements."""
        self.progress = time.monotonic()
        connection = await self._database.raw()
        try:
            while (epoch := await connection.fetchval(_TRY_LEAD, self._name)) is None:
                self.progress = time.monotonic()
                await self._end_silent(connection)
                await asyncio.sleep(min(0.5, self._timing.silence / 10))
        except BaseException:
            connection.terminate()
            raise
        self.connection, self.epoch = connection, epoch
        self._renewed = time.monotonic()
        log.info("leader", name=self._name, epoch=self.epoch)
        return connection

    async def renew(self) -> None:
        """Shows that the leader works; called from its working loop, cheap when called often."""
        self.progress = now = time.monotonic()
        if now - self._renewed < self._timing.deadline / 3:
            return
        if self.connection is None or await self._renewal(self.connection) != 1:
            raise LeadershipLost(self._name)
        self._renewed = now

    def check(self) -> None:
        """Raises `LeadershipLost` when the last renewal is older than the deadline: another may lead already."""
        if time.monotonic() - self._renewed > self._timing.deadline:
            raise LeadershipLost(f"{self._name}: {time.monotonic() - self._renewed:.1f} s since the last renewal")

    def release(self) -> None:
        """Gives the leadership up by ending the connection that holds the lock."""
        if self.connection is not None:
            self.connection.terminate()
            self.connection = None

    async def overtake(self, epoch: int) -> None:
        """Raises the epoch above one that is known elsewhere, as after a restore; only who leads may."""
        if self.connection is None or await self._changed(self.connection, _OVERTAKE, epoch) != 1:
            raise LeadershipLost(f"{self._name}: a higher epoch, {epoch}, is known")
        log.warning("leader overtook a higher epoch", name=self._name, own=self.epoch, other=epoch)
        self.epoch = epoch + 1

    async def _renewal(self, connection: asyncpg.Connection) -> int:
        return await self._changed(connection, _RENEW)

    async def _changed(self, connection: asyncpg.Connection, statement: str, *arguments: object) -> int:
        """How many rows a statement changed on the lock connection."""
        try:
            status = await connection.execute(statement, self._name, self.epoch, *arguments)
        except CONNECTION_FAILED as problem:
            raise LeadershipLost(f"{self._name}: {problem!r}") from problem
        return int(status.split()[-1])

    async def _end_silent(self, connection: asyncpg.Connection) -> None:
        found = await connection.fetchrow(_LEADER, self._name)
        if found is None:
            return
        epoch, seen_at = found
        if self._silences.of({epoch: seen_at}) and await connection.fetch(_END, self._name, epoch, seen_at):
            log.warning("ended a silent leader", name=self._name)


# One statement: who hangs between taking the lock and saying so could be replaced by nobody.
_TRY_LEAD = """
WITH lock AS MATERIALIZED (SELECT pg_try_advisory_lock(hashtextextended('leader:' || $1::text, 0)) AS taken)
INSERT INTO leaders (name, epoch, backend_pid, backend_start, seen_at)
SELECT $1::text, 1, a.pid, a.backend_start, clock_timestamp()
FROM lock JOIN pg_stat_activity a ON a.pid = pg_backend_pid() WHERE lock.taken
ON CONFLICT (name) DO UPDATE SET epoch = leaders.epoch + 1, backend_pid = excluded.backend_pid,
    backend_start = excluded.backend_start, seen_at = excluded.seen_at
RETURNING epoch
"""

_RENEW = "UPDATE leaders SET seen_at = clock_timestamp() WHERE name = $1 AND epoch = $2"

_OVERTAKE = "UPDATE leaders SET epoch = $3 + 1, seen_at = clock_timestamp() WHERE name = $1 AND epoch = $2"

_LEADER = "SELECT epoch, seen_at FROM leaders WHERE name = $1"

# The start time of the backend is compared too: process ids are used again. Who has shown itself meanwhile is spared.
_END = """
SELECT pg_terminate_backend(a.pid) FROM leaders l
JOIN pg_stat_activity a ON a.pid = l.backend_pid AND a.backend_start = l.backend_start
WHERE l.name = $1 AND l.epoch = $2 AND l.seen_at = $3
"""
