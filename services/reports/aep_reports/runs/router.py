"""The routes of runs."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_reports import policies
from aep_reports.errors import NoSuchFile
from aep_reports.runs import repository, service
from aep_reports.runs.files import Files
from aep_reports.runs.schemas import RunIn, RunOut, Runs
from aep_shared.access.actor import Actor
from aep_shared.access.limits import Limit, Rate
from aep_shared.access.policy import guarded_by
from aep_shared.flow.consumer import positions
from aep_shared.http.answers import Status, file_of
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session

REPORT = file_of("text/html", "application/json", "application/pdf", about="The report")
REQUEST_RUN = Limit("report", account=Rate(60, 600))
_HTML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


def run_routes(files: Files, topics: list[str]) -> APIRouter:
    """Runs, their files, and rebuilding the read models."""
    router = APIRouter(route_class=EdgeRoute, tags=["runs"])

    @router.get("/runs", **guarded_by(policies.make_report))
    async def list_runs(actor: Actor = CurrentActor, session: AsyncSession = Session) -> Runs:
        """Runs, the newest first."""
        actor.must(policies.make_report)
        return Runs(items=await service.newest(session))

    @router.post("/runs", status_code=202, **guarded_by(policies.make_report, REQUEST_RUN))
    async def request_run(given: RunIn, actor: Actor = CurrentActor, session: AsyncSession = Session) -> RunOut:
        """Freezes what is known now and makes the report of it."""
        return await service.request_run(session, actor, given)

    @router.get("/runs/{run}", **guarded_by(policies.make_report))
    async def read_run(run: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> RunOut:
        """One run with its files."""
        actor.must(policies.make_report)
        return await service.found(session, run)

    @router.get("/runs/{run}/files/{form}", **REPORT, **guarded_by(policies.make_report))
    async def read_file(run: UUID, form: str, actor: Actor = CurrentActor, session: AsyncSession = Session) -> Response:
        """A file of a run: html, json or pdf."""
        actor.must(policies.make_report)
        found = await repository.file(session, run, form)
        if found is None:
            raise NoSuchFile()
        headers = {
            "ETag": f'"{found.sha256[:32]}"',
            "Content-Disposition": f'inline; filename="stocktaking.{form}"',
        }
        if form == "html":
            headers["Content-Security-Policy"] = _HTML_POLICY
        return Response(await files.get(found.path), media_type=service.FORMATS[form], headers=headers)

    @router.post("/rebuild", status_code=202, **guarded_by(policies.rebuild_read_models))
    async def rebuild(actor: Actor = CurrentActor, session: AsyncSession = Session) -> Status:
        """Reads every topic anew; the present read models serve meanwhile, and freezes stay as they are."""
        actor.must(policies.rebuild_read_models)
        await positions.forget(await session.connection(), "reports", topics)
        return Status(status="requested")

    return router
