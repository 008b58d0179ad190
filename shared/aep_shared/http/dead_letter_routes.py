"""Dead letters: events that a service could not apply, for operators to read, replay or discard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from sqlalchemy import Row, text
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
        rows = await session.execute(_LIST, {"state": state})
        return DeadLetters(items=[DeadLetter(**_shown(row)) for row in rows])

    @router.get("/dead-letters/{letter}", **guarded_by(operate))
    async def read_dead_letter(
        letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> WholeDeadLetter:
        """One of them, with the stack."""
        actor.must(operate)
        row = await _found(session, letter)
        return WholeDeadLetter(**_shown(row), stack=row.stack, headers=_headers(row), value=_readable(row.value))

    @router.post("/dead-letters/{letter}/replay", **guarded_by(operate))
    async def replay(letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> ClosedDeadLetter:
        """Applies the event again; if that fails, the dead letter stays open."""
        actor.must(operate)
        row = await _open(session, letter)
        await _apply(groups[row.consumer_group], session, row)
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


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in DeadLetter.model_fields if name != "group"},
        "group": row.consumer_group,
    }


def _readable(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


async def _found(session: AsyncSession, letter: UUID) -> Row[Any]:
    row = (await session.execute(_GET, {"id": letter})).one_or_none()
    if row is None:
        raise NoSuchDeadLetter()
    return row


async def _open(session: AsyncSession, letter: UUID) -> Row[Any]:
    row = await _found(session, letter)
    if row.state != "open":
        raise DeadLetterClosed(f"the dead letter is {row.state}")
    return row


async def _apply(group: ConsumerGroup, session: AsyncSession, row: Row[Any]) -> None:
    headers = {name: text.encode() for name, text in _headers(row).items()}
    record = StoredRecord(row.topic, row.partition, row.key, row.value, headers, row.offset)
    await group.apply_one(await session.connection(), record)


def _headers(row: Row[Any]) -> dict[str, str]:
    stored: dict[str, str] = orjson.loads(row.headers) if isinstance(row.headers, str) else row.headers
    return stored


_LIST = text("SELECT * FROM dead_letters WHERE state = :state ORDER BY id LIMIT 500")
_GET = text("SELECT * FROM dead_letters WHERE id = :id FOR UPDATE")
_CLOSE = text("UPDATE dead_letters SET state = :state, closed_at = clock_timestamp() WHERE id = :id")
