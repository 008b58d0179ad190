"""Attempts at the items of a job: counted before each, so that one bad item never stops the job.

A job that takes work item by item (a mail, a document, a report) counts the attempt in a commit of its own before it
begins, so that an item that ends its process is counted too. An item that failed rests, longer each time, and is set
aside with its reason after `limit` attempts: the others go on, and operators list what was set aside and try it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.database import Database

log = structlog.get_logger()

ATTEMPTS = 5
_REASON_CHARACTERS = 500

OPEN = (
    "NOT EXISTS (SELECT 1 FROM job_attempts a WHERE a.job = '{job}' AND a.item = {item}"
    " AND (a.aside_at IS NOT NULL OR a.next_attempt_at > clock_timestamp()))"
)
"""The condition with which a job's own query passes over items that rest or were set aside."""


def is_open(job: str, item: str) -> str:
    """`OPEN` for the SQL expression `item` (text) of a job."""
    return OPEN.format(job=job, item=item)


class Attempts:
    """The attempts of one job, in the database of its service."""

    def __init__(self, database: Database, job: str, *, limit: int = ATTEMPTS) -> None:
        self._database = database
        self._job = job
        self._limit = limit

    async def begin(self, items: Iterable[str]) -> set[str]:
        """Counts an attempt at each item, durably; those that may be tried.

        Left out, and set aside, is an item whose process ended at each of its attempts.
        """
        arguments = {"job": self._job, "items": sorted(set(items)), "limit": self._limit}
        async with self._database.connection(wakes=False) as connection:
            return {row.item for row in await connection.execute(_BEGIN, arguments) if not row.aside}

    async def failed(self, item: str, problem: BaseException | str, *, for_good: bool = False) -> bool:
        """Notes why an attempt failed; whether the item was set aside, rather than resting for a while.

        What failed `for_good` is set aside at once, since trying it again cannot help.
        """
        reason = (problem if isinstance(problem, str) else f"{type(problem).__name__}: {problem}").replace("\0", "")
        limit = 0 if for_good else self._limit
        arguments = {"job": self._job, "item": item, "limit": limit, "reason": reason[:_REASON_CHARACTERS]}
        async with self._database.connection(wakes=False) as connection:
            row = (await connection.execute(_FAILED, arguments)).one()
        log.error("attempt failed", job=self._job, item=item, attempts=row.attempts, aside=row.aside, reason=reason)
        return bool(row.aside)

    async def interrupted(self, items: Iterable[str]) -> None:
        """Takes back an attempt that ended for a reason outside its items: a clean stop, a dependency that is away."""
        async with self._database.connection(wakes=False) as connection:
            await connection.execute(_INTERRUPTED, {"job": self._job, "items": sorted(set(items))})

    async def unfinished(self, items: Iterable[str]) -> set[str]:
        """Those with an attempt behind them that did not succeed, or that nobody came back from."""
        async with self._database.reading() as session:
            rows = await session.execute(_UNFINISHED, {"job": self._job, "items": sorted(set(items))})
            return {row.item for row in rows}

    async def state(self) -> str:
        """For the readiness of a service: `ok`, or how many items the job has set aside."""
        async with self._database.reading() as session:
            count = await session.scalar(_COUNT_ASIDE, {"job": self._job})
        return f"degraded: {count} set aside" if count else "ok"

    async def done(self, connection: AsyncConnection | AsyncSession, items: Sequence[str]) -> None:
        """Forgets the attempts at what is done, in the transaction of its effect."""
        await connection.execute(_DONE, {"job": self._job, "items": list(items)})


async def set_aside(session: AsyncSession) -> Sequence[Row[tuple[object, ...]]]:
    """What the jobs of this service have set aside: job, item, attempts, reason and when; the newest first."""
    return (await session.execute(_ASIDE)).all()


async def try_again(session: AsyncSession, job: str, item: str) -> bool:
    """Lets a job take an item again that it had set aside; whether there was one."""
    return bool((await session.execute(_AGAIN, {"job": job, "item": item})).first())


# The last attempt that is allowed begins with `limit`; one more means that nobody came back to say how it ended.
_BEGIN = text("""
INSERT INTO job_attempts AS known (job, item, attempts)
SELECT :job, item, 1 FROM unnest(CAST(:items AS text[])) AS item
ON CONFLICT (job, item) DO UPDATE SET attempts = known.attempts + 1,
    aside_at = CASE WHEN known.attempts >= :limit THEN clock_timestamp() END,
    reason = CASE WHEN known.attempts >= :limit THEN coalesce(known.reason, 'each attempt ended its process') END
RETURNING item, aside_at IS NOT NULL AS aside
""")
_FAILED = text("""
INSERT INTO job_attempts AS known (job, item, attempts, reason, next_attempt_at, aside_at)
VALUES (:job, :item, 1, :reason, clock_timestamp() + interval '1 second',
    CASE WHEN 1 >= :limit THEN clock_timestamp() END)
ON CONFLICT (job, item) DO UPDATE SET reason = excluded.reason,
    next_attempt_at = clock_timestamp() + interval '1 second' * least(power(4, known.attempts - 1), 600),
    aside_at = CASE WHEN known.attempts >= :limit THEN clock_timestamp() END
RETURNING attempts, aside_at IS NOT NULL AS aside
""")
# A delete and an update of one row in one statement would exclude each other: a row without attempts is none.
_INTERRUPTED = text("""
UPDATE job_attempts SET attempts = attempts - 1
WHERE job = :job AND item = ANY (CAST(:items AS text[])) AND aside_at IS NULL
""")
_UNFINISHED = text(
    "SELECT item FROM job_attempts WHERE job = :job AND item = ANY (CAST(:items AS text[])) AND attempts > 0"
)
_COUNT_ASIDE = text("SELECT count(*) FROM job_attempts WHERE job = :job AND aside_at IS NOT NULL")
_DONE = text("DELETE FROM job_attempts WHERE job = :job AND item = ANY (CAST(:items AS text[]))")
_ASIDE = text("""
SELECT job, item, attempts, reason, aside_at FROM job_attempts WHERE aside_at IS NOT NULL
ORDER BY aside_at DESC LIMIT 500
""")
_AGAIN = text("""
DELETE FROM job_attempts WHERE job = :job AND item = :item AND aside_at IS NOT NULL RETURNING item
""")
