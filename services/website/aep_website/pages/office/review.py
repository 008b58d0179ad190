"""The office's queue of submitted updates."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import registry, search
from aep_website.client import ApiProblem, together
from aep_website.forms import text
from aep_website.lookups import names
from aep_website.pages.public.updates import ABOUT
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, Visit


async def queue(visit: Visit) -> Response:
    """What waits for review, the longest waiting first."""
    visit.need(*OFFICE)
    page, returned, texts, known = await together(
        visit.read(registry.UPDATES, state="submitted", sort="updated", limit=200),
        visit.read(registry.UPDATES, state="returned", sort="-updated", limit=50),
        visit.read(search.WAITING_TEXTS),
        names(visit, *ABOUT),
    )
    return visit.page("office/review.html", updates=page.items, returned=returned.items, texts=texts.items, names=known)


async def one(visit: Visit) -> Response:
    """One update with the two answers to it."""
    visit.need(*OFFICE)
    return await _page(visit)


async def answer(visit: Visit) -> Response:
    """Approves, returns with a note, or withdraws what was public."""
    visit.need(*OFFICE)
    update_id, action = visit.named("id"), text(visit.form, "action")
    if action not in ("approve", "return", "withdraw"):
        return await _page(visit, 422, visit.gettext("Choose one of the buttons."))
    note = {"note": text(visit.form, "note")} if action == "return" else None
    if note and not note["note"]:
        return await _page(visit, 422, visit.gettext("Say in a sentence what the author should change."))
    try:
        await visit.write(
            "POST", f"{registry.UPDATE.of(update_id=update_id).path}/{action}", note, text(visit.form, "revision")
        )
    except ApiProblem as problem:
        if problem.status not in (409, 412, 422):
            raise
        return await _page(visit, problem.status, _said(visit, problem))
    return visit.go(f"/way/{update_id}" if action == "approve" else "/review")


def _said(visit: Visit, problem: ApiProblem) -> str:
    """Why nothing was done, to somebody who sees the update as it stands now."""
    if problem.code == "own-update":
        return visit.gettext("You wrote, changed or handed in this text, so another officer approves it.")
    if problem.status == 422:
        return visit.gettext("The note is too long.")
    return visit.gettext(
        "Somebody changed this update since you opened it, so nothing was done. Read it again: this is "
        "how it stands now."
    )


async def _page(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    update, known = await together(visit.found(registry.UPDATE.of(update_id=visit.named("id"))), names(visit, *ABOUT))
    own = visit.person in (update.author, *update.content_by)
    return visit.page(
        "office/review_update.html",
        status,
        update=update,
        names=known,
        error=error,
        own=own,
        note=text(visit.form, "note"),
    )


PAGES = (shows("/review", queue), shows("/review/{id}", one), acts("/review/{id}", answer))
