"""Use cases of runs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
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


async def request_run(session: AsyncSession, actor: Actor, given: RunIn) -> Row[Any]:
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


async def found(session: AsyncSession, run: UUID) -> Row[Any]:
    """The run; raises `NoSuchRun`."""
    row = await repository.find(session, run)
    if row is None:
        raise NoSuchRun()
    return row


async def shown(session: AsyncSession, row: Row[Any]) -> RunOut:
    """A run as the API shows it."""
    return (await shown_all(session, [row]))[0]


async def shown_all(session: AsyncSession, rows: Sequence[Row[Any]]) -> list[RunOut]:
    """The same for any number of runs, with the statements of one."""
    files = await repository.files_of(session, [row.id for row in rows])
    return [_shown(row, files[row.id]) for row in rows]


def _shown(row: Row[Any], files: Sequence[Row[Any]]) -> RunOut:
    address = f"/api/reports/v1/runs/{row.id}/files"
    made = {f.format: FileOut(bytes=f.bytes, sha256=f.sha256, url=f"{address}/{f.format}") for f in files}
    return RunOut.model_validate({**row._mapping, "files": made}, extra="ignore")
