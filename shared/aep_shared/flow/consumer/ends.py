"""When everything that was on the log at some moment is applied: the sign that a consumer follows its topics.

From time to time the ends of all owned partitions are looked at; once they are passed that moment is noted. So it is
noted for a partition that is never idle too, as long as its consumer keeps up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from aep_shared.eventlog.port import EventLog, Reader, TopicPartition
from aep_shared.flow.consumer.positions import Position

NOTED_EVERY_SECONDS = 60.0
_DURING_REBUILD_SECONDS = 10.0


class End(NamedTuple):
    """Where a partition ended, and when it was looked at (monotonic)."""

    next: int
    at: float


class Ends:
    """The ends that the owned partitions of one worker are read up to."""

    def __init__(self, event_log: EventLog, sweep_after: float) -> None:
        self._log = event_log
        self._sweep_after = sweep_after
        self._seen: dict[TopicPartition, End] = {}
        self._noted: dict[TopicPartition, float] = {}

    def forget(self) -> None:
        """What was seen before positions are opened anew says nothing about a rebuild that begins there."""
        self._seen.clear()

    async def look(self, held: Mapping[TopicPartition, Position]) -> None:
        """Asks the log for its ends, where it is time to note one."""
        now = time.monotonic()
        if all(place in self._seen or now < self._due(position) for place, position in held.items()):
            return
        # All partitions, not only those whose turn it is: so they have the same turn from then on.
        for topic in {place.topic for place in held}:
            bounds = await self._log.bounds(topic)
            ends = {place: End(bounds[place.partition].next, now) for place in held if place.topic == topic}
            self._seen |= {place: end for place, end in ends.items() if place not in self._seen}

    def reached(self, held: Mapping[TopicPartition, Position], reader: Reader) -> dict[TopicPartition, float]:
        """The partitions whose end is passed, each with the seconds since it was looked at."""
        now = time.monotonic()
        passed = [place for place, end in self._seen.items() if place in held and reader.position(place) >= end.next]
        return {place: now - self._seen[place].at for place in passed}

    def noted(self, place: TopicPartition) -> None:
        self._noted[place] = time.monotonic()
        self._seen.pop(place, None)

    def _due(self, position: Position) -> float:
        every = NOTED_EVERY_SECONDS if position.rebuild is None else min(_DURING_REBUILD_SECONDS, self._sweep_after)
        return self._noted.get(position.place, -1e9) + every
