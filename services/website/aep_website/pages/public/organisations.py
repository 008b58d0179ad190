"""Stakeholder organisations, and groups of the process."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from aep_shared.contracts.registry import Group, Organisation
from aep_website.answers import registry
from aep_website.answers.search import Related
from aep_website.client import together
from aep_website.lookups import Names, alphabetical, related
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
    record, around = await together(
        visit.found(registry.ORGANISATION.of(name=slug)), related(visit, "organisation", slug)
    )
    return _body(visit, "organisation", record, around)


async def group(visit: Visit) -> Response:
    """One group."""
    slug = visit.named("slug")
    record, around = await together(visit.found(registry.GROUP.of(name=slug)), related(visit, "group", slug))
    return _body(visit, "group", record, around)


def _body(visit: Visit, kind: str, record: Organisation | Group, around: Related | None) -> Response:
    if record.slug != visit.named("slug"):
        return RedirectResponse(visit.url(f"/{kind}s/{record.slug}"), 308)
    return visit.page(
        f"public/{kind}.html",
        record=record,
        related=around,
        initiatives=sorted(around.initiatives, key=lambda initiative: initiative.slug) if around else [],
        meetings=sorted(around.meetings, key=lambda meeting: meeting.slug) if around else [],
        names=Names.around(around),
    )


PAGES = (
    shows("/organisations", all_organisations),
    shows("/organisations/{slug}", organisation),
    shows("/groups/{slug}", group),
)
