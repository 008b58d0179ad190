"""Partners of the process."""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from starlette.responses import RedirectResponse, Response

from aep_shared.contracts.registry import Partner
from aep_website.answers import registry
from aep_website.client import together
from aep_website.lookups import Names, alphabetical, related
from aep_website.pages.public.meetings import coming, past
from aep_website.routing import shows
from aep_website.visit import Visit


async def all_partners(visit: Visit) -> Response:
    """The list, by the two groups of ASEM."""
    partners = await visit.register(registry.PARTNERS)
    groups = [(group, _countries(partners, group)) for group in ("asia", "europe")]
    institutions = alphabetical(partner for partner in partners if partner.kind == "institution")
    ungrouped = _countries(partners, None)
    communities: dict[str, list[Partner]] = {}
    for community in alphabetical(partner for partner in partners if partner.kind == "community"):
        communities.setdefault(community.parent or "", []).append(community)
    return visit.page(
        "public/partners.html",
        groups=groups,
        institutions=institutions,
        communities=communities,
        ungrouped=ungrouped,
    )


async def partner(visit: Visit) -> Response:
    """One partner, its names and what it takes part in."""
    slug = visit.named("slug")
    record, around = await together(visit.found(registry.PARTNER.of(name=slug)), related(visit, "partner", slug))
    if record.slug != slug:
        return RedirectResponse(visit.url(f"/partners/{record.slug}"), 308)
    return visit.page(
        "public/partner.html",
        partner=record,
        related=around,
        names=Names.around(around),
        proposals=proposals(record),
        meetings=coming(around.meetings) + past(around.meetings) if around else [],
    )


def proposals(partner: Partner) -> dict[str, str]:
    """Names that CLDR has in the official languages of a country and that the register lacks: proposals only."""
    if not partner.iso:
        return {}
    found = {}
    for language in get_official_languages(partner.iso, de_facto=True):
        tag = language.replace("_", "-")
        if tag in partner.name or language == "en":
            continue
        try:
            name = Locale.parse(language).territories.get(partner.iso)
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            found[tag] = str(name)
    return found


def _countries(partners: Iterable[Partner], group: str | None) -> list[Partner]:
    return alphabetical(partner for partner in partners if partner.kind == "country" and partner.asem_group == group)


PAGES = (shows("/partners", all_partners), shows("/partners/{slug}", partner))
