"""The office's pages of publications: publishing a text that waits, and withdrawing one that is public."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import search
from aep_website.answers.base import Address
from aep_website.answers.search import Publication
from aep_website.client import ApiProblem
from aep_website.forms import text
from aep_website.pages.public.publications import outlined
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, Visit


async def one(visit: Visit) -> Response:
    """A text that waits, as its readers would see it, with the button that publishes it."""
    visit.need(*OFFICE)
    return await _waiting(visit)


async def publish(visit: Visit) -> Response:
    """Publishes the text that the person read."""
    visit.need(*OFFICE)
    slug = visit.named("slug")
    try:
        await visit.write("POST", f"{_address(visit).path}/publish", revision=text(visit.form, "revision"))
    except ApiProblem as problem:
        return await _waiting(visit, problem.status, _said(visit, problem))
    return visit.go(f"/publications/{slug}")


async def ask_to_withdraw(visit: Visit) -> Response:
    """Asks for the reason before a publication is withdrawn."""
    visit.need(*OFFICE)
    return _withdrawing(visit, await visit.found(_address(visit)))


async def withdraw(visit: Visit) -> Response:
    """Withdraws a publication; its page then says why."""
    visit.need(*OFFICE)
    address = _address(visit)
    reason = text(visit.form, "reason")
    if not reason:
        publication = await visit.found(address)
        return _withdrawing(visit, publication, 422, visit.gettext("Say in a sentence why it is withdrawn."))
    await visit.write("POST", f"{address.path}/withdraw", {"reason": reason})
    return visit.go(f"/publications/{visit.named('slug')}")


def _address(visit: Visit) -> Address[Publication]:
    return search.PUBLICATION.of(slug=visit.named("slug"))


def _said(visit: Visit, problem: ApiProblem) -> str:
    if problem.status not in (409, 412):
        raise problem
    if problem.status == 412:
        return visit.gettext(
            "Another text was imported since you opened this page. Read this one before you publish it."
        )
    return visit.gettext("You imported this text yourself, so another officer publishes it.")


async def _waiting(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    found = await visit.found(search.WAITING_TEXT.of(slug=visit.named("slug")))
    return await visit.long_page(
        "office/review_text.html",
        status,
        text=found,
        entries=outlined(found.items),
        error=error,
        own=found.imported_by == visit.person,
    )


def _withdrawing(visit: Visit, publication: Publication, status: int = 200, error: str | None = None) -> Response:
    return visit.page("office/withdraw.html", status, publication=publication, error=error)


PAGES = (
    shows("/review/texts/{slug}", one),
    acts("/review/texts/{slug}", publish),
    shows("/publications/{slug}/withdraw", ask_to_withdraw),
    acts("/publications/{slug}/withdraw", withdraw),
)
