"""What records are called, by type and slug."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.events import Meeting, Series
from aep_shared.contracts.registry import FrameworkNode, Group, Initiative, Organisation, Partner
from aep_website.answers import events, registry, search
from aep_website.answers.base import Address, Page, Texts
from aep_website.answers.search import Publication
from aep_website.client import together
from aep_website.visit import Visit

Record = Partner | Organisation | Group | Initiative | FrameworkNode | Meeting | Series | Publication
R = TypeVar("R", Partner, Organisation, Group, Initiative)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of records by type and slug, for links; what is not known is called by its slug."""

    known: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    former: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By type and a slug that a record had, the one that it has now."""

    @staticmethod
    def made_of(**records: Iterable[Record]) -> Names:
        """The names of records that a page has read anyway, by their types."""
        lists = {kind: list(found) for kind, found in records.items()}
        return Names(
            {kind: {record.slug: called(record) for record in found} for kind, found in lists.items()},
            {kind: {old: r.slug for r in found for old in former_slugs(r)} for kind, found in lists.items()},
        )

    def and_those_of(self, other: Names) -> Names:
        """These names and others."""
        return Names({**self.known, **other.known}, {**self.former, **other.former})

    def now(self, kind: str, slug: str) -> str:
        """The present slug of a record, by any that it had."""
        return self.former.get(kind, {}).get(slug, slug)

    def of(self, kind: str, slug: str) -> Texts:
        return self.known.get(kind, {}).get(self.now(kind, slug)) or {"en": slug.replace("-", " ")}

    def has(self, kind: str, slug: str) -> bool:
        return self.now(kind, slug) in self.known.get(kind, {})


_SOURCES: Mapping[str, Address[Page[Record]]] = {
    "partner": registry.PARTNERS,
    "organisation": registry.ORGANISATIONS,
    "group": registry.GROUPS,
    "initiative": registry.INITIATIVES,
    "publication": search.PUBLICATIONS,
    "meeting": events.MEETINGS,
    "framework": registry.FRAMEWORKS,
    "series": events.SERIES,
}


async def names(visit: Visit, *kinds: str) -> Names:
    """The names of all records of these kinds."""
    lists = await together(*(visit.register(_SOURCES[kind]) for kind in kinds))
    return Names.made_of(**dict(zip(kinds, lists, strict=True)))


def called(record: Record) -> Texts:
    """The name or the title of a record."""
    return record.name if isinstance(record, Partner | Organisation | Group) else record.title


def former_slugs(record: Record) -> list[str]:
    return record.former_slugs if isinstance(record, RegisterRecord) else []


def slugs_of(record: RegisterRecord) -> tuple[str, ...]:
    """Every slug that a record has or had, the present one last."""
    return (*record.former_slugs, record.slug)


def alphabetical(records: Iterable[R]) -> list[R]:
    """Records by their English names."""
    return sorted(records, key=lambda record: called(record).get("en", record.slug).casefold())
