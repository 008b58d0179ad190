"""The front page: what this is, the search, what is new."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.client import Record, together
from aep_website.lookups import NOTIFICATIONS, SEARCH, UPDATES, names
from aep_website.pages.public.meetings import coming
from aep_website.routing import shows
from aep_website.visit import Visit

NEWEST = 4
NEXT = 4


async def home(visit: Visit) -> Response:
    """The front page."""
    counts, updates, lists, known = await together(
        visit.read(f"{SEARCH}/search", limit=1),
        visit.read(UPDATES, state="approved", sort="-approved", limit=NEWEST),
        visit.read(f"{NOTIFICATIONS}/lists"),
        names(visit, "initiative", "partner", "organisation", "group", "meeting"),
    )
    found = {facet["value"]: facet["count"] for facet in counts["facets"].get("type", ())}
    return visit.page(
        "public/home.html",
        counts=_counts(found, known.records["partner"]),
        updates=updates["items"],
        meetings=coming(known.records["meeting"])[:NEXT],
        lists=lists["items"],
        names=known,
    )


def _counts(found: dict[str, int], partners: list[Record]) -> list[tuple[str, int]]:
    """Paths of lists and how many records they have; communities belong to a partner and are none themselves."""
    countries = sum(1 for partner in partners if partner["kind"] != "community")
    return [("partner", countries), *((kind, found.get(kind, 0)) for kind in ("initiative", "meeting", "paragraph"))]


PAGES = (shows("/", home),)
