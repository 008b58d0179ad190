"""The office's newsletter issues: put together, edited, approved by a second person, sent."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from aep_website.client import ApiProblem, together
from aep_website.forms import text
from aep_website.lookups import NOTIFICATIONS
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, Visit

ISSUES = f"{NOTIFICATIONS}/issues"
STAFF = (*OFFICE, "editor")


async def overview(visit: Visit) -> Response:
    """All issues, and the form for a new one."""
    visit.need(*STAFF)
    return await _overview(visit)


async def assemble(visit: Visit) -> Response:
    """Puts a new issue together from what no earlier one holds."""
    visit.need(*STAFF)
    given = {"list": text(visit.form, "list"), "frequency": text(visit.form, "frequency")}
    title = text(visit.form, "title")
    try:
        made = await visit.write("POST", ISSUES, given | ({"title": {visit.language: title}} if title else {}))
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        return await _overview(visit, problem.status, problem.detail)
    return visit.go(f"/issues/{made.body['id']}")


async def one(visit: Visit) -> Response:
    """One issue."""
    visit.need(*STAFF)
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Saves, approves or sends."""
    visit.need(*STAFF)
    address = f"{ISSUES}/{visit.named('id')}"
    action, revision = text(visit.form, "action"), text(visit.form, "revision")
    try:
        if action == "save":
            issue = await visit.found(address)
            await visit.write("PATCH", address, _changes(visit, issue), revision)
        elif action in ("approve", "send"):
            await visit.write("POST", f"{address}/{action}", revision=revision)
    except ApiProblem as problem:
        if problem.status not in (409, 412, 422):
            raise
        return await _page(visit, problem.status, problem.detail)
    return visit.go(f"/issues/{visit.named('id')}")


def _changes(visit: Visit, issue: Any) -> dict[str, Any]:
    """Title and introduction in this language, and the items that are ticked, in the order of their numbers."""
    changed: dict[str, Any] = {}
    for name in ("title", "introduction"):
        others = {tag: words for tag, words in issue[name].items() if tag != visit.language}
        words = text(visit.form, name)
        changed[name] = {**others, visit.language: words} if words else others
    ticked = [str(value) for value in visit.form.getlist("items")]
    places = {item: _number(text(visit.form, f"place-{item}")) for item in ticked}
    return {**changed, "items": sorted(ticked, key=lambda item: places[item])}


def _number(given: str) -> int:
    return int(given) if given.isdigit() else 10_000


async def _overview(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    issues, lists = await together(visit.read(ISSUES), visit.read(f"{NOTIFICATIONS}/lists"))
    return visit.page("issues.html", status, issues=issues["items"], lists=lists["items"], error=error)


async def _page(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    issue = await visit.found(f"{ISSUES}/{visit.named('id')}")
    return visit.page("issue.html", status, issue=issue, error=error, may_send=visit.has(*OFFICE))


PAGES = (
    shows("/issues", overview),
    acts("/issues", assemble),
    shows("/issues/{id}", one),
    acts("/issues/{id}", act),
)
