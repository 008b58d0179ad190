"""Leadership of a task: one process at a time does it, and one that hangs is replaced.

The leader holds an advisory lock on a connection of its own and renews `seen_at` (database time) from its working
loop. An advisory lock outlives a stopped process, so after a silence another candidate ends the silent one's
connection and takes the lock.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import asyncpg
import structlog

from aep_shared.db import CONNECTION_FAILED, Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    """How long, in seconds, a leader or owner may be silent, and what it may do within that time."""

    deadline: float = 3.0
    """A leader acts only this long after its last renewal."""
    request_timeout: float = 5.0
    """No single call to a dependency takes longer."""
    silence: float = 15.0
    """After this a leader or owner counts as hanging and is replaced; longer than deadline and time-out together."""
    settle: float = 2.0
    """How long the list of live workers must be unchanged before partitions move."""
    sweep_after: float = 3600.0
    """How long a rebuild keeps what it has not seen: after a loss of the log its owner publishes it again."""

    @property
    def review(self) -> float:
        """How often a worker shows that it lives and looks who else does."""
        return self.silence / 10


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

    async def _renewal(self, connection: asyncpg.Connection) -> int:
        try:
            status = await connection.execute(_RENEW, self._name, self.epoch, timeout=self._timing.request_timeout)
        except CONNECTION_FAILED as problem:
            raise LeadershipLost(f"{self._name}: {problem!r}") from problem
        return int(status.split()[-1])

    async def _end_silent(self, connection: asyncpg.Connection) -> None:
        ended = await connection.fetch(_END_SILENT, self._name, self._timing.silence)
        if ended:
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

# The start time of the backend is compared too: process ids are used again.
_END_SILENT = """
SELECT pg_terminate_backend(a.pid) FROM leaders l
JOIN pg_stat_activity a ON a.pid = l.backend_pid AND a.backend_start = l.backend_start
WHERE l.name = $1 AND l.seen_at < clock_timestamp() - make_interval(secs => $2)
"""
