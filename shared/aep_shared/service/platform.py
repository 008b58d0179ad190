"""What the parts of a service share, and how it begins and ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from aep_shared.access.authenticator import Authenticator
from aep_shared.contracts.topics import SUBJECT, TOPICS
from aep_shared.database import AWAY, Database
from aep_shared.database.migrations import migrate
from aep_shared.eventlog.port import EventLog, LogUnavailable, TopicSpec
from aep_shared.flow.awaiting import Awaiting
from aep_shared.flow.outbox import Aggregate
from aep_shared.service.doctor import Doctor
from aep_shared.service.settings import ServiceSettings
from aep_shared.service.worker import Worker

log = structlog.get_logger()

START_SECONDS = 60.0
"""How long a start waits for a database or a log that is starting too."""


@dataclass(slots=True)
class Platform:
    """What the parts of a service share; made once by its composition root."""

    service: str
    settings: ServiceSettings
    database: Database
    flow: Database
    """The same database through a pool that requests cannot use up: for relay, consumers, heartbeat and figures."""
    event_log: EventLog
    authenticator: Authenticator
    awaiting: Awaiting
    doctor: Doctor
    worker: Worker
    aggregates: list[Aggregate] = field(default_factory=list)
    checks: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    opened: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    closed: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def public_events(self) -> frozenset[str]:
        """The types of events read here that anybody may ask about: whose rights changed is nobody else's business."""
        return self.worker.consumed - {SUBJECT.name}

    async def migrate(self) -> None:
        """Brings the database to this version; waits for one that is starting."""
        await patiently(self.database.answers)
        await migrate(self.database.engine, f"aep_{self.service}")

    async def create_topics(self) -> None:
        """Creates the topics that this service owns or reads."""
        mine = [t for t in TOPICS.values() if t.owner == self.service or self.service in t.consumers]
        await self.event_log.create_topics([TopicSpec(t.name, t.partitions, t.tombstone_days) for t in mine])

    async def open(self) -> None:
        """Connects; waits up to a minute for a database or a log that is starting.

        Raises `NotADirectConnection` where a pooler stands in between, `LogUnavailable`, or what the driver raises.
        """
        await patiently(self.database.answers)
        await patiently(self.event_log.open)
        for start in self.opened:
            await start()

    async def close(self) -> None:
        for stop in reversed(self.closed):
            await stop()
        await self.doctor.close()
        await self.event_log.close()
        await self.flow.close()
        await self.database.close()


async def patiently(step: Callable[[], Awaitable[None]], seconds: float | None = None) -> None:
    """Tries until what is needed answers, up to `START_SECONDS`; the last failure where it does not."""
    end = time.monotonic() + (START_SECONDS if seconds is None else seconds)
    pause = 0.1
    while True:
        try:
            return await step()
        except (LogUnavailable, *AWAY) as problem:
            if time.monotonic() > end:
                raise
            log.warning("waiting for a dependency", problem=repr(problem))
        await asyncio.sleep(pause)
        pause = min(2 * pause, 3.0)
