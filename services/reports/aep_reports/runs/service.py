"""Use cases of runs."""

from __future__ import annotations

import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_reports import policies
from aep_reports.errors import NoSuchRun, UnknownMeeting, UnknownReport
from aep_reports.runs import repository
from aep_reports.runs.schemas import FileOut, RunIn, RunOut
from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.dates import parse_edtf

REPORTS = ("stocktaking",)
FORMATS = {"html": "text/html; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}


async def request_run(session: AsyncSession, actor: Actor, given: RunIn) -> RunOut:
    """Freezes what is known now and queues the report for rendering.

    Raises `UnknownReport` and `UnknownMeeting`.
    """
    actor.must(policies.make_report)
    assert actor.subject is not None
    if given.report not in REPORTS:
        raise UnknownReport()
    since, meeting = await _since(session, given.since)
    run = await repository.freeze(session, given.report, since, meeting, actor.subject)
    await audit.record(session, actor, "create", "run", run, None, given.model_dump())
    return await found(session, run)


async def _since(session: AsyncSession, text: str) -> tuple[datetime.date, str | None]:
    meeting = await repository.meeting_date(session, text)
    try:
        interval = parse_edtf(meeting or text)
    except ValueError as problem:
        raise UnknownMeeting(f"'{text}' is neither a meeting nor a date") from problem
    day = interval.starts or interval.ends
    assert day is not None
    return day, text if meeting else None


async def found(session: AsyncSession, run: UUID) -> RunOut:
    """The run; raises `NoSuchRun`."""
    standing = await repository.find(session, run)
    if standing is None:
        raise NoSuchRun()
    return _shown(standing)


async def newest(session: AsyncSession) -> list[RunOut]:
    return [_shown(standing) for standing in await repository.all_runs(session)]


def _shown(standing: repository.Standing) -> RunOut:
    run = standing.run
    address = f"/api/reports/v1/runs/{run.id}/files"
    return RunOut(
        id=run.id,
        report=run.report,
        state=run.state.value if standing.failure is None else "failed",
        since=run.since,
        since_meeting=run.since_meeting,
        frozen_at=run.frozen_at,
        positions=run.positions,
        error=standing.failure,
        files={
            file.format: FileOut(bytes=file.bytes, sha256=file.sha256, url=f"{address}/{file.format}")
            for file in standing.files
        },
    )
