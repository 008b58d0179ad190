"""Stakeholder organisations, and groups of the process."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import RedirectResponse, Response

from aep_website.client import Record, together
from aep_website.lookups import GROUPS, ORGANISATIONS, UPDATES, involved, names, slugs_of
from aep_website.routing import shows
from aep_website.visit import Visit

_FIRST_KINDS = ("secretariat", "supporting-body", "stakeholder")


async def all_organisations(visit: Visit) -> Response:
    """Organisations by kind, and the groups."""
    organisations, groups = await together(visit.register(ORGANISATIONS), visit.register(GROUPS))
    others = sorted({o["kind"] for o in organisations} - set(_FIRST_KINDS))
    kinds = [(kind, _sorted(o for o in organisations if o["kind"] == kind)) for kind in (*_FIRST_KINDS, *others)]
    return visit.page("public/organisations.html", kinds=kinds, groups=_sorted(groups))


async def organisation(visit: Visit) -> Response:
    """One organisation."""
    return await _body(visit, "organisation", ORGANISATIONS)


async def group(visit: Visit) -> Response:
    """One group."""
    return await _body(visit, "group", GROUPS)


async def _body(visit: Visit, kind: str, address: str) -> Response:
    slug = visit.named("slug")
    record = await visit.found(f"{address}/{slug}")
    if record["slug"] != slug:
        return RedirectResponse(visit.url(f"/{kind}s/{record['slug']}"), 308)
    updates, known = await together(
        visit.read(UPDATES, state="approved", about_type=kind, about=slug, sort="-approved", limit=50),
        names(visit, "partner", "organisation", "publication", "group", "initiative", "meeting"),
    )
    slugs = slugs_of(record)
    held = [
        m
        for m in known.records["meeting"]
        if set(slugs) & set(m.get("organisers", ())) or (kind == "group" and m.get("group") in slugs)
    ]
    return visit.page(
        "public/organisation.html",
        record=record,
        type_=kind,
        names=known,
        updates=updates["items"],
        initiatives=[i for i in known.records["initiative"] if involved(i, kind, slugs)],
        meetings=held,
    )


def _sorted(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: str(record["name"].get("en", record["slug"])).casefold())


PAGES = (
    shows("/organisations", all_organisations),
    shows("/organisations/{slug}", organisation),
    shows("/groups/{slug}", group),
)
