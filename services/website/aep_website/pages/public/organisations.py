"""Stakeholder organisations, and groups of the process."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from aep_shared.contracts.events import Meeting
from aep_shared.contracts.registry import Initiative
from aep_website.answers import events, registry
from aep_website.answers.registry import Update
from aep_website.client import together
from aep_website.lookups import Names, alphabetical, names, slugs_of
from aep_website.routing import shows
from aep_website.visit import Visit

_FIRST_KINDS = ("secretariat", "supporting-body", "stakeholder")


async def all_organisations(visit: Visit) -> Response:
    """Organisations by kind, and the groups."""
    organisations, groups = await together(visit.register(registry.ORGANISATIONS), visit.register(registry.GROUPS))
    others = sorted({organisation.kind for organisation in organisations} - set(_FIRST_KINDS))
    kinds = [(kind, alphabetical(o for o in organisations if o.kind == kind)) for kind in (*_FIRST_KINDS, *others)]
    return visit.page("public/organisations.html", kinds=kinds, groups=alphabetical(groups))


async def organisation(visit: Visit) -> Response:
    """One organisation."""
    slug = visit.named("slug")
    record = await visit.found(registry.ORGANISATION.of(name=slug))
    if record.slug != slug:
        return RedirectResponse(visit.url(f"/organisations/{record.slug}"), 308)
    slugs = set(slugs_of(record))
    updates, initiatives, meetings, known = await _around(visit, "organisation", slug)
    return visit.page(
        "public/organisation.html",
        record=record,
        names=known,
        updates=updates,
        initiatives=[i for i in initiatives if slugs.intersection(i.organisations_involved)],
        meetings=[m for m in meetings if slugs.intersection(m.organisers)],
    )


async def group(visit: Visit) -> Response:
    """One group."""
    slug = visit.named("slug")
    record = await visit.found(registry.GROUP.of(name=slug))
    if record.slug != slug:
        return RedirectResponse(visit.url(f"/groups/{record.slug}"), 308)
    slugs = set(slugs_of(record))
    updates, initiatives, meetings, known = await _around(visit, "group", slug)
    return visit.page(
        "public/group.html",
        record=record,
        names=known,
        updates=updates,
        initiatives=[i for i in initiatives if any(entry.group in slugs for entry in i.coordinators)],
        meetings=[m for m in meetings if m.group in slugs or slugs.intersection(m.organisers)],
    )


async def _around(visit: Visit, kind: str, slug: str) -> tuple[list[Update], list[Initiative], list[Meeting], Names]:
    """Updates about a body, all initiatives and meetings, and the names of what they refer to."""
    page, initiatives, meetings, known = await together(
        visit.read(registry.UPDATES, state="approved", about_type=kind, about=slug, sort="-approved", limit=50),
        visit.register(registry.INITIATIVES),
        visit.register(events.MEETINGS),
        names(visit, "partner", "organisation", "publication", "group"),
    )
    return page.items, initiatives, meetings, known


PAGES = (
    shows("/organisations", all_organisations),
    shows("/organisations/{slug}", organisation),
    shows("/groups/{slug}", group),
)
