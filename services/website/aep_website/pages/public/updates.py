"""Approved updates."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import registry
from aep_website.client import together
from aep_website.lookups import names
from aep_website.rendering import address_with
from aep_website.routing import shows
from aep_website.visit import NotHere, Visit

ABOUT = ("initiative", "partner", "organisation", "group", "meeting")


async def all_updates(visit: Visit) -> Response:
    """The newest updates, page by page."""
    cursor = visit.request.query_params.get("cursor")
    page, known = await together(
        visit.found(registry.UPDATES, state="approved", sort="-approved", limit=20, cursor=cursor), names(visit, *ABOUT)
    )
    more = address_with(visit.url("/updates"), cursor=page.next) if page.next else None
    return visit.page("public/updates.html", updates=page.items, names=known, more=more)


async def update(visit: Visit) -> Response:
    """One update; whoever may see one that is not public finds it among the working pages."""
    record, known = await together(
        visit.found(registry.UPDATE.of(update_id=visit.named("id"))), names(visit, *ABOUT, "publication")
    )
    if record.state != "approved":
        raise NotHere()
    return visit.page("public/update.html", update=record, names=known)


PAGES = (shows("/updates", all_updates), shows("/updates/{id}", update))
