"""What records are called, and what refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from aep_shared.contracts.registry import Group, Initiative, Organisation, Partner
from aep_website.answers import search
from aep_website.answers.base import Texts
from aep_website.answers.search import Name, Related
from aep_website.client import ApiAway, ApiProblem
from aep_website.visit import Visit

R = TypeVar("R", Partner, Organisation, Group, Initiative)
MOST_NAMES = 1000
"""What the search service answers at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Names:
    """Names of records by type and slug, for links; what is not known is called by its slug."""

    known: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    former: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By type and a slug that a record had, the one that it has now."""
    away: bool = False
    """Whether nothing is known because the search service cannot say it now."""

    @staticmethod
    def made_of(names: Iterable[Name]) -> Names:
        known: dict[str, dict[str, Texts]] = {}
        former: dict[str, dict[str, str]] = {}
        for name in names:
            known.setdefault(name.type, {})[name.slug] = name.name
            former.setdefault(name.type, {}).update(dict.fromkeys(name.former_slugs, name.slug))
        return Names(known, former)

    @staticmethod
    def around(related: Related | None) -> Names:
        """The names that a page about a record needs, as far as its search can say what refers to it."""
        return Names.made_of(related.names if related else ())

    def now(self, kind: str, slug: str) -> str:
        """The present slug of a record, by any that it had."""
        return self.former.get(kind, {}).get(slug, slug)

    def of(self, kind: str, slug: str) -> Texts:
        return self.known.get(kind, {}).get(self.now(kind, slug)) or {"en": slug.replace("-", " ")}

    def has(self, kind: str, slug: str) -> bool:
        return self.now(kind, slug) in self.known.get(kind, {})


async def names(visit: Visit, *kinds: str) -> Names:
    """The names of all records of these kinds."""
    found = await every_name(visit, *kinds)
    return Names(away=True) if found is None else Names.made_of(found)


async def every_name(visit: Visit, *kinds: str) -> list[Name] | None:
    """The names of all records of these kinds; `None` where the search service is away, or too old to know them.

    A page that only names other records is of use without their names.
    """
    try:
        return await visit.register(search.NAMES, type=",".join(kinds), limit=MOST_NAMES)
    except (ApiAway, ApiProblem) as problem:
        if isinstance(problem, ApiProblem) and problem.status != 404:
            raise
        log.warning("names are away", reason=str(problem))
        return None


async def related(visit: Visit, kind: str, slug: str) -> Related | None:
    """What refers to a record; `None` where the search service is away, or does not know the record yet."""
    try:
        return await visit.read(search.RELATED.of(type=kind, slug=slug))
    except (ApiAway, ApiProblem) as problem:
        if isinstance(problem, ApiProblem) and problem.status not in (404, 422):
            raise
        log.warning("what is related is away", reason=str(problem))
        return None


def alphabetical(records: Iterable[R]) -> list[R]:
    """Records by their English names."""
    return sorted(records, key=lambda record: _called(record).get("en", record.slug).casefold())


def _called(record: Partner | Organisation | Group | Initiative) -> Texts:
    return record.title if isinstance(record, Initiative) else record.name
