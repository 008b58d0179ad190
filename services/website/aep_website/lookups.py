"""Where records are read, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
UPDATES = f"{REGISTRY}/updates"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of records by type and slug, for links; what is not known is called by its slug."""

    known: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)

    def of(self, kind: str, slug: str) -> Texts:
        return self.known.get(kind, {}).get(slug) or {"en": slug.replace("-", " ")}

    def has(self, kind: str, slug: str) -> bool:
        return slug in self.known.get(kind, {})


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
    return Names({kind: {r["slug"]: _called(r) for r in records} for kind, records in zip(kinds, lists, strict=True)})


def _called(record: Record) -> Texts:
    return record.get("title") or record.get("name") or {"en": str(record["slug"])}


def by_slug(records: Iterable[Record]) -> dict[str, Record]:
    return {record["slug"]: record for record in records}


def involved(initiative: Record, kind: str, slug: str) -> bool:
    """Whether a partner, organisation or group takes part in an initiative or coordinates it."""
    entries = (*initiative.get(f"{kind}s", ()), *initiative.get("coordinators", ()))
    return any(entry.get(kind) == slug for entry in entries)
