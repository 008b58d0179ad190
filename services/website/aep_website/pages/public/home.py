"""The front page: what this is, the search, what is new."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import events, notifications, registry, search
from aep_website.answers.search import Name
from aep_website.client import together
from aep_website.lookups import Names, every_name
from aep_website.pages.public.meetings import coming
from aep_website.routing import shows
from aep_website.visit import Visit

NEWEST = 4
NEXT = 4


async def home(visit: Visit) -> Response:
    """The front page."""
    (results, updates, lists), meetings, named = await together(
        together(
            visit.read(search.RESULTS, limit=1),
            visit.read(registry.UPDATES, state="approved", sort="-approved", limit=NEWEST),
            visit.read(notifications.LISTS),
        ),
        visit.register(events.MEETINGS),
        every_name(visit, "initiative", "partner", "organisation", "group", "meeting"),
    )
    called = named or []
    found = {facet.value: facet.count for facet in results.facets.get("type", ())}
    return visit.page(
        "public/home.html",
        counts=_counts(found, named),
        updates=updates.items,
        meetings=coming(meetings)[:NEXT],
        lists=lists.items,
        names=Names.made_of(called),
    )


def _counts(found: dict[str, int], named: list[Name] | None) -> list[tuple[str, int]]:
    """Paths of lists and how many records they have; communities belong to a partner and are none themselves.

    Partners are counted by their names: where these are away, no number is better than a wrong one.
    """
    counts = [(kind, found.get(kind, 0)) for kind in ("initiative", "meeting", "paragraph")]
    if named is None:
        return counts
    partners = sum(1 for name in named if name.type == "partner" and name.kind != "community")
    return [("partner", partners), *counts]


PAGES = (shows("/", home),)
