"""The office's newsletter issues: put together, edited, approved by a second person, sent."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from aep_website.answers import notifications
from aep_website.answers.base import Address, Texts
from aep_website.answers.notifications import Delivery, Issue, OfferedUpdate
from aep_website.client import ApiProblem, together
from aep_website.dates import N_
from aep_website.forms import text
from aep_website.headers import mail_document, with_frames
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, Visit

STAFF = (*OFFICE, "editor")
_UNSAVED = N_(
    "You changed something here that is not saved. If you save it, another officer approves the issue. To "
    "approve it as it is stored, open the page again."
)


@dataclass(frozen=True, slots=True)
class Form:
    """What the form of an issue shows: the words and the choice that were sent, else those that are stored."""

    title: str
    introduction: str
    offered: list[OfferedUpdate]
    ticked: frozenset[str]


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
        made = await visit.write(
            "POST", notifications.ISSUES.path, {**given, **({"title": {visit.language: title}} if title else {})}
        )
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        return await _overview(visit, problem.status, _said(visit, problem))
    return visit.go(f"/issues/{made.answer(notifications.MADE_ISSUE).id}")


async def one(visit: Visit) -> Response:
    """One issue."""
    visit.need(*STAFF)
    return await _page(visit)


async def mail(visit: Visit) -> Response:
    """The HTML part of the mail that an issue makes, as it is stored."""
    visit.need(*STAFF)
    preview = await visit.found(notifications.PREVIEW.of(issue=visit.named("id")), language=visit.language)
    return mail_document(preview.html)


async def act(visit: Visit) -> Response:
    """Saves, approves, sends, stops, or deletes after asking; what was typed and is not stored is never lost."""
    visit.need(*STAFF)
    address = _address(visit)
    action, revision = text(visit.form, "action") or "save", text(visit.form, "revision")
    try:
        if action == "save":
            await visit.write("PATCH", address.path, _changes(visit, await visit.found(address)), revision)
        elif action in ("approve", "send"):
            if _unsaved(visit, await visit.found(address)):
                return await _page(visit, 409, visit.gettext(_UNSAVED))
            await visit.write("POST", f"{address.path}/{action}", revision=revision)
        elif action == "stop":
            await visit.write("POST", f"{address.path}/stop", revision=revision)
        elif action == "delete" and not text(visit.form, "sure"):
            return visit.page("office/delete_issue.html", issue=await visit.found(address), revision=revision)
        elif action == "delete":
            await visit.write("DELETE", address.path, revision=revision)
            return visit.go("/issues")
    except ApiProblem as problem:
        if problem.status not in (409, 412, 422):
            raise
        return await _page(visit, problem.status, _said(visit, problem))
    return visit.go(f"/issues/{visit.named('id')}")


def _said(visit: Visit, problem: ApiProblem) -> str | None:
    """Why nothing was done; a conflict is shown with both versions instead."""
    if problem.document.errors:
        return visit.gettext("The title or the introduction is missing or too long.")
    return None if problem.status == 412 else problem.detail


async def decide(visit: Visit) -> Response:
    """Sends a mail in doubt again, or leaves it."""
    visit.need(*OFFICE)
    decision, subscriber = text(visit.form, "action"), visit.named("subscriber")
    if decision in ("send-again", "leave"):
        await visit.write("POST", f"{_address(visit).path}/deliveries/{subscriber}/{decision}")
    return visit.go(f"/issues/{visit.named('id')}")


def _address(visit: Visit) -> Address[Issue]:
    return notifications.ISSUE.of(issue=visit.named("id"))


def _changes(visit: Visit, issue: Issue) -> dict[str, object]:
    """Title and introduction in this language, and the items that are ticked, in the order of their numbers."""
    return {
        "title": _with(visit, issue.title, text(visit.form, "title")),
        "introduction": _with(visit, issue.introduction, text(visit.form, "introduction")),
        "items": _ticked(visit),
    }


def _with(visit: Visit, stored: Texts, words: str) -> Texts:
    """A text with these words in the language of the page, or without that language."""
    others = {tag: text for tag, text in stored.items() if tag != visit.language}
    return {**others, visit.language: words} if words else others


def _ticked(visit: Visit) -> list[str]:
    ticked = [str(value) for value in visit.form.getlist("items")]
    places = {item: _number(text(visit.form, f"place-{item}")) for item in ticked}
    return sorted(ticked, key=lambda item: places[item])


def _unsaved(visit: Visit, issue: Issue) -> bool:
    """Whether the form holds something else than what is stored."""
    if "title" not in visit.form:
        return False
    return (
        _ticked(visit) != [item.id for item in issue.standing]
        or text(visit.form, "title") != issue.title.get(visit.language, "")
        or text(visit.form, "introduction") != issue.introduction.get(visit.language, "")
    )


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 10_000


async def _overview(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    issues, lists = await together(visit.read(notifications.ISSUES), visit.read(notifications.LISTS))
    return visit.page(
        "office/issues.html",
        status,
        issues=issues.items,
        lists=lists.items,
        error=error,
        title=text(visit.form, "title"),
    )


async def _page(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    """The page; after a refused form with what was typed, and beside it what is stored."""
    issue = await visit.found(_address(visit))
    doubtful: list[Delivery] = []
    if issue.in_doubt and visit.has(*OFFICE):
        doubtful = (await visit.read(notifications.DELIVERIES.of(issue=issue.id), state="in-doubt")).items
    sending = issue.state == "sending" and visit.has(*STAFF)
    waits = (await visit.read(notifications.SENDING)).waits if sending else None
    return with_frames(
        visit.page(
            "office/issue.html",
            status,
            issue=issue,
            error=error,
            may_send=visit.has(*OFFICE),
            own=visit.person in issue.content_by,
            doubtful=doubtful,
            waits=waits,
            conflict=status == 412,
            form=_form(visit, issue),
        )
    )


def _form(visit: Visit, issue: Issue) -> Form:
    offered = [*issue.standing, *(issue.waiting or ())]
    if "title" not in visit.form:
        return Form(
            title=issue.title.get(visit.language, ""),
            introduction=issue.introduction.get(visit.language, ""),
            offered=offered,
            ticked=frozenset(item.id for item in issue.standing),
        )
    ticked = _ticked(visit)
    order = {item: place for place, item in enumerate(ticked)}
    return Form(
        title=text(visit.form, "title"),
        introduction=text(visit.form, "introduction"),
        offered=sorted(offered, key=lambda item: order.get(item.id, len(order))),
        ticked=frozenset(ticked),
    )


PAGES = (
    shows("/issues", overview),
    acts("/issues", assemble),
    shows("/issues/{id}", one),
    acts("/issues/{id}", act),
    shows("/issues/{id}/mail", mail),
    acts("/issues/{id}/deliveries/{subscriber}", decide),
)
