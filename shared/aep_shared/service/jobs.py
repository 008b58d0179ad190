"""Jobs that are kept running, and what failed last: a job that fails again and again is seen in every process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.database import Database, is_away

log = structlog.get_logger()

Job = Callable[[], Coroutine[Any, Any, None]]

LONGEST_PAUSE = 30.0
WELL_AFTER_SECONDS = 10.0
"""A job that has run so long without failing, and twice as long as its last pause, is well again."""
_MESSAGE_CHARACTERS = 1000


class KeptRunning:
    """Starts a job again after an unexpected failure, less and less often, and notes the failure in the database."""

    def __init__(self, database: Database, service: str, name: str, job: Job) -> None:
        self._database = database
        self._service = service
        self._name = name
        self._job = job
        self._pause = 0.0
        self.failing_since: float | None = None
        """When the first of its failures in a row came (monotonic); `None` while it is well."""

    async def run(self) -> None:
        """Runs the job until it ends by itself or is cancelled."""
        while True:
            # Also at the start: a process before this one may have noted a failure and ended.
            recovering = asyncio.create_task(self._recover(max(WELL_AFTER_SECONDS, 2 * self._pause)))
            try:
                return await self._job()
            except Exception as problem:
                log.exception("job failed", service=self._service, job=self._name)
                self._pause = min(2 * self._pause or 1.0, LONGEST_PAUSE)
                self.failing_since = self.failing_since or time.monotonic()
                recovering.cancel()
                await self._note(_FAILED, message=f"{type(problem).__name__}: {problem}"[:_MESSAGE_CHARACTERS])
            finally:
                recovering.cancel()
            await asyncio.sleep(self._pause)

    async def _recover(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._pause, self.failing_since = 0.0, None
        await self._note(_RECOVERED)

    async def _note(self, statement: Any, **arguments: str) -> None:
        arguments = {name: value.replace("\0", "\ufffd") for name, value in arguments.items()}
        try:
            async with self._database.connection(wakes=False) as connection:
                await connection.execute(statement, {"job": self._name, **arguments})
        except Exception as problem:
            # Whoever looks for it meets the same: the database is away.
            if not is_away(problem):
                log.exception("cannot note how a job goes", service=self._service, job=self._name)


def every(seconds: float, step: Callable[[], Awaitable[object]]) -> Job:
    """A job that runs `step` again and again with a pause of `seconds`."""

    async def run() -> None:
        while True:
            await step()
            await asyncio.sleep(seconds)

    return run


@dataclass(frozen=True, slots=True)
class Failure:
    """The last failure of a job, and how many there were in a row."""

    job: str
    message: str
    failures: int
    failed_at: datetime
    recovered_at: datetime | None


async def last_failures(session: AsyncSession) -> list[Failure]:
    """The last failure of each job, by its name."""
    return [Failure(*row) for row in await session.execute(_FAILURES)]


_FAILED = text("""
INSERT INTO job_failures AS known (job, message) VALUES (:job, :message)
ON CONFLICT (job) DO UPDATE SET message = excluded.message, failed_at = clock_timestamp(), recovered_at = NULL,
    failures = CASE WHEN known.recovered_at IS NULL THEN known.failures + 1 ELSE 1 END
""")
_RECOVERED = text("UPDATE job_failures SET recovered_at = clock_timestamp() WHERE job = :job AND recovered_at IS NULL")
_FAILURES = text("SELECT job, message, failures, failed_at, recovered_at FROM job_failures ORDER BY job")
