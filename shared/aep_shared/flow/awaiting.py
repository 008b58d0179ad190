"""Reading one's own writes: waiting a moment until a service has applied an event that a reader has caused or seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.database import Database

WAIT_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.25
_YOUNG_SECONDS = 60.0
_MOST_WAITING = 50


class Awaited(NamedTuple):
    """An event that a reader has caused or seen."""

    type: str
    key: str
    version: int

    def __str__(self) -> str:
        return f"{self.type}/{self.key}/{self.version}"


@dataclass(frozen=True, slots=True)
class Derived:
    """What a service makes of its replicas, such as an index, which follows them a moment later."""

    later: Callable[[AsyncSession, set[Awaited]], Awaitable[set[Awaited]]]
    """Which of these applied events are not in it yet."""
    at: Callable[[AsyncSession, str, str], Awaitable[datetime | None]]
    """When the newest applied event of a type and key went into it."""


@dataclass(slots=True)
class Awaiting:
    """Waits for events in the database of a service."""

    database: Database
    derived: Derived | None = None
    waiting: int = 0
    """How many readers wait at this moment."""

    async def wait(self, awaited: Sequence[Awaited], seconds: float = WAIT_SECONDS) -> list[Awaited]:
        """Waits until this service has applied all of these; those that it has not when the time is over.

        Only what was published within the last minute can still be on its way, and only so many wait at a time:
        whoever names anything else is told at once what is not here.
        """
        awaited = await self._missing(awaited)
        if not any(map(_is_young, awaited)) or self.waiting >= _MOST_WAITING:
            return list(awaited)
        self.waiting += 1
        try:
            end = asyncio.get_running_loop().time() + seconds
            while any(map(_is_young, awaited)) and asyncio.get_running_loop().time() < end:
                await _pause(_LOOK_EVERY_SECONDS)
                awaited = await self._missing(awaited)
        finally:
            self.waiting -= 1
        return list(awaited)

    async def derived_at(self, session: AsyncSession, type: str, key: str) -> datetime | None:
        """When the newest applied event of an aggregate went into what is derived, where anything is."""
        return await self.derived.at(session, type, key) if self.derived else None

    async def _missing(self, awaited: Sequence[Awaited]) -> Sequence[Awaited]:
        if not awaited:
            return awaited
        arguments = {
            "types": [event.type for event in awaited],
            "keys": [event.key for event in awaited],
            "versions": [event.version for event in awaited],
        }
        async with self.database.reading() as session:
            rows = await session.execute(_APPLIED, arguments)
            applied = {Awaited(*row) for row in rows}
            if self.derived:
                applied -= await self.derived.later(session, applied)
        return [event for event in awaited if event not in applied]


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _is_young(event: Awaited) -> bool:
    """A version is the moment of its change in microseconds since 1970."""
    return abs(time.time() - event.version / 1_000_000) < _YOUNG_SECONDS


_APPLIED = text("""
SELECT wanted.type, wanted.key, wanted.version
FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[])) AS wanted (type, key, version)
JOIN replicas r ON r.topic = wanted.type AND r.key = wanted.key AND r.version >= wanted.version
""")
