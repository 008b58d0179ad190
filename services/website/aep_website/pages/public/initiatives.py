"""Initiatives."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from aep_shared.contracts.base import Source, by_any_slug
from aep_shared.contracts.registry import Initiative
from aep_shared.contracts.registry.framework_node import at_or_below
from aep_website.answers import registry
from aep_website.client import together
from aep_website.lookups import Names, alphabetical, related
from aep_website.routing import shows
from aep_website.visit import Visit

STATUSES = ("running", "paused", "planned", "postponed", "proposed", "completed", "ended")
"""In the order of the list; a word that is not here comes behind them, and those of unknown status last."""


async def all_initiatives(visit: Visit) -> Response:
    """The list, by status, and by a node of the framework where one is named."""
    initiatives, frameworks = await together(visit.register(registry.INITIATIVES), visit.register(registry.FRAMEWORKS))
    node = visit.request.query_params.get("node", "")
    nodes = by_any_slug(frameworks)
    if node in nodes:
        served = at_or_below(nodes[node].slug, frameworks)
        initiatives = [initiative for initiative in initiatives if served.intersection(initiative.nodes)]
    others = sorted({initiative.status for initiative in initiatives} - {*STATUSES, "unknown"})
    statuses = (*STATUSES, *others, "unknown")
    groups = [(status, alphabetical(i for i in initiatives if i.status == status)) for status in statuses]
    return visit.page(
        "public/initiatives.html",
        groups=groups,
        node=nodes.get(node),
        objectives=[node for node in frameworks if node.is_objective],
        count=len(initiatives),
    )


async def initiative(visit: Visit) -> Response:
    """One initiative with its updates."""
    slug = visit.named("slug")
    record, around, frameworks = await together(
        visit.found(registry.INITIATIVE.of(name=slug)),
        related(visit, "initiative", slug),
        visit.register(registry.FRAMEWORKS),
    )
    if record.slug != slug:
        return RedirectResponse(visit.url(f"/initiatives/{record.slug}"), 308)
    return visit.page(
        "public/initiative.html",
        initiative=record,
        related=around,
        names=Names.around(around),
        nodes=by_any_slug(frameworks),
        coordinators=_coordinators(record),
    )


def _coordinators(initiative: Initiative) -> list[tuple[str, str, list[Source]]]:
    """Each coordinating body once, with all sources that name it."""
    found: dict[tuple[str, str], list[Source]] = {}
    for entry in initiative.coordinators:
        bodies = (("organisation", entry.organisation), ("partner", entry.partner), ("group", entry.group))
        body = next(((kind, slug) for kind, slug in bodies if slug), None)
        if body:
            found.setdefault(body, []).extend([entry.source] if entry.source else [])
    return [(kind, slug, sources) for (kind, slug), sources in found.items()]


PAGES = (shows("/initiatives", all_initiatives), shows("/initiatives/{slug}", initiative))
