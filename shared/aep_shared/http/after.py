"""Reading one's own writes: a read that names an event (`AEP-After`) waits a moment until it was applied here.

A write answers with `AEP-Event: type/id/version`; whoever passes that on as `AEP-After` sees the effect wherever the
type is consumed. The wait is short and bounded: after it the answer is given as it is, with `AEP-Awaited` naming what
is still on its way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from aep_shared.service import Platform

WAIT_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.25
_YOUNG_SECONDS = 60.0
_MOST = 20
_MOST_WAITING = 50
_MAX_VERSION = 2**63 - 1


class Awaited(NamedTuple):
    """An event that a reader has caused or seen."""

    type: str
    key: str
    version: int

    def __str__(self) -> str:
        return f"{self.type}/{self.key}/{self.version}"


def parse(header: str, types: frozenset[str]) -> list[Awaited]:
    """The named events of these types; what cannot be read is left out, because the header is a wish."""
    found = []
    for part in header.split(",")[:_MOST]:
        kind, _, rest = part.strip().partition("/")
        key, _, version = rest.partition("/")
        if kind in types and key and _is_version(version):
            found.append(Awaited(kind, key, int(version)))
    return found


def _is_version(text: str) -> bool:
    # The length first: Python refuses to read numbers of thousands of digits.
    return len(text) < 20 and text.isascii() and text.isdigit() and int(text) <= _MAX_VERSION


async def wait(platform: Platform, awaited: Sequence[Awaited], seconds: float = WAIT_SECONDS) -> list[Awaited]:
    """Waits until this service has applied all of these; those that it has not when the time is over.

    Only what was published within the last minute can still be on its way, and only so many requests wait at a time:
    whoever names anything else is told at once what is not here.
    """
    awaited = await _missing(platform, awaited)
    if not any(map(_is_young, awaited)) or platform.waiting >= _MOST_WAITING:
        return list(awaited)
    platform.waiting += 1
    try:
        end = asyncio.get_running_loop().time() + seconds
        while any(map(_is_young, awaited)) and asyncio.get_running_loop().time() < end:
            await _pause(_LOOK_EVERY_SECONDS)
            awaited = await _missing(platform, awaited)
    finally:
        platform.waiting -= 1
    return list(awaited)


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _is_young(event: Awaited) -> bool:
    """A version is the moment of its change in microseconds since 1970."""
    return abs(time.time() - event.version / 1_000_000) < _YOUNG_SECONDS


async def _missing(platform: Platform, awaited: Sequence[Awaited]) -> Sequence[Awaited]:
    if not awaited:
        return awaited
    arguments = {
        "types": [event.type for event in awaited],
        "keys": [event.key for event in awaited],
        "versions": [event.version for event in awaited],
    }
    async with platform.database.reading() as session:
        rows = await session.execute(_APPLIED, arguments)
        applied = {Awaited(*row) for row in rows}
        if platform.derived_later is not None:
            applied -= await platform.derived_later(session, applied)
    return [event for event in awaited if event not in applied]


_APPLIED = text("""
SELECT wanted.type, wanted.key, wanted.version
FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[])) AS wanted (type, key, version)
JOIN replicas r ON r.topic = wanted.type AND r.key = wanted.key AND r.version >= wanted.version
""")
