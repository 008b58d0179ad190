"""Dead letters: events that a service could not apply, for operators to read, replay or discard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.access.policy import guarded_by
from aep_shared.errors import Conflict, NotFound
from aep_shared.eventlog.port import StoredRecord
from aep_shared.flow.consumer import ConsumerGroup
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.health import operate
from aep_shared.http.operator_schemas import ClosedDeadLetter, DeadLetter, DeadLetters, WholeDeadLetter
from aep_shared.text import Asked


class NoSuchDeadLetter(NotFound):
    """There is no such dead letter."""

    code = "dead-letter-unknown"


class DeadLetterClosed(Conflict):
    """This dead letter was settled, replayed or discarded already."""

    code = "dead-letter-closed"


@dataclass(frozen=True, slots=True)
class _Letter:
    """A dead letter as it is stored."""

    id: UUID
    group: str
    topic: str
    partition: int
    offset: int
    key: str
    version: int | None
    headers: dict[str, str]
    body: bytes | None
    error: str
    stack: str
    attempts: int
    failed_at: datetime
    state: str

    @property
    def value(self) -> str | None:
        """The body for a person to read."""
        return None if self.body is None else self.body.decode(errors="replace")

    @property
    def record(self) -> StoredRecord:
        """What was read from the log."""
        headers = {name: text.encode() for name, text in self.headers.items()}
        return StoredRecord(self.topic, self.partition, self.key, self.body, headers, self.offset)


def dead_letter_routes(consumers: Sequence[ConsumerGroup]) -> APIRouter:
    """Routes below each service's `/v1`, for operators alone."""
    router = APIRouter(route_class=EdgeRoute, tags=["operation"])
    groups = {group.name: group for group in consumers}

    @router.get("/dead-letters", **guarded_by(operate))
    async def list_dead_letters(
        state: Asked = "open", actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> DeadLetters:
        """Events that could not be applied."""
        actor.must(operate)
        found = [_Letter(*row) for row in await session.execute(_LIST, {"state": state})]
        return DeadLetters(items=[DeadLetter.model_validate(letter, from_attributes=True) for letter in found])

    @router.get("/dead-letters/{letter}", **guarded_by(operate))
    async def read_dead_letter(
        letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> WholeDeadLetter:
        """One of them, with the stack."""
        actor.must(operate)
        return WholeDeadLetter.model_validate(await _found(session, letter), from_attributes=True)

    @router.post("/dead-letters/{letter}/replay", **guarded_by(operate))
    async def replay(letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> ClosedDeadLetter:
        """Applies the event again; if that fails, the dead letter stays open."""
        actor.must(operate)
        found = await _open(session, letter)
        await groups[found.group].apply_one(await session.connection(), found.record)
        await session.execute(_CLOSE, {"id": letter, "state": "replayed"})
        await audit.record(session, actor, "replay", "dead-letter", letter)
        return ClosedDeadLetter(id=letter, state="replayed")

    @router.post("/dead-letters/{letter}/discard", **guarded_by(operate))
    async def discard(letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> ClosedDeadLetter:
        """Closes a dead letter without applying its event."""
        actor.must(operate)
        await _open(session, letter)
        await session.execute(_CLOSE, {"id": letter, "state": "discarded"})
        await audit.record(session, actor, "discard", "dead-letter", letter)
        return ClosedDeadLetter(id=letter, state="discarded")

    return router


async def _found(session: AsyncSession, letter: UUID) -> _Letter:
    row = (await session.execute(_GET, {"id": letter})).one_or_none()
    if row is None:
        raise NoSuchDeadLetter()
    return _Letter(*row)


async def _open(session: AsyncSession, letter: UUID) -> _Letter:
    found = await _found(session, letter)
    if found.state != "open":
        raise DeadLetterClosed(f"the dead letter is {found.state}")
    return found


_COLUMNS = """
id, consumer_group, topic, partition, "offset", key, version, headers, value AS body, error, stack, attempts, failed_at,
state
"""
_LIST = text(f"SELECT {_COLUMNS} FROM dead_letters WHERE state = :state ORDER BY id LIMIT 500")
_GET = text(f"SELECT {_COLUMNS} FROM dead_letters WHERE id = :id FOR UPDATE")
_CLOSE = text("UPDATE dead_letters SET state = :state, closed_at = clock_timestamp() WHERE id = :id")
