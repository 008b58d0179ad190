"""The front page: what this is, the search, what is new."""

from __future__ import annotations

from starlette.responses import Response

from aep_shared.contracts.events import Meeting
from aep_shared.contracts.registry import Partner
from aep_website.answers import events, notifications, registry, search
from aep_website.client import together
from aep_website.lookups import Names
from aep_website.pages.public.meetings import coming
from aep_website.routing import shows
from aep_website.visit import Visit

NEWEST = 4
NEXT = 4


async def home(visit: Visit) -> Response:
    """The front page."""
    (results, updates, lists), known = await together(
        together(
            visit.read(search.RESULTS, limit=1),
            visit.read(registry.UPDATES, state="approved", sort="-approved", limit=NEWEST),
            visit.read(notifications.LISTS),
        ),
        _known(visit),
    )
    found = {facet.value: facet.count for facet in results.facets.get("type", ())}
    partners, meetings, called = known
    return visit.page(
        "public/home.html",
        counts=_counts(found, partners),
        updates=updates.items,
        meetings=coming(meetings)[:NEXT],
        lists=lists.items,
        names=called,
    )


async def _known(visit: Visit) -> tuple[list[Partner], list[Meeting], Names]:
    (initiatives, partners, meetings), organisations, groups = await together(
        together(
            visit.register(registry.INITIATIVES),
            visit.register(registry.PARTNERS),
            visit.register(events.MEETINGS),
        ),
        visit.register(registry.ORGANISATIONS),
        visit.register(registry.GROUPS),
    )
    known = Names.made_of(
        initiative=initiatives, partner=partners, organisation=organisations, group=groups, meeting=meetings
    )
    return partners, meetings, known


def _counts(found: dict[str, int], partners: list[Partner]) -> list[tuple[str, int]]:
    """Paths of lists and how many records they have; communities belong to a partner and are none themselves."""
    countries = sum(1 for partner in partners if partner.kind != "community")
    return [("partner", countries), *((kind, found.get(kind, 0)) for kind in ("initiative", "meeting", "paragraph"))]


PAGES = (shows("/", home),)
