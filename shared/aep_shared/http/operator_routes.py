"""What operators do to any service: what its jobs set aside, republishing, and the state of its parts."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.access.policy import guarded_by
from aep_shared.database import is_away
from aep_shared.errors import NotFound
from aep_shared.flow.consumer.positions import standing
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.health import operate, readiness
from aep_shared.http.operator_schemas import (
    Examined,
    JobFailure,
    Report,
    Republished,
    SetAside,
    SetAsideItems,
    Waiting,
)
from aep_shared.service import attempts
from aep_shared.service.jobs import last_failures
from aep_shared.service.platform import Platform

_AWAITED_SECONDS = 10.0
"""How long a request waits for what goes on in the background."""


class NothingSetAside(NotFound):
    """This job has set no such item aside."""

    code = "nothing-set-aside"


def operator_routes(platform: Platform) -> APIRouter:
    """Routes below each service's `/v1`, for operators alone."""
    router = APIRouter(route_class=EdgeRoute, tags=["operation"])

    @router.get("/set-aside", **guarded_by(operate))
    async def list_set_aside(actor: Actor = CurrentActor, session: AsyncSession = Session) -> SetAsideItems:
        """What jobs could not do after several attempts, with the reason."""
        actor.must(operate)
        return SetAsideItems(items=[SetAside(**row._mapping) for row in await attempts.set_aside(session)])

    @router.post("/set-aside/{job}/{item}/retry", **guarded_by(operate))
    async def retry(job: str, item: str, actor: Actor = CurrentActor, session: AsyncSession = Session) -> Waiting:
        """Lets the job take the item again, with all its attempts."""
        actor.must(operate)
        if not await attempts.try_again(session, job, item):
            raise NothingSetAside()
        await audit.record(session, actor, "retry", job, item)
        return Waiting(job=job, item=item)

    @router.post("/republish", **guarded_by(operate))
    async def republish_all(actor: Actor = CurrentActor) -> Republished:
        """Publishes every public state anew, and tombstones for what this service no longer has.

        Goes on in the background when it takes long: `running` says so, and `doctor` shows how it ended.
        """
        actor.must(operate)
        await asyncio.wait([platform.doctor.start("republish")], timeout=_AWAITED_SECONDS)
        report = await platform.doctor.last("republish")
        return Republished(published=report.pop("counts"), **report)

    @router.post("/doctor", **guarded_by(operate))
    async def doctor(actor: Actor = CurrentActor) -> Report:
        """The state of every part, and what the topics had wrongly and is mended now.

        The comparison goes on in the background when it takes long, as while a relay stands still: then `examined` is
        the report so far. Whatever cannot be looked at is named among its `errors`.
        """
        actor.must(operate)
        await asyncio.wait([platform.doctor.start("reconcile")], timeout=_AWAITED_SECONDS)
        report = Report(service=platform.service, checks=await readiness(platform), relay=platform.worker.relay.failure)
        try:
            return report.model_copy(update=await _examined(platform))
        except Exception as problem:
            if not is_away(problem):
                raise
            # Then nothing more can be known than that.
            return report

    return router


async def _examined(platform: Platform) -> dict[str, Any]:
    """What the database knows of the work: figures, last failures, the last comparison with the topics."""
    async with platform.flow.reading() as session:
        counts = (await session.execute(_COUNTS)).one()
        jobs = [JobFailure(**asdict(failure)) for failure in await last_failures(session)]
        groups = {g.name: (await standing(session, g.name, g.topics)).failure for g in platform.worker.groups}
    examined = Examined(**await platform.doctor.last("reconcile"))
    return {
        "outbox_waiting": counts.waiting,
        "dead_letters_open": counts.letters,
        "set_aside": counts.aside,
        "jobs": jobs,
        "groups": groups,
        "mended": examined.counts,
        "examined": examined,
        "republished": Examined(**await platform.doctor.last("republish")),
    }


_COUNTS = text("""
SELECT (SELECT count(*) FROM outbox WHERE id > (SELECT published_to FROM relay_cursor)) AS waiting,
       (SELECT count(*) FROM dead_letters WHERE state = 'open') AS letters,
       (SELECT count(*) FROM job_attempts WHERE aside_at IS NOT NULL) AS aside
""")
