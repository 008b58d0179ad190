"""The office's newsletter issues: put together, edited, approved by a second person, sent."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from aep_website.client import ApiProblem, Record, together
from aep_website.dates import N_
from aep_website.forms import text
from aep_website.headers import mail_document, with_frames
from aep_website.lookups import NOTIFICATIONS
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, Visit

ISSUES = f"{NOTIFICATIONS}/issues"
STAFF = (*OFFICE, "editor")
_UNSAVED = N_(
    "You changed something here that is not saved. If you save it, another officer approves the issue. To "
    "approve it as it is stored, open the page again."
)
WORDS = ("title", "introduction")


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
        return await _overview(visit, problem.status, _said(visit, problem))
    return visit.go(f"/issues/{made.body['id']}")


async def one(visit: Visit) -> Response:
    """One issue."""
    visit.need(*STAFF)
    return await _page(visit)


async def mail(visit: Visit) -> Response:
    """The HTML part of the mail that an issue makes, as it is stored."""
    visit.need(*STAFF)
    preview = await visit.found(f"{ISSUES}/{visit.named('id')}/preview", language=visit.language)
    return mail_document(preview["html"])


async def act(visit: Visit) -> Response:
    """Saves, approves, sends, stops, or deletes after asking; what was typed and is not stored is never lost."""
    visit.need(*STAFF)
    address = f"{ISSUES}/{visit.named('id')}"
    action, revision = text(visit.form, "action") or "save", text(visit.form, "revision")
    try:
        if action == "save":
            await visit.write("PATCH", address, _changes(visit, await visit.found(address)), revision)
        elif action in ("approve", "send"):
            if _unsaved(visit, await visit.found(address)):
                return await _page(visit, 409, visit.gettext(_UNSAVED))
            await visit.write("POST", f"{address}/{action}", revision=revision)
        elif action == "stop":
            await visit.write("POST", f"{address}/stop", revision=revision)
        elif action == "delete" and not text(visit.form, "sure"):
            return visit.page("office/delete_issue.html", issue=await visit.found(address), revision=revision)
        elif action == "delete":
            await visit.write("DELETE", address, revision=revision)
            return visit.go("/issues")
    except ApiProblem as problem:
        if problem.status not in (409, 412, 422):
            raise
        return await _page(visit, problem.status, _said(visit, problem))
    return visit.go(f"/issues/{visit.named('id')}")


def _said(visit: Visit, problem: ApiProblem) -> str | None:
    """Why nothing was done; a conflict is shown with both versions instead."""
    if problem.document.get("errors"):
        return visit.gettext("The title or the introduction is missing or too long.")
    return None if problem.status == 412 else problem.detail


async def decide(visit: Visit) -> Response:
    """Sends a mail in doubt again, or leaves it."""
    visit.need(*OFFICE)
    decision, subscriber = text(visit.form, "action"), visit.named("subscriber")
    if decision in ("send-again", "leave"):
        await visit.write("POST", f"{ISSUES}/{visit.named('id')}/deliveries/{subscriber}/{decision}")
    return visit.go(f"/issues/{visit.named('id')}")


def _changes(visit: Visit, issue: Record) -> dict[str, Any]:
    """Title and introduction in this language, and the items that are ticked, in the order of their numbers."""
    changed: dict[str, Any] = {}
    for name in WORDS:
        others = {tag: words for tag, words in issue[name].items() if tag != visit.language}
        words = text(visit.form, name)
        changed[name] = {**others, visit.language: words} if words else others
    return {**changed, "items": _ticked(visit)}


def _ticked(visit: Visit) -> list[str]:
    ticked = [str(value) for value in visit.form.getlist("items")]
    places = {item: _number(text(visit.form, f"place-{item}")) for item in ticked}
    return sorted(ticked, key=lambda item: places[item])


def _unsaved(visit: Visit, issue: Record) -> bool:
    """Whether the form holds something else than what is stored."""
    if "title" not in visit.form:
        return False
    stored = [item["id"] for item in issue["items"] if not item.get("withdrawn")]
    return _ticked(visit) != stored or any(
        text(visit.form, name) != issue[name].get(visit.language, "") for name in WORDS
    )


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 10_000


async def _overview(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    issues, lists = await together(visit.read(ISSUES), visit.read(f"{NOTIFICATIONS}/lists"))
    return visit.page(
        "office/issues.html",
        status,
        issues=issues["items"],
        lists=lists["items"],
        error=error,
        title=text(visit.form, "title"),
    )


async def _page(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    """The page; after a refused form with what was typed, and beside it what is stored."""
    issue = await visit.found(f"{ISSUES}/{visit.named('id')}")
    doubtful: list[Record] = []
    if issue.get("in_doubt") and visit.has(*OFFICE):
        doubtful = (await visit.read(f"{ISSUES}/{issue['id']}/deliveries", state="in-doubt"))["items"]
    sending = issue["state"] == "sending" and visit.has(*STAFF)
    waits = (await visit.read(f"{NOTIFICATIONS}/sending"))["waits"] if sending else None
    own = visit.person in issue.get("content_by", ())
    typed = _typed(visit, issue)
    return with_frames(
        visit.page(
            "office/issue.html",
            status,
            issue=issue,
            error=error,
            may_send=visit.has(*OFFICE),
            own=own,
            doubtful=doubtful,
            waits=waits,
            conflict=status == 412,
            **typed,
        )
    )


def _typed(visit: Visit, issue: Record) -> dict[str, Any]:
    """What the form shows: the words and the choice of the form that was sent, else those that are stored."""
    items = [item for item in issue["items"] if not item.get("withdrawn")]
    offered = [*items, *(issue.get("waiting") or ())]
    if "title" not in visit.form:
        return {
            "fields": {name: issue[name].get(visit.language, "") for name in WORDS},
            "offered": offered,
            "ticked": {item["id"] for item in items},
        }
    ticked = _ticked(visit)
    order = {item: place for place, item in enumerate(ticked)}
    offered.sort(key=lambda item: order.get(item["id"], len(order)))
    return {"fields": {name: text(visit.form, name) for name in WORDS}, "offered": offered, "ticked": set(ticked)}


PAGES = (
    shows("/issues", overview),
    acts("/issues", assemble),
    shows("/issues/{id}", one),
    acts("/issues/{id}", act),
    shows("/issues/{id}/mail", mail),
    acts("/issues/{id}/deliveries/{subscriber}", decide),
)
