"""What every worker does besides its work: forgets what is too old, and reads the figures that operators watch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared import telemetry
from aep_shared.database import Database
from aep_shared.flow.consumer import ConsumerGroup
from aep_shared.flow.relay import Relay

CLEAR_EVERY_SECONDS = 3600.0
FIGURES_EVERY_SECONDS = 15.0


async def clear(database: Database, forgets: Sequence[str] = ()) -> None:
    """Removes answers of Idempotency-Keys after a week, mails and dead letters that were closed a month ago.

    `forgets` are a service's own statements that remove what it need not know any more.
    """
    async with database.connection(wakes=False) as connection:
        for statement in (*_CLEAR, *forgets):
            await connection.execute(text(statement))


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds that the oldest unpublished row of the outbox waits; items set aside; open dead letters."""

    outbox_age: float
    aside: int
    letters: int


async def figures(session: AsyncSession) -> Figures:
    return Figures(*(await session.execute(_FIGURES)).one())


async def read_figures(database: Database, service: str, groups: Sequence[ConsumerGroup], relay: Relay | None) -> None:
    """Sets the gauges of this process."""
    async with database.reading() as session:
        row = await figures(session)
    telemetry.OUTBOX_AGE.labels(service).set(row.outbox_age)
    telemetry.DEAD_LETTERS.labels(service).set(row.letters)
    telemetry.SET_ASIDE.labels(service).set(row.aside)
    telemetry.RELAY_STOPPED.labels(service).set(1 if relay and relay.failure else 0)
    for group in groups:
        waiting = group.oldest_waiting
        telemetry.CONSUMER_AGE.labels(group.name).set(time.time() - waiting if waiting else 0)
        telemetry.CONSUMER_STOPPED.labels(group.name).set(1 if group.failure else 0)


_CLEAR = (
    "DELETE FROM idempotency_keys WHERE stored_at < clock_timestamp() - interval '7 days'",
    "DELETE FROM rate_limits WHERE full_at < clock_timestamp()",
    "DELETE FROM mails WHERE finished_at < clock_timestamp() - interval '30 days'",
    "DELETE FROM dead_letters WHERE closed_at < clock_timestamp() - interval '30 days'",
)
_FIGURES = text("""
SELECT coalesce(extract(epoch FROM clock_timestamp() - (
           SELECT created_at FROM outbox WHERE id > (SELECT published_to FROM relay_cursor) ORDER BY id LIMIT 1
       )), 0)::float8 AS outbox_age,
       (SELECT count(*) FROM job_attempts WHERE aside_at IS NOT NULL) AS aside,
       (SELECT count(*) FROM dead_letters WHERE state = 'open') AS letters
""")
