"""Initiatives."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import RedirectResponse, Response

from aep_website.client import Record, together
from aep_website.lookups import FRAMEWORKS, INITIATIVES, UPDATES, by_slug, names, slugs_of
from aep_website.routing import shows
from aep_website.visit import Visit

STATUSES = ("running", "planned", "completed", "unknown")


async def all_initiatives(visit: Visit) -> Response:
    """The list, by status, and by a node of the framework where one is named."""
    initiatives, frameworks, known = await together(
        visit.register(INITIATIVES), visit.register(FRAMEWORKS), names(visit, "partner", "organisation", "group")
    )
    node = visit.request.query_params.get("node", "")
    nodes = by_slug(frameworks)
    below = _below(node, frameworks) if node in nodes else None
    if below is not None:
        initiatives = [i for i in initiatives if any(link["node"] in below for link in i.get("framework", ()))]
    groups = [(status, _sorted(i for i in initiatives if i["status"] == status)) for status in STATUSES]
    objectives = [n for n in frameworks if n["kind"] == "objective"]
    return visit.page(
        "public/initiatives.html",
        groups=groups,
        names=known,
        node=nodes.get(node),
        objectives=objectives,
        count=len(initiatives),
    )


async def initiative(visit: Visit) -> Response:
    """One initiative with its updates."""
    slug = visit.named("slug")
    record = await visit.found(f"{INITIATIVES}/{slug}")
    if record["slug"] != slug:
        return RedirectResponse(visit.url(f"/initiatives/{record['slug']}"), 308)
    updates, known = await together(
        visit.read(UPDATES, state="approved", about_type="initiative", about=slug, sort="-approved", limit=100),
        names(visit, "partner", "organisation", "group", "publication", "initiative", "framework"),
    )
    return visit.page(
        "public/initiative.html",
        initiative=record,
        updates=updates["items"],
        names=known,
        nodes=by_slug(known.records["framework"]),
        editions=_sorted(i for i in known.records["initiative"] if i.get("parent") in slugs_of(record)),
        coordinators=_coordinators(record),
    )


def _coordinators(record: Record) -> list[tuple[str, str, list[Record]]]:
    """Each coordinating body once, with all sources that name it."""
    found: dict[tuple[str, str], list[Record]] = {}
    for entry in record.get("coordinators", ()):
        kind = next((k for k in ("organisation", "partner", "group") if entry.get(k)), None)
        if kind:
            found.setdefault((kind, entry[kind]), []).extend([entry["source"]] if entry.get("source") else [])
    return [(kind, slug, sources) for (kind, slug), sources in found.items()]


def _below(node: str, frameworks: Iterable[Record]) -> set[str]:
    """A node and everything below it."""
    records = list(frameworks)
    found, grown = {node}, True
    while grown:
        more = {record["slug"] for record in records if record.get("parent") in found} - found
        found |= more
        grown = bool(more)
    return found


def _sorted(initiatives: Iterable[Record]) -> list[Record]:
    return sorted(initiatives, key=lambda record: str(record["title"].get("en", record["slug"])).casefold())


PAGES = (shows("/initiatives", all_initiatives), shows("/initiatives/{slug}", initiative))
