"""What operators do to any service: dead letters, republishing, and the state of its parts."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.access.policy import guarded_by
from aep_shared.database import is_away
from aep_shared.errors import Conflict, NotFound
from aep_shared.eventlog.port import StoredRecord
from aep_shared.flow.consumer import ConsumerGroup
from aep_shared.flow.consumer.positions import standing
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.health import operate, readiness
from aep_shared.service import attempts
from aep_shared.service.jobs import last_failures
from aep_shared.service.platform import Platform
from aep_shared.text import Asked

_AWAITED_SECONDS = 10.0
"""How long a request waits for what goes on in the background."""


class NoSuchDeadLetter(NotFound):
    """There is no such dead letter."""

    code = "dead-letter-unknown"


class DeadLetterClosed(Conflict):
    """This dead letter was settled, replayed or discarded already."""

    code = "dead-letter-closed"


class NothingSetAside(NotFound):
    """This job has set no such item aside."""

    code = "nothing-set-aside"


def operator_routes(platform: Platform) -> APIRouter:
    """Routes below each service's `/v1`, for operators alone."""
    router = APIRouter(route_class=EdgeRoute, tags=["operation"])
    groups = {group.name: group for group in platform.worker.groups}

    @router.get("/dead-letters", **guarded_by(operate))
    async def list_dead_letters(
        state: Asked = "open", actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, Any]:
        """Events that could not be applied."""
        actor.must(operate)
        rows = await session.execute(_LIST, {"state": state})
        return {"items": [_shown(row) for row in rows]}

    @router.get("/dead-letters/{letter}", **guarded_by(operate))
    async def read_dead_letter(
        letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, Any]:
        """One of them, with the stack."""
        actor.must(operate)
        row = await _found(session, letter)
        return {**_shown(row), "stack": row.stack, "headers": row.headers, "value": _readable(row.value)}

    @router.post("/dead-letters/{letter}/replay", **guarded_by(operate))
    async def replay(letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, Any]:
        """Applies the event again; if that fails, the dead letter stays open."""
        actor.must(operate)
        row = await _open(session, letter)
        await _apply(groups[row.consumer_group], session, row)
        await session.execute(_CLOSE, {"id": letter, "state": "replayed"})
        await audit.record(session, actor, "replay", "dead-letter", letter)
        return {"id": str(letter), "state": "replayed"}

    @router.post("/dead-letters/{letter}/discard", **guarded_by(operate))
    async def discard(letter: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, Any]:
        """Closes a dead letter without applying its event."""
        actor.must(operate)
        await _open(session, letter)
        await session.execute(_CLOSE, {"id": letter, "state": "discarded"})
        await audit.record(session, actor, "discard", "dead-letter", letter)
        return {"id": str(letter), "state": "discarded"}

    @router.get("/set-aside", **guarded_by(operate))
    async def list_set_aside(actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, Any]:
        """What jobs could not do after several attempts, with the reason."""
        actor.must(operate)
        return {"items": [dict(row._mapping) for row in await attempts.set_aside(session)]}

    @router.post("/set-aside/{job}/{item}/retry", **guarded_by(operate))
    async def retry(
        job: str, item: str, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, str]:
        """Lets the job take the item again, with all its attempts."""
        actor.must(operate)
        if not await attempts.try_again(session, job, item):
            raise NothingSetAside()
        await audit.record(session, actor, "retry", job, item)
        return {"job": job, "item": item, "state": "waiting"}

    @router.post("/republish", **guarded_by(operate))
    async def republish_all(actor: Actor = CurrentActor) -> dict[str, Any]:
        """Publishes every public state anew, and tombstones for what this service no longer has.

        Goes on in the background when it takes long: `running` says so, and `doctor` shows how it ended.
        """
        actor.must(operate)
        await asyncio.wait([platform.doctor.start("republish")], timeout=_AWAITED_SECONDS)
        report = await platform.doctor.last("republish")
        return {"published": report.pop("counts"), **report}

    @router.post("/doctor", **guarded_by(operate))
    async def doctor(actor: Actor = CurrentActor) -> dict[str, Any]:
        """The state of every part, and what the topics had wrongly and is mended now.

        The comparison goes on in the background when it takes long, as while a relay stands still: then `examined` is
        the report so far. Whatever cannot be looked at is named among its `errors`.
        """
        actor.must(operate)
        await asyncio.wait([platform.doctor.start("reconcile")], timeout=_AWAITED_SECONDS)
        report = {
            "service": platform.service,
            "checks": await readiness(platform),
            "relay": platform.worker.relay_failure,
        }
        try:
            return {**report, **await _examined(platform)}
        except Exception as problem:
            if not is_away(problem):
                raise
            # Then nothing more can be known than that.
            return {
                **report,
                "outbox_waiting": None,
                "dead_letters_open": None,
                "set_aside": None,
                "jobs": [],
                "groups": {},
                "mended": {},
                "examined": None,
            }

    return router


async def _examined(platform: Platform) -> dict[str, Any]:
    """What the database knows of the work: figures, last failures, the last comparison with the topics."""
    async with platform.flow.reading() as session:
        counts = (await session.execute(_COUNTS)).one()
        jobs = [
            {**row._mapping, "failed_at": _moment(row.failed_at), "recovered_at": _moment(row.recovered_at)}
            for row in await last_failures(session)
        ]
        groups = {g.name: (await standing(session, g.name, g.topics)).failure for g in platform.worker.groups}
    examined = await platform.doctor.last("reconcile")
    return {
        "outbox_waiting": counts.waiting,
        "dead_letters_open": counts.letters,
        "set_aside": counts.aside,
        "jobs": jobs,
        "groups": groups,
        "mended": examined["counts"],
        "examined": examined,
        "republished": await platform.doctor.last("republish"),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "group": row.consumer_group,
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "key": row.key,
        "version": row.version,
        "error": row.error,
        "state": row.state,
        "attempts": row.attempts,
        "failed_at": row.failed_at.isoformat(),
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
_COUNTS = text("""
SELECT (SELECT count(*) FROM outbox WHERE id > (SELECT published_to FROM relay_cursor)) AS waiting,
       (SELECT count(*) FROM dead_letters WHERE state = 'open') AS letters,
       (SELECT count(*) FROM job_attempts WHERE aside_at IS NOT NULL) AS aside
""")
