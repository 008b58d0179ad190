"""Partners of the process."""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from starlette.responses import RedirectResponse, Response

from aep_website.client import Record, together
from aep_website.lookups import PARTNERS, UPDATES, involved, names, slugs_of
from aep_website.pages.public.meetings import coming, past
from aep_website.routing import shows
from aep_website.visit import Visit


async def all_partners(visit: Visit) -> Response:
    """The list, by the two groups of ASEM."""
    partners = await visit.register(PARTNERS)
    groups = [(group, _countries(partners, group)) for group in ("asia", "europe")]
    institutions = _sorted(p for p in partners if p["kind"] == "institution")
    ungrouped = _countries(partners, None)
    communities: dict[str, list[Record]] = {}
    for community in _sorted(p for p in partners if p["kind"] == "community"):
        communities.setdefault(community.get("parent") or "", []).append(community)
    return visit.page(
        "public/partners.html", groups=groups, institutions=institutions, communities=communities, ungrouped=ungrouped
    )


async def partner(visit: Visit) -> Response:
    """One partner, its names and what it takes part in."""
    slug = visit.named("slug")
    record = await visit.found(f"{PARTNERS}/{slug}")
    if record["slug"] != slug:
        return RedirectResponse(visit.url(f"/partners/{record['slug']}"), 308)
    updates, known = await together(
        visit.read(UPDATES, state="approved", about_type="partner", about=slug, sort="-approved", limit=50),
        names(visit, "partner", "initiative", "meeting", "publication"),
    )
    slugs = slugs_of(record)
    hosted = [m for m in known.records["meeting"] if m.get("host") in slugs]
    return visit.page(
        "public/partner.html",
        partner=record,
        names=known,
        updates=updates["items"],
        proposals=proposals(record),
        initiatives=_titled(i for i in known.records["initiative"] if involved(i, "partner", slugs)),
        meetings=coming(hosted) + past(hosted),
        communities=[p for p in known.records["partner"] if p.get("parent") in slugs],
    )


def proposals(partner: Record) -> dict[str, str]:
    """Names that CLDR has in the official languages of a country and that the register lacks: proposals only."""
    if not partner.get("iso"):
        return {}
    found = {}
    for language in get_official_languages(partner["iso"], de_facto=True):
        tag = language.replace("_", "-")
        if tag in partner["name"] or language == "en":
            continue
        try:
            name = Locale.parse(language).territories.get(partner["iso"])
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            found[tag] = str(name)
    return found


def _countries(partners: Iterable[Record], group: str | None) -> list[Record]:
    return _sorted(p for p in partners if p["kind"] == "country" and p.get("asem_group") == group)


def _sorted(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: str(record["name"].get("en", record["slug"])).casefold())


def _titled(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: str(record["title"].get("en", record["slug"])).casefold())


PAGES = (shows("/partners", all_partners), shows("/partners/{slug}", partner))
