"""The search page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from aep_website.answers import search
from aep_website.answers.search import Facet, Results
from aep_website.client import ApiProblem
from aep_website.lookups import Names, names
from aep_website.rendering import address_with
from aep_website.routing import shows
from aep_website.visit import Visit

FACETS = ("type", "publication", "objective", "partner", "kind", "language")
PARAMETERS = ("q", *FACETS, "from", "to", "sort", "cursor")
SHOWN_VALUES = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet as a link: it narrows the search, or takes the narrowing back."""

    value: str
    count: int | None
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the parameters of the address that are set."""

    given: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.given.get(name, "")

    def address(self, visit: Visit, **changes: str | None) -> str:
        """The address of the search with some parameters changed, or left out."""
        return address_with(visit.url("/search"), **{**self.given, **changes})


async def results(visit: Visit) -> Response:
    """Results with facets; without a query everything there is, the newest first."""
    query = visit.request.query_params
    asked = Question({name: value for name in PARAMETERS if (value := query.get(name, "").strip())})
    known = await names(visit, "publication", "framework", "partner", "initiative", "organisation", "group", "meeting")
    try:
        found = await visit.read(search.RESULTS, **asked.given)
    except ApiProblem as problem:
        if problem.status not in (400, 422):
            raise
        return _page(visit, asked, known, None, problem.detail)
    return _page(visit, asked, known, found)


def _page(visit: Visit, asked: Question, known: Names, found: Results | None, error: str | None = None) -> Response:
    """The page; a refused question has no results, and no filters to take back."""
    return visit.page(
        "public/search.html",
        422 if error else 200,
        asked=asked,
        found=found,
        error=error,
        choices=_choices(visit, asked, found.facets) if found else {},
        names=known,
        more=asked.address(visit, cursor=found.next) if found and found.next else None,
        first=asked.address(visit, cursor=None) if found and asked.get("cursor") else None,
        chosen=_chosen(visit, asked) if found else [],
        tips=not (found and found.items),
    )


def _choices(visit: Visit, asked: Question, facets: Mapping[str, list[Facet]]) -> dict[str, list[Choice]]:
    """The values that narrow the search, by facet; a facet with a single value would narrow nothing."""
    choices = {}
    for facet in FACETS:
        values = [found for found in facets.get(facet, ()) if asked.get(facet) != found.value]
        if asked.get(facet) or (len(values) < 2 and facet != "type"):
            continue
        choices[facet] = [
            Choice(found.value, found.count, False, asked.address(visit, cursor=None, **{facet: found.value}))
            for found in values[:SHOWN_VALUES]
        ]
    return choices


def _chosen(visit: Visit, asked: Question) -> list[tuple[str, Choice]]:
    """The filters in force, each with the address of the search without it."""
    filters = (*FACETS, "from", "to")
    return [
        (name, Choice(asked.get(name), None, True, asked.address(visit, cursor=None, **{name: None})))
        for name in filters
        if asked.get(name)
    ]


PAGES = (shows("/search", results),)
