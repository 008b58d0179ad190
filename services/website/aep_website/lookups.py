"""Where records are read, and what they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from aep_website.client import Record, together
from aep_website.visit import Visit

REGISTRY = "/api/registry/v1"
EVENTS = "/api/events/v1"
SEARCH = "/api/search/v1"
NOTIFICATIONS = "/api/notifications/v1"
REPORTS = "/api/reports/v1"

INITIATIVES = f"{REGISTRY}/initiatives"
PARTNERS = f"{REGISTRY}/partners"
ORGANISATIONS = f"{REGISTRY}/organisations"
GROUPS = f"{REGISTRY}/groups"
FRAMEWORKS = f"{REGISTRY}/frameworks"
MEETINGS = f"{EVENTS}/meetings"
SERIES = f"{EVENTS}/series"
PUBLICATIONS = f"{SEARCH}/publications"
WAITING = f"{SEARCH}/unpublished"
UPDATES = f"{REGISTRY}/updates"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of records by type and slug, for links; what is not known is called by its slug."""

    known: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    former: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By type and a slug that a record had, the one that it has now."""
    records: Mapping[str, list[Record]] = field(default_factory=dict)
    """The records by type, for a page that shows them as well."""

    def now(self, kind: str, slug: str) -> str:
        """The present slug of a record, by any that it had."""
        return self.former.get(kind, {}).get(slug, slug)

    def of(self, kind: str, slug: str) -> Texts:
        return self.known.get(kind, {}).get(self.now(kind, slug)) or {"en": slug.replace("-", " ")}

    def has(self, kind: str, slug: str) -> bool:
        return self.now(kind, slug) in self.known.get(kind, {})


_SOURCES = {
    "partner": PARTNERS,
    "organisation": ORGANISATIONS,
    "group": GROUPS,
    "initiative": INITIATIVES,
    "publication": PUBLICATIONS,
    "meeting": MEETINGS,
    "framework": FRAMEWORKS,
    "series": SERIES,
}


async def names(visit: Visit, *kinds: str) -> Names:
    """The names of all records of these kinds."""
    lists = await together(*(visit.register(_SOURCES[kind]) for kind in kinds))
    found = dict(zip(kinds, lists, strict=True))
    return Names(
        {kind: {r["slug"]: _called(r) for r in records} for kind, records in found.items()},
        {
            kind: {old: r["slug"] for r in records for old in r.get("former_slugs", ())}
            for kind, records in found.items()
        },
        found,
    )


def _called(record: Record) -> Texts:
    return record.get("title") or record.get("name") or {"en": str(record["slug"])}


def by_slug(records: Iterable[Record]) -> dict[str, Record]:
    """Records by every slug that they have or had: references may still hold a former one."""
    return {slug: record for record in records for slug in slugs_of(record)}


def slugs_of(record: Record) -> tuple[str, ...]:
    """Every slug that a record has or had, the present one last."""
    return (*record.get("former_slugs", ()), record["slug"])


def involved(initiative: Record, kind: str, slugs: Collection[str]) -> bool:
    """Whether a partner, organisation or group takes part in an initiative or coordinates it."""
    entries = (*initiative.get(f"{kind}s", ()), *initiative.get("coordinators", ()))
    return any(entry.get(kind) in slugs for entry in entries)
