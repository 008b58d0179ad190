"""Where a service learns what a subject may do: its replica of the subject topic, while that is known to be fresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

from sqlalchemy import text

from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import SUBJECT
from aep_shared.database import Database

HEARTBEAT_BOUND_SECONDS = 60
_NAMESPACE = UUID("0b7d6c1e-3a52-4c0f-9b0a-6f2d54d1c7aa")


def heartbeat_id(partition: int) -> UUID:
    """The subject id whose events are the heartbeat of a partition of the subject topic."""
    candidates = (uuid5(_NAMESPACE, str(number)) for number in range(10_000))
    return next(c for c in candidates if SUBJECT.partition_of(str(c)) == partition)


HEARTBEATS = [heartbeat_id(partition) for partition in range(SUBJECT.partitions)]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a subject: the version of its state (`Subject`), which is `None` where it was removed."""

    version: int
    state: StoredState | None


class Rights(Protocol):
    """Where the present rights of a subject come from."""

    async def of(self, subject: UUID) -> Known | None:
        """What is known now; `None` while this service cannot know it."""


class Replicated:
    """This service's replica of the subject topic.

    The newest heartbeat of the subject's partition proves that everything before it was applied here. Its age is that
    of its arrival, by the clock of this database: what the clock of its writer said proves nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, subject: UUID) -> Known | None:
        beat = HEARTBEATS[SUBJECT.partition_of(str(subject))]
        async with self._database.reading() as session:
            found = await session.execute(
                _FIND,
                {"topic": SUBJECT.name, "key": str(subject), "beat": str(beat), "bound": HEARTBEAT_BOUND_SECONDS},
            )
            row = found.one_or_none()
        return Known(row.version, row.data) if row is not None else None


_FIND = text("""
SELECT known.version, known.data
FROM replicas beat JOIN replicas known ON known.topic = :topic AND known.key = :key
WHERE beat.topic = :topic AND beat.key = :beat
  AND beat.stored_at > clock_timestamp() - make_interval(secs => :bound)
""")
