"""The office's stocktaking reports."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import events, reports
from aep_website.client import ApiProblem, together
from aep_website.forms import text
from aep_website.pages.public.meetings import past
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, NotHere, Visit

STAFF = (*OFFICE, "editor")
_PASSED_ON = ("content-type", "content-disposition", "content-security-policy", "etag")


async def overview(visit: Visit) -> Response:
    """All runs, and the form for a new one."""
    visit.need(*STAFF)
    return await _overview(visit)


async def request_run(visit: Visit) -> Response:
    """Freezes what is known now and has the report made."""
    visit.need(*STAFF)
    since = text(visit.form, "since_date") or text(visit.form, "since")
    try:
        await visit.write("POST", reports.RUNS.path, {"report": "stocktaking", "since": since})
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return await _overview(visit, 422, problem.detail)
    return visit.go("/reports")


async def download(visit: Visit) -> Response:
    """A file of a run, as the service gives it."""
    visit.need(*STAFF)
    try:
        address = reports.FILE.format(run=visit.named("id"), form=visit.named("form"))
        answer = await visit.site.api.fetch(address, visit.caller)
    except ApiProblem as problem:
        if problem.status in (404, 422):
            raise NotHere() from problem
        raise
    headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    return Response(answer.content, headers=headers)


async def _overview(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    runs, meetings = await together(visit.read(reports.RUNS), visit.register(events.MEETINGS))
    return visit.page(
        "office/reports.html",
        status,
        runs=runs.items,
        meetings=past(meetings),
        error=error,
        working=any(run.state == "queued" for run in runs.items),
    )


PAGES = (
    shows("/reports", overview),
    acts("/reports", request_run),
    shows("/reports/{id}/files/{form}", download),
)
